"""What was saved of plans after they were published, each row of the history with the row before it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from actions.models import Action, BusinessPlan
from gscp.record import Change, Tracked, history_of
from scrutiny.proof.today import differ

ROWS_AT_ONCE = 400
DRAFT, LIVE = BusinessPlan.Status.DRAFT, BusinessPlan.Status.LIVE


@dataclass(frozen=True)
class Status:
    """That a plan came to have one: which, by which entry, in which act, and by whom."""

    name: str
    number: int
    act: UUID
    actor_id: int | None  # None for a command


class Plans:
    """Of each plan the statuses that it came to have, in their order."""

    def __init__(self) -> None:
        self.statuses: dict[int, list[Status]] = defaultdict(list)
        rows = history_of(BusinessPlan)._base_manager.order_by("change_id")
        for pk, *columns in rows.values_list("id", "status", "change_id", "change__act", "change__actor_id"):
            status, there = Status(*columns), self.statuses[pk]
            if not there or there[-1].name != status.name:
                there.append(status)

    def status_before(self, plan: int, number: int, act: UUID) -> str:
        """The plan's before that act; one that was no older counts as a draft."""
        earlier = [one.name for one in self.statuses.get(plan, ()) if one.number < number and one.act != act]
        return earlier[-1] if earlier else DRAFT

    def was_loaded(self, plan: int) -> bool:
        """Whether a command recorded it as it had been published elsewhere."""
        first = next(iter(self.statuses.get(plan, ())), None)
        return first is not None and first.name == LIVE and first.actor_id is None


@dataclass(frozen=True)
class Saved:
    """A row of the history of something in a plan that was published before."""

    row: Any
    before: Any  # the row before it; None where it is the first
    number: int  # of its entry
    act: UUID
    plan_status: str  # before that act

    @property
    def action(self) -> int:
        """The action that it is, or that it belongs to."""
        return int(getattr(self.row, "action_id", self.row.id))

    def changed(self, name: str) -> bool:
        return bool(self.value(name) != getattr(self.before, self.column(name)))

    def value(self, name: str) -> Any:
        return getattr(self.row, self.column(name))

    def column(self, name: str) -> str:
        return str(self.row._meta.get_field(name).attname)


def saved_rows(model: type[Tracked], names: list[str], plans: Plans) -> Iterator[Saved]:
    """The first rows of its records, and those in which one of these columns is another than before.

    Of the status of an action it is all but those by which it stayed open: it begins with a report. What a
    command loads of a plan is that plan as published, whenever it does.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute(statement(model, names))
        saved = cursor.fetchall()
    for key, before, number, act, plan, plan_before, actor_id in saved:
        act = UUID(str(act))
        # What is moved from one plan to another belongs to both.
        statuses = [plans.status_before(one, number, act) for one in (plan, plan_before) if one]
        status = next((one for one in statuses if one != DRAFT), DRAFT)
        is_loaded = before is None and actor_id is None and status == LIVE and plans.was_loaded(plan)
        if status != DRAFT and not is_loaded:
            found.append((key, before, number, act, status))
    for row, before, *rest in with_rows(model, found):
        yield Saved(row, before, *rest)


def with_rows(model: type[Tracked], found: list[Any]) -> Iterator[Any]:
    """These, which begin with the keys of a row and of the one before, with the rows in their place."""
    manager = history_of(model)._base_manager
    for first in range(0, len(found), ROWS_AT_ONCE):
        some = found[first : first + ROWS_AT_ONCE]
        rows = manager.in_bulk([key for pair in some for key in pair[:2] if key is not None])
        for key, before, *rest in some:
            yield rows[key], rows.get(before), *rest


def statement(model: type[Tracked], names: list[str]) -> str:
    """In SQL: the keys of a row and of the one before, its entry, the plans of both, and who saved it."""
    history: Any = history_of(model)
    table, entries = history._meta.db_table, Change._meta.db_table
    columns = {name: history._meta.get_field(name).column for name in names}
    changes = [differ([column for name, column in columns.items() if name != "status"])]
    if "status" in names:
        is_open = f""""status" IN ('{"', '".join(Action.OPEN)}')"""
        changes.append(f"({differ(['status'])}) AND NOT (present.{is_open} AND history.{is_open})")
    return f"""
        SELECT
            pair."history_id", pair.before, entry."number", entry."act",
            entry."plan", entry_before."plan", entry."actor_id"
        FROM (
            SELECT "history_id", LAG("history_id") OVER (PARTITION BY "id" ORDER BY "change_id") AS before
            FROM "{table}"
        ) AS pair
        JOIN "{table}" AS present ON present."history_id" = pair."history_id"
        JOIN "{entries}" AS entry ON entry."number" = present."change_id"
        LEFT JOIN "{table}" AS history ON history."history_id" = pair.before
        LEFT JOIN "{entries}" AS entry_before ON entry_before."number" = history."change_id"
        WHERE pair.before IS NULL OR {" OR ".join(changes)}
        ORDER BY entry."number"
    """
