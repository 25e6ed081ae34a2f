"""The data of a meeting's papers: the record as it was when they closed.

Closing the papers fixes a number in the ledger: that of the last entry by then. The data of a pack are copied
from the lines of entries up to that number, with free texts as commitments. Lines are never rewritten, so
data and their digest are the same whenever they are put together again.
"""

from typing import Any

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from actions.models import BusinessPlan, ExceptionReport
from gscp.record import Change, ledger
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Meeting

FORMAT = "gscp-pack-1"


def contents(meeting: Meeting, past: Past) -> dict[str, Any]:
    # docs/ledger.md describes these data.
    with looking_back(past):
        lines = latest_entries(meeting).order_by("number").values_list("line", flat=True)
        records = [
            {key: line[key] for key in ("model", "number", "row")} for line in map(orjson.loads, lines)
        ]
        last = Change.objects.get(number=past.number)
    return {
        "format": FORMAT,
        "hash": last.hash,
        "meeting": {
            "group": meeting.group.slug,
            "date": meeting.date,
            "papers_close": meeting.papers_close,
        },
        "number": last.number,
        "records": records,
    }


def latest_entries(meeting: Meeting) -> QuerySet[Change]:
    """The latest entry of each record that the meeting is about; only looking_back() cuts off later ones.

    Those are the records filed under the plans that are not closed, under the group that meets, and under
    each action, of whatever plan, on which a report waits for that group's decision.
    """
    actions_to_decide = ExceptionReport.objects.waiting_for(meeting.group).values("action")
    about = Q(action__in=actions_to_decide) | Q(group=meeting.group_id, action=None)
    about |= Q(plan__in=BusinessPlan.objects.not_closed().values("pk"))
    of_same_record = Change.objects.filter(model=OuterRef("model"), object_id=OuterRef("object_id"))
    return Change.objects.filter(about).exclude(Exists(of_same_record.filter(number__gt=OuterRef("number"))))


def encoded(data: dict[str, Any]) -> bytes:
    return ledger.canonical(data).encode()
