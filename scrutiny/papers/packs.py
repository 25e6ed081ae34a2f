"""The papers of a meeting: the record as it stood when they closed, and a digest of it.

Closing the papers fixes a number in the ledger: that of the last entry by then. The data of a pack are copied
from the lines of entries up to that number, with free texts as commitments. Lines are never rewritten, so
data and digest are the same whenever they are put together again.
"""

from typing import Any

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from actions.models import BusinessPlan, ExceptionReport
from gscp.record import Change
from gscp.record.ledger import canonical
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Meeting

FORMAT = "gscp-pack-1"


def contents(meeting: Meeting, past: Past) -> dict[str, Any]:
    """The data of a pack (docs/ledger.md)."""
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
            "body": meeting.subgroup.slug,
            "date": meeting.date,
            "papers_close": meeting.papers_close,
        },
        "number": last.number,
        "records": records,
    }


def latest_entries(meeting: Meeting) -> QuerySet[Change]:
    """The latest entry of each record that the meeting is about, whatever its model.

    It is about the current plan, its body, and each action, of any plan, with a report before its body; and
    about all that concerns them.
    """
    plan = BusinessPlan.objects.current()
    before_body = ExceptionReport.objects.waiting_for(meeting.subgroup.tier).values("action")
    about = Q(action__in=before_body) | Q(subgroup=meeting.subgroup_id, action=None)
    if plan:
        about |= Q(plan=plan.pk)
    of_same_record = Change.objects.filter(model=OuterRef("model"), object_id=OuterRef("object_id"))
    return Change.objects.filter(about).exclude(Exists(of_same_record.filter(number__gt=OuterRef("number"))))


def encoded(contents: dict[str, Any]) -> bytes:
    """The data of a pack as one line of canonical JSON."""
    return canonical(contents).encode()
