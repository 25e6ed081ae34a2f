"""The papers of a meeting: the record as it stood when they closed, and a digest of it.

Closing the papers pins a point in the ledger: the last entry by then. The data of a pack are what the
ledger's own lines say at that point of every record of the plan, free texts as commitments. Lines are never
rewritten, so data and digest are the same whenever they are put together again.
"""

import hashlib
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from actions import rules
from actions.models import Action, BusinessPlan, ExceptionReport
from actions.rules import Reporting
from actions.views.shared import by_urgency
from gscp.ledger import canonical, head
from gscp.models import Change, Redaction
from gscp.past import Past, looking_back
from gscp.permissions import may
from scrutiny.past import standing
from subgroups.models import Meeting

FORMAT = "gscp-pack-1"


def pack_of(user, slug, day) -> tuple[Meeting, Past]:
    """The meeting, and the point its papers pinned; there is none until they close."""
    meetings = Meeting.objects.standing().select_related("subgroup")
    meeting = get_object_or_404(meetings, subgroup__slug=slug, date=day)
    try:
        return meeting, Past.on(meeting.papers_close)
    except ValidationError as error:  # they are still to close, or closed before anything was on record
        raise Http404 from error


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


@may("read", pack_of)
def pack(request, meeting, past):
    """On paper or screen: what the body had before it."""
    whole = contents(meeting, past)
    held = {
        (value["entry"], name)
        for record in whole["records"]
        for name, value in record["row"].items()
        if isinstance(value, dict)
    }
    done = Redaction.objects.filter(state=Redaction.State.DONE, change__gt=past.number)
    redacted = [row for row in done.select_related("change") if (row.entry, row.field) in held]  # to this day
    before = meeting.subgroup.meetings.held().filter(date__lt=meeting.date).first()
    with standing(past):
        pinned, reporting = Change.objects.get(number=past.number), Reporting.now()
        actions = Action.objects.visible_to(request.user).filter(plan=BusinessPlan.objects.current())
        off_plan = list(rules.exceptions(actions.for_pages(), reporting).order_by(*by_urgency()))
        for action in off_plan:
            action.reasons = rules.reasons(action, reporting)
        asked = ExceptionReport.objects.visible_to(request.user).before(meeting.subgroup.tier)
        stood = {
            "meeting": meeting,
            "asked": list(asked.for_pages()),
            "off_plan": off_plan,
            "actions": list(actions.for_pages()),
        }
        record = render_to_string("scrutiny/pack_record.html", stood)
    return render(
        request,
        "scrutiny/pack.html",
        {
            "meeting": meeting,
            "past": past,
            "head": head(pinned.number, pinned.hash),
            "digest": hashlib.sha256(data(whole)).hexdigest(),
            "before": before,
            "redacted": redacted,
            "record": record,
        },
    )


@may("read", pack_of)
def pack_data(request, meeting, past):
    """The very bytes that the digest is of."""
    name = f"pack-{meeting.subgroup.slug}-{meeting.date}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data(contents(meeting, past)), content_type="application/json", headers=headers)
