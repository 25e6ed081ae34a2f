"""Nobody is late for papers that closed before their action was open in a plan."""

from datetime import datetime

import pytest
from django.utils.timezone import make_aware

from actions.lateness import attach_late_for, late_for
from actions.models import Action, ProgressUpdate, StrategicDriver
from actions.reporting import not_expected, not_reported, reported
from gscp import clock, facts
from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Group
from tests.answers import said, words_of
from tests.factories import ActionFactory, draft_plan
from tests.test_exceptions import why
from tests.test_update import GOOD

pytestmark = pytest.mark.django_db
NEW = "/plans/2021-22/actions/new-one/"


@pytest.fixture
def added(on_record):
    """An action of the live plan, begun today, and with the CEM as 005 is."""

    def action(driver: StrategicDriver | None = None) -> Action:
        driver = driver or StrategicDriver.objects.get(actions__ref="005")
        group = Group.objects.get(slug="cem")
        with on_record():
            return ActionFactory(plan=driver.plan, driver=driver, ref="new one", slug="new-one", group=group)

    return action


def places(action: Action) -> list[bool]:
    """Whether it is due, new since papers closed, reported."""
    return [action.pk in [row.action for row in part()] for part in (not_reported, not_expected, reported)]


DUE, NEW_SINCE, REPORTED = [True, False, False], [False, True, False], [False, False, True]


def test_an_action_added_after_papers_closed_is_due_for_the_next_meeting(added, it_is, report):
    it_is(2021, 6, 9)  # papers for 15 June closed yesterday
    action = added()
    assert places(action) == NEW_SINCE
    assert "silent" not in why(action.ref) and "silent" in why("005")
    it_is(2021, 6, 16)
    assert places(action) == DUE, "for the meeting of September"
    assert "silent" not in why(action.ref)
    it_is(2021, 9, 8)
    assert places(action) == DUE
    assert why(action.ref)["silent"] == "No update for the meeting of 14 September 2021 yet."
    report(action.ref, rating="green")
    assert places(action) == REPORTED and "silent" not in why(action.ref)


def test_an_action_added_before_papers_closed_is_due(added, it_is):
    it_is(2021, 6, 7)
    action = added()
    assert places(action) == DUE
    it_is(2021, 6, 9)
    assert places(action) == DUE and "silent" in why(action.ref)


def test_so_it_is_with_the_actions_of_a_plan_adopted_after_papers_closed(added, it_is, on_record):
    it_is(2021, 6, 1)
    with on_record():
        plan = draft_plan("2022-23")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
    action = added(driver)
    it_is(2021, 6, 9)
    with on_record():
        plan.status = plan.Status.LIVE
        plan.save()
    assert places(action) == NEW_SINCE
    it_is(2021, 9, 8)
    assert places(action) == DUE


def test_and_with_an_action_that_was_opened_again(it_is, on_record, action):
    def becomes(status: Action.Status) -> Action:
        with on_record():
            one = action("005")
            one.status = status
            one.save()
        return one

    it_is(2021, 6, 2)
    becomes(Action.Status.COMPLETE)
    it_is(2021, 6, 9)
    opened = becomes(Action.Status.IN_PROGRESS)
    assert places(opened) == NEW_SINCE and "silent" not in why("005")
    becomes(Action.Status.COMPLETE)
    it_is(2021, 9, 1)
    becomes(Action.Status.IN_PROGRESS)
    it_is(2021, 9, 8)
    assert places(opened) == DUE and "silent" in why("005"), "it was open when papers closed"
    becomes(Action.Status.COMPLETE)
    becomes(Action.Status.IN_PROGRESS)
    assert places(opened) == DUE and "silent" in why("005"), "closed for a moment since"


def test_what_was_due_at_a_moment_does_not_change_with_what_came_later(it_is, on_record, action):
    it_is(2021, 5, 3)  # papers are open
    with on_record():
        action("006").save()
    past = Past(clock.now(), Change.objects.last_number())
    with looking_back(past):
        assert places(action("005")) == DUE
    it_is(2021, 6, 1)
    with on_record():
        one = action("005")
        one.status = Action.Status.COMPLETE
        one.save()
    facts.kept.clear()
    with looking_back(past):
        assert places(action("005")) == DUE, "it was open"


def test_pages_do_not_call_its_report_late(added, it_is, sign_in, send):
    it_is(2021, 6, 9)
    action, chair, manager = added(), sign_in("cem.chair"), sign_in("business.manager")
    page = said(chair.get("/due/"))
    assert "1 more is new, or open again, since papers closed: not late." in page
    assert "New since papers closed These were not open in a plan when papers closed." in words_of(
        chair.get("/due/")
    )
    form = said(chair.get(f"{NEW}update/"))
    assert "Papers closed yesterday at 5pm. This action was not open in a plan then, so" in form
    assert "marked late" not in form
    send(chair, f"{NEW}update/", **GOOD)
    banner = said(chair.get(NEW))
    assert "It is not late: the action was not open in a plan when papers closed for 15 June." in banner
    for page in (chair.get(NEW), chair.get("/due/"), chair.get("/plans/2021-22/?group=cem")):
        assert "late for" not in said(page)
    update = ProgressUpdate.objects.latest("change")
    attach_late_for([update])
    assert update.late_for is None
    assert "came after papers closed" not in said(manager.get("/missing/"))
    send(chair, "/plans/2021-22/actions/005/nil-return/")
    assert "1 report came after papers closed" in said(manager.get("/missing/"))
    assert late_for(action.pk, action.group_id, make_aware(datetime.fromisoformat("2021-09-08"))) is not None


def test_a_chair_who_has_no_other_is_told_that_a_report_is_not_late(added, it_is, sign_in, send):
    it_is(2021, 6, 9)
    chair, manager = sign_in("cem.chair"), sign_in("business.manager")
    for ref, name in {"001": "resolution", "005": "cem", "006": "qiip"}.items():
        send(sign_in(f"{name}.chair"), f"/plans/2021-22/actions/{ref}/nil-return/")
    for ref in ("002", "003", "004"):
        send(sign_in("management.chair"), f"/plans/2021-22/actions/{ref}/nil-return/")
    assert "Every open action has been reported on." in said(manager.get("/missing/"))
    added()
    due = words_of(chair.get("/due/"))
    assert "1 action is new, or open again, since papers closed. A report now is not late." in due
    page = said(manager.get("/missing/"))
    assert "A report that was due by then is marked late." in page
    assert "Every report that was due has come. 1 action came into a plan, or opened again, after" in page
    assert "Every open action has been reported on" not in page
    it_is(2021, 6, 16)
    assert "Every report that was due has come" not in said(manager.get("/missing/")), "this one is due now"
    it_is(2021, 6, 9)
    rows = chair.get("/due/export.csv").content.decode()
    assert "New since papers closed" in rows
    send(chair, "/plans/2021-22/actions/005/nil-return/")
    told = said(chair.get("/plans/2021-22/actions/005/"))
    assert "1 new action since papers closed: see “Due from you”." in told and "no more action" not in told
