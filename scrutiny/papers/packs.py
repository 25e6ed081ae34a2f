"""The data of a meeting's papers: the record as it was when they closed.

Closing the papers fixes a number in the ledger: that of the last entry by then. The data of a pack are copied
from the lines of entries up to that number, with free texts as commitments. Lines are never rewritten, so
data and their digest are the same whenever they are put together again.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from actions.models import (
    BusinessPlan,
    ExceptionReport,
    PlanDecision,
    Recommendation,
    RecommendationOutcome,
)
from actions.models.plan_decision import OF_REVIEWS
from gscp.facts import fact
from gscp.record import Change, Redaction, ledger
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Group, Measure, Meeting
from subgroups.models.groups import groups_by_key
from subgroups.scorecard import RECORDS as OF_SCORECARDS

FORMAT = "gscp-pack-1"
MEASURE = Measure._meta.label_lower
RECOMMENDATION, PLAN_DECISION = Recommendation._meta.label_lower, PlanDecision._meta.label_lower
OF_GROUPS = (*OF_SCORECARDS, "actions.evidence", "actions.evidenceseen")  # those of audits
BATCH = 500  # records that are in memory at once


def pieces(meeting: Meeting, past: Past) -> Iterator[str]:
    """The data as canonical JSON, piece by piece; docs/ledger.md describes them."""
    last = Change.objects.get(number=past.number)
    issued = meeting.papers_issued  # its day may have been moved since
    about = {"group": meeting.group.slug, "date": issued.date, "papers_close": issued.papers_close}
    head = {"format": FORMAT, "hash": last.hash, "meeting": about, "number": last.number, "records": []}
    yield ledger.canonical(head).removesuffix("]}")  # of sorted keys, `records` comes last
    for place, record in enumerate(records(meeting, past)):
        yield ("," if place else "") + ledger.canonical(record)
    yield "]}"


def records(meeting: Meeting, past: Past) -> Iterator[dict[str, Any]]:
    reached, full = 0, True
    while full:
        with looking_back(past):  # where nothing can be written, whoever reads
            entries = latest_entries(meeting).filter(number__gt=reached).order_by("number")[:BATCH]
            rows = list(entries.values_list("number", "line"))
        for _, line in rows:
            values = orjson.loads(line)
            yield {key: values[key] for key in ("model", "number", "row")}
        full = len(rows) == BATCH
        reached = rows[-1][0] if rows else reached


def digest(meeting: Meeting, past: Past) -> str:
    with looking_back(past):
        return digest_then(meeting, meeting.change_id, past)


@fact
def digest_then(meeting: Meeting, change: int, past: Past) -> str:
    data = hashlib.sha256()
    for piece in pieces(meeting, past):
        data.update(piece.encode())
    return data.hexdigest()


def taken_out_since(meeting: Meeting, past: Past) -> list[Redaction]:
    """The redactions, up to today, of texts that the pack commits to, made after its papers closed."""
    done = Redaction.objects.filter(state=Redaction.State.DONE, change__gt=past.number)
    wanted = {(row.entry, row.field): row for row in done.select_related("change")}
    committed = {
        (value["entry"], name)
        for record in (records(meeting, past) if wanted else ())
        for name, value in record["row"].items()
        if isinstance(value, dict)
    }
    return [row for key, row in wanted.items() if key in committed]


def with_scorecards(meeting: Meeting) -> list[Group]:
    """The groups whose scorecards are in its papers: those that report to the group, and the group itself."""
    groups = groups_by_key().values()
    return [group for group in groups if meeting.group_id in (group.pk, group.reports_to_id)]


def recommendations_for(group: Group) -> QuerySet[Recommendation]:
    """Those that are open, and those of which the group decided what became of them."""
    decided = RecommendationOutcome.objects.filter(decision__meeting__group=group).values("recommendation")
    listed = Recommendation.objects.filter(driver__plan__in=BusinessPlan.objects.listed())
    return listed.filter(Q(state=Recommendation.State.OPEN) | Q(pk__in=decided))


def latest_entries(meeting: Meeting) -> QuerySet[Change]:
    """The latest entry of each record that the meeting is about; only looking_back() cuts off later ones.

    Those are filed under the live plans, and under the group that meets. Those of each action on which a
    report waits for that group are among them, whatever its plan. So are scorecards of the groups that report
    to it, and each measure on which a report waits for it. Recommendations are too, whatever their plan.
    """
    to_decide = ExceptionReport.objects.waiting_for(meeting.group)
    actions_to_decide = to_decide.exclude(action=None).values("action")
    measures_to_decide = to_decide.exclude(measure=None)
    about = Q(action__in=actions_to_decide) | Q(group=meeting.group_id, action=None)
    with_cards = [group.pk for group in with_scorecards(meeting)]
    about |= Q(group__in=with_cards, action=None, model__in=OF_GROUPS)
    about |= Q(about_model=MEASURE, about_id__in=measures_to_decide.values("measure"))
    about |= Q(plan__in=BusinessPlan.objects.live().values("pk"))
    # Reviews go on after the year of their plan.
    about |= Q(about_model=RECOMMENDATION, about_id__in=recommendations_for(meeting.group).values("pk"))
    decided = PlanDecision.objects.filter(meeting__group=meeting.group, kind__in=OF_REVIEWS)
    about |= Q(model=PLAN_DECISION, object_id__in=decided.values("pk"))
    of_same_record = Change.objects.filter(model=OuterRef("model"), object_id=OuterRef("object_id"))
    return Change.objects.filter(about).exclude(Exists(of_same_record.filter(number__gt=OuterRef("number"))))
