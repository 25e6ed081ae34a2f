"""The papers of a meeting: on paper or screen, and as data."""

import hashlib
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from actions import findings
from actions.models import ExceptionReport
from actions.views.shared import actions_shown
from gscp.pages import FirstRows
from gscp.permissions import may
from gscp.record import Change, Redaction, ledger
from gscp.record.looking_back import Past
from scrutiny.pages_as_at import pages_as_at
from scrutiny.papers.packs import contents, encoded
from scrutiny.proof.signatures import Keys
from subgroups.models import Meeting


def pack_of(slug: str, day: date) -> tuple[Meeting, Past]:
    """The meeting, and the moment at which its papers closed.

    Raises:
        Http404: they have not closed yet, or nothing was on record when they did.
    """
    meetings = Meeting.objects.not_called_off().select_related("group")
    meeting = get_object_or_404(meetings, group__slug=slug, date=day)
    try:
        return meeting, Past.on(meeting.papers_close)
    except ValidationError as error:
        raise Http404 from error


@may("read", pack_of)
def pack(request, meeting, past) -> HttpResponse:
    data = contents(meeting, past)
    before = meeting.group.meetings.held().filter(date__lt=meeting.date).first()
    with pages_as_at(past):
        last = Change.objects.get(number=past.number)
        off_plan = findings.shown([row.action for row in findings.off_plan()])
        findings.give_reasons(off_plan)
        asked = ExceptionReport.objects.waiting_for(meeting.group)
        record_context = {
            "meeting": meeting,
            "asked": FirstRows(asked.for_pages()),
            "off_plan": off_plan,
            "actions": actions_shown(findings.found()),
        }
        record = render_to_string("scrutiny/pack_record.html", record_context)
    return render(
        request,
        "scrutiny/pack.html",
        {
            "meeting": meeting,
            "past": past,
            "head": ledger.head(last.number, last.hash),
            "keys": Keys.on_record(),
            "digest": hashlib.sha256(encoded(data)).hexdigest(),
            "before": before,
            "redacted": taken_out_since(data),
            "record": record,
        },
    )


def taken_out_since(data: dict[str, Any]) -> list[Redaction]:
    """The redactions, up to today, of texts that the pack commits to, made after its papers closed."""
    committed = {
        (value["entry"], name)
        for record in data["records"]
        for name, value in record["row"].items()
        if isinstance(value, dict)
    }
    done = Redaction.objects.filter(state=Redaction.State.DONE, change__gt=data["number"])
    return [row for row in done.select_related("change") if (row.entry, row.field) in committed]


@may("read", pack_of)
def pack_data(request, meeting, past) -> HttpResponse:
    name = f"pack-{meeting.group.slug}-{meeting.date}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(encoded(contents(meeting, past)), content_type="application/json", headers=headers)
