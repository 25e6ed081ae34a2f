"""What is found not to be embedded once its plan is closed goes on as an action of a live plan."""

from datetime import date

import pytest

from actions import findings
from actions.lineage import lineage_of
from actions.models import Action, BusinessPlan, ExceptionReport, ExceptionStep
from actions.models.line import line_of
from gscp.record import Change
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from subgroups.models import Group, Meeting
from tests import test_impact_checks
from tests.answers import words_of
from tests.factories import another_plan, close_plan, settle_further_actions
from tests.test_impact_checks import ALL, AT, why
from tests.test_update import GOOD

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite", "postgresql")]
propose, complete, make = test_impact_checks.propose, test_impact_checks.complete, test_impact_checks.make
MAY = "/meetings/executive/2022-05-10/"


@pytest.fixture
def next_plan(on_record):
    """next_plan("2022-23", 2022) is live, with an action of its own."""

    def begun(label, year):
        with on_record("The next plan"):
            return another_plan(label, "Its own", date(year, 4, 1), date(year + 1, 3, 31)).plan

    return begun


@pytest.fixture
def closed(complete, on_record, it_is, attend, make, manager, user):
    """The plan of 2021-22 is closed. In May a check finds 006 not embedded, and the Executive meets."""
    it_is(2022, 4, 4)
    with on_record("The year is over"):
        plan = BusinessPlan.objects.get(label="2021-22")
        settle_further_actions(plan)
        close_plan(plan)
        top = Group.objects.top()
        Meeting(group=top, date=date(2022, 5, 10), papers_close="2022-05-03T09:00Z").save()
    it_is(2022, 5, 2)
    assert make(complete, "check-impact", finding="not").status_code == 302
    it_is(2022, 5, 10)
    attend(MAY, *ALL)
    return ExceptionReport.objects.get(kind="reopening")


def wrong() -> list[str]:
    return sorted([*map(str, plans.findings()), *plan_checker.check(export.lines())])


def old() -> Action:
    return Action.objects.get(plan__label="2021-22", ref="006")


def test_it_is_granted_once_a_plan_is_live_and_goes_on_there_with_its_lineage(
    closed, decide, next_plan, sign_in, user
):
    assert (closed.state, closed.with_group.slug) == ("waiting", "executive")
    told = words_of(sign_in("executive").get(closed.get_absolute_url()))
    assert "Its plan is closed, and no plan is live: this can be granted once one is." in told
    head = Change.objects.last_number()
    refused = words_of(decide("grant", closed, "executive", MAY))
    assert "no plan is live in which Action 006 could go on" in refused
    assert (
        Change.objects.last_number() == head and not ExceptionStep.objects.exclude(carried_to=None).exists()
    )
    next_plan("2022-23", 2022)
    newest = next_plan("2023-24", 2023)
    before = wrong()
    told = words_of(sign_in("executive").get(closed.get_absolute_url()))
    assert f"if this is granted, it goes on as a new action of {newest}" in told
    assert decide("grant", closed, "executive", MAY).status_code == 302
    assert wrong() == before, "verification and the checker outside know where it came from"
    new = ExceptionStep.objects.get(move="grant", report=closed).carried_to
    assert new and (new.plan, new.ref, new.status) == (newest, "006", "in_progress")
    earlier = old()
    assert earlier.status == "complete" and "no_evidence" not in why(earlier)
    same = ("title", "text", "priority", "group_id", "original_date", "agreed_date", "rating")
    assert [getattr(new, name) for name in same] == [getattr(earlier, name) for name in same]
    assert {post.pk for post in new.lead_posts} == {post.pk for post in earlier.lead_posts}
    assert list(line_of(new.pk)) == [new.pk, earlier.pk]
    assert "reopened" in why(new) and why(new)["reopened"].startswith("On 10 May 2022")
    for action in (new, earlier):
        assert [stage.action.pk for stage in lineage_of(action)] == [earlier.pk, new.pk]
    page = words_of(sign_in("scrutineer").get(new.get_absolute_url()))
    assert "Goes on with 006 of 2021-22" in page and "which stays complete there" in page
    page = words_of(sign_in("scrutineer").get(AT))
    assert "Goes on as 006 of 2023-24" in page and "It stays complete in this plan, which is closed" in page
    history = words_of(sign_in("scrutineer").get(closed.get_absolute_url()))
    assert "agreed to reopen 006 of 2021-22, and it goes on as 006 of 2023-24" in history


def test_a_correction_withdraws_it_unless_it_was_reported_on(closed, decide, next_plan, sign_in, send, it_is):
    next_plan("2022-23", 2022)
    before = wrong()
    assert decide("grant", closed, "executive", MAY).status_code == 302
    [row] = [row for row in findings.of_live_plans() if row.has("reopened")]
    assert decide("correct", closed, "executive", MAY).status_code == 302
    first = Action.objects.get(pk=row.action)
    assert (first.status, old().status) == ("withdrawn", "complete")
    assert list(line_of(first.pk)) == [first.pk] and wrong() == before
    page = words_of(sign_in("scrutineer").get(first.get_absolute_url()))
    assert "The decision was corrected since" in page
    assert "It stays complete in this plan" not in words_of(sign_in("scrutineer").get(AT))
    assert decide("grant", closed, "executive", MAY).status_code == 302
    second = ExceptionStep.objects.in_force().get(report=closed).carried_to
    assert second and second.pk != first.pk and second.status == "in_progress"
    assert send(sign_in("qiip.chair"), f"{second.get_absolute_url()}update/", **GOOD).status_code == 302
    refused = words_of(decide("correct", closed, "executive", MAY))
    assert f"{second} of 2022-23 goes on with it, and has been reported on since" in refused
    assert Action.objects.get(pk=second.pk).status == "in_progress" and wrong() == before


def test_a_refusal_leaves_it_complete(closed, decide, next_plan, sign_in):
    next_plan("2022-23", 2022)
    assert decide("refuse", closed, "executive", MAY).status_code == 302
    assert not ExceptionStep.objects.exclude(carried_to=None).exists() and old().status == "complete"


@pytest.mark.run_in("sqlite")  # who may ask is Python
def test_nobody_else_asks_to_reopen_what_is_in_a_closed_plan(closed, decide, user, sign_in):
    assert "reopening/" not in sign_in("qiip.chair").get(AT).content.decode()
    report = ExceptionReport(action=old(), kind="reopening")
    assert report.why_not_askable == old().plan.why_nothing_is_asked
