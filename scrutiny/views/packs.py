"""The papers of a meeting: on paper or screen, and as data."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from actions import findings
from actions.models import ExceptionReport
from actions.views.shared import actions_shown
from gscp.dates import day_in_words, moment_in_words
from gscp.facts import fact, of_one_version
from gscp.pages import FirstRows
from gscp.permissions import may
from gscp.record import Change, ledger
from gscp.record.looking_back import Past, looking_back
from scrutiny.pages_as_at import pages_as_at
from scrutiny.papers import packs
from scrutiny.papers.packs import digest, taken_out_since
from scrutiny.proof.signatures import Keys
from subgroups.models import Meeting

BATCH = 100  # actions off plan that are in memory at once


def pack_of(slug: str, address: str) -> tuple[Meeting, Past]:
    """The meeting, and the moment at which its papers closed.

    Raises:
        Http404: they have not closed, it was called off before, or nothing was on record when they did.
    """
    meetings = Meeting.objects.at_address(address).select_related("group")
    meeting = get_object_or_404(meetings, group__slug=slug)
    if not meeting.papers_issued:
        raise Http404
    try:
        return meeting, Past.on(meeting.papers_close)
    except ValidationError as error:
        raise Http404 from error


def what_became_of(meeting: Meeting) -> Iterator[str]:
    """Sentences on what was changed about the meeting after its papers closed or were printed."""
    issued = meeting.papers_issued
    if meeting.called_off:
        yield "The meeting was called off after these papers had closed. They stay as they were."
    elif issued.date != meeting.date:
        yield f"The meeting was moved to {day_in_words(meeting.date)} after these papers had closed."
    for closing in meeting.earlier_closings:
        yield (
            f"Until it was corrected, the record had {moment_in_words(closing)} as the moment when papers "
            "close. Papers printed before that differ from these, and so does their seal."
        )


@may("read", pack_of)
def pack(request, meeting, past) -> HttpResponseBase:
    with looking_back(past):
        last = Change.objects.get(number=past.number)
        off_plan = [row.action for row in findings.off_plan()]
    place_of_record = uuid4().hex  # in the page, where record_between() puts it: nobody can have typed it
    context = {
        "meeting": meeting,
        "past": past,
        "head": ledger.head(last.number, last.hash),
        "keys": Keys.on_record(),
        "digest": digest(meeting, past),
        "name": f"{meeting.group}, {day_in_words(meeting.papers_issued.date)}",
        "became": list(what_became_of(meeting)),
        "before": meeting.group.meetings.before(meeting),
        "redacted": taken_out_since(meeting, past),
        "record": place_of_record,
    }
    before, after = render_to_string("scrutiny/pack.html", context, request).split(place_of_record)
    batches = [tuple(off_plan[first : first + BATCH]) for first in range(0, len(off_plan) or 1, BATCH)]
    pieces = record_between(before, after, meeting, past, batches)
    # A large one is sent as it is made. Of another, a fault shows before anything is sent.
    return HttpResponse(list(pieces)) if len(batches) == 1 else StreamingHttpResponse(pieces)


def record_between(
    before: str, after: str, meeting: Meeting, past: Past, batches: list[tuple[int, ...]]
) -> Iterator[str]:
    yield before
    yield part("asked", meeting, past)
    for actions in batches:
        yield part("off_plan", meeting, past, actions)
    yield part("plan", meeting, past)
    yield after


def part(name: str, meeting: Meeting, past: Past, actions: tuple[int, ...] = ()) -> str:
    # By itself: a streamed response is read after the middleware and the view have ended.
    with pages_as_at(past), of_one_version():
        return part_then(name, meeting, past, actions)


@fact
def part_then(name: str, meeting: Meeting, past: Past, actions: tuple[int, ...]) -> str:
    """Markup of the record as it was then, the same for every reader; its links lead to `past`."""
    context: dict[str, Any] = {"meeting": meeting}
    if name == "asked":
        context["asked"] = FirstRows(ExceptionReport.objects.waiting_for(meeting.group).for_pages())
    elif name == "off_plan":
        context["off_plan"] = findings.shown(actions)
        findings.give_reasons(context["off_plan"])
    else:
        context["actions"] = actions_shown(findings.found())
    return render_to_string(f"scrutiny/pack_{name}.html", context)


@may("read", pack_of)
def pack_data(request, meeting, past) -> HttpResponseBase:
    name = f"pack-{meeting.group.slug}-{meeting.address}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    digest(meeting, past)  # all is read once before any is sent: a fault still gets a page of its own
    return StreamingHttpResponse(
        packs.pieces(meeting, past), content_type="application/json", headers=headers
    )
