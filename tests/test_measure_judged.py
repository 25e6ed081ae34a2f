"""How a figure is judged: by the target, tolerance, agencies and limits of its own period."""

from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.templatetags.actions import signal_words
from gscp.record import TOMBSTONE
from subgroups.models import Baseline, Escalations, MeasureAgency, Partner, Target, TrainingEvent
from subgroups.periods import Frequency, Period
from subgroups.scorecard import lines_of, series_of_measure
from subgroups.series import Line, Standing
from tests import test_scorecards
from tests.answers import said, sent_by, words_of
from tests.factories import measure_of, read
from tests.rows_of_record import without_triggers
from tests.test_plan_drafts import dated
from tests.test_scorecards import APRIL, line_of
from tests.test_sentences import last

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
in_june, measure, by_agency = test_scorecards.in_june, test_scorecards.measure, test_scorecards.by_agency
IN_APRIL, IN_MAY = date(2021, 4, 1), date(2021, 5, 1)
END_OF_MAY = date(2021, 5, 31)


@pytest.fixture
def chair(user):
    return user("qiip.chair")


def one_line(measure) -> Line:
    (line,) = lines_of([series_of_measure(measure)], END_OF_MAY)
    return line


def test_a_total_without_an_agency_is_held_to_nothing(on_record, chair):
    with on_record():
        measure = measure_of("qiip", by_agency=True, denominator="", unit="places", tolerance=5)
        Target(measure=measure, period=APRIL, value=30).save()
        for partner in (agencies := Partner.objects.all()[:3]):
            MeasureAgency(measure=measure, partner=partner).save()
            read(measure, chair, IN_APRIL, 10, partner=partner)
        for partner in agencies[:2]:
            read(measure, chair, IN_MAY, 10, partner=partner)
    april, may = line_of(measure, IN_APRIL), line_of(measure, IN_MAY)
    assert april.standing == Standing.ON_TARGET
    assert (may.cell.in_words, may.standing) == ("20 places", Standing.NOT_WHOLE)
    assert (may.direction, may.got_worse, may.needs_a_word) == (
        "Not compared: a figure is missing",
        False,
        False,
    ), "it is not due yet"


@pytest.fixture
def of_two(on_record, chair):
    """Of April each of the first two partners has a figure."""
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=IN_APRIL)
        for partner in Partner.objects.all()[:2]:
            MeasureAgency(measure=measure, partner=partner).save()
            read(measure, chair, IN_APRIL, 30, 40, partner=partner)
    return measure


def test_each_agency_counts_from_its_first_period_to_its_last(of_two, on_record, it_is):
    one, two, three = Partner.objects.all()
    with on_record():
        ended = of_two.agencies.get(partner=two)
        ended.ended_on = date(2021, 6, 1)
        ended.save()
        MeasureAgency(measure=of_two, partner=three, first_day=date(2021, 6, 1)).save()
    it_is(2021, 7, 1)
    april, may, june = series_of_measure(of_two).cells
    assert april.agencies == may.agencies == [one, two] and june.agencies == [one, three]
    assert april.is_whole and [agency for agency, _ in april.by_agency] == [one, two]


def test_the_form_lets_an_agency_begin_and_end_with_the_period_that_is_running(of_two, sign_in, send):
    one, two, three = Partner.objects.all()
    edit = reverse("measure_edit", args=[of_two.pk])
    client = sign_in("qiip.chair")
    form = client.get(edit).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields if name not in ("first_day", "ended_on")}
    typed |= {"agencies": [one.pk, three.pk], "reason": "Another joined"}
    answer = send(client, edit, **dated(typed | {"first_day": "2021-04-01"}))
    assert answer.status_code == 302, words_of(answer)
    kept = dict(of_two.agencies.values_list("partner", "first_day"))
    assert kept[three.pk] == date(2021, 6, 1) and kept[one.pk] is None
    assert of_two.agencies.get(partner=two).ended_on == date(2021, 6, 1)


def test_what_is_not_due_or_needs_no_figure_needs_no_word(on_record, chair, it_is):
    with on_record():
        first = measure_of("qiip", name="First", first_day=IN_MAY)
        nought = measure_of("qiip", name="Nought", first_day=IN_MAY)
        none = measure_of("qiip", name="None", first_day=IN_MAY)
        read(nought, chair, IN_MAY, 0, 0)
        read(none, chair, IN_MAY, answer="not_applicable")
    lines = [one_line(measure) for measure in (first, nought, none)]
    assert [line.needs_a_word for line in lines] == [False, False, False]
    it_is(2021, 6, 15)
    lines = [one_line(measure) for measure in (first, nought, none)]
    assert [line.needs_a_word for line in lines] == [True, False, False], "the first was due the day before"


def test_a_change_too_small_to_show_is_about_the_same(measure, on_record, chair):
    with on_record():
        read(measure, chair, IN_APRIL, 6249, 10000)
        read(measure, chair, IN_MAY, 6251, 10000)
    assert line_of(measure, IN_MAY).direction == "About the same as before"


def test_a_figure_that_was_taken_out_says_so_where_it_stood(measure, on_record, chair):
    with on_record():
        reading = read(measure, chair, IN_MAY, 60, 80)
    with without_triggers():
        type(reading).objects.filter(pk=reading.pk).update(numerator=TOMBSTONE)
    assert line_of(measure, IN_MAY).cell.in_words == TOMBSTONE


def test_a_line_is_held_to_the_limits_of_its_own_baseline(on_record, chair):
    with on_record():
        measure = measure_of("qiip", first_day=date(2019, 4, 1))
        Target(measure=measure, period=date(2019, 4, 1), value=625).save()
        months = list(measure.first_period.until(Period(IN_MAY, Frequency.MONTH)))
        for number, month in enumerate(months):
            read(measure, chair, month.first_day, (30 if number < 13 else 70) + number % 2, 80)
        Baseline(measure=measure, period=months[13].first_day, why="A new way of working").save()
    early, late = line_of(measure, months[2].first_day), line_of(measure, IN_MAY)
    assert early.assurance_in_words == "If nothing changes, it will miss its target."
    assert late.assurance_in_words == "If nothing changes, it will meet its target."


def test_where_nothing_varies_words_say_so_and_no_symbol_does(measure, on_record, chair):
    with on_record():
        Target(measure=measure, period=APRIL, value=800).save()
        for month in measure.first_period.until(Period(IN_MAY, Frequency.MONTH)):
            read(measure, chair, month.first_day, 60, 80)
    line = line_of(measure, IN_MAY)
    words = "The limits come from figures that do not differ: 75.0%. The target is 80.0%."
    assert words in signal_words(line) and line.limits.mean == Fraction(750)
    assert line.signal is None and line.assurance is None


# ---------------------------------------------------------------- what a chair may change, and from when


@pytest.fixture
def set_target(measure, sign_in, send):
    """set_target("2021-05-01", value="50", …) sets a target from the period of this day on."""

    def sent(day, **typed):
        url = reverse("measure_target", args=[measure.pk])
        parts = dict(zip(("day-year", "day-month", "day-day"), day.split("-"), strict=True))
        return send(sign_in("qiip.chair"), url, reason="As agreed", **parts, **typed)

    return sent


def test_a_figure_stays_held_to_the_target_of_its_time(measure, on_record, chair, set_target, sign_in):
    with on_record():
        read(measure, chair, IN_APRIL, 40, 80)
    assert set_target("2020-04-01", value="80").status_code == 302, "there was none"
    assert line_of(measure, IN_APRIL).standing == Standing.OFF_TARGET
    answer = words_of(set_target("2021-04-01", value="50"))
    assert "May 2021 is over, and stays held to the target of then. Begin later." in answer
    assert "May 2021 is over" in words_of(set_target("2021-05-01", value="50")), "though it has no figure yet"
    assert set_target("2021-06-01", value="50").status_code == 302
    assert line_of(measure, IN_APRIL).standing == Standing.OFF_TARGET
    page = words_of(sign_in("qiip.chair").get(measure.get_absolute_url()))
    assert "Targets" in page and "April 2020 80.0%" in page and "June 2021 50.0%" in page


def test_tolerance_and_due_day_change_from_a_period_on(measure, on_record, chair, set_target, it_is):
    with on_record():
        Target(measure=measure, period=APRIL, value=800).save()
        read(measure, chair, IN_APRIL, 58, 80)
    assert line_of(measure, IN_APRIL).standing == Standing.OFF_TARGET, "72.5% of 80%, within 5 points"
    for name, value in (("tolerance", 200), ("days_to_supply", 300), ("better", "down")):
        with on_record(), pytest.raises(ValidationError):
            setattr(measure, name, value)
            measure.save()
        measure.refresh_from_db()
    refused = words_of(set_target("2021-04-01", value="80", tolerance="20"))
    assert "stays held to the target of then" in refused
    it_is(2021, 5, 20)
    assert set_target("2021-05-01", value="80", tolerance="20", days_to_supply="30").status_code == 302
    it_is(2021, 6, 20)
    with on_record():
        read(measure, chair, IN_MAY, 58, 80)
    assert line_of(measure, IN_APRIL).standing == Standing.OFF_TARGET
    assert line_of(measure, IN_MAY).standing == Standing.WITHIN_TOLERANCE
    series = series_of_measure(measure)
    due = [series.measure.due_on(cell.period) for cell in series.cells[-2:]]
    assert due == [date(2021, 5, 14), date(2021, 6, 30)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("101", "A share is from 0% to 100%."), ("-20", "Write it without a sign: no figure is below 0.")],
)
def test_a_target_that_no_share_can_reach_is_refused(set_target, typed, said):
    assert said in words_of(set_target("2021-05-01", value=typed))


def test_figures_are_due_within_a_year(on_record):
    with on_record(), pytest.raises(ValidationError, match="Figures are due within 366 days."):
        measure_of("qiip", days_to_supply=4_000_000)


def test_a_new_baseline_is_the_decision_of_a_meeting_of_its_group(measure, sign_in, send, meeting):
    own, above = meeting("qiip", date(2021, 5, 20)), meeting("management-group", date(2021, 5, 25))
    url, client = reverse("measure_baseline", args=[measure.pk]), sign_in("qiip.chair")
    typed = {"day-day": "1", "day-month": "5", "day-year": "2021", "why": "Booking went online"}
    assert own in client.get(url).context["form"].fields["meeting"].queryset
    assert above not in client.get(url).context["form"].fields["meeting"].queryset
    assert send(client, url, **typed).context["form"].errors.keys() == {"meeting"}
    late = typed | {"day-year": "2023"}
    assert "May 2023 is still to come." in words_of(send(client, url, **late, meeting=own.pk))
    assert send(client, url, **typed, meeting=own.pk).status_code == 302
    measure.refresh_from_db()
    assert measure.is_unconfirmed, "somebody else confirms it"
    page = words_of(client.get(own.get_absolute_url()))
    assert (
        "New baselines that this meeting decided Places taken up , from 1 May 2021: “Booking went online”"
        in page
    )


def test_a_new_baseline_is_taken_back_until_somebody_else_confirms_it(measure, sign_in, send, meeting):
    own, chair = meeting("qiip", date(2021, 5, 20)), sign_in("qiip.chair")
    begin, typed = reverse("measure_baseline", args=[measure.pk]), {"why": "Booking went online"}
    typed |= {"day-day": "1", "day-month": "5", "day-year": "2021", "meeting": own.pk}
    page, confirm = measure.get_absolute_url(), reverse("readings_confirm", args=["qiip"])
    assert send(chair, begin, **typed).status_code == 302
    take_back = reverse("baseline_take_back", args=[Baseline.objects.get().pk])
    assert take_back in said(chair.get(page))
    assert send(chair, take_back, why="").context["form"].errors.keys() == {"why"}
    assert send(chair, take_back, why="The work is the same").status_code == 302
    assert "took back the new baseline of “Places taken up” from 1 May, because" in last()
    assert "Booking went online" in (page_of := words_of(sign_in("business.manager").get(confirm)))
    assert "This was changed again since" in page_of
    assert series_of_measure(measure).baselines == () and "New baseline from" not in words_of(chair.get(page))
    assert "Taken back: “The work is the same”" in words_of(chair.get(own.get_absolute_url()))
    assert "New baseline: why it was taken back: The work is the same" in words_of(chair.get(page))
    assert chair.get(take_back).status_code == 302, "it was taken back"
    # Another one begins in the same period, and somebody confirms it.
    assert send(chair, begin, **typed).status_code == 302
    take_back, manager = (
        reverse("baseline_take_back", args=[Baseline.objects.standing().get().pk]),
        sign_in("business.manager"),
    )
    opened = sent_by(manager.get(take_back))
    assert manager.post(confirm, sent_by(manager.get(confirm))).status_code == 302
    assert take_back not in said(manager.get(page))
    assert "Somebody confirmed it meanwhile, so it stays." in words_of(
        manager.post(take_back, opened | {"why": "The work is the same"})
    )
    assert Baseline.objects.standing().count() == 1


def test_a_new_baseline_needs_a_meeting_with_enough_partners(
    measure, sign_in, send, meeting, attend, on_record
):
    """Nor are they, once it is decided, corrected to be too few, or the meeting called off."""
    held = meeting("management-group", date(2021, 6, 1))
    with on_record():
        of_top = measure_of("management-group", name="Figures on time")
    url, client = reverse("measure_baseline", args=[of_top.pk]), sign_in("management.chair")
    typed = {"day-day": "1", "day-month": "5", "day-year": "2021", "why": "Booking went online"}
    page = held.get_absolute_url()
    attend(page, "council", reason="The others came later")
    told = words_of(send(client, url, **typed, meeting=held.pk))
    assert "It is not on record that enough partners were there." in told
    attend(page, "council", "police", "health", reason="They came later")
    assert send(client, url, **typed, meeting=held.pk).status_code == 302
    told = words_of(attend(page, "council", reason="They did not come"))
    assert "Decisions of this meeting took effect because it was quorate." in told
    held.called_off = True
    with on_record(), pytest.raises(ValidationError, match="what it decided is on record"):
        held.save()


def with_escalations(on_record):
    one, other = Partner.objects.all()[:2]
    with on_record():
        measure = measure_of("qiip", origin="escalations", denominator="")
        Escalations(
            group=measure.group, month=APRIL, stage="first", theme="Thresholds", raised_by=one,
            raised_with=other, count="7", days="70",
        ).save()  # fmt: skip
    return measure


def test_a_register_stays_counted_as_it_was(on_record):
    """By month and then by quarter, the same register would give its small counts away."""
    measure = with_escalations(on_record)
    with on_record(), pytest.raises(ValidationError, match="It has readings already"):
        measure.frequency = "quarter"
        measure.save()


@pytest.mark.parametrize("year", ["9999", "1066"])
def test_a_day_outside_the_calendar_is_refused(measure, set_target, sign_in, send, year):
    assert "Check the year." in words_of(set_target(f"{year}-12-31", value="50"))
    held = {"held_on-day": "31", "held_on-month": "12", "held_on-year": year}
    answer = send(sign_in("qiip.chair"), reverse("training_new", args=["qiip"]), title="Neglect", **held)
    assert "Check the year." in words_of(answer)
    assert sign_in("executive").get(f"/scorecards/?month={year}-12").status_code == 404


def test_a_period_of_which_everybody_has_answered_waits_for_nobody(of_two, on_record, chair):
    one, two = Partner.objects.all()[:2]
    with on_record():
        read(of_two, chair, IN_MAY, 15, 22, partner=one)
    assert (one_line(of_two).period.first_day, bool(one_line(of_two).awaited)) == (IN_APRIL, True)
    with on_record():
        read(of_two, chair, IN_MAY, answer="not_supplied", partner=two)
    line = one_line(of_two)
    assert (line.period.first_day, line.awaited, line.standing) == (IN_MAY, None, Standing.NOT_WHOLE)


def test_nobody_is_late_for_what_was_not_asked_for_yet(by_agency, on_record, it_is):
    it_is(2021, 7, 20)
    with on_record():
        supplied = measure_of("mash", origin="supplied", first_day=IN_APRIL)
    before = series_of_measure(supplied).cells[0].counts
    assert before == (0, 3)
    with on_record():
        late = measure_of("cem", by_agency=True, first_day=IN_APRIL, added_on=date(2021, 7, 20))
        MeasureAgency(measure=late, partner=Partner.objects.first()).save()
    assert series_of_measure(supplied).cells[0].counts == before
    assert late.due_on(late.first_period) == date(2021, 8, 3) and not one_line(late).needs_a_word


def test_a_comma_is_of_thousands_alone(set_target, measure):
    assert "Write a number" in words_of(set_target("2021-05-01", value="95,5"))
    assert set_target("2021-05-01", value="95.5").status_code == 302
    assert Target.objects.get().value == 955


def test_the_form_of_a_target_begins_with_the_one_that_holds(measure, on_record, sign_in):
    with on_record():
        Target(measure=measure, period=APRIL, value=800).save()
    url = reverse("measure_target", args=[measure.pk])
    assert sign_in("qiip.chair").get(url).context["form"]["value"].value() == "80.0"


def test_an_agency_that_there_is_not_is_refused(measure, sign_in, send):
    answer = send(sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk]), agencies="9" * 20)
    assert "agencies" in answer.context["form"].errors


def test_the_first_period_of_a_register_stays(on_record):
    measure = with_escalations(on_record)
    with (
        on_record(),
        pytest.raises(ValidationError, match="Figures of earlier periods were asked for already"),
    ):
        measure.first_day = date(2021, 1, 1)
        measure.save()


def test_a_target_set_again_keeps_what_is_left_empty(measure, on_record, set_target):
    with on_record():
        Target(measure=measure, period=date(2021, 6, 1), value=800, tolerance=10, days_to_supply=40).save()
    assert set_target("2021-06-01", value="85").status_code == 302
    target = Target.objects.get()
    assert (target.value, target.tolerance, target.days_to_supply) == (850, 10, 40)


def test_a_new_baseline_without_a_figure_has_no_limits_yet(measure, on_record, chair):
    with on_record():
        Target(measure=measure, period=APRIL, value=990).save()
        months = list(measure.first_period.until(Period(IN_APRIL, Frequency.MONTH)))
        for number, month in enumerate(months):
            read(measure, chair, month.first_day, 40 + number % 2, 80)
        Baseline(measure=measure, period=IN_MAY, why="A new way of working").save()
    assert line_of(measure, IN_APRIL).limits is not None
    series = series_of_measure(measure)
    assert (line_of(measure, IN_MAY).limits, series.limits, series.points_to_come) == (None, None, 13)


def test_a_register_without_a_line_lets_its_measure_begin_later(on_record):
    with on_record():
        measure = measure_of("qiip", origin="access")
        measure.first_day, measure.tolerance = date(2021, 1, 1), 20
        measure.save()
    with on_record():
        TrainingEvent(group=measure.group, title="Neglect", held_on=date(2021, 4, 1)).save()
    with on_record(), pytest.raises(ValidationError, match="It has readings already"):
        measure.tolerance = 500
        measure.save()
