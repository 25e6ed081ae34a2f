"""What was done on actions and on what was asked about them, in sentences; and any act in words."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.text import capfirst

from actions import plan_sentences, review_sentences
from actions.known import Known
from actions.models import ExceptionStep
from actions.models.chain import (
    CHANGE,
    CHECK_IMPACT,
    LAPSE,
    MOVE_CHECK,
    MOVES_BY_NAME,
    NOT_SO,
    PUT_BACK,
    RAISE,
    TERMS,
    Kind,
)  # fmt: skip
from actions.models.impact_choices import Finding
from actions.plan_sentences import ACTION
from gscp.acts import BECAUSE, Act, Said, Sentence, acts_of, entries_of, short_day, words
from gscp.pages import FirstRows
from gscp.record import Change, ChangeQuerySet
from gscp.words import lower_first
from subgroups import sentences as who
from subgroups.sentences import anything, reason, recorded_by, subject

STEP, REPORT = "actions.exceptionstep", "actions.exceptionreport"
READ_FOR_ACTS = 50  # entries that are read for the acts of one list

# By the move and, where it matters, the kind of what was asked. {who} is the group or the post, {ref} the
# action, {new} the date asked for, {thing} what was asked, {next} the group that it goes to.
ASKED: dict[str, str] = {
    Kind.EXCEPTION: "{who} raised an exception on {ref}",
    Kind.NEW_DATE: "{who} asked for a new date for {ref}: {new}",
    Kind.COMPLETION: "{who} proposed that {ref} is complete",
    Kind.REOPENING: "{who} asked to reopen {ref}",
    Kind.WITHDRAWAL: "{who} proposed to withdraw {ref}",
}
GRANTED: dict[str, str] = {
    Kind.EXCEPTION: "{who} agreed to what was asked on {ref}",
    Kind.NEW_DATE: "{who} agreed a new date for {ref}: {dates}",
    Kind.COMPLETION: "{who} accepted that {ref} is complete",
    Kind.REOPENING: "{who} agreed to reopen {ref}",
    Kind.WITHDRAWAL: "{who} agreed to withdraw {ref}",
}
REFUSED: dict[str, str] = {
    Kind.EXCEPTION: "{who} refused what was asked on {ref}",
    Kind.NEW_DATE: "{who} refused a new date for {ref}: {new}",
    Kind.COMPLETION: "{who} did not accept that {ref} is complete",
    Kind.REOPENING: "{who} refused to reopen {ref}",
    Kind.WITHDRAWAL: "{who} refused to withdraw {ref}",
}
THINGS: dict[str, str] = {
    Kind.EXCEPTION: "the exception on {ref}",
    Kind.NEW_DATE: "the request for a new date for {ref}",
    Kind.COMPLETION: "the proposal that {ref} is complete",
    Kind.REOPENING: "the request to reopen {ref}",
    Kind.WITHDRAWAL: "the proposal to withdraw {ref}",
}
MOVED: dict[str, str] = {
    "return": "{who} sent back {thing} with a question",
    "escalate": "{who} passed {thing} up to {next}",
    "ratify": "{who} put in force what was decided on {thing}: {earlier}",
    "agree": "{who} agreed to what was decided on {thing}: {earlier}",
    "correct": "{who} took back its decision on {thing}, to decide anew",
    "answer": "{who} answered the question about {thing}",
    "take-back": "{who} took back {thing}",
    "done": "{who} reported that what was agreed on {ref} is done",
    CHECK_IMPACT: "{who} recorded what difference {ref} made for children{found}",
    MOVE_CHECK: "{who} moved the impact check of {ref}, which was to be on {was}",
    "pass-on": "{who} passed {thing} on to {next}",
    LAPSE: "{thing} lapsed: {closed}",
    PUT_BACK: "{thing} stands again, since a decision was corrected",
    CHANGE: "{who} changed {thing}",
    NOT_SO: "{who} said that what was entered for them about {thing} is not so",
}
BY_KIND = {RAISE: ASKED, "grant": GRANTED, "refuse": REFUSED}
CUES = {"return": "The question"}


def step(act: Act, change: Change, known: Known) -> Said:
    row, year = change.row, act.day.year
    move, (kind, forecast) = row.get("move", ""), known.reports.get(row.get("report_id"), ("", None))  # type: ignore[arg-type]  # None finds none
    # A decision is the group's; who agrees to one, or asks, does so from a post.
    is_decision = move in MOVES_BY_NAME and MOVES_BY_NAME[move].is_decision
    group, day = known.meeting(row.get("meeting_id"), change, year)
    ref = known.ref(change)
    for_chair = ", for the chair," if row.get("on_behalf") else ""
    parts = {
        "who": f"{group[:1].upper()}{group[1:]}" if is_decision else f"{subject(act)}{for_chair}",
        "ref": ref,
        "thing": THINGS.get(kind, "what was asked on {ref}").format(ref=ref),
        "new": short_day(forecast, year),
        "dates": dates(act, forecast),
        "found": what_was_found(act, row),
        "was": short_day(row.get("check_was_on"), year),
        "next": known.group(row.get("to_group_id"), change.number),
        "closed": plan_sentences.why_it_lapsed(act, ref),
        "earlier": lower_first(result(known.moves.get(row.get("points_to_id", 0), ""))),
    }
    sentence = BY_KIND[move].get(kind) if move in BY_KIND else MOVED.get(move)
    if sentence is None:
        return Said(anything(act, change, known), reason(act))
    text = capfirst(sentence.format(**parts))
    if row.get("carried_to_id"):
        text += f", and it goes on as {known.ref_of(row['carried_to_id'])}"
    if is_decision and day and known.day_of_meeting(row["meeting_id"]) != act.day:
        text += f" (at its meeting of {day})"
    if move == RAISE:
        return Said(text, *argument(act))
    asked = MOVES_BY_NAME[move].reason_label if move in MOVES_BY_NAME else "Reason"
    cue = CUES.get(move, BECAUSE if asked == "Reason" else asked)
    return Said(text, reason(act), cue, not_in_force(row, group))


def what_was_found(act: Act, row: dict[str, Any]) -> str:
    """What the check found, and whether reopening is asked in the same act."""
    if not row.get("finding"):
        return ""
    asked = any(one.model == REPORT and one.row.get("after_check_id") for one in act.entries)
    return f": {lower_first(Finding(row['finding']).label)}{', and asked to reopen it' if asked else ''}"


def result(move: str) -> str:
    return MOVES_BY_NAME[move].result if move in MOVES_BY_NAME else "a decision"


def not_in_force(row: dict[str, Any], group: str) -> str:
    if not row.get("provisional"):
        return ""
    agrees = f"another post of {group}" if row.get("needs_agreement") else "a meeting with enough partners"
    return f"Not in force until {agrees} agrees"


def dates(act: Act, forecast: Any) -> str:
    """From the date that held until then to the new one."""
    year, action = act.day.year, act.first_of(ACTION)
    new = short_day(forecast, year)
    if action is None:
        return new
    was, _ = words(action).get("agreed_date", ("", ""))
    was = was.removesuffix(f" {year}") or short_day(action.row.get("original_date"), year)
    return f"{was} to {new}" if was else new


def argument(act: Act) -> tuple[str, str]:
    """Why it is asked, in the writer's own words, and what those answer."""
    report = act.first_of(REPORT)
    given = words(report) if report else {}
    if why := given.get("cause", ("", ""))[1]:
        return why, BECAUSE
    asked = TERMS[report.row["kind"]].fields if report and report.row.get("kind") in TERMS else {}
    return given.get("what", ("", ""))[1], asked.get("what", BECAUSE)


def update(act: Act, change: Change, known: Known) -> Said:
    ref, said = known.ref(change), words(change)
    for_chair = " for the chair" if change.row.get("on_behalf") else ""
    if change.row.get("first_id"):
        rating = said.get("rating", ("", ""))[1].lower()
        text = f"{subject(act)} corrected{for_chair} a report on {ref}: rated {rating}"
        return Said(text, said.get("what_was_wrong", ("", ""))[1], "What was wrong")
    if change.row.get("nil_return"):
        return Said(f"{subject(act)} reported{for_chair} that there is nothing new on {ref}", reason(act))
    rating = said.get("rating", ("", ""))[1].lower()
    action = act.first_of(ACTION)
    was, now = words(action).get("rating", ("", "")) if action else ("", "")
    then = f", was {was.lower()}" if was else "" if now else ", as before"
    blocked = ", and something is in the way" if said.get("blocker", ("", ""))[1] else ""
    return Said(f"{subject(act)} reported{for_chair} on {ref}: rated {rating}{then}{blocked}", reason(act))


def confirmation(act: Act, change: Change, known: Known) -> Said:
    why = words(change).get("why", ("", ""))[1]
    decided = act.first_of("actions.plandecision")
    if decided and not change.row.get("is_so", True):
        return Said(plan_sentences.decision_not_so(act, decided, known), why)
    if decided:
        what = plan_sentences.decision_in_force(act, decided, known)
        text = f"{subject(act)} confirmed a decision, which is in force now: {what}"
        return Said(text, reason(act))
    what = "the update on" if change.row.get("update_id") else "what was entered for them on"
    what = f"{what} {known.ref(change)}"
    if change.row.get("is_so", True):
        return Said(f"{subject(act)} confirmed {what}", reason(act))
    return Said(f"{subject(act)} said that {what} is not so", why)


PROVES = {"activity": "what was done", "impact": "what difference it made"}


def evidence(act: Act, change: Change, known: Known) -> Said:
    row = change.row
    what = "a file" if row.get("sha256") else "a link"
    about = known.ref(change) if change.action else "an audit"
    for_chair = ", for the chair," if row.get("on_behalf") else ""
    done = "added a newer version of evidence on" if row.get("replaces_id") else "added evidence on"
    proves = PROVES.get(row.get("shows", ""), "something")
    text = f"{subject(act)}{for_chair} {done} {about}: {what} that shows {proves}"
    return Said(text, words(change).get("text", ("", ""))[1], "What it shows")


def evidence_seen(act: Act, change: Change, known: Known) -> Said:
    about = known.ref(change) if change.action else "an audit"
    found = words(change).get("found", ("", ""))[1]
    return Said(f"{subject(act)} looked at evidence on {about}", found, "What they found")


# Of an act with several records, the first of these says what it was.
OF_GROUPS = ("gscp.redaction", "gscp.recordkey", "subgroups.group")
SENTENCES: dict[str, Sentence] = {
    **{model: who.SENTENCES[model] for model in OF_GROUPS},
    # Before steps: with a decision that is confirmed, requests lapse or are passed on.
    "actions.confirmation": confirmation,
    STEP: step,
    "actions.progressupdate": update,
    "actions.evidence": evidence,
    "actions.evidenceseen": evidence_seen,
    **plan_sentences.SENTENCES,
    **review_sentences.SENTENCES,
    **who.SENTENCES,
}
# What commands record at once, by the name under which they do: the act is too long to be read whole.
BY_COMMANDS = {
    "Plan as published": "The plan was put on record as it was published",
    "Partnership as published": "The partnership was put on record as it was published",
    "Import of a plan": "Actions were imported into a plan",
    "Demonstration": "People and meetings were invented for the demonstration",
}


def say(act: Act, known: Known) -> Said:
    change = act.entries[0]
    if change.actor_id is None and change.actor_name in BY_COMMANDS:
        return Said(BY_COMMANDS[change.actor_name], note=reason(act))
    for model, sentence in SENTENCES.items():
        if first := act.first_of(model):
            said = sentence(act, first, known)
            return said if isinstance(said, Said) else Said(said, reason(act))
    return Said(anything(act, change, known), reason(act))


def acts_in_words(changes: Sequence[Change], entries: Iterable[Change] | None = None) -> list[Act]:
    """What was done, an act at a time, for templates/gscp/acts.html. Twelve queries at most, however many.

    `entries` are all of their acts, where they were read already.
    """
    acts = acts_of(changes, entries)
    known = Known(change for act in acts for change in act.entries)
    for act in acts:
        act.said = say(act, known)
        act.by = recorded_by(act)
    return acts


def steps_in_words(steps: Iterable[ExceptionStep]) -> list[tuple[ExceptionStep, Act]]:
    """Each of these with an act that tells of this step alone, whatever else its act recorded."""
    steps = list(steps)
    acts = acts_of([one.change for one in steps])
    known = Known(change for act in acts for change in act.entries)
    told = {}
    for act in acts:
        for change in act.changes:
            told[change.number] = alone = Act([change], act.entries)
            alone.said = step(alone, change, known)
            alone.by = recorded_by(alone)
    return [(one, told[one.change_id]) for one in steps]


def latest_acts(entries: ChangeQuerySet, most: int) -> FirstRows:
    """The last acts among these entries, the newest first."""
    last = list(entries.order_by("-number").values_list("number", "act")[:READ_FOR_ACTS])
    first = FirstRows(list(dict.fromkeys(act for _, act in last)), most)
    first.has_more |= len(last) == READ_FOR_ACTS
    numbers = {number for number, act in last if act in first.rows}
    read = list(entries_of(first.rows, numbers).order_by("-number"))
    return first.shown_as(acts_in_words([change for change in read if change.number in numbers], read))
