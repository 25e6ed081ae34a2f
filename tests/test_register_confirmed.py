"""Numbers of a register: somebody else confirms them, and what stood there before stays in view."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actions.reporting import unconfirmed_figures
from gscp import facts
from gscp.record import TOMBSTONE, Change
from subgroups.models import (
    DEMO_DOMAIN,
    Audit,
    AuditResult,
    Escalations,
    Group,
    MeasureAgency,
    Partner,
    Post,
    Reading,
    TrainingEvent,
    TrainingPlaces,
    User,
    registers,
)
from subgroups.register_numbers import confirm, with_numbers
from subgroups.scorecard import series_of_measure
from tests.answers import sent_by, words_of
from tests.conftest import form_of
from tests.factories import measure_of, read
from tests.test_sentences import last

# Once: forms and pages.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite"), pytest.mark.usefixtures("member")]
CONFIRM, REGISTER = "/groups/qiip/scorecard/confirm/", "/groups/qiip/register/"
APRIL = date(2021, 4, 1)


@pytest.fixture(autouse=True)
def in_july(member, it_is):
    it_is(2021, 7, 6)


@pytest.fixture
def measure(on_record):
    with on_record():
        of = {"origin": "audits", "by_agency": True, "frequency": "quarter", "first_day": APRIL}
        measure = measure_of("qiip", name="Right", **of)
        for partner in Partner.objects.all():
            MeasureAgency(measure=measure, partner=partner).save()
    return measure


@pytest.fixture
def audit(measure, sign_in):
    """Done in May, and entered by the chair: of each agency 17 decisions were right, and 7 wrong."""
    chair, new = sign_in("qiip.chair"), reverse("audits_new", args=["qiip"])
    typed = {"focus": "Contacts", "sample_size": "90", "findings": "Most were right"}
    for name in ("planned_for", "done_on"):
        typed |= {f"{name}-day": "10", f"{name}-month": "5", f"{name}-year": "2021"}
    for partner in Partner.objects.all():
        typed |= {f"right_{partner.pk}": "17", f"wrong_{partner.pk}": "7"}
    assert chair.post(new, sent_by(chair.get(new)) | typed).status_code == 302
    return Audit.objects.get()


def unconfirmed_lines():
    return [line for lines in registers.unconfirmed_lines() for line in lines]


def change(client, audit, **typed):
    edit = reverse("audits_edit", args=[audit.pk])
    return client.post(edit, sent_by(client.get(edit)) | {"reason": "Counted again"} | typed)


def test_numbers_are_confirmed_by_somebody_else_than_who_entered_them(audit, measure, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    assert "Not confirmed yet" in words_of(chair.get(REGISTER))
    assert "Not confirmed yet" in words_of(chair.get(measure.get_absolute_url()))
    assert chair.get(CONFIRM).status_code == 302, "there is nothing for the chair to confirm"
    assert "1 figure or change of the QiiP Subgroup" in words_of(manager.get("/missing/"))
    page = manager.get(CONFIRM)
    assert "right: 17, wrong: 7" in words_of(page) and "done on: 10 May 2021" in words_of(page)
    assert manager.post(CONFIRM, sent_by(page)).status_code == 302
    assert "Not confirmed yet" not in words_of(chair.get(REGISTER))
    assert "Not confirmed yet" not in words_of(chair.get(measure.get_absolute_url()))
    assert "confirmed the numbers of audit planned for 10 May 2021." in last()
    assert unconfirmed_lines() == []


def test_numbers_that_are_changed_are_confirmed_anew_and_those_of_before_stay_in_view(
    audit, measure, sign_in, user, on_record
):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    first = Partner.objects.first()
    assert change(chair, audit, focus="Contacts about neglect").status_code == 302
    assert unconfirmed_lines() == [audit], "what it looked at is confirmed with its numbers"
    assert change(chair, audit, **{f"right_{first.pk}": "24", f"wrong_{first.pk}": "0"}).status_code == 302
    assert unconfirmed_lines() == [audit]
    register = words_of(sign_in("scrutineer").get(REGISTER))
    assert f"{first}: 24 right, 0 wrong: 100.0% Until 6 July 2021: right: 17, wrong: 7" in register
    assert register.count("Until 6 July 2021") == 2, "its focus, and of the other agencies nothing changed"
    assert "Not confirmed yet" in words_of(chair.get(measure.get_absolute_url()))
    page = words_of(manager.get(CONFIRM))
    assert "right: 24, wrong: 0" in page and "Until 6 July 2021: right: 17, wrong: 7" in page
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert change(manager, audit, **{"done_on-day": "11"}).status_code == 302
    assert "Until 6 July 2021: done on: 10 May 2021 " in words_of(chair.get(REGISTER))
    assert "There is nothing for you to confirm here." in words_of(manager.get(CONFIRM, follow=True))
    assert chair.post(CONFIRM, sent_by(chair.get(CONFIRM))).status_code == 302
    audit.refresh_from_db()
    assert audit.confirmed_by == user("qiip.chair")


def test_what_is_filled_in_later_was_no_other_number_before(on_record, sign_in):
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
        event.save()
        places = TrainingPlaces(event=event, partner=Partner.objects.first(), offered="20", booked="9")
        places.save()
    with on_record():
        places.attended, event.impact_on = "8", date(2021, 6, 1)
        event.impact_asked, event.impact_shown = "8", "6"
        places.save()
        event.save()
    assert "Until " not in words_of(sign_in("qiip.chair").get(REGISTER))


def test_a_line_that_was_moved_leaves_its_period_without_a_figure_and_says_so(audit, measure, sign_in, it_is):
    """Until somebody confirms that: else who moves it takes away what was found by it."""
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    it_is(2021, 10, 6)
    moved = {"done_on-day": "2", "done_on-month": "7", "planned_for-month": "7"}
    assert change(chair, audit, **moved).status_code == 302
    spring, summer = series_of_measure(measure).cells
    assert (spring.in_words, spring.is_unconfirmed, spring.is_supplied) == ("Not supplied", True, False)
    assert (summer.in_words, summer.is_unconfirmed) == ("70.8%", True)
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    spring, summer = series_of_measure(measure).cells
    assert (spring.in_words, spring.is_unconfirmed, summer.is_unconfirmed) == ("", False, False)


def test_nobody_confirms_what_they_entered(audit, user, on_record):
    with (
        on_record(),
        pytest.raises(ValidationError, match="whoever typed it does not confirm it"),
    ):
        confirm(audit, user("qiip.chair"))


def test_of_what_two_typed_each_confirms_what_the_other_did(audit, sign_in, on_record, user):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    assert change(manager, audit, **{"planned_for-day": "9"}).status_code == 302, "no number"
    assert chair.get(CONFIRM).status_code == 302
    assert manager.get(CONFIRM).status_code == 200, "who typed no number may"
    first = Partner.objects.first()
    assert change(manager, audit, **{f"right_{first.pk}": "18"}).status_code == 302
    audit.refresh_from_db()
    for client in (chair, manager):
        page = words_of(client.get(CONFIRM))
        assert "You confirm what others entered in it. Somebody else confirms what you did." in page
        assert "1 figure or change of the QiiP Subgroup" in words_of(manager.get("/missing/"))
    assert chair.post(CONFIRM, sent_by(chair.get(CONFIRM))).status_code == 302
    assert "confirmed what others entered in audit planned for 9 May 2021" in last()
    audit.refresh_from_db()
    assert audit.confirmed_by is None, "what the chair typed still waits"
    assert chair.get(CONFIRM).status_code == 302
    with on_record(), pytest.raises(ValidationError, match="whoever typed it"):
        confirm(audit, user("qiip.chair"))
    assert change(manager, audit, **{f"right_{first.pk}": "19"}).status_code == 302
    assert f"changed the numbers of {first} in audit planned for" in last()
    assert chair.post(CONFIRM, sent_by(chair.get(CONFIRM))).status_code == 302, "it was typed anew"
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    audit.refresh_from_db()
    assert audit.confirmed_by == user("business.manager") and audit.part_confirmed_by is None
    assert [one.get(CONFIRM).status_code for one in (chair, manager)] == [302, 302]


def test_that_an_audit_was_not_done_after_all_is_confirmed_too(measure, sign_in, on_record, user):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    with on_record():
        done = {"planned_for": APRIL, "done_on": APRIL, "sample_size": "40", "findings": "Most were right"}
        audit = Audit(group=measure.group, focus="Harm", **done, confirmed_by=user("business.manager"))
        audit.save()
    none = {"done_on-day": "", "done_on-month": "", "done_on-year": "", "sample_size": "", "findings": ""}
    assert change(chair, audit, **none).status_code == 302
    assert "Not done yet" in (page := words_of(chair.get(REGISTER))) and "Not confirmed yet" in page
    assert chair.get(CONFIRM).status_code == 302, "they said so"
    page = manager.get(CONFIRM)
    assert "done on: 1 April 2021, cases looked at: 40" in words_of(page)
    assert manager.post(CONFIRM, sent_by(page)).status_code == 302
    assert "Not confirmed yet" not in words_of(chair.get(REGISTER)) and unconfirmed_lines() == []


def test_a_third_post_confirms_what_two_typed(audit, sign_in, on_record):
    manager = sign_in("business.manager")
    first = Partner.objects.first()
    assert change(manager, audit, **{f"right_{first.pk}": "18"}).status_code == 302
    with on_record():
        seat = Post(name="QiiP Member", role="member", group=audit.group)
        seat.save()
        holder = User(email=f"qiip.member{DEMO_DOMAIN}", name=seat.name, password="!")
        holder.save()
        seat.hand_over(date(2021, 7, 6), holder)
    page = words_of(sign_in("qiip.member").get(CONFIRM))
    assert all(name in page for name in ("QiiP Subgroup Chair", "Business Manager")), "who typed the numbers"
    member = sign_in("qiip.member")
    assert member.post(CONFIRM, sent_by(member.get(CONFIRM))).status_code == 302
    audit.refresh_from_db()
    assert audit.confirmed_by == holder


def test_what_is_not_ticked_still_waits(audit, sign_in, on_record, user):
    with on_record():
        read(measure_of("qiip", name="Visits"), user("qiip.chair"), APRIL, 40, 80)
    manager = sign_in("business.manager")
    filled = sent_by(manager.get(CONFIRM))
    [reading] = [one for one in filled["ticked"] if one.startswith("reading-")]
    assert "Tick what is right." in words_of(manager.post(CONFIRM, filled | {"ticked": []}))
    came_back = manager.post(CONFIRM, filled | {"ticked": [reading, "audit-999"]})
    assert "One of these was confirmed or corrected meanwhile." in words_of(came_back)
    assert sent_by(came_back)["ticked"] == [reading], "what was left out stays so"
    answer = manager.post(CONFIRM, filled | {"ticked": [reading]})
    assert "What you left out still waits" in words_of(manager.get(answer.url))
    assert not Reading.objects.filter(confirmed_by=None).exists()
    assert sent_by(manager.get(CONFIRM))["ticked"] == [f"audit-{audit.pk}"]


def test_a_line_is_on_the_register_once(audit, sign_in):
    chair, new = sign_in("qiip.chair"), reverse("audits_new", args=["qiip"])
    day = {"planned_for-day": "10", "planned_for-month": "5", "planned_for-year": "2021"}
    told = words_of(chair.post(new, sent_by(chair.get(new)) | {"focus": "Contacts"} | day))
    assert "This line is on the register already. Change that one instead." in told


def test_escalations_recorded_by_mistake_become_none(on_record, sign_in):
    one, other = Partner.objects.all()[:2]
    with on_record():
        between = {"raised_by": one, "raised_with": other, "stage": "first", "theme": "Thresholds"}
        group = Group.objects.get(slug="qiip")
        line = Escalations(group=group, month=APRIL, count="8", days="40", **between)
        line.save()
    chair, edit = sign_in("qiip.chair"), reverse("escalations_edit", args=[line.pk])
    none = {"count": "0", "days": "0", "reason": "It was recorded twice"}
    assert chair.post(edit, sent_by(chair.get(edit)) | none).status_code == 302
    assert "Until 6 July 2021: how many: 8" in words_of(chair.get(REGISTER))
    new, filled = reverse("escalations_new", args=["qiip"]), sent_by(chair.get(edit))
    told = words_of(chair.post(new, filled | form_of(chair.get(new)) | none | {"theme": "Other"}))
    assert "Enter a number from 1 on, or leave the line out." in told


def test_what_has_no_numbers_yet_is_not_to_be_confirmed(on_record, user):
    qiip = Group.objects.get(slug="qiip")
    with on_record():
        Audit(group=qiip, focus="To come", planned_for=date(2021, 9, 1)).save()
        event = TrainingEvent(group=qiip, title="Neglect", held_on=date(2021, 9, 1))
        event.save()
        assert unconfirmed_lines() == []
        TrainingPlaces(event=event, partner=Partner.objects.first(), offered="20", booked="9").save()
    assert unconfirmed_lines() == [event]


def test_a_number_that_changed_while_the_page_was_open_is_read_first(audit, sign_in):
    manager = sign_in("business.manager")
    opened = sent_by(manager.get(CONFIRM))
    first = Partner.objects.first()
    assert change(sign_in("qiip.chair"), audit, **{f"right_{first.pk}": "24"}).status_code == 302
    assert "Somebody changed this while you were writing." in words_of(manager.post(CONFIRM, opened))
    assert Change.objects.filter(model="subgroups.auditresult").exists() and unconfirmed_lines() == [audit]


def test_results_are_entered_with_their_audit(audit):
    assert AuditResult.objects.filter(audit=audit).count() == Partner.objects.count()


def test_many_lines_cost_as_many_queries_as_few(audit, measure, on_record):
    def asked() -> int:
        facts.kept.clear()
        with CaptureQueriesContext(connection) as captured:
            unconfirmed_figures()
            series_of_measure(measure)
            with_numbers(unconfirmed_lines())
        return len(captured)

    few = asked()
    with on_record():
        for number in range(6):
            more = Audit(group=audit.group, focus=f"Other {number}", planned_for=APRIL, done_on=APRIL)
            more.sample_size = "90"
            more.save()
            AuditResult(audit=more, partner=Partner.objects.first(), right="20", wrong="9").save()
    assert asked() == few and sum(unconfirmed_figures().values()) == 7


@pytest.mark.parametrize(
    ("right", "wrong", "share"),
    [
        ("17", "7", "70.8%"),
        ("1", "2", "33.3%"),
        ("2", "1", "66.7%"),
        ("0", "0", ""),
        ("0", "9", "0.0%"),
        (TOMBSTONE, "9", ""),
    ],
)
def test_each_round_says_the_share_of_each_agency(right, wrong, share):
    """A measure by quarter adds the rounds of one quarter up."""
    assert AuditResult(right=right, wrong=wrong).share == share
