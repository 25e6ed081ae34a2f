"""What a meeting decided about may come on record after it, as a plan adopted on paper: it is told."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action, ActionEnding, Amendment, PlanDecision
from actions.models.began_later import tell_what_began_later
from tests import test_plan_decisions
from tests.answers import words_of
from tests.conftest import AGENDA
from tests.factories import ActionFactory, another_plan
from tests.test_every_page import check_words

# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
june = test_plan_decisions.june
DRAFT = "/plans/2022-23/"
PLAN_LATER = "The plan came on record on 20 June 2021, after this meeting."


@pytest.fixture(params=[20, 15])
def day(request):
    return request.param


@pytest.fixture
def draft_of_later(request, june, it_is, day):
    it_is(2021, 6, day)
    return request.getfixturevalue("draft")


draft = test_plan_decisions.draft


def test_a_draft_that_was_begun_after_the_meeting_is_published_and_it_is_told(
    draft_of_later, june, day, manager, sign_in, send
):
    """A partnership enters its first plan after the meeting that adopted it."""
    answer = send(manager, f"{DRAFT}publish/", meeting=june.pk, reason="Adopted as drafted")
    assert answer.status_code == 302
    decision = PlanDecision.objects.get()
    chair, page = sign_in("management.chair"), decision.get_absolute_url()
    told = "The draft was begun on 20 June 2021, after this meeting."
    shown = [manager.get(DRAFT), *map(chair.get, (page, f"{page}confirm/", f"{page}not-so/", AGENDA))]
    shown.append(chair.get("/meetings/management-group/2021-09-14/"))
    for one in shown:
        assert (told in words_of(one)) == (day == 20), one.request["PATH_INFO"]
    check_words({page: shown[1].content.decode()})
    assert send(chair, f"{page}confirm/").status_code == 302
    assert (told in words_of(chair.get(page))) == (day == 20)


@pytest.mark.parametrize("kind", ["addition", "closing", "amendment", "ending"])
def test_a_plan_that_came_on_record_after_the_meeting_is_told_of(kind, june, it_is, on_record, user, sign_in):
    it_is(2021, 6, 20)
    with on_record("Entered late"):
        plan = another_plan("2020-21", "Last year", date(2020, 4, 1), date(2021, 3, 31)).plan
    with on_record("As the meeting said"):
        decision = PlanDecision(plan=plan, kind=kind, meeting=june, reason="So")
        decision.enter(user("business.manager"))
    assert PLAN_LATER in words_of(sign_in("scrutineer").get(decision.get_absolute_url()))


@pytest.mark.parametrize(("made_on", "told"), [(20, True), (15, False)])
def test_an_action_that_came_on_record_after_the_meeting_is_told_of(
    made_on, told, june, it_is, on_record, user, sign_in, action
):
    it_is(2021, 6, made_on)
    before = action("006")
    with on_record("Added"):
        new = ActionFactory(plan=before.plan, driver=before.driver, group=before.group, ref="007")
    it_is(2021, 6, 21)
    with on_record("As the meeting said"):
        decision = PlanDecision(plan=before.plan, kind="ending", meeting=june, reason="So")
        decision.enter(user("business.manager"))
        for one in (before, Action.objects.get(pk=new.pk)):
            ActionEnding(action=one, decision=decision, fate="withdrawn").enter()
    page = words_of(sign_in("scrutineer").get(decision.get_absolute_url()))
    assert ("Came on record after this meeting: 007." in page) == told


@pytest.mark.parametrize("model", [ActionEnding, Amendment])
def test_it_is_asked_as_much_of_a_decision_about_many_actions_as_of_one(model, june, on_record, user, action):
    of_model = {"fate": "withdrawn"} if model is ActionEnding else {"changed": "title", "title": "Other"}

    def asked(*refs: str) -> int:
        with on_record("As the meeting said"):
            kind = "ending" if model is ActionEnding else "amendment"
            decision = PlanDecision(plan=action("001").plan, kind=kind, meeting=june, reason="So")
            decision.enter(user("business.manager"))
            for ref in refs:
                model(action=action(ref), decision=decision, **of_model).save()
        decision = PlanDecision.objects.for_pages().get(pk=decision.pk)
        with CaptureQueriesContext(connection) as captured:
            tell_what_began_later([decision])
        return len(captured)

    assert asked("001") == asked("002", "003", "004")
