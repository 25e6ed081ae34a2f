"""What was done on a plan and on what belongs to it, in sentences."""

from actions.known import Known
from actions.models import Action, BusinessPlan, PlanDecision
from actions.models.amendment import LABELS
from actions.review_sentences import outcome_in_words
from gscp.acts import Act, Said, Sentence, labels, short_day, words
from gscp.record import Change
from gscp.words import lower_first
from subgroups.sentences import edited, reason, subject

ACTION, DECISION = "actions.action", "actions.plandecision"


def plan_decision(act: Act, change: Change, known: Known) -> Said:
    group, day = known.meeting(change.row.get("meeting_id"), change, act.day.year)
    what = decided(act, change, known)
    if change.row.get("state") == PlanDecision.State.TAKEN_BACK:
        return Said(f"{subject(act)} took back what was entered: that {group} {what}", reason(act))
    text = f"{group[:1].upper()}{group[1:]} {what} at its meeting of {day}"
    return Said(text, reason(act), note=f"It counts once the chair of {group} confirms it")


def decision_not_so(act: Act, change: Change, known: Known) -> str:
    group, _ = known.meeting(change.row.get("meeting_id"), change, act.day.year)
    return f"{subject(act)} said that this is not so: that {group} {decided(act, change, known)}"


def decided(act: Act, change: Change, known: Known) -> str:
    label = known.plans[change.plan].label if change.plan in known.plans else "a plan"
    changed = labels_of_amendments(act, known)
    return {
        PlanDecision.Kind.PUBLICATION: f"adopted the plan {label}",
        PlanDecision.Kind.AMENDMENT: f"agreed to change {changed or f'the plan {label}'}",
        PlanDecision.Kind.ADDITION: f"agreed to add {added(act)} to the plan {label}",
        PlanDecision.Kind.ENDING: endings_in_words(act, known) or f"decided how actions of {label} end",
        PlanDecision.Kind.CLOSING: f"decided to close the plan {label}",
        PlanDecision.Kind.ANSWERS: f"agreed the answers to a review of {label}",
        PlanDecision.Kind.OUTCOME: outcome_in_words(act) or f"decided about a review of {label}",
    }.get(change.row.get("kind", ""), f"decided about the plan {label}")


def added(act: Act) -> str:
    """The action that an act enters, or makes, as a new one of the plan."""
    entry = act.first_of("actions.addition")
    return f"action {entry.row.get('ref', '')}" if entry else "an action"


def addition(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} recorded {added(act)} as a new one of a plan"


def decision_in_force(act: Act, decided: Change, known: Known) -> str:
    """A decision that the act confirms, with the actions that it adds, changes or ends."""
    if act.first_of("actions.addition"):
        return f"{added(act)} is in the plan"
    name = lower_first(decided.object_in_words)
    kind = decided.row.get("kind")
    if entry := act.first_of("actions.recommendation"):
        state = words(entry).get("state", ("", ""))[1]
        return f"recommendation {entry.row.get('number', '')} is {lower_first(state)}"
    in_plan = [change for change in act.of(ACTION) if change.plan == decided.plan]
    if kind == PlanDecision.Kind.AMENDMENT:
        who = [*act.of("actions.actionlead"), *act.of("actions.ownership")]
        if changed := [*in_plan, *who]:
            return f"change of {which_actions(changed, known)} ({labels(in_plan) or 'who leads or owns it'})"
    ends = [one for one in act.of(DECISION) if one.row.get("kind") == PlanDecision.Kind.ENDING]
    plans = {one.plan for one in ends}
    ended = act.of("actions.successor") + [change for change in act.of(ACTION) if change.plan in plans]
    if not (ends and ended):
        return name
    if kind == PlanDecision.Kind.ENDING:
        return f"{name.partition(':')[0]}: {which_actions(ended, known)}"
    return f"{name}, with the end of {which_actions(ended, known)}"


def why_it_lapsed(act: Act, ref: str) -> str:
    """Of a request that lapsed: the decision about a plan with which it did, if its act tells of one."""
    decided = act.first_of("actions.plandecision")
    if decided is None:
        return f"{ref} was closed"
    if decided.row.get("kind") == PlanDecision.Kind.PUBLICATION:
        return f"the {decided.object_in_words.partition(': ')[2]} was adopted, and {ref} goes on there"
    return f"the end of {ref} came into force"


def which_actions(entries: list[Change], known: Known) -> str:
    refs = list(dict.fromkeys(known.ref(change) for change in entries))
    return " and ".join(refs) if len(refs) < 3 else f"{len(refs)} actions"


def endings_in_words(act: Act, known: Known) -> str:
    """What becomes of the actions whose end the act enters; of many, how many they are."""
    entries = act.of("actions.actionending")
    if not entries:
        return ""
    fate = words(entries[0]).get("fate", ("", ""))[1]
    plural = "is" if len(entries) == 1 else "are"
    return f"decided that {which_actions(entries, known)} {plural} {lower_first(fate)}"


def ending(act: Act, change: Change, known: Known) -> str:
    return f"{subject(act)} recorded how {known.ref(change)} ends"


def labels_of_amendments(act: Act, known: Known) -> str:
    """What an act changes: the labels of the first amendment, and which action or how many."""
    entries = act.of("actions.amendment")
    if not entries:
        return ""
    of = known.ref(entries[0]) if len(entries) == 1 else f"{len(entries)} actions"
    return f"{labels_of(entries[0])} of {of}"


def labels_of(amendment: Change) -> str:
    return ", ".join(LABELS.get(name, name) for name in str(amendment.row.get("changed", "")).split())


def amendment(act: Act, change: Change, known: Known) -> str:
    entries = act.of("actions.amendment")
    of = known.ref(change) if len(entries) == 1 else f"{len(entries)} actions"
    return f"{subject(act)} corrected a slip in {of}: {labels_of(change)}"


def review(act: Act, change: Change, known: Known) -> Said:
    found = words(change).get("found", ("", ""))[1]
    next_on = short_day(change.row.get("next_on"), act.day.year)
    return Said(f"{subject(act)} reviewed {known.ref(change)}, next on {next_on}", found, "What was found")


def plan(act: Act, change: Change, known: Known) -> str:
    name, status = change.object_in_words, words(change).get("status", ("", ""))[1]
    if change.created:
        if change.row.get("status") == BusinessPlan.Status.DRAFT:
            return f"{subject(act)} began a draft: the {name}"
        return f"{subject(act)} put the {name} on record"
    if change.row.get("status") == BusinessPlan.Status.DISCARDED:
        label = words(change).get("label", ("", ""))[0]
        return f"{subject(act)} discarded a draft: the Business Plan {label}"
    if status:
        return f"{subject(act)} changed the {name}: it is {lower_first(status)}"
    return edited(act, change, f"the {name}")


def several_actions(act: Act, known: Known) -> str:
    """With their plan where there are several, as of one action."""
    plans = {change.plan for change in act.entries if change.action}
    labels = [known.plans[plan].label for plan in plans if plan in known.plans]
    return f"several actions of {labels[0]}" if len(labels) == 1 < len(known.plans) else "several actions"


def action(act: Act, change: Change, known: Known) -> str:
    ref, given, year = known.ref(change), words(change), act.day.year
    rows = act.of(ACTION)
    if change.row.get("status") == Action.Status.DISCARDED:
        plan = known.plans.get(change.plan or 0)
        what = given.get("ref", (ref, ""))[0] if len(rows) == 1 else f"{len(rows)} actions"
        return f"{subject(act)} took {what} out of the draft{f' of {plan.label}' if plan else ''}"
    if len(rows) > 1:  # no form does that
        ref = several_actions(act, known)
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


def added_with_it(act: Act) -> Change | None:
    """An action that the same act added, of which the rest is a part."""
    return next((change for change in act.of(ACTION) if change.created), None)


def other_column(act: Act, change: Change, known: Known) -> str:
    if of_action := act.first_of(ACTION):
        return action(act, of_action, known)
    return f"{subject(act)} recorded another column of {known.ref(change)}"


def further_action(act: Act, change: Change, known: Known) -> str:
    of_action = added_with_it(act)
    if of_action and change.created:
        return action(act, of_action, known)
    fate = words(change).get("fate", ("", ""))[1]
    several = len(act.of("actions.furtheraction"))
    if several > 1:
        return f"{subject(act)} recorded what became of {several} further actions: {lower_first(fate)}"
    if change.created and not change.row.get("fate_on"):
        return f"{subject(act)} added a further action to {known.ref(change)}"
    became = f": {lower_first(fate)}" if fate else ""
    return f"{subject(act)} recorded what became of a further action of {known.ref(change)}{became}"


def milestone(act: Act, change: Change, known: Known) -> str:
    if of_action := added_with_it(act):
        return action(act, of_action, known)
    if change.row.get("done_on") and "done_on" in words(change):
        return f"{subject(act)} recorded that a milestone of {known.ref(change)} is done"
    return f"{subject(act)} {'added' if change.created else 'changed'} a milestone of {known.ref(change)}"


def ref_or_several(act: Act, change: Change, known: Known) -> str:
    return known.ref(change) if len({one.action for one in act.entries}) == 1 else several_actions(act, known)


def lead(act: Act, change: Change, known: Known) -> str:
    if of_action := act.first_of(ACTION):
        return action(act, of_action, known)
    return f"{subject(act)} recorded who leads {ref_or_several(act, change, known)}"


def owner(act: Act, change: Change, known: Known) -> str:
    if of_action := act.first_of(ACTION):
        return action(act, of_action, known)
    return f"{subject(act)} recorded who owns {ref_or_several(act, change, known)}"


SENTENCES: dict[str, Sentence] = {
    "actions.plandecision": plan_decision,
    "actions.addition": addition,
    "actions.addedwho": addition,
    "actions.actionending": ending,
    "actions.successor": ending,
    "actions.amendment": amendment,
    "actions.amendedwho": amendment,
    "actions.review": review,
    "actions.businessplan": plan,
    "actions.furtheraction": further_action,
    "actions.milestone": milestone,
    "actions.actionlead": lead,
    "actions.ownership": owner,
    "actions.othercolumn": other_column,
    ACTION: action,
    "actions.strategicdriver": driver,
    "actions.theme": theme,
}
