"""What was done about a review and its recommendations, in sentences."""

from actions.known import Known
from actions.models import AgencyAnswer, RecommendationOutcome
from gscp.acts import Act, Said, Sentence, words
from gscp.record import Change
from gscp.words import lower_first
from subgroups.sentences import reason, subject


def number(change: Change, after: str) -> str:
    """Which recommendation: its name stands in that of the record, after this."""
    return lower_first(change.object_in_words.partition(after)[2]) or "a recommendation"


def recommendation(act: Act, change: Change, known: Known) -> str:
    what = f"recommendation {change.row.get('number', '')}"
    return f"{subject(act)} {'recorded' if change.created else 'corrected'} {what} of a review"


def answer(act: Act, change: Change, known: Known) -> Said:
    name = lower_first(change.object_in_words)
    if not change.row.get("answer"):
        return Said(f"{subject(act)} asked another agency: {name}", reason(act))
    given = AgencyAnswer.Answer(change.row["answer"]).label
    again = ", where it answered otherwise before" if words(change).get("answer", ("", ""))[0] else ""
    why = words(change).get("reason", ("", ""))[1]
    return Said(f"{subject(act)} recorded the {name}: {lower_first(given)}{again}", why)


def recommended_action(act: Act, change: Change, known: Known) -> str:
    ref, name = known.ref(change), number(change, ", from ")
    if change.created:
        return f"{subject(act)} named {ref} as an action that comes from {name}"
    if not change.row.get("stands", True):
        return f"{subject(act)} recorded that {ref} does not come from {name}"
    if "stands" in words(change):
        return f"{subject(act)} recorded that {ref} comes from {name} again"
    return f"{subject(act)} said anew whether {ref} is a good enough answer to {name}"


def outcome_in_words(act: Act) -> str:
    """What a meeting decided of a recommendation, as its act enters it; "" if the act enters none."""
    entry = act.first_of("actions.recommendationoutcome")
    if entry is None:
        return ""
    name, outcome = number(entry, ": "), RecommendationOutcome.Outcome
    return {
        outcome.IMPLEMENTED: f"closed {name} as implemented",
        outcome.OVERTAKEN: f"closed {name} as overtaken",
        outcome.NOT_IMPLEMENTED: f"closed {name}, not implemented, and accepted the risk",
        outcome.REOPENED: f"opened {name} again",
    }.get(entry.row.get("outcome", ""), f"said what became of {name}")


def outcome(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} recorded what became of {number(change, ': ')}"


def agreed_answers(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} recorded that a meeting agreed the answers to a review"


SENTENCES: dict[str, Sentence] = {
    "actions.recommendationoutcome": outcome,
    "actions.reviewanswers": agreed_answers,
    "actions.recommendedaction": recommended_action,
    "actions.recommendation": recommendation,
    "actions.agencyanswer": answer,
}
