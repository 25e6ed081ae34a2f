"""What stands in the files about each action: read as plain values, since a plan may have thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from actions import reporting
from actions.findings_sql import FLAGS, one_of, select
from actions.lineage import show_what_comes
from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    FurtherAction,
    Milestone,
    OtherColumn,
    Ownership,
    ProgressUpdate,
)
from actions.models.plan import plans_by_key
from actions.tables.writing import lines
from gscp import clock
from gscp.record import Change
from gscp.words import lower_first
from subgroups.models import Partner, Post
from subgroups.models.groups import groups_by_key

Row = dict[str, Any]
BATCH = 900  # rows that are in memory at once
COLUMNS = (
    "pk", "plan_id", "group_id", "ref", "title", "text", "priority", "who", "outcome", "known_by",
    "timescale", "status", "rating", "precision", "original_date", "agreed_date", "review_date",
    "driver__text", "driver__kind", "theme__text", "plan__status",
)  # fmt: skip
WHAT_COMES = ("status", "rating", "precision", "original_date", "agreed_date")  # of show_what_comes()


def in_batches(keys: Sequence[int], rows: Callable[[Sequence[int]], Iterable[Any]]) -> Iterator[Any]:
    for first in range(0, len(keys), BATCH):
        yield from rows(keys[first : first + BATCH])


@dataclass(frozen=True)
class Names:
    """What many actions share, looked up once for all of them."""

    plans: dict[int, str]
    groups: dict[int, str]
    posts: dict[int, str]
    partners: dict[int, str]  # of today: a successor's in the place of its predecessor's


def names_now() -> Names:
    today = clock.today()
    return Names(
        {key: str(plan) for key, plan in plans_by_key().items()},
        {key: str(group) for key, group in groups_by_key().items()},
        {post.pk: str(post) for post in Post.objects.all()},
        {one.pk: str(one.successor_on(today)) for one in Partner.objects.with_successors()},
    )


def action_rows(keys: Sequence[int]) -> Iterator[Row]:
    """The rows of these actions, in this order."""
    return in_batches(keys, partial(read, names=names_now(), today=clock.today()))


def read(keys: Sequence[int], names: Names, today: date) -> list[Row]:
    rows: dict[int, Row] = {row["pk"]: row for row in Action.objects.filter(pk__in=keys).values(*COLUMNS)}
    further = grouped(FurtherAction.objects.filter(action__in=keys).values_list("action", "text"))
    milestones = grouped(
        Milestone.objects.filter(action__in=keys).values_list("action", "due", "text", "done_on")
    )
    leads = grouped(ActionLead.objects.filter(action__in=keys, ended_on=None).values_list("action", "post"))
    others = grouped(OtherColumn.objects.filter(action__in=keys).values_list("action", "heading", "text"))
    owned = Ownership.objects.filter(action__in=keys, ended_on=None).order_by("pk")
    owners = grouped(owned.values_list("action", "partner"))
    drafts = Action.objects.filter(pk__in=keys, plan__status=BusinessPlan.Status.DRAFT).select_related("plan")
    show_what_comes(of_drafts := list(drafts))
    for one in of_drafts:
        rows[one.pk] |= {name: getattr(one, name) for name in WHAT_COMES}
    stand_as = {one.pk: one.stands_as.pk for one in of_drafts if one.stands_as}
    reported = when_reported([stand_as.get(key, key) for key in keys])
    rating, decision = reporting.reported_for_chairs(), reporting.decided_for_chairs()
    for key, row in rows.items():
        row["plan"], row["group"] = names.plans[row["plan_id"]], names.groups[row["group_id"]]
        row["further"] = [text for (text,) in further[key]]
        row["milestones"], row["others"] = milestones[key], others[key]
        row["leads"] = ", ".join(names.posts[post] for (post,) in leads[key])
        row["owners"] = ", ".join(names.partners[partner] for (partner,) in owners[key])
        stands_as = stand_as.get(key, key)
        row["reported_on"], row["rated_on"], row["is_old"] = reported[stands_as]
        of_rating = f"Rating: {lower_first(rating[stands_as])}" if stands_as in rating else ""
        row["not_confirmed"] = lines(filter(None, [of_rating, decision.get(stands_as, "")]))
        row["due"] = row["agreed_date"] or row["original_date"]
        is_held_to = row["status"] in Action.OPEN and row["plan__status"] == BusinessPlan.Status.LIVE
        late = is_held_to and row["due"] and row["due"] < today
        row["days_late"] = (today - row["due"]).days if late else None
    return [rows[key] for key in keys]


def grouped(rows: Iterable[tuple]) -> dict[int, list[tuple]]:
    """By the action, which each row begins with."""
    groups: dict[int, list[tuple]] = defaultdict(list)
    for key, *others in rows:
        groups[key].append(tuple(others))
    return groups


def when_reported(keys: Sequence[int]) -> dict[int, tuple[date | None, date | None, bool]]:
    """Of each action, the days of its last report and of its last rating, and whether that rating is old."""
    found = select('"id", reported_in, rated_id', f'action."id" {one_of(keys)}')
    rated = dict(
        # Of a corrected one the report that it corrects.
        ProgressUpdate.objects.filter(pk__in=[row[2] for row in found if row[2]]).values_list(
            "pk", Coalesce("first__change", "change")
        )
    )
    numbers = {row[1] for row in found} | set(rated.values())
    days = {
        number: timezone.localdate(moment)
        for number, moment in Change.objects.filter(number__in=numbers).values_list("number", "clock")
    }
    return {
        key: (days.get(reported_in), days.get(rated.get(rated_id, 0)), bool(marks & FLAGS["old"]))
        for key, reported_in, rated_id, marks in found
    }
