"""Readings worked out of registers: for which agency, when they are 0, and when they are not whole."""

from datetime import date

import pytest

from gscp.record import TOMBSTONE
from subgroups.cells import Cell
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Group,
    Measure,
    MeasureAgency,
    Partner,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.scorecard import lines_of, series_of_measure
from tests import redacting
from tests.factories import measure_of, read
from tests.redacting import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
ask, decide = redacting.ask, redacting.decide
APRIL, MAY, JUNE = (date(2021, month, 1) for month in (4, 5, 6))


@pytest.fixture(autouse=True)
def in_july(member, it_is):
    it_is(2021, 7, 20)


@pytest.fixture
def agencies():
    return list(Partner.objects.order_by("pk"))


@pytest.fixture
def record(on_record, agencies):
    """record(origin, …) is a measure from April 2021 on; by agency, if they are given."""

    def recorded(origin: str, *of: Partner, **columns) -> Measure:
        with on_record():
            measure = measure_of(
                "qiip",
                origin=origin,
                by_agency=bool(of),
                **{"first_day": APRIL, "name": f"Measure {Measure.objects.count()}"} | columns,
            )
            for partner in of:
                MeasureAgency(measure=measure, partner=partner).save()
        return measure

    return recorded


@pytest.fixture
def train(on_record):
    """train(day, partner=(offered, booked, attended), …): of each agency its numbers."""

    def trained(day: date, *rows: tuple[Partner, str, str, str]) -> TrainingEvent:
        with on_record():
            event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=day)
            event.save()
            for partner, offered, booked, attended in rows:
                figures = {"offered": offered, "booked": booked, "attended": attended}
                TrainingPlaces(event=event, partner=partner, **figures).save()
        return event

    return trained


@pytest.fixture
def escalate(on_record, agencies):
    def escalated(month: date, count: str, by: Partner | None = None) -> Escalations:
        with on_record():
            row = Escalations(
                group=Group.objects.get(slug="qiip"),
                month=month,
                stage="first",
                theme="Thresholds",
                raised_by=by or agencies[0],
                raised_with=agencies[1],
                count=count,
                days="90",
            )
            row.save()
        return row

    return escalated


def cells(measure: Measure) -> list[Cell]:
    return list(series_of_measure(measure).cells)


def test_a_line_counts_for_the_agency_of_the_last_day_of_its_period(
    record, train, agencies, on_record, it_is
):
    it_is(2022, 10, 20)
    measure = record("access", *agencies, frequency="quarter", first_day=date(2022, 4, 1))
    ccg, board = agencies[2], Partner(name="NHS Integrated Care Board")
    with on_record():
        ccg.be_succeeded_by(board, date(2022, 7, 1))
    others = [(one, "40", "30", "20") for one in agencies[:2]]
    train(date(2022, 6, 20), (ccg, "40", "30", "10"), *others)
    train(date(2022, 7, 5), (board, "40", "30", "30"), *others)
    train(date(2022, 8, 1), (ccg, "20", "20", "20"))  # as one that was moved to a later day
    spring, summer = cells(measure)
    assert spring.missing == summer.missing == []
    assert [partner for partner, _ in spring.by_agency] == [*agencies[:2], ccg]
    assert spring.readings[ccg.pk].counts == (10, 40)
    assert summer.readings[board.pk].counts == (50, 60) and ccg.pk not in summer.readings
    assert spring.is_whole and summer.is_whole and summer.counts == (90, 140)


def test_a_month_without_escalations_is_0_once_its_figure_was_due(record, escalate, it_is):
    measure = record("escalations", denominator="", unit="escalations")
    escalate(MAY, "13")
    it_is(2021, 7, 14)
    april, may, june = cells(measure)
    assert (april.counts, may.counts) == ((0, None), (13, None)) and april.is_whole
    assert june.counts is None, "its lines may still come: they are due on this day"
    assert lines_of([series_of_measure(measure)], date(2021, 7, 14))[0].period.first_day == MAY
    it_is(2021, 7, 15)
    assert cells(measure)[2].in_words == "0 escalations"
    assert len(cells(measure)) == 3, "none before its first period, none of one that is not over"


def test_each_agency_without_escalations_has_0(record, escalate, agencies):
    measure = record("escalations", *agencies, denominator="", frequency="quarter")
    escalate(MAY, "13", agencies[0])
    (quarter,) = cells(measure)
    counts = [(13, None), (0, None), (0, None)]
    assert [quarter.readings[one.pk].counts for one in agencies] == counts
    assert quarter.missing == [] and quarter.is_whole and quarter.counts == (13, None)


def test_a_share_of_nothing_is_no_0(record, agencies):
    assert [cell.counts for cell in cells(record("audits", *agencies))] == [None, None, None]


def test_a_training_without_attendance_leaves_its_agency_out_of_the_total(record, train, agencies):
    council, police, _ = agencies
    measure = record("access", council, police)
    train(date(2021, 6, 8), (council, "40", "30", "20"), (police, "20", "20", "15"))
    assert cells(measure)[2].counts == (35, 60) and cells(measure)[2].is_whole
    train(date(2021, 6, 22), (council, "40", "30", ""))
    june = cells(measure)[2]
    assert june.missing == [council] and not june.is_whole
    assert june.counts == (15, 20), "of the police alone, as the page says"


def test_a_total_of_all_agencies_together_has_no_figure_while_a_number_is_missing(record, train, agencies):
    council, police, _ = agencies
    measure = record("access")
    train(date(2021, 6, 8), (council, "40", "30", "20"), (police, "20", "20", "15"))
    assert cells(measure)[2].counts == (35, 60)
    train(date(2021, 6, 22), (council, "40", "30", ""))
    june = cells(measure)[2]
    assert june.counts is None and not june.is_whole and june.in_words == ""


def test_a_figure_that_was_taken_out_of_a_register_is_missing_in_its_total(
    record, escalate, on_record, agencies, ask, decide
):
    council, police, _ = agencies
    escalations = record("escalations", denominator="")
    escalate(MAY, "13")
    taken = escalate(MAY, "24")
    ask(text_of(taken, "count"))
    decide()
    taken.refresh_from_db()
    assert taken.count == TOMBSTONE
    april, may, _ = cells(escalations)
    assert april.counts == (0, None) and may.counts is None
    audits = record("audits", council, police)
    with on_record():
        audit = Audit(group=audits.group, focus="Neglect", planned_for=MAY, done_on=MAY, sample_size="90")
        audit.save()
        result = AuditResult(audit=audit, partner=council, right="37", wrong="11")
        result.save()
        AuditResult(audit=audit, partner=police, right="19", wrong="8").save()
    assert cells(audits)[1].counts == (56, 75)
    ask(text_of(result, "wrong"))
    decide()
    may = cells(audits)[1]
    assert may.missing == [council] and may.counts == (19, 27) and not may.is_whole


def test_impact_is_whole_once_it_was_asked_of_each_training(record, train, on_record):
    measure = record("impact", frequency="quarter")
    first, second = train(date(2021, 4, 8)), train(date(2021, 5, 8))
    for event, figures in ((first, ("9", "8")), (second, ("20", "10"))):
        assert cells(measure)[0].counts is None
        with on_record():
            event.impact_on, (event.impact_asked, event.impact_shown) = date(2021, 7, 5), figures
            event.save()
    assert cells(measure)[0].counts == (18, 29)


def test_a_quarter_has_no_figure_of_what_came_on_time_until_its_last_month_was_due(
    record, agencies, user, on_record, it_is
):
    police = agencies[1]
    entered = record("entered", police)
    supplied = record("supplied", police, frequency="quarter")
    for month, day in ((4, date(2021, 5, 14)), (5, date(2021, 6, 15))):
        it_is(day.year, day.month, day.day)
        with on_record():
            read(entered, user("qiip.chair"), date(2021, month, 1), 60, 80, partner=police)
    it_is(2021, 7, 14)
    assert cells(supplied)[0].counts is None, "June’s are due on this day"
    it_is(2021, 7, 15)
    assert cells(supplied)[0].counts == (1, 3)
