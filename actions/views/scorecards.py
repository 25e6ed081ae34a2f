"""Scorecards: what the measures of a group say, and the forms by which readings are entered and confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions.asked_late import late_now
from actions.forms.baselines import BaselineForm, BaselineTakenBackForm
from actions.forms.chain import AskForm
from actions.forms.confirming import ReadingsConfirmForm, ToTick, waiting_for
from actions.forms.correcting import CorrectionForm
from actions.forms.measures import MeasureForm, TargetForm
from actions.forms.pasted import MOST_OF_FILE, ReadingsTableForm
from actions.forms.readings import lines_to_enter, missing_elsewhere, supplied_by
from actions.measure_chart import chart_of
from actions.measure_rules import found_by, measures_found, why_found
from actions.models import ExceptionReport, Kind
from gscp import clock
from gscp.dates import YEARS, day_in_words
from gscp.drafts import Draft
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may
from gscp.sealing import DISCARD, READ_TABLE
from subgroups.definitions import attach_definitions
from subgroups.measure_changes import changes_of, unconfirmed_baselines
from subgroups.models import Baseline, Group, Measure, Origin, Reading, User
from subgroups.models.groups import groups_by_key
from subgroups.models.measures import REGISTERS
from subgroups.periods import Frequency, Period
from subgroups.register_numbers import with_numbers
from subgroups.scorecard import Scorecard, all_series, lines_of, scorecard_of, series_of_measure
from subgroups.series import Series

NO_MEASURE_YET = "This group had no measure that was read by then."


def card_of(slug: str) -> Scorecard:
    return scorecard_of(get_object_or_404(Group, slug=slug))


def card_and_month(slug: str, month: str) -> tuple[Scorecard, Period]:
    return card_of(slug), month_named(month)


def measure_of(pk: int) -> Measure:
    return get_object_or_404(Measure.objects.select_related("group", "supplied_by"), pk=pk)


def baseline_of(pk: int) -> Baseline:
    return get_object_or_404(Baseline.objects.select_related("measure__group"), pk=pk)


def new_measure_of(slug: str) -> Measure:
    return Measure(group=get_object_or_404(Group, slug=slug))


def reading_of(pk: int) -> Reading:
    return get_object_or_404(Reading.objects.select_related("measure__group", "partner"), pk=pk)


def month_asked(request: HttpRequest) -> date:
    """The last day of the month that the address names as 2021-10, or of the last one that is over."""
    return min(month_named(request.GET.get("month", "")), last_month()).last_day


def month_shown(request: HttpRequest) -> date:
    """That of a page, which says so where it is not the month that was asked for."""
    asked = month_named(request.GET.get("month", ""))
    if asked > last_month():
        messages.info(request, f"{asked} is not over yet: these are the figures of {last_month()}.")
    return month_asked(request)


def last_month() -> Period:
    """The last one that is over."""
    return Period.holding(clock.today(), Frequency.MONTH).before()


def month_named(text: str) -> Period:
    year, _, month = text.partition("-")
    if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit()):
        return last_month()
    try:
        named = Period(date(int(year), int(month), 1), Frequency.MONTH)
    except (ValueError, OverflowError):
        raise Http404 from None
    if named.first_day.year not in YEARS:
        raise Http404
    return named


@may("read")
def scorecards(request) -> HttpResponse:
    """All groups side by side, what needs a word first."""
    month = month_shown(request)
    around = months_around(month)
    # The last month says the same as the first pages do.
    found = None if around["month_after"] else {one.measure.pk for one in measures_found()}
    groups = []
    for group in groups_by_key().values():
        lines = [
            (line, line.needs_a_word if found is None else line.measure.pk in found)
            for line in lines_of(all_series().get(group.pk, ()), month)
        ]
        if lines:
            lines.sort(key=lambda pair: not pair[1])
            groups.append((group, lines, sum(needs_a_word for _, needs_a_word in lines)))
    context = {
        "groups": groups,
        "all": sum(len(lines) for _, lines, _ in groups),
        "to_look_at": sum(words for *_, words in groups),
        "has_measures": bool(all_series()),
    } | around
    return render(request, "actions/scorecards.html", context)


def months_around(month: date) -> dict[str, Any]:
    """The month of a page, and the addresses of the one before and of the next that is over."""
    period = Period.holding(month, Frequency.MONTH)
    return {
        "month": period,
        "month_before": f"{period.before().first_day:%Y-%m}",
        "month_after": f"{period.after().first_day:%Y-%m}" if period < last_month() else "",
    }


@may("read", card_of)
def scorecard(request, card) -> HttpResponse:
    month, group = month_shown(request), card.group
    lines = lines_of(card.series, month)
    context = {
        "group": group,
        "lines": [(line, chart_of(line.series)) for line in lines],
        "to_enter": supplied_by(request.user, lines_to_enter(group, month)),
        "missing": missing_elsewhere(group, month),
        "unconfirmed": len(waiting_for(request.user, card.group)),
        "has_register": any(line.measure.origin in REGISTERS for line in lines),
        "may_supply": request.user.has_perm("supply_readings", card),
        "may_keep": request.user.has_perm("keep_measures", card),
    }
    return render(request, "actions/scorecard.html", context | months_around(month))


@may("supply_readings", card_of, has_form=True, most_of_file=MOST_OF_FILE, file_from="read")
def readings_enter(request, card) -> HttpResponse:
    """On to the grid of a month, so that each has one address, and one draft."""
    month = month_asked(request)
    if request.method == "POST" or Draft.objects.at(request.user, request.path):
        return readings_page(request, card, month)  # from a page that was opened, or a draft, at this address
    missing = missing_elsewhere(card.group, month)
    if missing and not supplied_by(request.user, lines_to_enter(card.group, month)):
        month = missing[0][0].first_day
    return redirect("readings_of_month", card.group.slug, f"{month:%Y-%m}")


@may("supply_readings", card_and_month, has_form=True, most_of_file=MOST_OF_FILE, file_from="read")
def readings_of_month(request, card, month) -> HttpResponse:
    if month > last_month():
        to = reverse("scorecard", args=[card.group.slug])
        return already_done(request, to, f"{month} is not over yet. Its figures are entered after its end.")
    return readings_page(request, card, month.last_day)


def readings_page(request: HttpRequest, card: Scorecard, month: date) -> HttpResponse:
    group = card.group
    to = f"{reverse('scorecard', args=[group.slug])}?month={month:%Y-%m}"
    form = form_sent(ReadingsTableForm, request, subject=group, month=month)
    is_typed = request.method == "POST" and (form.not_here or DISCARD in request.POST)
    if not form.lines and not is_typed:
        return already_done(request, to, nothing_left(card, month))
    context = {"group": group, "missing": missing_elsewhere(group, month)} | months_around(month)
    if READ_TABLE in request.POST and not form.is_of_another:
        form.read_table(getattr(request, "file_is_too_long", False))
        return render(request, "actions/readings_enter.html", {"form": form, "cancel": to} | context)
    return form_page(request, form, "actions/readings_enter.html", to=to, **context)


def nothing_left(card: Scorecard, month: date) -> str:
    lines = lines_of(card.series, month)
    if not lines:
        return NO_MEASURE_YET
    worked_out = any(line.measure.origin in REGISTERS for line in lines)
    from_registers = " What comes from the register is entered there." if worked_out else ""
    return f"For {Period.holding(month, Frequency.MONTH)} there is no figure left to enter.{from_registers}"


@may("confirm_readings", card_of, has_form=True)
def readings_confirm(request, card) -> HttpResponse:
    group = card.group
    to = reverse("scorecard", args=[group.slug])
    waiting = waiting_for(request.user, group)
    if not waiting:
        return already_done(request, to, "There is nothing for you to confirm here.")
    form = form_sent(ReadingsConfirmForm, request, subject=group, waiting=waiting)
    return form_page(
        request, form, "actions/readings_confirm.html", to=to, group=group, **to_tick(form, request.user)
    )


def to_tick(form: ReadingsConfirmForm, user: User) -> dict[str, list[ToTick]]:
    """By their kind; of a register with its numbers, and of a measure with what others changed."""
    boxes: dict[str, list[ToTick]] = {"readings": [], "lines": [], "measures": []}
    for box in form.boxes():
        boxes[{Reading: "readings", Measure: "measures"}.get(type(box.about), "lines")].append(box)
    with_numbers([box.about for box in boxes["lines"]])
    for box in boxes["measures"]:
        acts = [one for one in changes_of(box.about) if one.is_unconfirmed]
        box.about.by_others = [one for one in acts if one.by != user.pk]
    return boxes


@may("correct_reading", reading_of, has_form=True)
def reading_correct(request, reading) -> HttpResponse:
    measure = reading.measure
    if reading.was_corrected and request.method != "POST":
        return already_done(request, measure, f"{reading} was corrected already.")
    now = reading
    while now.was_corrected:  # by somebody else, since the form was opened
        now = now.corrected_by
    form = form_sent(CorrectionForm, request, subject=reading)
    return form_page(request, form, "actions/reading_correct.html", to=measure, reading=reading, now=now)


@may("read", measure_of)
def measure_detail(request, measure) -> HttpResponse:
    series: Series = series_of_measure(measure)
    lines = lines_of([series], clock.today())
    readings = list(measure.readings.select_related("partner", "corrected_by").order_by("-period", "-pk"))
    for reading in readings:
        reading.measure = measure
    chart = chart_of(series)
    noted = {note.event.day for note in chart.notes if note.event.is_baseline} if chart else set()
    context = {
        "measure": measure,
        "series": series,
        "line": lines[0] if lines else None,
        "chart": chart,
        "baselines_to_come": [one for one in series.baselines if one.period not in noted],
        "baselines_standing": {one.pk for one in series.baselines},
        "readings": readings,
        "earlier_definitions": attach_definitions({measure: readings})[measure],
        "is_from_register": measure.origin not in (Origin.ENTERED, Origin.SUPPLIED),
        "worked_out": [] if measure.origin == Origin.ENTERED else series.cells[::-1],
        "reasons": why_found(measure),
        "changes": changes_of(measure),
        "reports": measure.exception_reports.for_pages(),
        "may_ask": request.user.has_perm("ask", to_ask_about(measure.pk)) and measure.is_read,
        "may_confirm": request.user.has_perm("confirm_readings", measure),
        "may_correct": bool(readings) and request.user.has_perm("correct_reading", readings[0]),
        "may_keep": request.user.has_perm("keep_measures", measure),
    }
    return render(request, "actions/measure_detail.html", context)


def measure_page(request: HttpRequest, form_class: Any, measure: Measure) -> HttpResponse:
    form: Any = form_sent(form_class, request, subject=measure)
    to: Any = measure if measure.pk else reverse("scorecard", args=[measure.group.slug])
    return form_page(request, form, "actions/measure_form.html", to=to, measure=measure)


def to_ask_about(pk: int) -> ExceptionReport:
    return ExceptionReport(measure=measure_of(pk), kind=Kind.EXCEPTION)


@may("ask", to_ask_about, has_form=True)
def measure_ask(request, report) -> HttpResponse:
    measure = report.measure
    if report.why_not_askable:
        return already_done(request, measure, report.why_not_askable)
    report.found_by = found_by(measure)
    form = form_sent(AskForm, request, report=report)
    report.with_group = report.first_group(request.user)
    context = {"action": measure, "report": report, "late_for": late_now(report.with_group)}
    return form_page(request, form, "actions/exception_ask.html", to=measure, **context)


@may("keep_measures", new_measure_of, has_form=True)
def measure_new(request, measure) -> HttpResponse:
    return measure_page(request, MeasureForm, measure)


@may("keep_measures", measure_of, has_form=True)
def measure_edit(request, measure) -> HttpResponse:
    return measure_page(request, MeasureForm, measure)


@may("keep_measures", measure_of, has_form=True)
def measure_target(request, measure) -> HttpResponse:
    return measure_page(request, TargetForm, measure)


@may("keep_measures", measure_of, has_form=True)
def measure_baseline(request, measure) -> HttpResponse:
    return measure_page(request, BaselineForm, measure)


@may("keep_measures", baseline_of, has_form=True)
def baseline_take_back(request, baseline) -> HttpResponse:
    measure = baseline.measure
    if request.method != "POST":
        if baseline.taken_back:
            return already_done(request, measure, f"{baseline} was taken back already.")
        if baseline.pk not in unconfirmed_baselines(measure):
            return already_done(request, measure, "Somebody confirmed it, so it stays. Begin another one.")
    form = form_sent(BaselineTakenBackForm, request, subject=baseline)
    form.lead = f"{measure}: new baseline from {day_in_words(baseline.period)}. “{baseline.why}”"
    return form_page(request, form, to=measure)
