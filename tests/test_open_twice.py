"""A plan is adopted while actions that it copied are still open in the plan before."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from actions import findings
from actions.models import BusinessPlan, ExceptionReport, PlanDecision, ProgressUpdate, effects
from actions.models.going_on import open_before, told_to_go_on
from gscp.dates import day_in_words
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from subgroups.models import Group
from tests import test_year_end
from tests.answers import words_of
from tests.conftest import ASK, form_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_update import GOOD
from tests.test_year_end import END, NEXT, REFS, of_next
from tests.test_year_end_copied import make_copy

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite"), pytest.mark.usefixtures("adopted")]
end, confirm, none_high = test_year_end.end, test_year_end.confirm, test_year_end.none_high
COPY = f"{NEXT}actions/005/"
FIRST_DAY = date(2021, 9, 30)


@pytest.fixture
def adopted(manager, send, confirm, june, action, on_record):
    """The plan of 2022-23, with copies of what is open in 2021-22."""
    with on_record():
        old = action("005")
        old.original_date = FIRST_DAY
        old.save()
    make_copy(manager)
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
    confirm()
    return BusinessPlan.objects.get(label="2022-23")


@pytest.fixture
def carried(end, confirm, manager, adopted):
    """carried() has 005 carried forward, and returns what the preview and the page of the decision say."""

    def carry_forward():
        typed = {"fate": "carried_forward", "plan": adopted.pk}
        again = {"actions": [BusinessPlan.objects.get(label="2021-22").actions.get(ref="005").pk]}
        page = manager.get(END)
        meeting = page.context["form"].fields["meeting"].choices[1][0]
        typed_all = typed | again | {"meeting": meeting, "reason": "More to do"}
        preview = words_of(manager.post(END, form_of(page) | typed_all))
        assert end(["005"], "carried_forward", plan=adopted.pk).status_code == 302
        waiting = PlanDecision.objects.waiting().get()
        preview += words_of(manager.get(waiting.get_absolute_url()))
        confirm()
        return preview

    return carry_forward


def what_is_wrong() -> list[str]:
    return [*map(str, plans.findings()), *plan_checker.check(export.lines())]


def test_both_say_so_wherever_they_stand(manager, sign_in, carried):
    chair = sign_in("cem.chair")
    of_old, of_copy = "Also open as 005 of 2022-23", "Also open as 005 of 2021-22"
    for address in ("/due/", "/exceptions/found/"):
        page = words_of(chair.get(address))
        assert of_old in page and of_copy in page, address
    for address, told in ((f"{NEXT}", of_copy), ("/plans/2021-22/", of_old), (COPY, of_copy)):
        assert told in words_of(chair.get(address)), address
    form = words_of(chair.get(f"{COPY}update/"))
    assert "Also open as 005 of 2021-22 . Report on each, until a meeting carries the earlier" in form
    tasks = words_of(manager.get("/missing/"))
    assert f"Open in two plans: {', '.join(REFS)} of 2021-22 They count twice." in tasks
    carried()
    tasks = words_of(manager.get("/missing/"))
    assert f"Open in two plans: {', '.join(ref for ref in REFS if ref != '005')} of 2021-22" in tasks
    assert "Also open" not in words_of(chair.get(COPY))


def test_no_date_is_asked_for_where_one_comes_along(manager, carried):
    tasks = words_of(manager.get("/missing/"))
    assert "Its date comes when it is carried forward. Open the action" in tasks
    carried()
    assert of_next("005").original_date == FIRST_DAY
    assert "Its date comes when it is carried forward" not in words_of(manager.get("/missing/"))


@pytest.mark.run_in("sqlite", "postgresql")
def test_what_was_dated_and_reported_on_goes_on_and_is_not_there_twice(
    carried, manager, send, sign_in, adopted, on_record
):
    own = date(2022, 9, 30)
    with on_record("Dated"):
        copy = of_next("005")
        copy.original_date = own
        copy.save()
    assert send(sign_in("cem.chair"), f"{COPY}update/", **GOOD | {"rating": "green"}).status_code == 302
    assert "late for" not in words_of(manager.get(COPY)), "it was not open in a plan when papers closed"
    preview = carried()
    assert "late for" not in words_of(manager.get(COPY)) + words_of(manager.get("/due/"))
    told = "goes on as 005, due 30 September 2021. Its date there, 30 September 2022, gives way"
    assert f"where it {told}" in preview and f"005 of 2021-22 {told}." in preview
    assert [one.ref for one in adopted.actions.all()] == REFS
    went_on = of_next("005")
    assert went_on.came_from and went_on.original_date == FIRST_DAY
    assert (went_on.status, went_on.rating, went_on.updates.count()) == ("in_progress", "green", 1)
    assert what_is_wrong() == []


def test_what_ended_in_the_later_plan_is_told_of_what_is_open(manager, sign_in, on_record, action):
    with on_record("Complete"):
        copy = of_next("005")
        copy.status = "complete"
        copy.save()
    reader = sign_in("scrutineer")
    assert "Complete as 005 of 2022-23" in words_of(reader.get("/plans/2021-22/"))
    assert "Complete as 005 of 2022-23 A meeting has still to decide" in words_of(
        reader.get("/plans/2021-22/actions/005/")
    )
    assert "Still open as 005 of 2021-22" in words_of(reader.get(COPY))
    assert "Ended in the later plan, and still open: 005 of 2021-22" in words_of(manager.get("/missing/"))


@pytest.mark.run_in("sqlite", "postgresql")
@pytest.mark.parametrize("newest", ["of the copy", "of the earlier one"])
def test_the_newest_report_is_what_stands(newest, carried, send, sign_in):
    said = {"of the earlier one": "/plans/2021-22/actions/005/", "of the copy": COPY}
    for whose in sorted(said, key=lambda name: name == newest):
        is_newest = whose == newest
        typed = {
            "rating": "red" if is_newest else "green",
            "blocker": whose,
            "done": f"Said {whose}",
            "reason": whose,
        }
        assert send(sign_in("cem.chair"), f"{said[whose]}update/", **GOOD | typed).status_code == 302
    carried()
    went_on = of_next("005")
    assert (went_on.rating, went_on.updates.count()) == ("red", 1)
    [row] = [row for row in findings.of_live_plans() if row.action == went_on.pk]
    assert row.has("red")
    assert findings.shown([went_on.pk])[0].blocker == newest
    assert findings.last_reasons([went_on.pk]) == {went_on.pk: newest}
    form = sign_in("cem.chair").get(f"{COPY}update/")
    assert form.context["last"].done == f"Said {newest}"
    assert what_is_wrong() == []


@pytest.fixture
def grant(on_record, user):
    """grant(action, day) has a new date granted, as the Management Group would."""

    def granted(about, day):
        group = Group.objects.get(slug="management-group")
        with on_record("Granted"):
            about.original_date, about.agreed_date = about.original_date or date(2022, 9, 30), day
            about.save()
            report = ExceptionReport(
                action=about, with_group=group, kind="new_date", state="granted", forecast=day
            )
            report.save()
            place = {"to_state": "granted", "to_group": group}
            report.add_step("grant", user("management.chair"), group, **place)
        return report

    return granted


@pytest.mark.parametrize("granted_last", ["of the copy", "of the earlier one"])
def test_what_was_asked_of_it_stands_and_the_date_that_was_granted_last(
    granted_last, carried, send, sign_in, grant, action
):
    send(sign_in("cem.chair"), f"{COPY}exception/", **ASK)
    report = ExceptionReport.objects.get(action=of_next("005"))
    for address in (report.get_absolute_url(), "/meetings/management-group/2021-06-15/"):
        page = words_of(sign_in("management.chair").get(address))
        assert "Also open as 005 of 2021-22 . There it is not rated, due 30 September 2021" in page, address
    days = {"of the earlier one": date(2022, 6, 30), "of the copy": date(2022, 12, 1)}
    for whose in sorted(days, key=lambda name: name == granted_last):
        grant(of_next("005") if whose == "of the copy" else action("005"), days[whose])
    preview = carried()
    day = day_in_words(days[granted_last])
    assert preview.count(f"goes on as 005, due {day}") == 2
    went_on = of_next("005")
    dates = (went_on.original_date, went_on.agreed_date)
    assert went_on.came_from and dates == (FIRST_DAY, days[granted_last])
    assert went_on.times_redated == 2 and report in went_on.exception_reports.undecided()


def test_a_date_that_came_along_is_not_lost_by_a_correction_of_one_before(carried, grant, on_record, action):
    came, own = date(2022, 6, 30), date(2022, 12, 1)
    grant(action("005"), came)
    granted = grant(of_next("005"), own)
    carried()
    granted = ExceptionReport.objects.get(pk=granted.pk)
    with on_record(), pytest.raises(ValidationError, match="Ask for a new date"):
        effects.undo(granted, granted.steps.get())


@pytest.mark.run_in("sqlite", "postgresql")
@pytest.mark.parametrize("reported", ["before it went on", "since"])
def test_where_what_was_reported_on_the_copy_is_not_so_the_other_report_stands(
    reported, carried, manager, send, sign_in
):
    def said(client, address, rating):
        typed = GOOD | {"rating": rating, "done": f"Said {rating}"}
        assert send(client, f"{address}update/", **typed).status_code == 302

    chair, old = sign_in("cem.chair"), "/plans/2021-22/actions/005/"
    if reported == "since":
        said(chair, COPY, "green")
    said(chair, old, "red")
    if reported == "since":
        carried()
    said(manager, COPY, "amber")
    denied = ProgressUpdate.objects.latest("pk")
    if reported == "before it went on":
        carried()
    assert of_next("005").rating == "amber"
    answer = send(chair, f"/updates/{denied.pk}/not-so/", why="We never said so")
    assert answer.status_code == 302
    assert (of_next("005").rating, of_next("005").status) == ("red", "in_progress")
    assert findings.shown([of_next("005").pk])[0].blocker == GOOD["blocker"]
    assert what_is_wrong() == []


@pytest.mark.parametrize("own", ["green", ""])
def test_what_was_reported_before_it_went_on_and_is_not_so_stands_nowhere(
    own, carried, manager, send, sign_in
):
    chair, old = sign_in("cem.chair"), "/plans/2021-22/actions/005/"
    if own:
        assert send(chair, f"{COPY}update/", **GOOD | {"rating": own}).status_code == 302
    assert send(manager, f"{old}update/", **GOOD | {"rating": "red"}).status_code == 302
    carried()
    assert of_next("005").rating == "red"
    denied = ProgressUpdate.objects.latest("pk")
    assert send(chair, f"/updates/{denied.pk}/not-so/", why="We never said so").status_code == 302
    assert of_next("005").rating == own
    assert what_is_wrong() == []


@pytest.mark.usefixtures("none_high")
def test_what_takes_in_another_action_is_the_copy_still(carried, end, confirm, manager, adopted):
    assert end(["006"], "merged", into=of_next("005").pk).status_code == 302
    confirm()
    assert "Also open as 005 of 2021-22" in words_of(manager.get(COPY))
    carried()
    assert [one.ref for one in adopted.actions.all()] == REFS
    came = {one.ending.fate for one in of_next("005").came_from}
    assert came == {"carried_forward", "merged"} and of_next("005").original_date == FIRST_DAY
    assert [one for one in what_is_wrong() if "priority" not in one] == [], "that no meeting changed"


def test_what_else_a_copy_lacks_is_not_said_to_come_with_a_date(manager, on_record, action):
    with on_record("Dated"):
        for one in (action("003"), of_next("003")):
            one.original_date = FIRST_DAY
            one.save()
    tasks = words_of(manager.get("/missing/"))
    assert "Owner not in place" in tasks and "Owner not in place. Its date comes" not in tasks


def test_of_an_action_with_two_later_copies_its_number_is_told_once(manager, on_record):
    make_copy(manager, "2023-24")
    with on_record("Adopted"):
        third = BusinessPlan.objects.get(label="2023-24")
        third.status = "live"
        third.save()
    assert f"Open in two plans: {', '.join(REFS)} of 2021-22" in words_of(manager.get("/missing/"))


def test_how_many_go_on_adds_no_query(adopted, django_assert_num_queries):
    pairs = open_before(adopted)
    for some in (pairs[:1], pairs):
        with django_assert_num_queries(1):
            assert len(told_to_go_on(some)) == len(some)
