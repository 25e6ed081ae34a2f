"""Plans compared with what was decided about them: published and closed, their actions changed and ended.

Somebody with the database's password can write on the record behind the forms, line and hash included. What
changes a plan has a record of its own beside it, in the same act. That is a decision of a meeting, confirmed
by its chair, or the correction of a slip.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import F, Min

from actions.models import Action, ActionEnding, Amendment, BusinessPlan, ExceptionStep, PlanDecision
from actions.models.amendment import WORDS
from actions.models.chain import TERMS
from gscp.record import Change, history_of, is_like_tombstone
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import ROW_ERRORS, last_number
from scrutiny.proof.today import differ

IN_FORCE = PlanDecision.State.IN_FORCE
DECIDES: dict[str, str] = {  # by the state that a plan comes to, the kind of decision that brings it there
    BusinessPlan.Status.LIVE: PlanDecision.Kind.PUBLICATION,
    BusinessPlan.Status.CLOSED: PlanDecision.Kind.CLOSING,
}
DISCARDING = (BusinessPlan.Status.DRAFT, BusinessPlan.Status.DISCARDED)
BY_STATUS = [kind for kind, terms in TERMS.items() if terms.column == "status"]
YOUNGER_COLUMN = "earlier_new_dates"
COLUMNS = {name: history_of(Action)._meta.get_field(name).attname for name in WORDS}


def findings() -> Iterator[Finding]:
    try:
        states = states_of_plans()
        yield from of_plans(states)
        yield from of_actions(states)
    except ROW_ERRORS:
        yield Finding(last_number(), "plans cannot be compared with what was decided about them.")


def states_of_plans() -> dict[int, list[tuple[int, str]]]:
    """Of each plan the entries that gave it a status, in their order, and which."""
    states: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = history_of(BusinessPlan)._base_manager.order_by("change_id")
    for pk, number, status in rows.values_list("id", "change_id", "status"):
        if not states[pk] or states[pk][-1][1] != status:
            states[pk].append((number, status))
    return states


def decided() -> Any:
    """The decisions about plans that came into force in the act in which a chair confirmed them."""
    confirmed = PlanDecision.objects.filter(state=IN_FORCE, confirmation__is_so=True)
    return confirmed.filter(change__act=F("confirmation__change__act"))


def of_plans(states: dict[int, list[tuple[int, str]]]) -> Iterator[Finding]:
    known = set(decided().values_list("plan", "kind", "change__act"))
    for plan, rows in states.items():
        acts = acts_of(number for number, _ in rows)
        for (_, before), (number, status) in pairwise(rows):
            if (before, status) == DISCARDING:  # which needs no meeting
                continue
            if (plan, DECIDES.get(status), acts.get(number)) not in known:
                what = f"it became {status}, and no decision says so that its chair confirmed."
                yield Finding(number, f"actions.businessplan {plan}: {what}")


def acts_of(numbers: Iterable[int]) -> dict[int, Any]:
    # in_bulk() asks again and again: SQLite takes so many values in a statement, and no more.
    return {number: entry.act for number, entry in Change.objects.only("act").in_bulk(list(numbers)).items()}


def of_actions(states: dict[int, list[tuple[int, str]]]) -> Iterator[Finding]:
    """Of actions in plans that were published then: what changed of their words, and which of them ended."""
    pairs = [
        (key, was)
        for key, was, plan, number in changed_rows()
        if state_before(states.get(plan, []), number) != BusinessPlan.Status.DRAFT
    ]
    rows = history_of(Action)._base_manager.in_bulk([pk for pair in pairs for pk in pair])
    acts = acts_of(rows[key].change_id for key, _ in pairs)
    words, ends = Amended(), Ended()
    for key, was in pairs:
        row, before = rows[key], rows[was]
        act = acts.get(row.change_id)
        wrong = [*words.lacking(row, before, act), *ends.lacking(row, before, acts)]
        for what in wrong if wrong and not is_older(row.change_id) else ():
            yield Finding(row.change_id, f"actions.action {row.id}: {what}")


def is_older(number: int) -> bool:
    """Whether it was recorded before there were amendments: its line lacks a column younger than those."""
    entry = Change.objects.only("line").filter(number=number).first()
    return entry is not None and YOUNGER_COLUMN not in entry.row


def state_before(rows: list[tuple[int, str]], number: int) -> str:
    """The plan's, before that entry; a plan that is no older counts as a draft."""
    earlier = [status for at, status in rows if at < number]
    return earlier[-1] if earlier else BusinessPlan.Status.DRAFT


def changed_rows() -> list[tuple[int, int, int, int]]:
    """Keys of the history rows with other words than the row before, or that opened or ended the action.

    Each with the key of the row before, with that of the plan, and with the number of its entry.
    """
    table = f'"{history_of(Action)._meta.db_table}"'
    open_ones = "', '".join(Action.OPEN)
    statement = f"""
        SELECT present."history_id", history."history_id", present."plan_id", present."change_id" FROM (
            SELECT "history_id", LAG("history_id") OVER (PARTITION BY "id" ORDER BY "change_id") AS before
            FROM {table}
        ) AS pair
        JOIN {table} AS present ON present."history_id" = pair."history_id"
        JOIN {table} AS history ON history."history_id" = pair.before
        WHERE ({differ(list(COLUMNS.values()))})
            OR (present."status" IN ('{open_ones}')) <> (history."status" IN ('{open_ones}'))
        ORDER BY present."change_id"
    """
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


class Amended:
    """By action and act, the new words that slips and decisions gave it."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, Any], list[Any]] = defaultdict(list)
        for one in Amendment.objects.filter(decision=None).select_related("change"):
            self.known[one.action_id, one.change.act].append(one)
        agreed = Amendment.objects.filter(decision__in=decided()).select_related("decision__change")
        for one in agreed:
            self.known[one.action_id, one.decision.change.act].append(one)  # type: ignore[union-attr]  # as filtered

    def lacking(self, row: Any, before: Any, act: Any) -> Iterator[str]:
        amendments = self.known[row.id, act]
        for name, column in COLUMNS.items():
            value = getattr(row, column)
            if value == getattr(before, column):
                continue
            new = [getattr(one, new_column(name)) for one in amendments if name in one.names]
            # A text may have been taken out of one of the two alone.
            if not any(value == one or is_taken_out(value, one) for one in new):
                yield f"its “{name}” changed, and neither a slip nor a decision in force says so."


def new_column(name: str) -> str:
    return "to_group_id" if name == "group" else COLUMNS[name]


def is_taken_out(*values: Any) -> bool:
    return any(is_like_tombstone(value) for value in values if isinstance(value, str))


class Ended:
    """Decisions by which actions ended, or were opened again."""

    def __init__(self) -> None:
        steps = ExceptionStep.objects.exclude(meeting=None).filter(provisional=False)
        steps = steps.filter(report__kind__in=BY_STATUS)
        self.steps = set(steps.values_list("report__action", "change__act"))
        endings = ActionEnding.objects.filter(decision__in=decided())
        in_force = endings.values_list("action", "fate").annotate(Min("decision__change_id"))
        self.endings = {(action, fate): number for action, fate, number in in_force}

    def lacking(self, row: Any, before: Any, acts: dict[int, Any]) -> Iterator[str]:
        if (row.status in Action.OPEN) == (before.status in Action.OPEN):
            return
        # An ending waits for the publication of the plan in which the action goes on.
        decided_in = self.endings.get((row.id, row.status))
        by_ending = decided_in is not None and decided_in < row.change_id
        if not by_ending and (row.id, acts.get(row.change_id)) not in self.steps:
            yield f"it became “{row.status}”, and no decision in force says so."
