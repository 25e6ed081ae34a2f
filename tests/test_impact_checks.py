"""The impact of what is complete is checked: on a day, by whom and how, and with what came of it."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from actions import findings, reporting
from actions.models import Action, ExceptionReport, ExceptionStep, impact
from gscp.record import Change
from scrutiny import plan_checker
from scrutiny.proof import export
from scrutiny.proof.walk import verify
from subgroups.models import Meeting
from tests.answers import words_of
from tests.conftest import AGENDA
from tests.factories import measure_of
from tests.test_meetings import days

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite", "postgresql")]
AT = "/plans/2021-22/actions/006/"
EVIDENCE = {"what": "All of it", "evidence": "https://gscp.example/minutes", "impact": ""}
WHO = {"impact_check_by": "Management Group Chair", "impact_check_how": "audit"}
SEPTEMBER = "/meetings/executive/2021-09-28/"
ALL = ("council", "police", "health")


@pytest.fixture
def propose(sign_in, send):
    """propose(20, 7) proposes that 006 is complete, as its chair, with a check of its impact on that day."""

    def proposed(day, month, **typed):
        asked = EVIDENCE | WHO | days(impact_check_on=(day, month, 2021)) | typed
        return send(sign_in("qiip.chair"), f"{AT}completion/", **asked)

    return proposed


@pytest.fixture
def complete(propose, it_is, attend, decide):
    """006 is complete since the Management Group's meeting of June; its impact is checked on 20 July 2021."""
    it_is(2021, 6, 7)
    assert propose(20, 7).status_code == 302
    it_is(2021, 6, 15)
    attend(AGENDA, *ALL)
    report = ExceptionReport.objects.get()
    assert decide("grant", report).status_code == 302
    return report


@pytest.fixture
def make(sign_in, send):
    """make(report, "check-impact", finding="not"): the move by its form, as the Management Group's chair."""

    def made(report, move, by="management.chair", reason="As was seen", **typed):
        return send(sign_in(by), f"{report.get_absolute_url()}{move}/", reason=reason, **typed)

    return made


def why(action=None) -> dict[str, str]:
    action = action or Action.objects.get(ref="006")
    return {rule.name: words for rule, words in findings.why_off_plan(Action.objects.get(pk=action.pk))}


def is_sound() -> bool:
    return not verify().findings and not plan_checker.check(export.lines())


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"impact_check_by": ""}, "Say who will check it."),
        ({"impact_check_by": "qiip  subgroup chair"}, "Who did it does not check it"),
        ({"impact_check_how": ""}, "Choose how it will be checked."),
        ({"impact_check_how": "measure"}, "Choose the measure."),
        (days(impact_check_on=("", "", "")), "Give the day of the check too, or leave out who checks it"),
        (days(impact_check_on=(6, 6, 2021)), "Impact is checked once the action is complete"),
        (days(impact_check_on=(14, 6, 2021)), "decides on 15 June 2021 at the earliest"),
        ({"impact_check_by": "x" * 201}, "200 characters"),
    ],
)
@pytest.mark.run_in("sqlite")  # forms
def test_a_check_has_a_day_after_the_completion_and_says_by_whom_and_how(propose, it_is, typed, message):
    it_is(2021, 6, 7)
    head = Change.objects.last_number()
    assert message in words_of(propose(20, 7, **typed))
    assert Change.objects.last_number() == head and not ExceptionReport.objects.exists()


@pytest.mark.run_in("sqlite")  # forms
def test_a_measure_that_will_show_it_is_named(propose, it_is, on_record, sign_in):
    it_is(2021, 6, 7)
    with on_record():
        measure = measure_of("qiip")
    refused = propose(20, 7, impact_check_measure=measure.pk)
    assert "Choose a measure only if one will show it" in words_of(refused)
    assert propose(20, 7, impact_check_how="measure", impact_check_measure=measure.pk).status_code == 302
    report = ExceptionReport.objects.get()
    page = sign_in("management.chair").get(report.get_absolute_url())
    assert measure.get_absolute_url() in page.content.decode()
    assert "Who will check it Management Group Chair" in words_of(page)


@pytest.mark.run_in("sqlite")  # what the model itself refuses
def test_no_completion_comes_by_another_way_with_a_check_before_it(action, user, on_record, it_is):
    it_is(2021, 6, 16)
    chair, completion = (
        user("qiip.chair"),
        {"action": action("006"), "kind": "completion", "evidence": "Minutes"},
    )
    for asked in (
        {"impact_check_on": date(2021, 6, 15), **WHO},
        {"impact_check_on": date(2021, 7, 20)},
        {"impact_check_on": date(2021, 9, 13), **WHO},  # the next meeting is that of 14 September
    ):
        with pytest.raises(ValidationError), on_record():
            ExceptionReport(**completion, **asked).ask(chair)


def test_a_check_that_is_due_and_not_done_is_an_exception_until_it_is(complete, it_is, make, sign_in):
    it_is(2021, 7, 20)
    assert "impact_unchecked" not in why()
    it_is(2021, 7, 26)
    late = (
        "To be checked on 20 July 2021 by Management Group Chair, by a re-audit: 6 days late and not checked."
    )
    assert why()["impact_unchecked"] == late
    found = [row.action for row in findings.of_live_plans().off_plan() if row.has("impact_unchecked")]
    assert found == [complete.action_id]
    for role, page in (("management.chair", "/exceptions/"), ("executive", "/decisions/")):
        assert "impact to be checked on 20 July 2021, 6 days overdue, by Management Group Chair" in words_of(
            sign_in(role).get(page)
        )
    assert late in words_of(sign_in("scrutineer").get(AT))
    assert late in words_of(sign_in("executive").get("/exceptions/found/?rule=impact_unchecked"))
    assert make(complete, "check-impact", finding="partly").status_code == 302
    assert why() == {} and not [row for row in findings.of_live_plans() if row.has("impact_unchecked")]
    page = words_of(sign_in("scrutineer").get(complete.get_absolute_url()))
    assert "impact checked: partly embedded" in page
    assert "As was seen" in page
    assert "what difference 006 made for children: partly embedded" in page
    assert Action.objects.get(ref="006").status == "complete" and ExceptionReport.objects.count() == 1


def test_a_check_that_was_moved_after_its_day_is_counted_apart(complete, it_is, make, sign_in):
    def moved(day, month):
        return make(complete, "move-impact-check", **days(day=(day, month, 2021)))

    it_is(2021, 7, 1)
    head = Change.objects.last_number()
    assert "must be today or later" in words_of(moved(30, 6))
    assert "That is the day of the check already." in words_of(moved(20, 7))
    assert Change.objects.last_number() == head
    assert make(complete, "move-impact-check", "qiip.chair", **days(day=(1, 8, 2021))).status_code == 403
    assert moved(1, 8).status_code == 302
    report = ExceptionReport.objects.get()
    assert report.check_moved_in_words == "moved once" and report.state == "granted"
    it_is(2021, 8, 10)
    late = moved(20, 8)
    page = words_of(late.client.get(late.url))
    assert "Its old day had passed: that is counted." in page
    it_is(2021, 8, 25)
    said = "moved 2 times, once after its day had passed"
    assert ExceptionReport.objects.get().check_moved_in_words == said
    assert why()["impact_unchecked"].endswith(f"5 days late and not checked. M{said[1:]}.")
    for page in (report.get_absolute_url(), AT):
        assert f"The check was {said}." in words_of(sign_in("scrutineer").get(page))
    history = words_of(sign_in("scrutineer").get(report.get_absolute_url()))
    assert "The day was 1 August 2021: it had passed when the check was moved." in history
    old = [step.check_was_on for step in ExceptionStep.objects.filter(move="move-impact-check")]
    assert old == [date(2021, 7, 20), date(2021, 8, 1)]
    assert is_sound()


def test_verification_finds_a_day_of_a_check_that_no_step_moved(complete, on_record):
    assert is_sound()
    report = ExceptionReport.objects.get()
    with on_record("Behind the forms"):
        report.impact_check_on = date(2022, 1, 31)
        report.save()
    told = "its “impact_check_on” changed, and that stays as it was entered."
    assert [told in str(one) for one in verify().findings] == [True]
    assert [told in one for one in plan_checker.check(export.lines())] == [True]


def test_what_is_not_embedded_is_asked_to_be_reopened_past_the_group_of_who_checked(
    complete, it_is, make, sign_in, send, attend, decide, user
):
    it_is(2021, 8, 2)
    checked = make(complete, "check-impact", finding="not")
    told = words_of(checked.client.get(checked.url))
    assert "Request to reopen on Action 006 sent to the Executive." in told
    reopening = ExceptionReport.objects.get(kind="reopening")
    first = reopening.steps.get()
    assert (reopening.state, reopening.with_group.slug) == ("waiting", "executive")
    assert reopening.after_check.report_id == complete.pk and reopening.after_check.finding == "not"
    assert not first.on_behalf and first.entered_by == user("management.chair")
    assert first.change.act == reopening.after_check.change.act, "one act"
    assert Action.objects.get(ref="006").status == "complete", "the closure stays in view"
    page = words_of(sign_in("executive").get(SEPTEMBER))
    assert "After an impact check Impact checked: not embedded" in page and "As was seen" in page
    # Who did it neither answers for what the check asked, nor takes it back.
    for role in ("qiip.chair", "business.manager"):
        assert not user(role).has_perm("take_back", reopening) and not user(role).has_perm("ask", reopening)
    it_is(2021, 9, 28)
    attend(SEPTEMBER, *ALL)
    assert sign_in("qiip.chair").get(f"{reopening.get_absolute_url()}take-back/").status_code == 403
    assert decide("return", reopening, "executive", SEPTEMBER, "Which agencies?").status_code == 302
    assert "Sent back with a question, after an impact check" in words_of(
        sign_in("management.chair").get("/exceptions/")
    )
    assert "Which agencies?" not in words_of(sign_in("qiip.chair").get("/due/"))
    assert make(reopening, "answer", reason="Two of the six").status_code == 302
    assert not ExceptionStep.objects.get(move="answer").on_behalf
    assert decide("grant", reopening, "executive", SEPTEMBER).status_code == 302
    assert Action.objects.get(ref="006").status == "in_progress" and "reopened" in why()
    page = words_of(sign_in("scrutineer").get(AT))
    assert "Asked after an impact check" in page and "which found: not embedded." in page
    assert "impact checked: not embedded" in page and is_sound()


@pytest.mark.run_in("sqlite")  # moves are Python
def test_what_is_asked_already_is_not_asked_twice(complete, it_is, make, sign_in, send):
    it_is(2021, 8, 2)
    typed = {"cause": "Two agencies never had it", "recovery": "Begin again"}
    assert send(sign_in("qiip.chair"), f"{AT}reopening/", **typed).status_code == 302
    assert make(complete, "check-impact", finding="not").status_code == 302
    asked = ExceptionReport.objects.get(kind="reopening")
    assert asked.after_check is None and ExceptionReport.objects.get(pk=complete.pk).state == "done"


@pytest.mark.run_in("sqlite")  # moves are Python
def test_of_what_is_open_again_no_reopening_is_asked(complete, on_record, user, it_is):
    it_is(2021, 8, 2)
    action = Action.objects.get(ref="006")
    with on_record():
        action.status = "in_progress"
        action.save()
    with on_record():
        impact.record(ExceptionReport.objects.get(), user("management.chair"), "As was seen", "not")
    assert ExceptionReport.objects.count() == 1


def test_agenda_and_papers_name_the_checks_that_are_due_by_the_meeting(complete, it_is, make, sign_in):
    it_is(2021, 7, 1)
    meeting = "/meetings/management-group/2021-09-14/"
    named = "Impact to be checked by this meeting Proposal of completion on Action 006"
    assert named in words_of(sign_in("scrutineer").get(meeting))
    assert make(complete, "move-impact-check", **days(day=(15, 9, 2021))).status_code == 302
    assert "Impact to be checked" not in words_of(sign_in("scrutineer").get(meeting))
    assert named in words_of(sign_in("scrutineer").get(SEPTEMBER))
    assert make(complete, "move-impact-check", **days(day=(14, 9, 2021))).status_code == 302
    it_is(2021, 9, 14)
    assert make(complete, "check-impact", finding="embedded").status_code == 302
    assert "Impact to be checked" not in words_of(sign_in("scrutineer").get(SEPTEMBER))
    found = Meeting.objects.get(group__slug="management-group", date="2021-09-14")
    assert not reporting.impact_due_by(found)
    papers = words_of(sign_in("scrutineer").get(f"{meeting}pack/"))
    assert named in papers, "they stay as they were when papers closed"
