"""The papers of a meeting: the record as it stood when they closed, and a digest of it.

Closing the papers pins a point in the ledger: the last entry by then. The data of a pack are what the
ledger's own lines say at that point of every record of the plan, free texts as commitments. Lines are never
rewritten, so data and digest are the same whenever they are put together again.
"""

from typing import Any

import orjson
from django.db.models import Max

from actions.models import BusinessPlan
from gscp.record import Change
from gscp.record.ledger import canonical
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Meeting

FORMAT = "gscp-pack-1"


def contents(meeting: Meeting, past: Past) -> dict[str, Any]:
    """What a pack is made of (docs/ledger.md)."""
    with looking_back(past):
        plan = BusinessPlan.objects.current()
        entries = Change.objects.filter(plan=plan.pk if plan else None)
        last = entries.order_by().values("model", "object_id").annotate(last=Max("number"))
        lines = Change.objects.filter(number__in=last.values("last")).order_by("number")
        records = [
            {key: line[key] for key in ("model", "number", "row")}
            for line in map(orjson.loads, lines.values_list("line", flat=True))
        ]
        pinned = Change.objects.get(number=past.number)
    return {
        "format": FORMAT,
        "hash": pinned.hash,
        "meeting": {
            "body": meeting.subgroup.slug,
            "date": meeting.date,
            "papers_close": meeting.papers_close,
        },
        "number": pinned.number,
        "records": records,
    }


def data(whole: dict[str, Any]) -> bytes:
    """A pack as one line of canonical JSON."""
    return canonical(whole).encode()
