"""What was changed in a measure is told beside its figures until somebody else has confirmed it."""

import csv
import io
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.measure_rules import measures_found
from actions.reporting import unconfirmed_figures
from gscp.record import Change
from subgroups.measure_changes import changes_of, confirm
from subgroups.models import Baseline, Escalations, Measure, MeasureAgency, Partner, Reading, Target
from subgroups.scorecard import series_of_measure
from tests.answers import sent_by, words_of
from tests.factories import measure_of, read
from tests.test_sentences import last

# Once: forms, pages, and rules in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite"), pytest.mark.usefixtures("member")]
CONFIRM, CARD = "/groups/qiip/scorecard/confirm/", "/groups/qiip/scorecard/"
APRIL, MAY = date(2021, 4, 1), date(2021, 5, 1)


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 9)


@pytest.fixture
def measure(on_record, user):
    """80% in April, confirmed, and 60% in May, with a target of 80% within 5 points."""
    with on_record():
        measure = measure_of("qiip", days_to_supply=3, first_day=APRIL)
        Target(measure=measure, period=APRIL, value=800).save()
        for month, count in ((APRIL, 64), (MAY, 48)):
            read(measure, user("qiip.chair"), month, count, 80, confirmed_by=user("business.manager"))
    return measure


def edit(client, measure, **typed):
    url = reverse("measure_edit", args=[measure.pk])
    return client.post(url, sent_by(client.get(url)) | {"reason": "Said more clearly"} | typed)


def confirmed_in_file(client) -> list[str]:
    file = client.get(f"{CARD}export.csv").content.decode("utf-8-sig")
    return [row["Confirmed"] for row in csv.DictReader(io.StringIO(file)) if row["Figure"] and row["Period"]]


def reasons() -> dict[str, str]:
    return {title: sentence for one in measures_found() for title, sentence in one.reasons}


def line_of(measure, day=date(2021, 6, 9)):
    return series_of_measure(measure).last_line(day)


def test_who_changed_a_measure_does_not_confirm_that(measure, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    assert "Changed, and not confirmed" not in reasons()
    assert edit(chair, measure, numerator="places booked").status_code == 302
    assert reasons()["Changed, and not confirmed"].startswith("It was changed on 9 June 2021.")
    for address in (CARD, "/scorecards/", measure.get_absolute_url()):
        assert "not confirmed yet" in words_of(chair.get(address)).lower(), address
    assert "What is counted: places booked Before: places attended" in words_of(
        chair.get(measure.get_absolute_url())
    )
    assert chair.get(CONFIRM).status_code == 302, "they changed it"
    assert sum(unconfirmed_figures().values()) == 1
    assert confirmed_in_file(chair) == ["Not yet"]
    page = manager.get(CONFIRM)
    assert "What is counted: places booked Before: places attended" in words_of(page)
    assert "I have checked" not in words_of(page), "nothing is typed here"
    assert manager.post(CONFIRM, sent_by(page)).status_code == 302
    assert "Changed, and not confirmed" not in reasons()
    assert confirmed_in_file(chair) == ["Yes"]
    assert [one.is_unconfirmed for one in changes_of(measure)] == [False], "it stays in view"


def test_a_target_is_a_change_too(measure, sign_in, on_record, user):
    chair = sign_in("qiip.chair")
    target = reverse("measure_target", args=[measure.pk])
    day = {"day-day": "1", "day-month": "7", "day-year": "2021"}
    typed = sent_by(chair.get(target)) | day | {"value": "50", "reason": "Too high"}
    assert chair.post(target, typed).status_code == 302
    measure.refresh_from_db()
    [change] = changes_of(measure)
    assert change.is_unconfirmed and ("Target", "", "50.0%") in change.said
    with on_record(), pytest.raises(ValidationError, match="whoever changed it"):
        confirm(measure, user("qiip.chair"))


def test_of_what_two_changed_each_confirms_what_the_other_did(measure, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    edit(chair, measure, numerator="places booked")
    edit(manager, measure, denominator="places there were")
    page = words_of(manager.get(CONFIRM))
    assert "places booked" in page and "places there were" not in page
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert manager.get(CONFIRM).status_code == 302, "what they changed is for another"
    measure.refresh_from_db()
    assert measure.is_unconfirmed and "Changed, and not confirmed" in reasons()
    assert chair.post(CONFIRM, sent_by(chair.get(CONFIRM))).status_code == 302
    measure.refresh_from_db()
    assert not measure.is_unconfirmed
    page = words_of(chair.get(measure.get_absolute_url()))
    assert "Confirmed by Business Manager on 9 June 2021" in page
    assert "confirmed what was changed in the measure “Places taken up”" in last()


def test_who_confirms_is_told_what_was_changed_again_since(measure, sign_in):
    chair, manager, told = sign_in("qiip.chair"), sign_in("business.manager"), "This was changed again since"
    edit(chair, measure, numerator="places booked")
    edit(manager, measure, denominator="places there were")
    assert told not in words_of(manager.get(CONFIRM)), "of another box"
    edit(manager, measure, numerator="places taken")
    page = words_of(manager.get(CONFIRM))
    assert "places booked Before: places attended" in page and told in page


def test_a_form_that_changes_nothing_marks_nothing(measure, sign_in):
    chair = sign_in("qiip.chair")
    page = edit(chair, measure)
    assert page.status_code == 200, Change.objects.last().differences
    assert "This changes nothing" in words_of(page)
    target = reverse("measure_target", args=[measure.pk])
    day = {"day-day": "1", "day-month": "7", "day-year": "2021"}
    for _ in range(2):
        page = chair.post(target, sent_by(chair.get(target)) | day | {"value": "80", "reason": "As before"})
    assert page.status_code == 200 and len(changes_of(measure)) == 1


def test_what_was_set_up_before_figures_were_asked_for_bars_nobody(on_record, sign_in, user, it_is):
    manager = sign_in("business.manager")
    new = reverse("measure_new", args=["qiip"])
    of = {
        "name": "Visits",
        "definition": "Of homes",
        "numerator": "visits",
        "source": "A list",
        "unit": "visits",
    }
    day = {"first_day-day": "1", "first_day-month": "6", "first_day-year": "2021"}
    typed = (
        of
        | day
        | {"is_share": "count", "better": "up", "frequency": "month", "origin": "entered"}
        | {"reason": "New"}
    )
    page = manager.post(new, sent_by(manager.get(new)) | typed)
    assert page.status_code == 302, words_of(page)
    measure = Measure.objects.get(name=of["name"])
    edit(manager, measure, numerator="visits paid")
    it_is(2021, 7, 20)
    assert edit(sign_in("qiip.chair"), measure, numerator="visits counted").status_code == 302
    measure.refresh_from_db()
    assert [one.is_unconfirmed for one in changes_of(measure)] == [True, False]
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302


def test_a_figure_in_place_of_none_is_taken_under_the_words_of_its_own_day(on_record, user, sign_in):
    with on_record():
        measure = measure_of("qiip", first_day=MAY, days_to_supply=3)
        none = read(measure, user("qiip.chair"), MAY)
    chair, strict = sign_in("qiip.chair"), measure.numerator
    edit(chair, measure, numerator="places booked")
    with on_record():
        figure = Reading(measure=measure, period=MAY, answer="figure", numerator="70", denominator="80")
        none.correct(figure, user("qiip.chair"), False, what_was_wrong="It came", commentary="")
    edit(chair, measure, numerator=strict)
    told = "Taken under an earlier definition. What is counted: places booked"
    assert told in words_of(chair.get(CARD)), "what stood when it came"


def test_a_change_made_since_the_page_was_opened_is_seen_before_it_is_confirmed(measure, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    edit(chair, measure, numerator="places booked")
    page = manager.get(CONFIRM)
    edit(chair, measure, numerator="places offered twice")
    assert manager.post(CONFIRM, sent_by(page)).status_code == 200
    measure.refresh_from_db()
    assert measure.is_unconfirmed


def test_an_old_figure_stands_under_the_words_it_was_taken_under(measure, sign_in):
    chair = sign_in("qiip.chair")
    edit(chair, measure, numerator="places booked")
    told = "Taken under an earlier definition. What is counted: places attended"
    assert told in words_of(chair.get(CARD)) and told in words_of(chair.get(measure.get_absolute_url()))
    file = chair.get(f"{CARD}export.csv").content.decode()
    assert "places attended out of places offered" in file and "places booked" not in file


def test_figures_under_two_definitions_are_not_compared(measure, sign_in, on_record, user, it_is):
    edit(sign_in("qiip.chair"), measure, numerator="places booked")
    assert line_of(measure).direction == "Down by 20.0 percentage points: worse", "both are of before"
    it_is(2021, 7, 1)
    measure.refresh_from_db()
    with on_record():
        read(measure, user("qiip.chair"), date(2021, 6, 1), 70, 80)
    assert line_of(measure, date(2021, 7, 1)).direction == "Not compared: it was defined otherwise before"


def test_words_and_targets_that_nobody_has_confirmed_take_no_finding_away(
    measure, sign_in, on_record, user, it_is
):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    edit(chair, measure, numerator="places booked")
    target = reverse("measure_target", args=[measure.pk])
    day = {"day-day": "1", "day-month": "6", "day-year": "2021"}
    typed = sent_by(chair.get(target)) | day | {"value": "20", "tolerance": "1", "reason": "Too high"}
    assert chair.post(target, typed).status_code == 302
    it_is(2021, 7, 12)
    with on_record():
        figure = read(measure, user("qiip.chair"), date(2021, 6, 1), 40, 80)
        figure.confirmed_by = user("business.manager")
        figure.save()
    line = line_of(measure, date(2021, 7, 12))
    assert line.standing == "On target" and line.not_compared
    wait = "What was entered since is not confirmed yet."
    assert reasons()["Off target"] == (
        f"50.0% in June 2021: the target is 80.0%, within 5.0 percentage points. {wait}"
    )
    assert reasons()["Worse than the period before"] == f"60.0% in May 2021, 50.0% in June 2021. {wait}"
    assert line_of(measure, date(2021, 7, 12)).not_compared, "what is shown is as it was"
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert reasons() == {}


def test_later_due_days_and_fewer_agencies_take_no_missing_figure_away(sign_in, on_record, user, it_is):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    with on_record():
        by_agency = measure_of("qiip", name="Visits", by_agency=True, days_to_supply=3, first_day=MAY)
        one, other = Partner.objects.all()[:2]
        for partner in (one, other):
            MeasureAgency(measure=by_agency, partner=partner).save()
        late = measure_of("qiip", name="Calls", days_to_supply=3, first_day=APRIL)
        read(late, user("qiip.chair"), APRIL, 64, 80, confirmed_by=user("business.manager"))
        read(by_agency, user("qiip.chair"), MAY, 64, 80, partner=one, confirmed_by=user("business.manager"))
    it_is(2021, 6, 16)
    title = "Figure not supplied"

    def found() -> list[tuple[str, str]]:
        return [
            (one.measure.name, said)
            for one in measures_found()
            for rule, said in one.reasons
            if rule == title
        ]

    before = found()
    assert [name for name, _ in before] == ["Visits", "Calls"] and str(other) in before[0][1]
    with on_record():
        row = by_agency.agencies.get(partner=other)
        row.ended_on = MAY
        row.save()
        Target(measure=late, period=APRIL, days_to_supply=90).save()
        for measure in (by_agency, late):
            measure.mark_changed()
            measure.save()
    assert found() == [
        (name, f"{said} What was entered since is not confirmed yet.") for name, said in before
    ]
    assert chair.get(CONFIRM).status_code == 200
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert found() == []


def test_of_a_register_what_is_typed_and_what_is_changed_wait_together(on_record, user, it_is, sign_in):
    with on_record():
        of = {"denominator": "", "unit": "escalations", "first_day": APRIL, "days_to_supply": 3}
        settled = measure_of("qiip", name="Escalations settled", origin="escalations", better="down", **of)
        Target(measure=settled, period=APRIL, value=10, tolerance=0).save()
        one, other = Partner.objects.all()[:2]
        line = {"group": settled.group, "stage": "first", "theme": "Thresholds", "raised_by": one}
        line |= {"raised_with": other, "days": "70", "confirmed_by": user("business.manager")}
        Escalations(month=MAY, count="30", **line).save()
    assert reasons()["Off target"].startswith("30 escalations in May 2021: the target is 10 escalations")
    with on_record():
        Escalations(month=MAY, count="8", **line | {"theme": "Referrals", "confirmed_by": None}).save()
        Target(measure=settled, period=MAY, value=90).save()
        settled.mark_changed()
        settled.save()
    assert line_of(settled).standing == "On target"
    assert reasons()["Off target"].startswith("30 escalations in May 2021: the target is 10 escalations")
    assert words_of(sign_in("qiip.chair").get(settled.get_absolute_url()))


def test_a_figure_that_nobody_has_confirmed_takes_no_finding_away(measure, on_record, user):
    assert reasons()["Off target"].startswith("60.0% in May 2021")
    with on_record():
        wrong = Reading.objects.get(period=MAY)
        right = Reading(measure=measure, period=MAY, answer="figure", numerator="72", denominator="80")
        wrong.correct(right, user("qiip.chair"), False, what_was_wrong="A slip", commentary="")
    assert line_of(measure).cell.in_words == "90.0%"
    assert reasons()["Off target"] == (
        "60.0% in May 2021: the target is 80.0%, within 5.0 percentage points. "
        "What was entered since is not confirmed yet."
    )
    with on_record():
        right.confirmed_by = user("business.manager")
        right.save()
    assert "Off target" not in reasons()


def test_figures_of_earlier_periods_move_no_limits_until_they_are_confirmed(on_record, user, it_is):
    chair, manager = user("qiip.chair"), user("business.manager")
    months = [date(2020, month, 1) for month in range(1, 13)] + [
        date(2021, month, 1) for month in range(1, 6)
    ]
    with on_record():
        measure = measure_of("qiip", first_day=date(2019, 1, 1), days_to_supply=3)
        for place, month in enumerate(months):
            count = 400 + place % 3 if place < len(months) - 1 else 200
            read(measure, chair, month, count, 500, confirmed_by=manager)
    assert "Different from usual" in reasons()
    with on_record():
        for month in range(1, 13):
            read(measure, chair, date(2019, month, 1), 20 if month % 2 else 480, 500)
    assert line_of(measure).signal is None, "the limits are wide now"
    assert "Different from usual" in reasons()


@pytest.fixture
def by_agency(on_record, user):
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=APRIL, days_to_supply=3)
        for partner, count in zip(Partner.objects.all(), (43, 43, 20), strict=False):
            MeasureAgency(measure=measure, partner=partner).save()
            read(measure, user("qiip.chair"), APRIL, count, 50, partner=partner)
    return measure


def test_a_baseline_that_nobody_else_has_confirmed_takes_no_finding_away(measure, on_record, user):
    assert "Worse than the period before" in reasons()
    with on_record():
        Baseline(measure=measure, period=MAY, why="The work is another one").save()
        measure.mark_changed()
        measure.save()
    assert line_of(measure).direction == "Not compared: a new baseline begins"
    assert "Worse than the period before" in reasons()


def test_agencies_are_a_change_too(by_agency, sign_in):
    *two, third = Partner.objects.all()[:3]
    typed = {"agencies": [str(one.pk) for one in two]}
    assert edit(sign_in("qiip.chair"), by_agency, **typed).status_code == 302
    by_agency.refresh_from_db()
    [change] = changes_of(by_agency)
    assert change.is_unconfirmed and [label.split(":")[0] for label, *_ in change.said] == [str(third)]


def test_totals_of_other_agencies_are_not_compared(by_agency, on_record, user):
    left_out = Partner.objects.all()[2]
    with on_record():
        row = MeasureAgency.objects.get(measure=by_agency, partner=left_out)
        row.ended_on = MAY
        row.save()
        for partner in Partner.objects.all()[:2]:
            read(by_agency, user("qiip.chair"), MAY, 43, 50, partner=partner)
    line = line_of(by_agency)
    assert (line.cell.in_words, line.direction) == ("86.0%", "Not compared: other agencies than before")
    assert not line.got_worse


def test_an_agency_to_which_it_does_not_apply_is_named_beside_the_total(by_agency, on_record, user, sign_in):
    *two, third = Partner.objects.all()[:3]
    with on_record():
        for partner in two:
            read(by_agency, user("qiip.chair"), MAY, 43, 50, partner=partner)
        read(by_agency, user("qiip.chair"), MAY, partner=third, answer="not_applicable")
    assert line_of(by_agency).direction == "Not compared: other agencies than before"
    assert f"Not applicable: {third}" in words_of(sign_in("qiip.chair").get(CARD))


def test_whether_it_is_by_agency_stays_once_figures_were_asked_for(on_record, sign_in, it_is):
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=APRIL, added_on=APRIL)
        for partner in Partner.objects.all():
            MeasureAgency(measure=measure, partner=partner).save()
    chair = sign_in("qiip.chair")
    page = edit(chair, measure, agencies=[])
    assert "Figures were asked for already, with a figure for each agency" in words_of(page)
    assert MeasureAgency.objects.filter(measure=measure, ended_on=None).exists()


def test_a_measure_ended_by_one_person_is_told_until_another_confirms_it(measure, sign_in, it_is):
    chair = sign_in("qiip.chair")
    ended = {f"ended_on-{part}": value for part, value in (("day", "1"), ("month", "6"), ("year", "2021"))}
    assert edit(chair, measure, **ended).status_code == 302
    it_is(2021, 9, 1)
    assert {"Changed, and not confirmed", "Off target"} <= reasons().keys(), "it stays where it was"
    manager = sign_in("business.manager")
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert reasons() == {}
