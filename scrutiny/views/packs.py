"""The papers of a meeting: on paper or screen, and as data."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from actions import findings, reporting
from actions.deadlines import closed_before, meetings_by_group
from actions.measure_chart import Chart, chart_of
from actions.models import BusinessPlan, ExceptionReport, ProgressUpdate
from actions.views.evidence import attach_evidence
from actions.views.shared import actions_of, actions_shown, attach_texts_and_lateness
from gscp import clock
from gscp.dates import day_in_words, moment_in_words
from gscp.facts import fact, of_one_version
from gscp.heavy import heavy
from gscp.permissions import may
from gscp.record import Change, ledger
from gscp.record.looking_back import Past, looking_back
from scrutiny.pages_as_at import pages_as_at
from scrutiny.papers import packs
from scrutiny.papers.packs import digest, taken_out_since
from scrutiny.proof import signatures
from subgroups.models import Group, Meeting
from subgroups.models.groups import groups_by_key
from subgroups.published import MEANINGS, all_published
from subgroups.scorecard import lines_of
from subgroups.series import Line

BATCH = 100  # rows that are in memory at once


def pack_of(slug: str, address: str) -> tuple[Meeting, Past]:
    """The meeting, and the moment at which its papers closed.

    Raises:
        Http404: they have not closed, it was called off before, or nothing was on record when they did.
    """
    meeting = Meeting.objects.select_related("group").find(slug, address)
    issued = meeting.papers_issued
    if not issued:
        raise Http404
    try:
        past = Past.on(issued.papers_close)
    except ValidationError as error:
        raise Http404 from error
    with looking_back(past):
        # Both may have been recorded later, about an earlier day.
        meeting.group = Group.objects.filter(pk=meeting.group_id).first() or meeting.group
    return meeting, past


def papers_before(meeting: Meeting, past: Past) -> Meeting | None:
    """The meeting of the group whose papers had closed before these, as the record stood then."""
    with looking_back(past):
        return closed_before(meetings_by_group().get(meeting.group_id, []), meeting.papers_issued)


def what_became_of(meeting: Meeting) -> Iterator[str]:
    """Sentences on what was changed about the meeting after its papers closed or were printed."""
    issued = meeting.papers_issued
    if meeting.called_off:
        yield "The meeting was called off after these papers had closed. They stay as they were."
    elif issued.date != meeting.date:
        yield f"The meeting was moved to {day_in_words(meeting.date)} after these papers had closed."
    if not meeting.papers_closed:
        yield (
            "When papers close was corrected after these had closed. They stay here until papers close anew: "
            f"{moment_in_words(meeting.papers_close)}."
        )
    if recorded := meeting.closing_recorded_at(issued.papers_close):
        yield (
            f"When these papers closed was recorded later, on {day_in_words(recorded)}. "
            "From that day on they could be opened."
        )
    for closing in meeting.earlier_closings:
        if closing == issued.papers_close:
            continue
        yield (
            f"Until it was corrected, the record had {moment_in_words(closing)} as the moment when papers "
            "close. Papers printed before that differ from these, and so does their seal."
        )


Keys = tuple[int, ...]
Parts = tuple[tuple[str, Keys], ...]


@may("read", pack_of)
@heavy
def pack(request, meeting, past) -> HttpResponseBase:
    issued = meeting.papers_issued
    before = papers_before(meeting, past)
    parts = parts_of(meeting, past, before)
    place_of_record = uuid4().hex  # in the page, where record_between() puts it: nobody can have typed it
    context = {
        "meeting": meeting,
        "past": past,
        "issued": issued,
        "name": f"{meeting.group}, {day_in_words(issued.date)}",
        "became": list(what_became_of(meeting)),
        "before": before,
        "redacted": taken_out_since(meeting, past),
        "record": place_of_record,
    }
    top, bottom = render_to_string("scrutiny/pack.html", context, request).split(place_of_record)
    pieces = record_between(top, bottom, meeting, past, parts)
    # A large one is sent as it is made. Of another, a fault shows before anything is sent.
    is_large = max(sum(part == name for part, _ in parts) for name in PARTS) > 1
    return StreamingHttpResponse(pieces) if is_large else HttpResponse(list(pieces))


PARTS = ("asked", "off_plan", "scorecards", "plan", "updates")


def parts_of(meeting: Meeting, past: Past, before: Meeting | None) -> Parts:
    with looking_back(past):
        return parts_then(meeting, before.papers_close if before else None)


@fact
def parts_then(meeting: Meeting, closed_before: datetime | None) -> Parts:
    """The parts of the papers, each with the keys of its rows: of a long list there are several."""
    asked = ExceptionReport.objects.waiting_for(meeting.group).values_list("pk", flat=True)
    updates = ProgressUpdate.objects.standing().filter(
        action__plan__in=BusinessPlan.objects.live().values("pk")
    )
    if closed_before:
        updates = updates.filter(change__clock__gt=closed_before)
    in_order = updates.order_by(
        "action__plan__first_day", "action__plan__label", "action__position", "action_id", "change_id"
    )
    rows: dict[str, Sequence[int]] = {
        "asked": list(asked) if meeting.is_of_deciding_group else [],
        "off_plan": [row.action for row in findings.of_live_plans().off_plan()],
        "scorecards": [group.pk for group in packs.with_scorecards(meeting) if all_published().get(group.pk)],
        "plan": [],
        "updates": list(in_order.values_list("pk", flat=True)),
    }
    return tuple(
        (name, tuple(rows[name][first : first + BATCH]))
        for name in PARTS
        for first in range(0, len(rows[name]) or 1, BATCH)
    )


def record_between(top: str, bottom: str, meeting: Meeting, past: Past, parts: Parts) -> Iterator[str]:
    yield top
    earlier = ""
    for name, keys in parts:
        yield part(name, meeting, past, keys, is_first=name != earlier)
        earlier = name
    yield proof(meeting, past)  # last: it takes reading all the data
    yield bottom


def part(name: str, meeting: Meeting, past: Past, keys: Keys, is_first: bool) -> str:
    # By itself: a streamed response is read after the middleware and the view have ended.
    with pages_as_at(past), of_one_version():
        return part_then(name, meeting, past, keys, is_first)


@fact
def part_then(name: str, meeting: Meeting, past: Past, keys: Keys, is_first: bool) -> str:
    """Markup of the record as it was then, the same for every reader; its links lead to `past`."""
    context: dict[str, Any] = {"meeting": meeting, "is_first": is_first, "leaves_the_site": True}
    if name == "asked":
        context["asked"] = list(ExceptionReport.objects.filter(pk__in=keys).order_by("pk").for_pages())
        findings.complete(actions_of(context["asked"]))
        context["to_check"] = list(reporting.impact_due_by(meeting)) if is_first else []
    elif name == "off_plan":
        context["off_plan"] = findings.shown(keys)
        findings.give_reasons(context["off_plan"])
    elif name == "scorecards":
        context |= {"cards": cards_shown(keys), "meanings": MEANINGS}
    elif name == "updates":
        context["updates"] = updates_shown(keys)
    else:
        context["actions"] = actions_shown(findings.of_live_plans())
    return render_to_string(f"scrutiny/pack_{name}.html", context)


def cards_shown(groups: Keys) -> list[tuple[Group, list[tuple[Line, Chart | None]]]]:
    """Of each group the last figures of its measures, each with its chart."""
    lines = ((groups_by_key()[pk], lines_of(all_published()[pk], clock.today())) for pk in groups)
    return [(group, [(line, chart_of(line.series)) for line in of_group]) for group, of_group in lines]


def updates_shown(keys: Keys) -> list[ProgressUpdate]:
    rows = ProgressUpdate.objects.filter(pk__in=keys)
    rows = rows.select_related(
        "change", "first__change", "confirmation__change", "action__plan", "action__group__reports_to"
    )
    by_key = {update.pk: update for update in rows}
    updates = [by_key[pk] for pk in keys]
    attach_texts_and_lateness(updates)
    attach_evidence(updates)
    return updates


def proof(meeting: Meeting, past: Past) -> str:
    last = Change.objects.get(number=past.number)
    context = {
        "meeting": meeting,
        "head": ledger.head(last.number, last.hash),
        "last": last,
        "keys": signatures.Keys.on_record(),
        "digest": digest(meeting, past),
    }
    return render_to_string("scrutiny/pack_proof.html", context)


@may("read", pack_of)
@heavy
def pack_data(request, meeting, past) -> HttpResponseBase:
    name = f"pack-{meeting.group.slug}-{meeting.address}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    digest(meeting, past)  # all is read once before any is sent: a fault still gets a page of its own
    return StreamingHttpResponse(
        packs.pieces(meeting, past), content_type="application/json", headers=headers
    )
