"""A measure is amended with a reason, and old readings keep the definition that they were taken under."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.measure_chart import why_no_limits
from subgroups.definitions import attach_definitions
from subgroups.models import Reading, Target, TrainingEvent
from subgroups.periods import Frequency, Period
from subgroups.scorecard import series_of_measure
from subgroups.spc import FEWEST
from tests.answers import said, sent_by, words_of
from tests.conftest import ASK, form_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
REASON = "The register of training counts who stayed to the end"


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def measure(on_record, user):
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 3, 1))
        read(measure, user("qiip.chair"), date(2021, 3, 1), 40, 80)
    return measure


def amend(client, measure, **typed):
    url = reverse("measure_edit", args=[measure.pk])
    page = client.get(url)
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields if name not in ("confirmed", "agencies")}
    sent = {name: value for name, value in values.items() if isinstance(value, str | int) and value != ""}
    sent |= {"first_day-day": "1", "first_day-month": "3", "first_day-year": "2021"}
    return client.post(url, sent | form_of(page) | typed)


def test_a_measure_is_amended_with_a_reason(measure, sign_in, user):
    chair = sign_in("qiip.chair")
    page = amend(chair, measure, numerator="people who stayed", reason="")
    assert page.status_code == 200 and page.context["form"].errors["reason"]
    assert amend(chair, measure, numerator="people who stayed", reason=REASON).status_code == 302
    measure.refresh_from_db()
    assert measure.numerator == "people who stayed"
    assert REASON in said(chair.get("/scrutiny/changes/"))


def test_old_readings_keep_the_definition_they_were_taken_under(measure, on_record, user, sign_in):
    chair = sign_in("qiip.chair")
    assert amend(chair, measure, numerator="people who stayed", reason=REASON).status_code == 302
    measure.refresh_from_db()
    with on_record():
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
    old = Reading.objects.get(period=date(2021, 3, 1))
    with on_record():  # another entry about it, which changes nothing of when it was taken
        old.confirmed_by = user("business.manager")
        old.save()
    page = chair.get(measure.get_absolute_url())
    new, old = page.context["readings"]
    assert new.earlier is None and old.earlier.differs == (("What is counted", "places attended"),)
    text = said(page)
    assert text.count("Under an earlier definition") == 1
    assert "Figures entered before 1 June 2021" in text and "places attended" in text


def test_limits_are_of_figures_of_one_definition(on_record, user, it_is):
    chair = user("qiip.chair")
    with on_record():
        measure = measure_of("qiip", name="Visits", first_day=date(2020, 4, 1))
        months = list(measure.first_period.until(Period.holding(date(2021, 4, 1), Frequency.MONTH)))
        for number, month in enumerate(months):
            read(measure, chair, month.first_day, 60 + number % 2, 80)
    assert series_of_measure(measure).limits and len(months) == FEWEST
    with on_record():
        measure.numerator = "people who stayed"
        measure.save()
    assert series_of_measure(measure).limits, "no figure was taken under the new one yet"
    it_is(2021, 6, 15)
    with on_record():
        read(measure, chair, date(2021, 5, 1), 20, 80)
    series = series_of_measure(measure)
    line = series.last_line(date(2021, 6, 15))
    assert line.not_compared == "Not compared: it was defined otherwise before"
    assert line.limits is None and not line.signal
    assert (
        why_no_limits(series)
        == "Limits are worked out from 13 readings on. There is 1 under this definition."
    )


def test_a_correction_keeps_the_definition_of_the_figure_that_was_first_in_its_place(
    measure, on_record, user, sign_in
):
    first = Reading.objects.get()
    with on_record():
        measure.numerator = "people who stayed"
        measure.save()
    for count in ("41", "42"):  # the second corrects the correction
        with on_record():
            last = Reading.objects.get(corrected_by=None)
            figure = Reading(
                measure=measure, period=last.period, answer="figure", numerator=count, denominator="80"
            )
            last.correct(figure, user("qiip.chair"), False, what_was_wrong="A slip", commentary="")
    readings = sign_in("qiip.chair").get(measure.get_absolute_url()).context["readings"]
    assert [reading.numerator for reading in readings] == ["42", "41", first.numerator]
    assert [reading.earlier.differs for reading in readings] == [
        (("What is counted", "places attended"),)
    ] * 3


def test_a_second_measure_of_a_name_in_use_in_the_group_is_refused(measure, on_record, sign_in):
    with pytest.raises(ValidationError) as refused, on_record():
        measure_of("qiip", name="places  taken up")
    assert refused.value.message_dict == {"name": ["This group has a measure of this name already."]}
    with on_record():
        measure_of("mash")
        measure_of("qiip", name="Ended long ago", ended_on=date(2020, 6, 1))
        measure_of("qiip", name="Ended long ago")
        measure.source = "Another register"
        measure.save()
    page = amend(sign_in("qiip.chair"), measure, name="Ended long ago", reason=REASON)
    assert page.context["form"].errors["name"] == ["This group has a measure of this name already."]


def test_a_measure_that_was_never_amended_has_one_definition(measure, sign_in, on_record):
    with on_record():
        measure.position = 20
        measure.save()
    page = sign_in("qiip.chair").get(measure.get_absolute_url())
    assert page.context["earlier_definitions"] == [] and "definition" not in said(page)


def test_the_definitions_of_many_readings_take_two_queries(
    measure, on_record, user, django_assert_num_queries
):
    with on_record():
        measure.source = "Another register"
        measure.save()
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
        read(measure, user("qiip.chair"), date(2021, 5, 1), 60, 80)
    readings = list(measure.readings.order_by("period"))
    with django_assert_num_queries(2):
        attach_definitions({measure: readings})[measure]
    assert [bool(one.earlier) for one in readings] == [True, False, False]


@pytest.mark.parametrize("origin", ["entered", "impact"])
def test_a_measure_ends_with_a_period_that_is_not_over_yet(origin, on_record, sign_in):
    """What was asked for and not supplied, or was found off target, stays so."""
    with on_record():
        measure = measure_of("qiip", origin=origin)
        TrainingEvent(group=measure.group, title="Neglect", held_on=date(2021, 5, 10)).save()
    chair, edit = sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk])
    june = {"ended_on-day": "1", "ended_on-month": "6", "ended_on-year": "2021"}
    may = june | {"ended_on-month": "5"}
    answer = chair.post(edit, sent_by(chair.get(edit)) | may | {"reason": "It is over"})
    assert "Before June 2021 figures were asked for already." in words_of(answer)
    assert chair.post(edit, sent_by(chair.get(edit)) | june | {"reason": "It is over"}).status_code == 302
    more = {"definition": "How many places were taken up", "reason": "Said more plainly"}
    assert chair.post(edit, sent_by(chair.get(edit)) | more).status_code == 302, "its end stands as it was"


def test_the_first_period_stays_once_figures_were_asked_for(on_record, sign_in):
    """Though none came: else a figure that was not supplied would be asked for no more."""
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 3, 1))
        new = measure_of("qiip", name="New", first_day=date(2021, 3, 1), added_on=date(2021, 6, 1))
    chair, typed = sign_in("qiip.chair"), {"first_day-month": "5", "reason": "A slip"}
    edit = reverse("measure_edit", args=[measure.pk])
    told = words_of(chair.post(edit, sent_by(chair.get(edit)) | typed))
    assert "Before June 2021 figures were asked for already." in told
    edit = reverse("measure_edit", args=[new.pk])
    assert chair.post(edit, sent_by(chair.get(edit)) | typed).status_code == 302, "nobody was asked yet"


def test_a_measure_that_was_asked_for_is_held_to_its_due_day_and_target_though_no_figure_came(
    on_record, sign_in, it_is
):
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 5, 1), added_on=date(2021, 5, 1))
        Target(measure=measure, period=date(2021, 5, 1), value=800).save()
    chair, edit = sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk])
    assert "days_to_supply" not in sent_by(chair.get(edit))
    later = {
        "days_to_supply": "366",
        "frequency": "quarter",
        "definition": "Other words",
        "reason": "Too early",
    }
    assert chair.post(edit, sent_by(chair.get(edit)) | later).status_code == 302
    measure.refresh_from_db()
    assert (measure.days_to_supply, measure.frequency, measure.definition) == (14, "month", "Other words")
    target = reverse("measure_target", args=[measure.pk])
    typed = {
        "day-day": "1",
        "day-month": "5",
        "day-year": "2021",
        "days_to_supply": "366",
        "reason": "Too early",
    }
    told = words_of(chair.post(target, sent_by(chair.get(target)) | typed))
    assert "May 2021 is over, and stays held to the target of then." in told


def test_who_supplies_a_measure_stays_while_a_request_about_it_is_undecided(
    measure, on_record, sign_in, user
):
    """Who supplies it answers for it, and does not decide on it."""
    post = measure.group.posts.get(holdings__user=user("qiip.chair"))
    with on_record():
        measure.supplied_by = post
        measure.save()
    chair, edit = sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk])
    ask = reverse("measure_ask", args=[measure.pk])
    opened = sent_by(chair.get(edit)) | {"supplied_by": "", "reason": "Another supplies it"}
    assert chair.post(ask, form_of(chair.get(ask)) | ASK).status_code == 302
    page = words_of(chair.get(edit))
    assert "A request about it is undecided: this stays until then." in page
    chair.post(edit, opened | form_of(chair.get(edit)))
    measure.refresh_from_db()
    assert measure.supplied_by == post
