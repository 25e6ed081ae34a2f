"""What was done on actions and on what was asked about them, in sentences; and any act in words."""

from collections.abc import Iterable, Sequence
from typing import Any

from actions.models import Action, BusinessPlan, ExceptionReport, ExceptionStep, PlanDecision
from actions.models.amendment import LABELS
from actions.models.chain import CHANGE, MOVES_BY_NAME, NOT_SO, RAISE, TERMS, Kind
from actions.models.plan import plans_by_key
from gscp.acts import BECAUSE, Act, Said, Sentence, acts_of, labels, short_day, words
from gscp.pages import FirstRows
from gscp.record import Change, ChangeQuerySet
from gscp.words import lower_first
from subgroups import sentences as who
from subgroups.sentences import NOBODY, anything, edited, reason, recorded_by, subject

STEP, REPORT, ACTION = "actions.exceptionstep", "actions.exceptionreport", "actions.action"
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
    "check-impact": "{who} recorded what difference {ref} made for children",
    "pass-on": "{who} passed {thing} on to {next}",
    CHANGE: "{who} changed {thing}",
    NOT_SO: "{who} said that what was entered for them about {thing} is not so",
}
BY_KIND = {RAISE: ASKED, "grant": GRANTED, "refuse": REFUSED}
CUES = {"return": "The question"}


class Known(who.Known):
    """What sentences say of other records than those of their act: a few queries for any number of acts."""

    def __init__(self, entries: Iterable[Change]):
        entries = list(entries)
        super().__init__(entries)
        actions = {change.action for change in entries if change.action}
        reports = self.ids(entries, "report_id")
        steps = self.ids(entries, "points_to_id")
        self.actions: dict[int, tuple[str, int]] = {
            pk: (ref, plan) for pk, ref, plan in values(Action, actions, "ref", "plan")
        }
        self.reports: dict[int, tuple[str, Any]] = {
            pk: (kind, day) for pk, kind, day in values(ExceptionReport, reports, "kind", "forecast")
        }
        self.moves: dict[int, str] = dict(values(ExceptionStep, steps, "move"))
        self.plans = plans_by_key()

    def ref(self, change: Change) -> str:
        """The action's number, with its plan where there are several."""
        ref, plan = self.actions.get(change.action or 0, ("an action", 0))
        return f"{ref} of {self.plans[plan].label}" if len(self.plans) > 1 and plan in self.plans else ref


def values(model: Any, keys: set[int], *columns: str) -> Iterable[Any]:
    return model.objects.filter(pk__in=keys | {NOBODY}).order_by().values_list("pk", *columns)


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
        "next": known.group(row.get("to_group_id"), change.number),
        "earlier": lower_first(result(known.moves.get(row.get("points_to_id", 0), ""))),
    }
    sentence = BY_KIND[move].get(kind) if move in BY_KIND else MOVED.get(move)
    if sentence is None:
        return Said(anything(act, change, known), reason(act))
    text = sentence.format(**parts)
    if is_decision and day and known.day_of_meeting(row["meeting_id"]) != act.day:
        text += f" (at its meeting of {day})"
    if move == RAISE:
        return Said(text, *argument(act))
    asked = MOVES_BY_NAME[move].reason_label if move in MOVES_BY_NAME else "Reason"
    cue = CUES.get(move, BECAUSE if asked == "Reason" else asked)
    return Said(text, reason(act), cue, not_in_force(row, group))


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


def plan_decision(act: Act, change: Change, known: Known) -> Said:
    row, year = change.row, act.day.year
    group, day = known.meeting(row.get("meeting_id"), change, year)
    label = known.plans[change.plan].label if change.plan in known.plans else "a plan"
    changed = labels_of_amendments(act, known)
    what = {
        PlanDecision.Kind.PUBLICATION: f"adopted the plan {label}",
        PlanDecision.Kind.AMENDMENT: f"agreed to change {changed or f'the plan {label}'}",
        PlanDecision.Kind.ENDING: f"decided how actions of the plan {label} end",
        PlanDecision.Kind.CLOSING: f"decided to close the plan {label}",
    }.get(row.get("kind", ""), f"decided about the plan {label}")
    if row.get("state") == PlanDecision.State.TAKEN_BACK:
        return Said(f"{subject(act)} took back what was entered: that {group} {what}", reason(act))
    text = f"{group[:1].upper()}{group[1:]} {what} at its meeting of {day}"
    return Said(text, reason(act), note=f"It counts once the chair of {group} confirms it")


def labels_of_amendments(act: Act, known: Known) -> str:
    """What an act changes: the labels of the first amendment, and which action or how many."""
    entries = act.of("actions.amendment")
    if not entries:
        return ""
    names = [LABELS.get(name, name) for name in str(entries[0].row.get("changed", "")).split()]
    return (
        f"{', '.join(names)} of {known.ref(entries[0]) if len(entries) == 1 else f'{len(entries)} actions'}"
    )


def amendment(act: Act, change: Change, known: Known) -> str:
    entries = act.of("actions.amendment")
    of = known.ref(change) if len(entries) == 1 else f"{len(entries)} actions"
    names = [LABELS.get(name, name) for name in str(change.row.get("changed", "")).split()]
    return f"{subject(act)} corrected a slip in {of}: {', '.join(names)}"


def review(act: Act, change: Change, known: Known) -> Said:
    found = words(change).get("found", ("", ""))[1]
    next_on = short_day(change.row.get("next_on"), act.day.year)
    return Said(f"{subject(act)} reviewed {known.ref(change)}, next on {next_on}", found, "What was found")


def confirmation(act: Act, change: Change, known: Known) -> Said:
    if decided := act.first_of("actions.plandecision"):
        name = decided.object_in_words
        text = f"{subject(act)} confirmed a decision, which is in force now: {lower_first(name)}"
        return Said(text, reason(act))
    what = "the update on" if change.row.get("update_id") else "what was entered for them on"
    what = f"{what} {known.ref(change)}"
    if change.row.get("is_so", True):
        return Said(f"{subject(act)} confirmed {what}", reason(act))
    why = words(change).get("why", ("", ""))[1]
    return Said(f"{subject(act)} said that {what} is not so", why)


def plan(act: Act, change: Change, known: Known) -> str:
    name, status = change.object_in_words, words(change).get("status", ("", ""))[1]
    if change.created:
        if change.row.get("status") == BusinessPlan.Status.DRAFT:
            return f"{subject(act)} began a draft: the {name}"
        return f"{subject(act)} put the {name} on record"
    if status:
        return f"{subject(act)} changed the {name}: it is {lower_first(status)}"
    return edited(act, change, f"the {name}")


def action(act: Act, change: Change, known: Known) -> str:
    ref, given, year = known.ref(change), words(change), act.day.year
    rows = act.of(ACTION)
    if len(rows) > 1:  # no form does that
        ref = "several actions"
    if change.created:
        return f"{subject(act)} added {ref} to the plan"
    names = {"original_date": "the date", "review_date": "the review date"}
    if len(rows) == 1 and set(given) <= set(names):
        days = [
            f"{name} of {ref}: {short_day(change.row.get(f), year)}"
            for f, name in names.items()
            if f in given
        ]
        return f"{subject(act)} set {' and '.join(days)}"
    return f"{subject(act)} changed {ref}: {labels(rows)}"


def driver(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} {'added' if change.created else 'changed'} a strategic driver of a plan"


def theme(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} {'added' if change.created else 'changed'} a theme of a plan"


def further_action(act: Act, change: Change, known: Known) -> str:
    fate = words(change).get("fate", ("", ""))[1]
    if change.created and not change.row.get("fate_on"):
        return f"{subject(act)} added a further action to {known.ref(change)}"
    became = f": {lower_first(fate)}" if fate else ""
    return f"{subject(act)} recorded what became of a further action of {known.ref(change)}{became}"


def milestone(act: Act, change: Change, known: Known) -> str:
    if change.row.get("done_on") and "done_on" in words(change):
        return f"{subject(act)} recorded that a milestone of {known.ref(change)} is done"
    return f"{subject(act)} {'added' if change.created else 'changed'} a milestone of {known.ref(change)}"


def ref_or_several(act: Act, change: Change, known: Known) -> str:
    return known.ref(change) if len({one.action for one in act.entries}) == 1 else "several actions"


def lead(act: Act, change: Change, known: Known) -> str:
    if of_action := act.first_of(ACTION):
        return action(act, of_action, known)
    return f"{subject(act)} recorded who leads {ref_or_several(act, change, known)}"


def owner(act: Act, change: Change, known: Known) -> str:
    if of_action := act.first_of(ACTION):
        return action(act, of_action, known)
    return f"{subject(act)} recorded who owns {ref_or_several(act, change, known)}"


# Of an act with several records, the first of these says what it was.
OF_GROUPS = ("gscp.redaction", "gscp.recordkey", "subgroups.group")
SENTENCES: dict[str, Sentence] = {
    **{model: who.SENTENCES[model] for model in OF_GROUPS},
    "actions.confirmation": confirmation,
    STEP: step,
    "actions.progressupdate": update,
    "actions.plandecision": plan_decision,
    "actions.amendment": amendment,
    "actions.amendedwho": amendment,
    "actions.review": review,
    "actions.businessplan": plan,
    "actions.furtheraction": further_action,
    "actions.milestone": milestone,
    "actions.actionlead": lead,
    "actions.ownership": owner,
    ACTION: action,
    "actions.strategicdriver": driver,
    "actions.theme": theme,
    **who.SENTENCES,
}
# What commands record at once, by the name under which they do: the act is too long to be read whole.
BY_COMMANDS = {
    "Plan as published": "The plan was put on record as it was published",
    "Partnership as published": "The partnership was put on record as it was published",
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


def acts_in_words(changes: Sequence[Change]) -> list[Act]:
    """What was done, an act at a time, for templates/gscp/acts.html. Twelve queries at most, however many."""
    acts = acts_of(changes)
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
    changes = list(entries.order_by("-number")[:READ_FOR_ACTS])
    first = FirstRows(list(dict.fromkeys(change.act for change in changes)), most)
    first.has_more |= len(changes) == READ_FOR_ACTS
    return first.shown_as(acts_in_words([change for change in changes if change.act in first.rows]))
