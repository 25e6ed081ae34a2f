"""A year ends: what becomes of each open action, the closing of the plan, and an action across years."""

import hashlib
import re
from datetime import date
from types import SimpleNamespace

import pytest

from actions import findings
from actions.lineage import lineage_of
from actions.models import (
    Action,
    ActionEnding,
    BusinessPlan,
    ExceptionReport,
    Milestone,
    PlanDecision,
    StrategicDriver,
    Theme,
)
from actions.models.who import owners_of
from gscp.record import Change
from subgroups.models import Meeting
from tests.answers import html_of, said, words_of
from tests.conftest import form_of
from tests.factories import ActionFactory, draft_plan, settle_further_actions
from tests.test_dashboards import counts
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last

# Once: forms and pages of plans; numbers and entries have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
PLAN = "/plans/2021-22/"
END = f"{PLAN}end/"
NEXT = "/plans/2022-23/"
REFS = ["001", "002", "003", "004", "005", "006"]


@pytest.fixture
def draft(on_record):
    with on_record("The next year"):
        return draft_plan("2022-23")


@pytest.fixture
def live(draft, on_record):
    with on_record("Adopted"):
        draft.status = "live"
        draft.save()
    return draft


@pytest.fixture
def end(june, manager, action):  # noqa: F811  the fixture
    """end(["005"], "withdrawn") enters that the meeting of June decided this, having seen the preview."""

    def ended(refs, fate, url=END, **typed):
        keys = [action(ref).pk for ref in refs]
        what = {"actions": keys, "fate": fate, "meeting": june.pk, "reason": "As the meeting said"} | typed
        preview = manager.post(url, form_of(manager.get(url)) | what)
        if "This is not recorded yet" not in said(preview):
            return preview
        return manager.post(url, form_of(preview) | what)

    return ended


@pytest.fixture
def confirm(sign_in, send):
    """confirm() says that what was entered last is so, as a chair of the Management Group or of another."""

    def confirmed(decision=None, by="management.chair"):
        decision = decision or PlanDecision.objects.latest("pk")
        return send(sign_in(by), f"{decision.get_absolute_url()}confirm/")

    return confirmed


@pytest.fixture
def at_executive(it_is, attend):
    it_is(2021, 6, 29)
    attend("/meetings/executive/2021-06-29/", "council", "police", "health")
    return Meeting.objects.get(group__slug="executive", date="2021-06-29")


@pytest.fixture
def none_high(on_record):
    """On each action the Management Group has the last word."""
    with on_record():
        for one in Action.objects.filter(priority="high"):
            one.priority = "medium"
            one.save()


@pytest.fixture
def carried(live, end, confirm, action):
    """005 goes on in the live plan of 2022-23."""
    assert end(["005"], "carried_forward", plan=live.pk).status_code == 302
    assert confirm().status_code == 302
    return Action.objects.get(plan=live)


def of_next(ref: str) -> Action:
    return Action.objects.get(plan__label="2022-23", ref=ref)


# One page through the open actions


def test_the_page_walks_through_the_open_actions(manager, draft, report, asked, june):  # noqa: F811
    report("005", rating="amber")
    asked("006", by="qiip.chair")
    page = words_of(manager.get(END))
    assert f"Open actions ({len(REFS)})" in page and all(f"{ref} " in page for ref in REFS)
    assert "Amber" in page and "Exception report : with the Management Group" in page
    assert "It can be closed once this is settled: These actions are open: 001, 002, 003" in page
    assert f'href="{END}"' in html_of(manager.get(PLAN)), "the register leads to it"


@pytest.mark.usefixtures("none_high")
def test_several_go_on_at_once_after_a_preview_with_a_count(end, draft, manager, action, june):  # noqa: F811
    before = Change.objects.count()
    typed = {"actions": [action(ref).pk for ref in ("005", "006")], "fate": "carried_forward"}
    typed |= {"plan": draft.pk, "meeting": june.pk, "reason": "More to do"}
    preview = manager.post(END, form_of(manager.get(END)) | typed)
    page = words_of(preview)
    assert "Check it: 2 actions" in page and "Carried forward to the Business Plan 2022-23" in page
    assert html_of(preview).count("Enter it for 2 actions") == 2, "beside the preview, and below the form"
    assert re.search(r'<form method="post" id="end"', html_of(preview))
    assert re.search(r'<button type="submit" form="end"[^>]*>Enter it for 2 actions', html_of(preview))
    assert "Enter it for 2 actions" in page and Change.objects.count() == before
    other = manager.post(END, form_of(preview) | typed | {"fate": "withdrawn"})
    assert "Check it: 2 actions" in words_of(other) and Change.objects.count() == before, "it is asked again"
    response = manager.post(END, form_of(preview) | typed, follow=True)
    assert (
        "Recorded for 2 actions. Not in force until the chair of the Management Group confirms it."
        in words_of(response)
    )
    assert last() == (
        "The Management Group decided that 005 of 2021-22 and 006 of 2021-22 are carried forward at its "
        "meeting of 15 June, because “More to do”. It counts once the chair of the Management Group "
        "confirms it."
    )
    assert ActionEnding.objects.count() == 2 and action("005").is_open


def test_what_the_page_works_out_is_no_number_of_a_child(end, draft, monkeypatch):
    """The digest of what was shown has sixty-four characters: some of them may be like an NHS number."""
    monkeypatch.setattr(hashlib, "sha256", lambda words: SimpleNamespace(hexdigest=lambda: "a1114619434b"))
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302


@pytest.mark.run_in("sqlite", "postgresql")  # a whole year's end on each database
def test_a_year_ends_step_by_step(
    end, confirm, draft, manager, sign_in, send, action, on_record, it_is, at_executive
):
    """Two go on in a draft, the others are withdrawn; the draft is published; the plan is closed."""
    assert "Discard this draft" in words_of(manager.get(NEXT))
    end(["005", "006"], "carried_forward", plan=draft.pk)
    confirm()
    assert [one.ref for one in draft.actions.all()] == ["005", "006"]
    assert "Discard this draft" not in words_of(manager.get(NEXT)), "it is refused by now"
    later = "A new date agreed there comes with it once this plan is published."
    assert later in words_of(manager.get(f"{NEXT}actions/005/"))
    assert action("005").is_open, "a draft is on no dashboard: it stays in sight until the draft is published"
    assert "It stays open here until the Business Plan 2022-23 is published" in words_of(manager.get(END))
    assert "These actions are open" in words_of(manager.get(f"{PLAN}close/", follow=True))
    assert end(["001", "002", "003", "004"], "withdrawn", meeting=at_executive.pk).status_code == 302
    assert confirm(by="executive").status_code == 302
    assert {action(ref).status for ref in REFS[:4]} == {"withdrawn"}

    meeting = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    send(manager, f"{NEXT}publish/", meeting=meeting.pk, reason="Adopted")
    confirm()
    assert (action("005").status, of_next("005").is_open) == ("carried_forward", True)
    assert later not in words_of(manager.get(f"{NEXT}actions/005/"))
    assert {row.action for row in findings.of_live_plans() if row.has("open")} == {
        of_next(ref).pk for ref in ("005", "006")
    }

    with on_record():
        settle_further_actions(BusinessPlan.objects.get(label="2021-22"))
    assert "No action of it is open. A meeting decides to close it." in words_of(manager.get(END))
    assert send(manager, f"{PLAN}close/", meeting=meeting.pk, reason="The year is over").status_code == 302
    assert BusinessPlan.objects.get(label="2021-22").is_live
    assert "Not in force until the chair" in words_of(manager.get(f"{PLAN}close/", follow=True))
    confirm()
    assert BusinessPlan.objects.get(label="2021-22").is_closed
    page = words_of(sign_in("scrutineer").get(PLAN))
    assert "This plan is closed. It is kept as it was. The Management Group decided to close it" in page
    assert "005" in words_of(sign_in("scrutineer").get(f"{PLAN}?text=exploitation")), "it is searched"


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_each_step_is_seen_as_at_its_moment(end, confirm, live, it_is, sign_in, attend, action):
    it_is(2021, 6, 16)
    end(["005"], "carried_forward", plan=live.pk)
    it_is(2021, 6, 17)
    confirm()
    it_is(2021, 6, 18)
    reader = sign_in("scrutineer")

    def at(day, path):
        return words_of(reader.get(f"/scrutiny/as-at/2021-06-{day}{path}"))

    lineage = f"{PLAN}actions/005/lineage/"
    assert "Carried forward" not in at(15, f"{PLAN}actions/005/")
    assert "Not in force until the chair of the Management Group confirms it" in at(16, lineage)
    assert "In force" in at(17, lineage) and "005 of 2022-23" in at(17, lineage)
    assert reader.get(f"/scrutiny/as-at/2021-06-16{NEXT}actions/005/").status_code == 404
    assert reader.get(f"/scrutiny/as-at/2021-06-17{NEXT}actions/005/").status_code == 200


# What goes with it


def test_what_is_carried_keeps_its_words_dates_and_who_does_it(live, end, confirm, action, on_record):
    with on_record():
        old = action("005")
        old.original_date, old.agreed_date, old.precision = date(2021, 9, 30), date(2021, 12, 31), "month"
        old.status, old.rating = "in_progress", "red"
        old.theme = theme = Theme(plan=old.plan, text="Exploitation", position=1)
        theme.save()
        old.save()
        for text, done in (("Leads named", None), ("Begun", date(2021, 4, 1))):
            Milestone(action=old, text=text, done_on=done).save()
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    new = of_next("005")
    for name in ("title", "text", "priority", "who", "group", "original_date", "agreed_date", "precision"):
        assert getattr(new, name) == getattr(old, name), name
    assert (new.lead_posts, owners_of(new)) == (old.lead_posts, owners_of(old))
    assert (new.driver.text, new.driver.plan, new.theme.text) == (old.driver.text, live, "Exploitation")
    assert [milestone.text for milestone in new.milestones.all()] == ["Leads named"]
    assert (new.status, new.rating) == ("in_progress", "red"), "until somebody reports on it"


def test_how_often_it_was_re_dated_counts_on(live, end, confirm, action, on_record, user, sign_in):
    old = action("005")
    with on_record():
        old.original_date, old.agreed_date, old.earlier_new_dates = date(2021, 5, 1), date(2021, 6, 1), 1
        old.save()
        for state in ("granted", "refused"):
            ExceptionReport(
                action=old, kind="new_date", state=state, forecast="2021-06-01", with_group=old.group
            ).save()
    assert findings.why_off_plan(old) and old.new_dates == 2
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    new = of_next("005")
    assert new.earlier_new_dates == 2
    said_of_it = {rule.name: why for rule, why in findings.why_off_plan(new)}
    assert said_of_it["redated"] == (
        "2 times: the original date was 1 May 2021, the agreed date is 1 June 2021."
    )
    row = next(row for row in findings.of_live_plans() if row.action == new.pk)
    assert row.has("redated") and row.has("past_date"), "in the one pass, too"
    assert "Re-dated 2 times" in words_of(sign_in("cem.chair").get(new.get_absolute_url()))


def test_a_first_date_goes_on_and_is_not_to_be_corrected(carried, manager, on_record, send):
    with on_record():
        carried.original_date = date(2021, 9, 30)
        carried.save()
    page = f"{carried.get_absolute_url()}first-date/"
    assert "was carried forward with its first date: it stays" in words_of(manager.get(page, follow=True))


def test_in_a_draft_it_can_be_reworded_but_not_left_out_or_dated_anew(draft, end, confirm, manager, send):
    end(["005"], "carried_forward", plan=draft.pk)
    confirm()
    new = of_next("005")
    page = said(manager.get(f"{NEXT}actions/005/edit/"))
    assert 'name="text"' in page
    assert 'name="left_out"' not in page and 'name="original_date-day"' not in page
    typed = {"ref": "1", "text": "In other words", "driver": new.driver_id, "group": new.group_id}
    typed |= {"who": "As before", "reason": "Plainer", "title": new.title}
    assert send(manager, f"{NEXT}actions/005/edit/", **typed).status_code == 302
    assert of_next("1").text == "In other words"


def test_what_happens_until_the_draft_is_published_goes_with_it(
    draft,
    end,
    confirm,
    manager,
    send,
    on_record,
    action,
    report,
    june,  # noqa: F811
):
    with on_record():
        Milestone(action=action("005"), text="First").save()
    report("005", rating="red", reason="It stands still")
    end(["005"], "carried_forward", plan=draft.pk)
    confirm()
    assert of_next("005").rating == "", "in a draft"
    report("005", rating="amber", reason="It moves")
    with on_record():
        old = action("005")
        old.original_date = date(2021, 9, 30)
        old.save()
        for milestone in old.milestones.all():
            milestone.done_on = date(2021, 4, 1)
            milestone.save()
        Milestone(action=old, text="Second").save()
    send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted")
    confirm()
    new = of_next("005")
    assert (new.original_date, new.status, new.rating) == (date(2021, 9, 30), "in_progress", "amber")
    assert {(one.text, bool(one.done_on)) for one in new.milestones.all()} == {
        ("First", True),
        ("Second", False),
    }


def test_a_number_that_is_taken_gets_another(live, end, confirm, on_record, action):
    with on_record():
        driver = StrategicDriver(plan=live, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=live, driver=driver, group=action("005").group, ref="005")
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    assert sorted(one.ref for one in live.actions.all()) == ["005", "005-2"]


def test_a_split_makes_two_and_a_merger_none(live, end, confirm, action):
    end(["005"], "split", plan=live.pk, parts="Train the staff\n\nMap the services\n")
    confirm()
    assert [(one.ref, one.text) for one in live.actions.all()] == [
        ("005.1", "Train the staff"),
        ("005.2", "Map the services"),
    ]
    assert action("005").status == "split"
    end(["006"], "merged", into=of_next("005.1").pk)
    confirm()
    assert action("006").status == "merged" and live.actions.count() == 2
    stages = [stage.action.ref for stage in lineage_of(of_next("005.1"))]
    assert stages == ["005", "006", "005.1"], "of 005.2 it is not the history"


# What is undecided


def test_what_is_asked_lapses_with_the_act_that_confirms(asked, live, end, confirm, sign_in):
    report = asked()
    end(["005"], "carried_forward", plan=live.pk)
    report.refresh_from_db()
    assert report.state == "waiting"
    confirm()
    report.refresh_from_db()
    assert (report.state, report.steps.last().move) == ("lapsed", "lapse")
    page = words_of(sign_in("cem.chair").get(report.get_absolute_url()))
    assert "Carried forward by the Management Group: As the meeting said" in page
    assert "confirmed a decision, which is in force now: end of an action" in last()


def test_a_request_about_the_end_comes_first(live, end, sign_in, send, action):
    why = {"cause": "Not needed", "effect": "None"}
    assert send(sign_in("cem.chair"), f"{PLAN}actions/005/withdrawal/", **why).status_code == 302
    response = end(["005"], "carried_forward", plan=live.pk)
    assert "A proposal of withdrawal on Action 005 is undecided: it comes first" in words_of(response)
    assert not PlanDecision.objects.exists()


def test_once_its_end_is_decided_no_other_end_is_asked_for(live, end, sign_in):
    end(["005"], "carried_forward", plan=live.pk)
    chair = sign_in("cem.chair")
    asked_for = words_of(chair.get(f"{PLAN}actions/005/withdrawal/", follow=True))
    assert "A meeting has decided how Action 005 ends. That comes first." in asked_for
    assert chair.get(f"{PLAN}actions/005/exception/").status_code == 200


def test_of_all_plans_together_what_was_carried_forward_is_counted_where_it_goes_on(carried, sign_in):
    chair = sign_in("management.chair")

    def shown(query: str) -> tuple[int, int]:
        page = html_of(chair.get(f"/exceptions/{query}"))
        by_group = counts(page, "Actions by group").values()
        return sum(figures[0] for figures in by_group), counts(page, "Actions by status")["Carried forward"][
            0
        ]

    assert shown("") == (6, 0)
    assert shown("?plan=2021-22") == (6, 1) and shown("?plan=2022-23") == (1, 0)
