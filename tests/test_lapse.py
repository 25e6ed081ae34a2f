"""What is asked of an action lapses when that is closed, and stands again if the decision was wrong."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from actions.models import ExceptionReport
from actions.models.places import place_after
from gscp.record import Change
from scrutiny.proof.walk import verify
from subgroups.models import Meeting, Partner, QuorumPart
from tests.answers import words_of
from tests.conftest import AGENDA, form_of
from tests.groups import end, move

# Once: moves are Python; tests/test_lives.py has requests lapse on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.fixture
def dated(action, on_record):
    subject = action("006")
    subject.original_date = date(2021, 10, 29)
    with on_record():
        subject.save()


@pytest.fixture
def on_006(dated, action, ask):
    """An exception, a new date and a completion, each asked of the Management Group."""
    more = {
        "exception": {"asked_for": "A trainer"},
        "new_date": {"forecast": "2021-12-31"},
        "completion": {"evidence": "https://gscp.example/", "impact": "Seen sooner"},
    }
    return {kind: ask(action("006"), "qiip.chair", kind, **typed) for kind, typed in more.items()}


def state(report) -> str:
    return ExceptionReport.objects.get(pk=report.pk).state


@pytest.fixture
def withdrawn(on_006, action, ask, user, meeting):
    held = meeting("management-group", date(2021, 6, 15))
    proposal = ask(action("006"), "qiip.chair", "withdrawal", cause="Another agency does it")
    move(on_006["exception"], "return", user("management.chair"), held)
    return move(proposal, "grant", user("management.chair"), held)


def test_requests_lapse_with_a_withdrawal_and_leave_agendas(on_006, withdrawn, action, sign_in, user):
    assert {state(report) for report in on_006.values()} == {"lapsed"}
    assert action("006").status == "withdrawn"
    step = on_006["new_date"].steps.latest("change")
    assert (step.move, step.to_state, step.points_to.report_id) == ("lapse", "lapsed", withdrawn.pk)
    assert step.entered_by == user("management.chair")
    chair = sign_in("management.chair")
    page = words_of(chair.get(on_006["new_date"].get_absolute_url()))
    assert "It lapsed, since the action’s status was changed by a decision" in page
    assert "Proposal of withdrawal on Action 006" in page
    agenda = chair.get("/meetings/management-group/2021-09-14/").content.decode()
    assert on_006["new_date"].get_absolute_url() not in agenda.split("Decided last time")[0]
    assert ExceptionReport.objects.for_pages().get(pk=on_006["completion"].pk).next_moves() == []
    assert verify().findings == []


def test_they_stand_again_when_the_withdrawal_is_corrected(on_006, withdrawn, action, user):
    move(withdrawn, "correct", user("management.chair"), withdrawn.steps.latest("change").meeting)
    assert {kind: state(report) for kind, report in on_006.items()} == {
        "exception": "returned",
        "new_date": "waiting",
        "completion": "waiting",
    }
    assert action("006").status == "proposed_complete"
    for report in ExceptionReport.objects.for_pages():
        assert (report.state, report.with_group_id) == place_after(report.steps.all())


def test_completed_it_gets_no_new_date(on_006, user, meeting):
    held = meeting("management-group", date(2021, 6, 15))
    move(on_006["completion"], "grant", user("management.chair"), held)
    assert [state(on_006[kind]) for kind in ("exception", "new_date", "completion")] == [
        "waiting",
        "lapsed",
        "granted",
    ], "what an exception asks may matter all the same"


def test_what_is_provisional_lets_nothing_lapse(on_006, user, meeting):
    held = meeting("management-group", date(2021, 6, 15), kinds=("council",))
    move(on_006["completion"], "grant", user("management.chair"), held)
    assert {state(report) for report in on_006.values()} == {"waiting"}


def test_a_decision_corrected_on_a_closed_action_is_nobody_s_any_more(on_006, action, ask, user, meeting):
    held, chair = meeting("management-group", date(2021, 6, 15)), user("management.chair")
    granted = move(on_006["exception"], "grant", chair, held)
    move(ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere"), "grant", chair, held)
    assert state(granted) == "granted"
    assert move(granted, "correct", chair, held).state == "lapsed"


def test_the_step_is_made_by_the_form_in_the_same_act(on_006, it_is, attend, action, ask, sign_in):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    proposal = ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere")
    client, url = sign_in("management.chair"), f"{AGENDA}decide/{proposal.pk}/"
    typed = form_of(client.get(url)) | {"move": "grant", "reason": "As discussed"}
    told = words_of(client.post(url, typed, follow=True))
    for kind in ("Exception report", "Request for a new date", "Proposal of completion"):
        assert f"{kind} on Action 006" in told.split("Lapsed with it:")[1].split(".")[0]
    act = Change.objects.last().act
    lapsed = Change.objects.filter(act=act, model="actions.exceptionreport")
    assert lapsed.count() == 4, "the withdrawal and three that lapse"


def test_what_was_decided_without_a_quorum_is_ratified_after_it_was_put_back(
    on_006, action, ask, user, meeting
):
    chair, few = user("management.chair"), meeting("management-group", date(2021, 6, 14), kinds=("council",))
    move(on_006["new_date"], "grant", chair, few)
    held = meeting("management-group", date(2021, 6, 15))
    withdrawal = move(
        ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere"), "grant", chair, held
    )
    lapsed = ExceptionReport.objects.for_pages().get(pk=on_006["new_date"].pk)
    assert (lapsed.state, lapsed.provisional_decision, lapsed.next_moves()) == ("lapsed", None, [])
    move(withdrawal, "correct", chair, held)
    assert move(on_006["new_date"], "ratify", chair, held).state == "granted"
    assert action("006").agreed_date == date(2021, 12, 31)
    assert verify().findings == []


def test_what_the_top_group_decided_of_its_own_is_agreed_to_after_it_was_put_back(
    dated, own, ask, user, meeting
):
    vice = user("executive.vice")
    new_date = ask(own, "executive", "new_date", forecast=date(2021, 12, 31))
    withdrawal = ask(own, "executive", "withdrawal", cause="Done elsewhere")
    held, manager = meeting("executive"), user("business.manager")
    for report in (new_date, withdrawal):
        move(report, "grant", manager, held)
    move(withdrawal, "agree", vice)
    assert state(new_date) == "lapsed"
    move(withdrawal, "correct", manager, held)
    assert state(withdrawal) == "granted", "not in force until another post agrees"
    move(withdrawal, "agree", vice)
    assert (state(withdrawal), state(new_date)) == ("waiting", "waiting")
    assert move(new_date, "agree", vice).state == "granted"


def test_put_back_before_another_group_it_is_decided_anew(
    dated, area, action, ask, user, meeting, on_record, it_is
):
    manager = user("business.manager")
    with on_record():
        QuorumPart.set_rule(area, [(1, Partner.objects.filter(kind="police"))], date(2021, 6, 1))
    new_date = ask(action("006"), "qiip.chair", "new_date", forecast=date(2022, 3, 31))
    withdrawal = ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere")
    move(new_date, "grant", manager, meeting("area", date(2021, 6, 14), kinds=("council",)))
    move(withdrawal, "escalate", manager, meeting("area", date(2021, 6, 15)))
    held = meeting("management-group", date(2021, 6, 15))
    move(withdrawal, "grant", manager, held)
    it_is(2021, 6, 16)
    end(area, manager, date(2021, 6, 16))
    move(withdrawal, "correct", manager, Meeting.objects.get(pk=held.pk))
    stands = ExceptionReport.objects.for_pages().get(pk=new_date.pk)
    assert (stands.state, stands.with_group.slug) == ("waiting", "management-group")
    assert stands.provisional_decision is None
    assert stands.waiting_since(held) == date(2021, 6, 16), "before this group it came only now"


def test_a_decision_corrected_on_a_completed_action_stands_again_once_that_is_open(
    on_006, action, user, meeting
):
    chair, held = user("management.chair"), meeting("management-group", date(2021, 6, 15))
    move(on_006["new_date"], "grant", chair, held)
    move(on_006["completion"], "grant", chair, held)
    move(on_006["new_date"], "correct", chair, held)
    assert state(on_006["new_date"]) == "lapsed"
    step = on_006["new_date"].steps.latest("change")
    assert step.points_to.report == on_006["completion"], "the page says with which decision it lapsed"
    move(on_006["completion"], "correct", chair, held)
    assert (state(on_006["new_date"]), action("006").status) == ("waiting", "proposed_complete")
    assert move(on_006["new_date"], "grant", chair, held).state == "granted"
    assert verify().findings == []


@pytest.mark.parametrize("again", [False, True])
def test_put_back_by_a_slip_corrected_later_it_is_decided_at_the_meeting_that_found_it(
    on_006, withdrawn, user, it_is, sign_in, again
):
    """It stood before that meeting all the time: what it lapsed with was a slip."""
    chair, held = user("management.chair"), withdrawn.steps.latest("change").meeting
    it_is(2021, 6, 17)
    if again:
        move(withdrawn, "correct", chair, held)
        move(withdrawn, "grant", chair, held)
    move(withdrawn, "correct", chair, held)
    stands = ExceptionReport.objects.for_pages().get(pk=on_006["new_date"].pk)
    assert stands.waiting_since(held) == timezone.localdate(stands.asked_at)
    agenda = sign_in("management.chair").get(held.get_absolute_url()).content.decode()
    assert on_006["new_date"].get_absolute_url() in agenda and "came after this meeting" not in agenda
    assert move(on_006["new_date"], "grant", chair, held).state == "granted"
    assert verify().findings == []


def test_a_decision_not_in_force_is_ratified_at_the_meeting_after_it_was_put_back_days_later(
    on_006, action, ask, user, meeting, it_is
):
    chair, few = user("management.chair"), meeting("management-group", date(2021, 6, 14), kinds=("council",))
    move(on_006["new_date"], "grant", chair, few)
    held = meeting("management-group", date(2021, 6, 15))
    withdrawal = ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere")
    move(withdrawal, "grant", chair, held)
    it_is(2021, 6, 17)
    move(withdrawal, "correct", chair, held)
    assert move(on_006["new_date"], "ratify", chair, held).state == "granted"


def test_put_back_by_a_later_meeting_it_is_decided_there_whenever_that_is_entered(
    on_006, withdrawn, user, meeting, it_is
):
    chair, july = user("management.chair"), meeting("management-group", date(2021, 7, 13))
    it_is(2021, 7, 15)
    move(withdrawn, "correct", chair, july)
    assert move(on_006["new_date"], "grant", chair, july).state == "granted"


def test_a_meeting_held_while_it_had_lapsed_did_not_find_it(
    dated, area, action, ask, user, meeting, on_record, it_is
):
    manager = user("business.manager")
    new_date = ask(action("006"), "qiip.chair", "new_date", forecast=date(2022, 3, 31))
    withdrawal = ask(action("006"), "qiip.chair", "withdrawal", cause="Done elsewhere")
    before = meeting("area", date(2021, 6, 14))
    move(withdrawal, "escalate", manager, before)
    held = meeting("management-group", date(2021, 6, 15))
    move(withdrawal, "grant", manager, held)
    between = meeting("area", date(2021, 6, 16))
    it_is(2021, 6, 17)
    move(withdrawal, "correct", manager, held)
    stands = ExceptionReport.objects.for_pages().get(pk=new_date.pk)
    assert (stands.state, stands.with_group) == ("waiting", area)
    assert stands.waiting_since(before) == timezone.localdate(stands.asked_at)
    assert stands.waiting_since(between) == date(2021, 6, 17)
    with pytest.raises(ValidationError, match="since 17 June 2021 only"):
        move(stands, "grant", manager, between)


def test_of_two_that_would_stand_again_the_one_asked_last_does(on_006, action, ask, user, meeting):
    chair, held = user("management.chair"), meeting("management-group", date(2021, 6, 15))
    first = move(on_006["new_date"], "grant", chair, held)
    second = ask(action("006"), "qiip.chair", "new_date", forecast=date(2022, 1, 31))
    move(second, "grant", chair, held)
    move(on_006["completion"], "grant", chair, held)
    for report in (second, first):
        move(report, "correct", chair, held)
    move(on_006["completion"], "correct", chair, held)
    assert (state(first), state(second)) == ("lapsed", "waiting")
    assert verify().findings == []


@pytest.mark.parametrize(("name", "by"), [("refuse", "management.chair"), ("take-back", "qiip.chair")])
def test_what_stood_on_a_closed_action_before_requests_lapsed_is_not_granted_but_ended(
    on_006, action, user, meeting, on_record, sign_in, name, by
):
    subject, held = action("006"), meeting("management-group", date(2021, 6, 15))
    subject.status = "withdrawn"
    with on_record():
        subject.save()
    with pytest.raises(ValidationError, match="Action 006 is withdrawn"):
        move(on_006["new_date"], "grant", user("management.chair"), held)
    ended = move(on_006["new_date"], name, user(by), held if name == "refuse" else None)
    assert ended.state in ("refused", "taken_back")
    assert {state(report) for kind, report in on_006.items() if kind != "new_date"} == {"lapsed"}
    lapse = on_006["completion"].steps.latest("change")
    [status] = verify().findings  # what a form would not have written
    assert status.what.endswith("it became “withdrawn”, and no decision in force says so.")
    assert (lapse.entered_by, lapse.points_to) == (user(by), None), "no decision led to this status"
    page = words_of(sign_in("scrutineer").get(on_006["completion"].get_absolute_url()))
    assert "It lapsed, since it cannot be asked of the action any more." in page
    assert "by a decision" not in page


def test_the_answer_to_a_correction_says_that_the_request_lapsed_at_once(
    on_006, it_is, attend, user, meeting, sign_in, send
):
    it_is(2021, 6, 15)
    chair, held = user("management.chair"), meeting("management-group", date(2021, 6, 15))
    for kind in ("new_date", "completion"):
        move(on_006[kind], "grant", chair, held)
    client = sign_in("management.chair")
    answers = {}
    for kind in ("new_date", "completion"):
        url = f"{AGENDA}decide/{on_006[kind].pk}/"
        answers[kind] = words_of(client.get(send(client, url, move="correct", reason="The wrong one").url))
    assert "recorded: corrected. It lapsed at once: Action 006 is complete." in answers["new_date"]
    assert "It stands again: Request for a new date on Action 006." in answers["completion"]


def test_whoever_agrees_to_a_decision_reads_what_lapsed_with_it(
    dated, own, ask, user, meeting, sign_in, send
):
    manager = user("business.manager")
    new_date = ask(own, "executive", "new_date", forecast=date(2021, 12, 31))
    withdrawal = ask(own, "executive", "withdrawal", cause="Done elsewhere")
    move(withdrawal, "grant", manager, meeting("executive"))
    client = sign_in("executive.vice")
    told = words_of(client.get(send(client, f"{withdrawal.get_absolute_url()}agree/", reason="Yes").url))
    assert f"Lapsed with it: {new_date}." in told
