"""What cannot become of an action when its year ends, and what no meeting can decide."""

from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError

from actions.models import ActionEnding, ExceptionReport, PlanDecision, StrategicDriver
from gscp.record import Change
from subgroups.models import Meeting
from tests.answers import said, words_of
from tests.conftest import AGENDA
from tests.factories import ActionFactory, draft_plan
from tests.partnership import day_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_update import GOOD
from tests.test_year_end import END, NEXT, PLAN, confirm, draft, end, live, none_high  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: what forms and models refuse.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.mark.parametrize(
    ("refs", "fate", "typed", "message"),
    [
        (["005"], "carried_forward", {}, "Choose the plan that it goes on in."),
        (["005"], "split", {"parts": "One\nTwo"}, "Choose the plan that it goes on in."),
        (["005"], "split", {"plan": "next", "parts": "One"}, "Give two or more actions"),
        (["005"], "split", {"plan": "next", "parts": "One\nOne"}, "Give two or more actions"),
        (["005", "006"], "split", {"plan": "next", "parts": "One\nTwo"}, "Tick one action to be split."),
        (["005"], "merged", {}, "Choose the action that it is merged into."),
        (["005", "006"], "merged", {"into": "006"}, "Action 006 is not merged into itself."),
        (["005"], "carried_forward", {"plan": "earlier"}, "from its list"),
        (["005"], "merged", {"into": "of closed"}, "from its list"),
        (["005"], "withdrawn", {"reason": ""}, "Fill in “Reason”"),
        (["005"], "withdrawn", {"meeting": ""}, "Choose “Meeting that decided it”"),
        (["005"], "", {}, "Choose “What becomes of the ticked actions”"),
        (["005"], "complete", {}, "from its list"),
        ([], "withdrawn", {}, "Choose “Actions”"),
    ],
)
def test_bad_input_ends_nothing(refs, fate, typed, message, live, end, action, on_record):
    with on_record():
        earlier = draft_plan("2020-21")
        earlier.first_day, earlier.last_day, earlier.status = date(2020, 4, 1), date(2021, 3, 31), "live"
        earlier.save()
        driver = StrategicDriver(plan=earlier, kind="audit", text="An audit")
        driver.save()
        closed = ActionFactory(
            plan=earlier, driver=driver, group=action("005").group, ref="1", status="complete"
        )
        earlier.status = "closed"
        earlier.save()
    keys = {"next": live.pk, "006": action("006").pk, "earlier": earlier.pk, "of closed": closed.pk}
    before = Change.objects.count()
    response = end(refs, fate, **{name: keys.get(value, value) for name, value in typed.items()})
    assert response.status_code == 200 and message in words_of(response)
    assert Change.objects.count() == before


def test_without_a_next_plan_the_page_says_what_to_do(end, manager, june):
    page = words_of(manager.get(END))
    assert "No later plan is there yet. Make the draft of the next plan" in page
    assert "Choose the plan that it goes on in." in words_of(end(["005"], "carried_forward"))


def ending_of(subject, meeting, user, fate="withdrawn", **where):
    decision = PlanDecision(plan=subject.plan, kind="ending", meeting=meeting, reason="So it is")
    decision.enter(user("business.manager"))
    ActionEnding(action=subject, decision=decision, fate=fate).enter(**where)
    return decision


@pytest.mark.parametrize(
    ("slug", "day", "message"),
    [
        ("management-group", "2021-09-14", "was not held"),
        ("executive", "2021-06-29", "was not held"),
        ("qiip", "2021-06-10", "takes no decisions"),
    ],
)
def test_a_meeting_that_cannot_decide_ends_nothing(slug, day, message, june, action, on_record, user):
    meeting = Meeting.objects.filter(group__slug=slug, date=day).first()
    if meeting is None:
        with on_record():
            group = (
                action("006").group if slug == "qiip" else Meeting.objects.filter(group__slug=slug)[0].group
            )
            meeting = Meeting(group=group, date=day, papers_close=june.papers_close)
            meeting.save()
    with pytest.raises(ValidationError, match=message), on_record():
        ending_of(action("005"), meeting, user)


def test_a_meeting_without_a_quorum_ends_and_closes_nothing(manager, attend, it_is, live, action, send):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    assert "No meeting that could decide it is on record yet" in words_of(manager.get(END))
    meeting = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    typed = {"actions": [action("005").pk], "fate": "withdrawn", "meeting": meeting.pk, "reason": "So it is"}
    assert "from its list" in unescape(said(send(manager, END, **typed)))
    assert not PlanDecision.objects.exists()


def test_the_same_action_does_not_end_twice(live, end, june, action, on_record, user, confirm):
    end(["005"], "carried_forward", plan=live.pk)
    assert "Choose “Actions” from its list" in words_of(end(["005"], "withdrawn"))
    with pytest.raises(ValidationError, match="has decided how Action 005 ends already"), on_record():
        ending_of(action("005"), june, user)
    confirm()
    with pytest.raises(ValidationError, match="is not open in a live plan"), on_record():
        ending_of(action("005"), june, user)


NEW_DATE = {
    "cause": "The court ran late",
    "effect": "None yet",
    "recovery": "Weekly checks",
    **day_of("forecast", 31, 5, 2022),
}


@pytest.mark.parametrize("goes_on", ["carried_forward", "split", "in a draft"])
def test_a_date_that_went_on_is_not_corrected_behind_it(
    goes_on, draft, end, confirm, action, on_record, sign_in, send, decide, manager, june
):
    """A correction would leave the date of the next plan without the decision that it rests on."""
    with on_record():
        old = action("005")
        old.original_date = date(2021, 9, 30)
        old.save()
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/new-date/", **NEW_DATE)
    report = ExceptionReport.objects.get()
    decide("grant", report)
    assert action("005").agreed_date == date(2022, 5, 31)
    fate = "split" if goes_on == "split" else "carried_forward"
    assert end(["005"], fate, plan=draft.pk, parts="One\nTwo").status_code == 302
    confirm()
    if goes_on != "in a draft":
        send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted")
        confirm()
    new = draft.actions.first()
    assert (action("005").status == fate, new.agreed_date) == (goes_on != "in a draft", date(2022, 5, 31))
    before = Change.objects.count()
    answer = decide("correct", report)
    if goes_on == "in a draft":  # it follows when the draft is published
        assert (answer.status_code, action("005").agreed_date) == (302, None)
        decide("refuse", report)
        send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted")
        confirm()
        new.refresh_from_db()
        assert (new.agreed_date, new.times_redated) == (None, 0)
        return
    told = f"Action 005 goes on as {new.ref} of 2022-23, with this date. Ask for a new date there."
    assert told in words_of(answer) and Change.objects.count() == before
    assert action("005").agreed_date == date(2022, 5, 31)


@pytest.mark.usefixtures("none_high")
def test_what_is_taken_back_can_be_decided_anew(live, end, manager, send, confirm, action):
    end(["005"], "carried_forward", plan=live.pk)
    send(manager, f"{PlanDecision.objects.get().get_absolute_url()}take-back/", reason="Another one")
    assert end(["005"], "withdrawn").status_code == 302
    confirm()
    assert action("005").status == "withdrawn" and not live.actions.exists()


@pytest.mark.usefixtures("none_high")
def test_a_merger_into_what_has_ended_meanwhile_is_not_confirmed(end, confirm, action, live, on_record):
    end(["005"], "merged", into=action("006").pk)
    with on_record("Completed, as a request was granted"):
        into = action("006")
        into.status = "complete"
        into.save()
    refused = words_of(confirm())
    assert "Action 006 of the Business Plan 2021-22 is not open." in refused and "Into:" not in refused
    assert action("005").is_open


def test_into_an_adopted_draft_nothing_is_carried(draft, end, manager, send, on_record, action, june):
    with on_record():
        driver = StrategicDriver(plan=draft, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=draft, driver=driver, group=action("005").group, ref="1")
    send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted")
    said_of_it = words_of(end(["005"], "carried_forward", plan=draft.pk))
    assert "Business Plan 2022-23 is locked. Not in force until the chair" in said_of_it
    assert "This can be done after that." in said_of_it


def test_a_change_that_waits_comes_first(live, end, on_record, action, june, user):
    from_june = PlanDecision(plan=action("005").plan, kind="amendment", meeting=june, reason="So it is")
    with on_record():
        from_june.enter(user("business.manager"))
        action("005").amendments.create(decision=from_june, changed="text", text="Other words")
    assert "A change of Action 005 waits for its chair" in words_of(end(["005"], "withdrawn"))


@pytest.mark.usefixtures("none_high")
def test_what_would_be_merged_goes_on_nowhere_until_its_chair_confirms(end, confirm, action, sign_in):
    end(["005"], "merged", into=action("006").pk)
    reader = sign_in("scrutineer")
    page = words_of(reader.get(f"{PLAN}actions/006/"))
    assert "005 of 2021-22 would be merged into it Not in force until the chair" in page
    assert "Takes in" not in page + words_of(reader.get(PLAN))
    confirm()
    page = words_of(reader.get(f"{PLAN}actions/006/"))
    assert "Takes in 005 of 2021-22" in page and "would be merged" not in page
    assert "Takes in 005 of 2021-22" in words_of(reader.get(PLAN))


@pytest.mark.usefixtures("none_high")
def test_of_what_was_reopened_no_page_says_that_its_end_is_in_force(end, confirm, action, on_record, manager):
    end(["005"], "withdrawn")
    confirm()
    assert "Withdrawn In force" in words_of(manager.get(f"{PLAN}actions/005/"))
    assert "Ended (1)" in words_of(manager.get(f"{PLAN}end/"))
    with on_record("It is needed still"):
        reopened = action("005")
        reopened.status = "in_progress"
        reopened.save()
    page = words_of(manager.get(f"{PLAN}actions/005/"))
    assert "Withdrawn No longer so: the action is in progress" in page
    assert "Ended" not in words_of(manager.get(f"{PLAN}end/"))


@pytest.mark.usefixtures("none_high")
def test_what_another_one_is_to_be_merged_into_does_not_end_before_that(live, end, confirm, action):
    """Its chair could confirm it never more, and no page would say what to do."""
    assert end(["006"], "merged", into=action("005").pk).status_code == 302
    told = "Action 006 is to be merged into Action 005: its chair confirms that first."
    assert told in words_of(end(["005"], "carried_forward", plan=live.pk))
    confirm()
    assert end(["005"], "carried_forward", plan=live.pk).status_code == 302


def test_a_plan_is_not_closed_with_a_last_report_that_its_chair_has_not_confirmed(
    live, sign_in, send, report
):
    """A closed plan keeps its ratings: what the chair says of it later would not count."""
    manager, told = sign_in("business.manager"), "has not confirmed what these actions are rated by: 006."
    assert send(manager, f"{PLAN}actions/006/update/", **GOOD | {"rating": "green"}).status_code == 302
    assert told in words_of(manager.get(END))
    report("006", nil_return=True, done="", difference="", rating="")
    assert told in words_of(manager.get(END)), "who has nothing to report gives no rating"
    report("006", rating="amber", reason="Two have no lead")
    assert told not in words_of(manager.get(END)), "that is the last word now"
