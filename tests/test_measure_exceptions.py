"""Measures that need a decision: what the rules find, and an exception about one until it is decided."""

from datetime import date

import pytest
from django.urls import reverse

from actions.measure_rules import measures_found
from actions.models import ExceptionReport
from subgroups.models import Reading, Target, TrainingEvent
from subgroups.periods import Frequency, Period
from tests.answers import words_of
from tests.conftest import AGENDA, ASK, form_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
MAY = date(2021, 5, 1)


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 9)


@pytest.fixture
def off_target(on_record, user):
    with on_record():
        measure = measure_of("qiip", days_to_supply=3)
        Target(measure=measure, period=date(2020, 4, 1), value=800).save()
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
        read(measure, user("qiip.chair"), MAY, 48, 80)
        return measure


def found() -> dict[str, str]:
    return {title: sentence for one in measures_found() for title, sentence in one.reasons}


def test_what_is_off_target_and_what_got_worse_is_found(off_target):
    assert found() == {
        "Off target": "60.0% in May 2021: the target is 80.0%, within 5.0 percentage points.",
        "Worse than the period before": "75.0% in April 2021, 60.0% in May 2021.",
    }


def test_what_is_within_its_tolerance_is_not_found(on_record, user):
    with on_record():
        measure = measure_of("qiip", days_to_supply=3)
        Target(measure=measure, period=date(2020, 4, 1), value=800).save()
        read(measure, user("qiip.chair"), date(2021, 4, 1), 64, 80)
        read(measure, user("qiip.chair"), MAY, 60, 80)
    assert found() == {}


def test_a_figure_that_had_not_come_when_papers_closed_is_found(on_record, user):
    with on_record():
        measure = measure_of("qiip", days_to_supply=3)
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
    sentence = "There was no figure for May 2021 when papers closed for 15 June 2021."
    assert found() == {"Figure not supplied": sentence}
    with on_record():
        said = read(measure, user("qiip.chair"), MAY, answer="not_supplied")
    assert found() == {"Figure not supplied": sentence}, "to say so supplies none"
    with on_record():
        figure = Reading(measure=measure, period=MAY, answer="figure", numerator="60", denominator="80")
        said.correct(figure, user("qiip.chair"), False, what_was_wrong="It came", commentary="")
    assert found() == {}


def test_that_none_is_to_come_takes_the_word_of_a_second_person(on_record, user):
    with on_record():
        measure = measure_of("qiip", days_to_supply=3)
        none = read(measure, user("qiip.chair"), MAY, answer="not_applicable")
    sentence = "There was no figure for May 2021 when papers closed for 15 June 2021."
    assert found() == {"Figure not supplied": f"{sentence} That it does not apply is not confirmed yet."}
    with on_record():
        none.confirmed_by = user("business.manager")
        none.save()
    assert found() == {}


def test_the_last_figure_of_a_measure_that_ended_is_found_until_the_next_would_be_over(
    off_target, on_record, it_is, sign_in
):
    with on_record():
        off_target.ended_on = date(2021, 6, 1)
        off_target.save()
    chair, page = sign_in("qiip.chair"), off_target.get_absolute_url()
    assert "Off target" in found() and "Raise an exception" in words_of(chair.get(page))
    it_is(2021, 6, 30)
    assert "Off target" in found()
    it_is(2021, 7, 1)
    assert found() == {} and "Raise an exception" not in words_of(chair.get(page))
    assert "Places taken up" not in words_of(chair.get("/scorecards/?month=2021-06"))
    assert "Places taken up" in words_of(chair.get("/scorecards/?month=2021-05"))


def test_a_signal_that_is_not_good_is_found_from_thirteen_readings_on(on_record, user):
    with on_record():
        measure = measure_of("qiip", days_to_supply=3)
        months = list(measure.first_period.until(Period.holding(MAY, Frequency.MONTH)))
        for number, month in enumerate(months):
            falls = month.first_day == MAY
            read(measure, user("qiip.chair"), month.first_day, 30 if falls else 60 + number % 2, 80)
    assert found() == {"Different from usual": "Worse than usual: below the lower limit, in May 2021."}


def test_training_whose_impact_nobody_asked_about_is_found(on_record, user):
    with on_record():
        measure = measure_of("qiip", origin="impact")
        event = TrainingEvent(group=measure.group, title="Neglect", held_on=date(2021, 4, 10))
        event.save()
    title = "Impact of training outstanding"
    assert found()[title].endswith("Training: Neglect (held on 10 April 2021, to be asked by 5 June 2021).")
    with on_record():
        event.impact_on, event.impact_asked, event.impact_shown = date(2021, 6, 1), "20", "12"
        event.save()
    assert title in found(), "nobody has confirmed it"
    with on_record():
        event.confirmed_by = user("business.manager")
        event.save()
    assert title not in found()


def test_figures_of_impact_are_due_once_the_last_training_was_asked_about(on_record, it_is):
    with on_record():
        measure = measure_of("qiip", origin="impact", days_to_supply=14)
        TrainingEvent(group=measure.group, title="Neglect", held_on=date(2021, 5, 31)).save()
    assert measure.due_on(Period.holding(MAY, Frequency.MONTH)) == date(2021, 7, 26)
    measure.days_to_supply = 90
    assert measure.due_on(Period.holding(MAY, Frequency.MONTH)) == date(2021, 8, 29)


def test_the_chair_s_page_says_what_is_to_come_from_the_register(on_record, sign_in, it_is):
    with on_record():
        of = {"denominator": "", "unit": "escalations", "first_day": date(2021, 4, 1)}
        measure_of("qiip", name="Escalations settled", origin="escalations", **of)
    chair, told = sign_in("qiip.chair"), "May 2021 of “Escalations settled” comes from the register"
    page = words_of(chair.get("/due/"))
    assert told in page and "Due by 14 June 2021" in page
    assert told not in words_of(sign_in("mash.chair").get("/due/"))
    it_is(2021, 6, 15)
    assert told not in words_of(chair.get("/due/")), "without a line it is 0 now"


def test_the_chair_s_page_asks_for_the_impact_of_training_from_six_weeks_on(on_record, sign_in, it_is):
    with on_record():
        group = measure_of("qiip", origin="impact").group
        event = TrainingEvent(group=group, title="Neglect", held_on=date(2021, 4, 10))
        event.save()
    chair, asked = sign_in("qiip.chair"), "Ask what difference it made: Training: Neglect"
    for today, told in (
        ((2021, 5, 21), ""),
        ((2021, 5, 22), "By 5 June 2021"),
        ((2021, 6, 6), "It was due by 5 June 2021"),
    ):
        it_is(*today)
        page = words_of(chair.get("/due/"))
        assert (f"{asked} {told}" in page) is bool(told)
    assert f'href="/training/{event.pk}/impact/"' in chair.get("/due/").content.decode()
    assert asked not in words_of(sign_in("mash.chair").get("/due/"))
    with on_record():
        event.impact_on, event.impact_asked, event.impact_shown = date(2021, 6, 1), "20", "12"
        event.save()
    assert asked not in words_of(chair.get("/due/"))


def test_an_exception_about_a_measure_is_decided_by_the_group_above(
    off_target, sign_in, send, held, decide, it_is
):
    chair = sign_in("qiip.chair")
    assert "Off target" in words_of(chair.get(off_target.get_absolute_url()))
    url = reverse("measure_ask", args=[off_target.pk])
    assert send(chair, url, **ASK).status_code == 302
    report = ExceptionReport.objects.get()
    assert (report.about, report.found_by) == (off_target, ""), "a title would tell a small figure"
    assert report.with_group.slug == "management-group"
    agenda = words_of(sign_in("management.chair").get(AGENDA))
    assert "Exception report on Places taken up" in agenda and "60.0%" in agenda
    it_is(2021, 6, 15)
    held()
    assert decide("grant", report).status_code == 302
    report.refresh_from_db()
    assert report.state == "granted"
    page = words_of(chair.get(off_target.get_absolute_url()))
    assert "Asked and decided" in page and "Granted" in page
    assert "Exception report on Places taken up" in words_of(chair.get("/due/"))
    assert f'href="{off_target.get_absolute_url()}"' in chair.get("/search/?q=taken").content.decode()


def test_a_decision_about_a_measure_that_its_chair_denies_is_to_be_corrected(
    off_target, sign_in, send, held, decide, it_is
):
    send(sign_in("qiip.chair"), reverse("measure_ask", args=[off_target.pk]), **ASK)
    report = ExceptionReport.objects.get()
    it_is(2021, 6, 15)
    held()
    assert decide("grant", report, by="business.manager").status_code == 302
    chair, step = sign_in("management.chair"), report.steps.get(move="grant")
    assert send(chair, reverse("step_not_so", args=[step.pk]), why="It was refused").status_code == 302
    for path in (report.get_absolute_url(), off_target.get_absolute_url(), AGENDA):
        assert "The chair says this is not so: “It was refused”" in words_of(chair.get(path)), path
    assert "Correct the decision" in words_of(chair.get(report.get_absolute_url()))


def test_the_first_pages_name_what_needs_a_word(off_target, sign_in):
    for name, path in [
        ("management.chair", "/exceptions/"),
        ("executive", "/decisions/"),
        ("qiip.chair", "/due/"),
    ]:
        page = words_of(sign_in(name).get(path))
        assert "Measures that need a word" in page and "the target is 80.0%" in page, path
    assert "Measures that need a word" not in words_of(sign_in("cem.chair").get("/due/"))


def test_sentences_name_the_measure(off_target, sign_in, send, held, decide):
    chair, url = sign_in("qiip.chair"), reverse("measure_ask", args=[off_target.pk])
    assert "The action is off plan" not in words_of(chair.get(url))
    send(chair, url, **ASK)
    page = words_of(sign_in("scrutineer").get("/scrutiny/changes/"))
    assert "raised an exception on “Places taken up”" in page


def test_a_figure_that_was_corrected_while_a_decision_was_written_is_told(
    off_target, sign_in, send, held, on_record, user, it_is
):
    send(sign_in("qiip.chair"), reverse("measure_ask", args=[off_target.pk]), **ASK)
    it_is(2021, 6, 15)
    held()
    chair, url = sign_in("management.chair"), f"{AGENDA}decide/{ExceptionReport.objects.get().pk}/"
    form = form_of(chair.get(url)) | {"move": "grant", "reason": "As discussed"}
    with on_record():
        said = off_target.readings.get(period=MAY)
        figure = Reading(measure=off_target, period=MAY, answer="figure", numerator="79", denominator="80")
        said.correct(figure, user("qiip.chair"), False, what_was_wrong="A slip", commentary="")
    answer = chair.post(url, form)
    assert answer.status_code == 200 and "Somebody changed this while you were writing" in words_of(answer)
