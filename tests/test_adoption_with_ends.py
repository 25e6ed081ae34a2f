"""An adoption and the ends of actions that go on in its plan wait for one chair: confirmed together."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action, BusinessPlan, Confirmation, PlanDecision, StrategicDriver
from gscp import clock
from gscp.record import Change
from scrutiny import plan_checker
from scrutiny.proof import export
from scrutiny.proof.walk import verify
from subgroups.models import Group, Meeting
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.factories import ActionFactory
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last
from tests.test_year_end import NEXT, confirm, draft, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans; what they record has its tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
EXECUTIVE = "/meetings/executive/2021-06-29/"


@pytest.fixture
def copy(draft, on_record, action):
    """The draft has a copy of 005, without its date."""
    with on_record():
        dated = action("005")
        dated.original_date = date(2021, 9, 30)
        dated.save()
        driver = StrategicDriver(plan=draft, kind="audit", text="An audit")
        driver.save()
        like = action("005")
        words = {"ref": "005", "text": like.text, "title": like.title, "who": like.who}
        return ActionFactory(plan=draft, driver=driver, group=like.group, **words, priority=like.priority)


@pytest.fixture
def waiting(copy, draft, end, manager, send, june, report):
    """The ends of 005 and of 001, and after them the adoption of the plan in which those go on."""
    report("005", rating="red")
    for ref in ("005", "001"):
        assert end([ref], "carried_forward", plan=draft.pk).status_code == 302
    sent = {"meeting": june.pk, "reason": "Adopted as drafted"}
    assert send(manager, f"{NEXT}publish/", **sent).status_code == 302
    *ends, adoption = PlanDecision.objects.order_by("pk")
    return ends, adoption


def how_they_stand() -> dict[str, tuple]:
    rows = Action.objects.filter(ref__in=("005", "001")).select_related("plan").order_by("plan__label", "ref")
    return {
        f"{one.ref} of {one.plan.label}": (one.status, one.rating, one.original_date is not None)
        for one in rows
    }


STAND = {
    "001 of 2021-22": ("carried_forward", "", False),
    "005 of 2021-22": ("carried_forward", "red", True),
    "001 of 2022-23": ("not_started", "", False),
    "005 of 2022-23": ("in_progress", "red", True),
}


def is_sound() -> bool:
    return not verify().findings and not plan_checker.check(export.lines())


def test_the_page_of_the_adoption_says_which_date_gives_way(copy, waiting, on_record, sign_in):
    with on_record("A date of its own"):
        copy.original_date = date(2022, 12, 31)
        copy.save()
    adoption = waiting[1]
    page = words_of(sign_in("management.chair").get(adoption.get_absolute_url()))
    told = "goes on as 005, due 30 September 2021. Its date there, 31 December 2022, gives way."
    assert f"How actions go on 005 of 2021-22 {told}" in page


def test_the_page_of_the_adoption_names_them_and_one_act_confirms_all(waiting, sign_in, send):
    ends, adoption = waiting
    chair, page = sign_in("management.chair"), f"{adoption.get_absolute_url()}confirm/"
    shown = words_of(chair.get(page))
    assert "What you confirm with it These actions go on in this plan." in shown
    assert "End of an action: 005 of 2021-22" in shown and "End of an action: 001 of 2021-22" in shown
    assert "Carried forward to 2022-23 (draft)" in shown and "As the meeting said" in shown
    before = Change.objects.last_number()
    answer = chair.post(page, form_of(chair.get(page)), follow=True)
    said = "Confirmed with it: end of an action: 005 of 2021-22; end of an action: 001 of 2021-22."
    assert said in words_of(answer)
    assert Change.objects.filter(number__gt=before).values("act").distinct().count() == 1
    assert how_they_stand() == STAND
    so = Confirmation.objects.filter(is_so=True).values_list("plan_decision", flat=True)
    assert {*so} == {*(one.pk for one in ends), adoption.pk}, "each stays a decision of its own"
    assert not PlanDecision.objects.waiting().exists() and is_sound()
    told = "adoption of the plan: Business Plan 2022-23, with the end of 005 of 2021-22 and 001 of 2021-22"
    assert told in last()


def test_an_end_that_is_opened_first_leads_to_the_adoption(waiting, sign_in, send):
    ends, adoption = waiting
    chair, to = sign_in("management.chair"), f"{adoption.get_absolute_url()}confirm/"
    own = ends[0].get_absolute_url()
    assert "The chair confirms the adoption first, or both together." in words_of(chair.get(own))
    answer = chair.get(f"{own}confirm/", follow=True)
    assert answer.redirect_chain == [(to, 302)]
    assert "End of an action: 005 of 2021-22: you confirm this with the adoption." in words_of(answer)
    waits = html_of(chair.get("/exceptions/"))
    assert waits.index("Adoption of the plan: Business Plan 2022-23") < waits.index("End of an action: 005")


def test_an_end_that_is_not_so_is_taken_back_first_and_the_others_come_with_the_adoption(
    waiting, sign_in, send, confirm
):
    ends, adoption = waiting
    chair = sign_in("management.chair")
    not_so = {"why": "We kept 001 open"}
    assert send(chair, f"{ends[1].get_absolute_url()}not-so/", **not_so).status_code == 302
    confirmed = words_of(chair.get(f"{adoption.get_absolute_url()}confirm/"))
    assert "001 of 2021-22: you confirm this with the adoption" not in confirmed
    assert "Still open in an earlier plan, too" not in confirmed, "the draft has no copy of it"
    assert confirm(adoption).status_code == 302
    open_here = {"001 of 2021-22": ("not_started", "", False)}
    assert how_they_stand() == {ref: how for ref, how in STAND.items() if ref[:3] == "005"} | open_here
    assert is_sound()


def test_one_entered_while_the_page_was_open_is_read_first(waiting, sign_in, on_record, action, user, june):
    _, adoption = waiting
    chair, page = sign_in("management.chair"), f"{adoption.get_absolute_url()}confirm/"
    sent = form_of(chair.get(page))
    with on_record():
        late = PlanDecision(plan=action("006").plan, kind="ending", meeting=june, reason="So")
        late.enter(user("business.manager"))
        copy = Action.objects.get(plan=adoption.plan, ref="005")
        late.endings.create(action=action("006"), fate="merged").successors.create(
            to_plan=copy.plan, to_action=copy
        )
    refused = words_of(chair.post(page, sent))
    assert "Somebody changed this while you were writing" in refused
    assert "End of an action: 006 of 2021-22" in refused
    assert BusinessPlan.objects.get(label="2022-23").is_draft


def test_what_waits_for_another_chair_is_not_confirmed_with_it_and_follows(
    copy, draft, end, manager, send, sign_in, it_is, attend, confirm, report
):
    report("005", rating="red")
    end(["005"], "carried_forward", plan=draft.pk)
    it_is(2021, 6, 29)
    attend(EXECUTIVE, "council", "police", "health")
    [ends] = PlanDecision.objects.all()
    executive = Meeting.objects.get(group=Group.objects.top(), date="2021-06-29")
    assert send(manager, f"{NEXT}publish/", meeting=executive.pk, reason="Adopted").status_code == 302
    adoption = PlanDecision.objects.adoptions().get()
    own = words_of(sign_in("management.chair").get(ends.get_absolute_url()))
    says = "Its adoption is not in force until the chair of the Executive confirms it."
    assert f"{says} This can be confirmed after that." in own and "or both together" not in own
    assert "Confirm it" not in own and "This is not so" in own
    refused = words_of(sign_in("management.chair").get(f"{ends.get_absolute_url()}confirm/", follow=True))
    assert "Business Plan 2022-23 is locked. Not in force until the chair of the Executive" in refused
    assert "This can be confirmed after that." in refused
    page = f"{adoption.get_absolute_url()}confirm/"
    assert "What you confirm with it" not in words_of(sign_in("executive").get(page))
    assert send(sign_in("executive"), page).status_code == 302
    ends.refresh_from_db()
    assert ends.is_waiting
    assert confirm(ends).status_code == 302
    assert how_they_stand()["005 of 2022-23"] == STAND["005 of 2022-23"] and is_sound()


def test_the_page_asks_as_much_for_many_ends_as_for_few(waiting, sign_in, send):
    ends, adoption = waiting
    chair, page = sign_in("management.chair"), f"{adoption.get_absolute_url()}confirm/"

    def asked() -> int:
        chair.get(page)
        with CaptureQueriesContext(connection) as captured:
            chair.get(page)
        return len(captured)

    of_two = asked()
    send(chair, f"{ends[1].get_absolute_url()}not-so/", why="We kept 001 open")
    assert asked() == of_two


def test_a_copy_with_a_date_of_its_own_goes_on_as_where_the_end_is_confirmed_first(
    waiting, copy, on_record, sign_in, send
):
    with on_record():
        copy.original_date = date(2022, 9, 30)
        copy.save()
    chair, page = sign_in("management.chair"), f"{waiting[1].get_absolute_url()}confirm/"
    assert send(chair, page).status_code == 302
    assert how_they_stand() == STAND
    assert not Action.objects.filter(ref="005-2").exists()
    copy.refresh_from_db()
    assert copy.original_date == date(2021, 9, 30)
    assert is_sound()


@pytest.mark.parametrize("lost", ["open", "quorum"])
def test_of_an_end_that_cannot_happen_the_page_says_which_it_is(
    lost, waiting, on_record, action, sign_in, send
):
    ends, adoption = waiting
    with on_record():
        if lost == "open":
            over = action("001")
            over.status = "complete"
            over.save()
        else:
            closed = clock.now() - timedelta(days=30)
            ends[1].meeting = Meeting(group=ends[1].group, date=date(2021, 6, 1), papers_close=closed)
            ends[1].meeting.save()
            ends[1].save()
    page = words_of(send(sign_in("management.chair"), f"{adoption.get_absolute_url()}confirm/"))
    why = {
        "open": "Action 001 is complete already.",
        "quorum": "Not enough partners were at this meeting.",
    }
    assert f"End of an action: 001 of 2021-22: {why[lost]}" in page
    assert BusinessPlan.objects.get(label="2022-23").is_draft


def test_history_tells_a_decision_on_many_actions_as_one_act(end, confirm, draft, sign_in):
    refs = ["001", "002", "003", "004", "005", "006"]
    assert end(refs, "carried_forward", plan=draft.pk).status_code == 302
    confirm()
    act = Change.objects.last().act
    assert Change.objects.filter(act=act).count() > 25, "more than are read around a few entries"
    told = "confirmed a decision, which is in force now: end of an action: 6 actions"
    for change in (Change.objects.filter(act=act).first(), Change.objects.last()):
        page = words_of(sign_in("scrutineer").get(f"/scrutiny/changes/{change.number}/"))
        assert told in page and "recorded how" not in page
