"""A draft is published by a meeting that adopted it, once the chair of its group confirms that."""

from csv import DictReader
from html import unescape
from io import StringIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from actions.models import BusinessPlan, Confirmation, FurtherAction, PlanDecision, StrategicDriver
from actions.models.plan_decision import group_that_adopts
from actions.views.meetings import changes_between
from gscp.record import Change, recording
from scrutiny.proof import decisions
from subgroups.models import Group, Meeting
from tests.answers import html_of, words_of
from tests.conftest import AGENDA
from tests.factories import ActionFactory, close_plan, draft_plan
from tests.published import PLAN, TABLE
from tests.test_every_page import check_words, wrong_markup
from tests.test_plan_drafts import NEW, dated
from tests.test_sentences import last

# Once: forms and pages of plans; numbers and entries have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
DRAFT = "/plans/2022-23/"
ADOPTED = {"reason": "Adopted as drafted"}


@pytest.fixture
def draft(on_record):
    with on_record("A draft"):
        plan = draft_plan("2022-23")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=plan, driver=driver, group=Group.objects.get(slug="qiip"), ref="1")
    return plan


@pytest.fixture
def june(it_is, attend):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    return Meeting.objects.get(group__slug="management-group", date="2021-06-15")


@pytest.fixture
def adopted(draft, june, manager, send):
    assert send(manager, f"{DRAFT}publish/", meeting=june.pk, **ADOPTED).status_code == 302
    return PlanDecision.objects.get()


EXECUTIVE = "/meetings/executive/2021-06-29/"


def test_the_page_of_a_meeting_of_the_top_group_leads_to_the_adoption_of_the_first_draft(
    draft, june, manager, sign_in, it_is, attend
):
    link = f'href="{DRAFT}publish/"'
    assert link not in html_of(manager.get(AGENDA)), "the Management Group has adopted no plan"
    it_is(2021, 6, 29)
    attend(EXECUTIVE, "council", "police", "health")
    assert link in html_of(manager.get(EXECUTIVE))
    assert link not in html_of(sign_in("executive").get(EXECUTIVE))
    assert "The Executive adopts plans, at a meeting. Then press" in words_of(manager.get(DRAFT))
    assert "The Executive adopts plans, at a meeting. Then" not in words_of(sign_in("executive").get(DRAFT))
    form = words_of(manager.get(f"{DRAFT}publish/"))
    assert "The Executive adopts plans. If another group adopted this one, choose its meeting." in form
    assert "It counts once the Executive adopts it." in words_of(manager.get("/missing/"))


def test_it_does_not_once_the_adoption_is_entered(draft, manager, send, it_is, attend):
    it_is(2021, 6, 29)
    attend(EXECUTIVE, "council", "police", "health")
    held = Meeting.objects.get(group__slug="executive", date="2021-06-29")
    assert send(manager, f"{DRAFT}publish/", meeting=held.pk, **ADOPTED).status_code == 302
    assert f'href="{DRAFT}publish/"' not in html_of(manager.get(EXECUTIVE))


@pytest.mark.parametrize("accepts_high", [False, True])
def test_the_group_that_adopted_the_last_plan_is_led_to_the_next_if_high_priority_is_its_own(
    accepts_high, adopted, sign_in, send, on_record, manager, it_is, attend
):
    with on_record("Our arrangements"):
        below = Group.objects.get(slug="management-group")
        below.accepts_high = accepts_high
        below.save()
    assert group_that_adopts() == Group.objects.top(), "that adoption is not confirmed yet"
    assert send(sign_in("management.chair"), f"{adopted.get_absolute_url()}confirm/").status_code == 302
    with on_record("The next draft"):
        plan = draft_plan("2023-24")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=plan, driver=driver, group=Group.objects.get(slug="qiip"), ref="1")
    link = 'href="/plans/2023-24/publish/"'
    assert (link in html_of(manager.get(AGENDA))) == accepts_high
    it_is(2021, 6, 29)
    attend(EXECUTIVE, "council", "police", "health")
    assert (link in html_of(manager.get(EXECUTIVE))) != accepts_high
    adopts = "Management Group" if accepts_high else "Executive"
    assert f"The {adopts} adopts plans, at a meeting." in words_of(manager.get("/plans/2023-24/"))


def status() -> str:
    return BusinessPlan.objects.get(label="2022-23").status


def test_a_draft_that_waits_for_its_chair_is_given_no_dates(adopted, manager, draft):
    sent = {"original_date": "2022-09-01", "review_date": "2022-09-01", "reason": "From the away day"}
    sent |= {
        "token": str(uuid4()),
        "seen": Change.objects.filter(action=draft.actions.get().pk).last_number(),
    }
    answer = manager.post(f"{DRAFT}actions/1/dates/", dated(sent))
    assert "is a draft: its actions get their dates with their words" in words_of(answer)
    action = draft.actions.get()
    assert action.original_date is None and action.review_date is None


def test_a_draft_is_published_once_the_chair_confirms(adopted, manager, sign_in, send):
    assert status() == "draft"
    assert last() == (
        "The Management Group adopted the plan 2022-23 at its meeting of 15 June, because “Adopted as "
        "drafted”. It counts once the chair of the Management Group confirms it."
    )
    page = adopted.get_absolute_url()
    chair = sign_in("management.chair")
    assert f'href="{page}"' in chair.get("/exceptions/").content.decode(), "it is on the chair's first page"
    assert f'href="{page}"' in manager.get("/missing/").content.decode()
    assert f'href="{page}"' in chair.get(AGENDA).content.decode()
    assert f'href="{page}confirm/"' in chair.get(page).content.decode()
    assert f'href="{page}confirm/"' not in manager.get(page).content.decode()
    assert "Confirm this decision" in words_of(chair.get(f"{page}confirm/"))
    assert send(chair, f"{page}confirm/").status_code == 302
    assert status() == "live" and adopted.__class__.objects.get().is_confirmed
    assert "confirmed a decision, which is in force now: adoption of the plan" in last()
    assert "is published" in words_of(manager.get(f"{DRAFT}edit/", follow=True))
    assert f'href="{page}"' not in chair.get("/exceptions/").content.decode()
    assert "In force" in words_of(manager.get(f"{page}confirm/".replace("confirm/", "")))


def test_no_command_adds_to_a_plan_that_a_meeting_adopted_here(adopted, sign_in, send, draft):
    send(sign_in("management.chair"), f"{adopted.get_absolute_url()}confirm/")
    before = Change.objects.last_number()
    with pytest.raises(CommandError, match="A meeting adopted the Business Plan 2022-23"):
        call_command("load_plan", TABLE, **PLAN | {"label": "2022-23"})
    assert Change.objects.last_number() == before and draft.actions.count() == 1


def test_the_next_agenda_says_what_was_decided_last_time_about_plans(adopted, june, sign_in):
    page = words_of(sign_in("management.chair").get("/meetings/management-group/2021-09-14/"))
    last_time = page.split("Decided last time, 15 June 2021")[1].split("Changed since")[0]
    assert "Adoption of the plan" in last_time and ADOPTED["reason"] in last_time
    assert "Nothing was decided last time." not in last_time


def test_the_record_holds_who_confirmed_it_to_the_record_of_then(adopted, sign_in, send, on_record, user):
    send(sign_in("management.chair"), f"{adopted.get_absolute_url()}confirm/")
    assert list(decisions.findings()) == []
    with on_record("Behind the forms"):
        other = PlanDecision(plan=adopted.plan, kind="amendment", meeting=adopted.meeting, reason="So it is")
        other.entered_by, other.state = user("business.manager"), "in_force"
        other.save()
    [finding] = decisions.findings()
    assert "it is in force, and no chair has confirmed it" in str(finding)
    with recording(user("qiip.chair"), ""):
        Confirmation.of(other, user("qiip.chair")).save()
    [finding] = decisions.findings()
    assert "by the record of then, who confirmed it might not" in str(finding)


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_looking_back_it_is_a_draft_until_it_was_published(adopted, sign_in, send, it_is):
    send(sign_in("management.chair"), f"{adopted.get_absolute_url()}confirm/")
    it_is(2021, 6, 17)
    reader, then = sign_in("scrutineer"), "/scrutiny/as-at/2021-06-14"
    assert "This plan is not published." in words_of(reader.get(f"{then}{DRAFT}"))
    assert "in a draft: not published" in words_of(reader.get(f"{then}{DRAFT}actions/1/"))
    assert reader.get(f"{then}{adopted.get_absolute_url()}").status_code == 404
    since = "/scrutiny/as-at/2021-06-16"
    assert "This plan is not published." not in words_of(reader.get(f"{since}{DRAFT}"))
    assert "As published" in words_of(reader.get(f"{since}{DRAFT}actions/1/"))
    assert "In force" in words_of(reader.get(f"{since}{adopted.get_absolute_url()}"))


@pytest.mark.run_in("sqlite")
def test_the_pages_of_plans_are_in_plain_words_and_right_markup(
    adopted, manager, sign_in, tmp_path, on_record
):
    with on_record():
        plan = draft_plan("next")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=plan, driver=driver, group=Group.objects.get(slug="qiip"), ref="1")
    url = adopted.get_absolute_url()
    at_006 = "/plans/2021-22/actions/006/"
    pages = [
        "/plans/", "/plans/new/", DRAFT, url, f"{url}take-back/", "/plans/next/", "/plans/next/edit/",
        "/plans/next/reorder/", "/plans/next/publish/", "/plans/next/actions/new/", "/plans/next/actions/1/",
        "/plans/next/actions/1/edit/", "/plans/next/actions/1/milestones/new/", "/plans/next/themes/new/",
        "/plans/next/actions/1/further-actions/new/", "/plans/next/drivers/new/",
        f"{at_006}edit/", f"{at_006}milestones/new/", f"{at_006}review/", "/plans/2021-22/",
        "/plans/2021-22/bulk/?on=005", "/plans/2021-22/bulk/?on=005&change=priority&priority=low",
    ]  # fmt: skip
    shown = {f"manager {page}": manager.get(page).content.decode() for page in pages}
    sent = {
        f"errors {page}": manager.post(page, {}).content.decode() for page in pages if "/bulk" not in page
    }
    confirm = sign_in("management.chair").get(f"{url}confirm/").content.decode()
    read = shown | {page: html for page, html in sent.items() if "<main" in html} | {"confirm": confirm}
    check_words(read)
    assert wrong_markup(read, tmp_path) == []


def test_who_entered_it_and_other_chairs_confirm_nothing(adopted, manager, sign_in, user):
    url = f"{adopted.get_absolute_url()}confirm/"
    for name in ("business.manager", "executive", "qiip.chair", "scrutineer"):
        assert sign_in(name).post(url, {}).status_code == 403
    assert status() == "draft"


def test_a_chair_who_entered_it_does_not_confirm_it(adopted, sign_in, on_record, user):
    with on_record():
        other = PlanDecision(plan=adopted.plan, kind="amendment", meeting=adopted.meeting, reason="x y")
        other.entered_by = user("management.chair")
        other.save()
    url = f"{other.get_absolute_url()}confirm/"
    assert sign_in("management.chair").get(url).status_code == 403


def test_while_it_waits_the_draft_is_locked(adopted, manager, send, draft):
    before = Change.objects.count()
    for page in ("edit/", "reorder/", "actions/new/", "actions/1/edit/", "actions/1/milestones/new/"):
        said = words_of(manager.get(f"{DRAFT}{page}", follow=True))
        assert "The Management Group adopted these words. Not in force until the chair" in said
        manager.post(f"{DRAFT}{page}", {"title": "Other", "reason": "Other"})
    assert Change.objects.count() == before
    page = words_of(manager.get(DRAFT))
    assert "The draft is locked until then." in page and "Add an action" not in page
    assert "Not in force until" in words_of(manager.get(f"{DRAFT}publish/", follow=True))


def test_the_reason_for_a_new_plan_is_kept_for_the_sitting(manager, send):
    new = {name: value for name, value in NEW.items() if name != "reason"}
    assert send(manager, "/plans/new/", **dated(new), reason="The away day").status_code == 302
    assert "The away day" in manager.get(f"{DRAFT}drivers/new/").content.decode()


def test_a_closed_plan_is_not_opened_again(on_record, action):
    with on_record():
        plan = action("005").plan
        close_plan(plan)
    with pytest.raises(ValidationError, match="is closed: it is kept as it is"), on_record():
        plan.status = "live"
        plan.save()


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_nobody_is_held_to_a_draft(draft, on_record, it_is, sign_in):
    it_is(2021, 7, 1)
    with on_record():
        planned = draft.actions.get()
        planned.original_date, planned.precision = "2021-05-01", "day"
        planned.save()
    reader = sign_in("scrutineer")
    page = words_of(reader.get(DRAFT))
    assert "days late" not in page and "No report" not in page
    assert "days late" not in words_of(reader.get(f"{DRAFT}actions/1/"))
    [row] = DictReader(StringIO(reader.get(f"{DRAFT}export.csv").content.decode("utf-8-sig")))
    assert row["Days Late"] == ""


def test_what_was_drafted_is_no_news_for_a_meeting_once_it_is_published(adopted, draft, sign_in, send, it_is):
    chair = sign_in("management.chair")
    assert send(chair, f"{adopted.get_absolute_url()}confirm/").status_code == 302
    assert status() == "live"
    for meeting in Meeting.objects.of(Group.objects.get(slug="management-group")):
        if meeting.date >= adopted.meeting.date:
            assert "2022-23 Action 1" not in words_of(chair.get(meeting.get_absolute_url())), meeting
            changed = changes_between(meeting.group, None, meeting)
            assert draft.actions.get() not in [row[0] for row in changed]


def test_what_was_entered_by_mistake_is_taken_back(adopted, manager, send, sign_in):
    url = adopted.get_absolute_url()
    send(manager, f"{url}take-back/", reason="It was another meeting")
    assert "took back what was entered: that the Management Group adopted the plan 2022-23" in last()
    assert "Taken back" in words_of(sign_in("management.chair").get(f"{url}confirm/", follow=True))
    assert sign_in("management.chair").post(f"{url}confirm/", {}).status_code == 302
    assert status() == "draft" and not Confirmation.objects.exists()
    assert manager.get(f"{DRAFT}edit/").status_code == 200


def test_a_meeting_without_a_quorum_or_not_held_publishes_nothing(draft, it_is, attend, manager, send, user):
    it_is(2021, 6, 15)
    page = words_of(manager.get(f"{DRAFT}publish/"))
    assert "No meeting that could decide it is on record yet." in page
    attend(AGENDA, "council", "police")
    june = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    assert "from its list" in unescape(
        send(manager, f"{DRAFT}publish/", meeting=june.pk, **ADOPTED).content.decode()
    )
    assert not PlanDecision.objects.exists()


@pytest.mark.parametrize(
    ("group", "day", "message"),
    [
        ("management-group", "2021-09-14", "was not held"),
        ("management-group", "2021-06-15", "Not enough partners"),
    ],
)
def test_what_no_form_offers_is_refused_where_it_is_recorded(
    draft, group, day, message, on_record, user, it_is
):
    it_is(2021, 6, 16)
    meeting = Meeting.objects.get(group__slug=group, date=day)
    decision = PlanDecision(plan=draft, kind="publication", meeting=meeting, reason="So it is")
    with pytest.raises(ValidationError, match=message), on_record():
        decision.enter(user("business.manager"))


def test_of_very_many_that_wait_the_first_are_shown_with_a_way_to_the_others(adopted, on_record, sign_in):
    with on_record():
        for number in range(50):
            one = PlanDecision(plan=adopted.plan, kind="amendment", meeting=adopted.meeting)
            one.entered_by, one.reason = adopted.entered_by, f"Number {number}"
            one.save()
    page = words_of(sign_in("management.chair").get("/exceptions/"))
    assert "These are the first 50. Business plans" in page


def test_a_plan_without_an_action_is_not_published(on_record, june, manager, send):
    with on_record():
        draft_plan("empty")
    response = send(manager, "/plans/empty/publish/", meeting=june.pk, **ADOPTED)
    assert "Add one before it is published" in words_of(response) and not PlanDecision.objects.exists()


def test_a_meeting_that_turns_out_to_have_had_no_quorum(adopted, attend, june, sign_in, send, manager):
    """It cannot be corrected into one, while a decision counts on it, or is to be confirmed."""
    page = adopted.get_absolute_url()

    def refused():
        response = attend(AGENDA, "council", "police", reason="One was not there")
        assert Meeting.objects.with_attendance().get(pk=june.pk).is_quorate
        return words_of(response)

    assert "waits for its chair. If the meeting was not quorate, take that back first" in refused()
    send(sign_in("management.chair"), f"{page}confirm/")
    assert "took effect because it was quorate" in refused()


def test_attendance_is_corrected_once_what_waited_is_taken_back(adopted, attend, june, manager, send):
    send(manager, f"{adopted.get_absolute_url()}take-back/", reason="One partner was not there")
    assert attend(AGENDA, "council", "police", reason="One was not there").status_code == 302
    assert not Meeting.objects.with_attendance().get(pk=june.pk).is_quorate


def test_a_draft_that_changed_meanwhile_comes_back_first(draft, june, manager, on_record):
    form = manager.get(f"{DRAFT}publish/")
    sent = {"token": form.context["form"]["token"].value(), "seen": form.context["form"]["seen"].value()}
    with on_record("Meanwhile"):
        subject = draft.actions.get()
        subject.text = "Something else"
        subject.save()
    response = manager.post(f"{DRAFT}publish/", sent | ADOPTED | {"meeting": june.pk})
    assert "Somebody changed this while you were writing" in words_of(response)
    assert not PlanDecision.objects.exists()


def test_what_it_leaves_open_is_told_before_it_is_adopted(draft, june, manager, sign_in, send, on_record):
    """Actions with no date, and further actions of the plan before that it could have taken up."""
    dated_later = "Give each a date while it is a draft: once it is live, each is off plan without one."
    further = FurtherAction.objects.get(action__ref="005")
    started = further.text.split(".")[0][:60]
    page = manager.get(f"{DRAFT}publish/")
    assert dated_later in words_of(page) and f'href="{DRAFT}actions/1/">1</a>. Give each' in html_of(page)
    assert "The draft can take them up as new actions until a meeting adopts it." in words_of(page)
    assert started in words_of(page) and 'href="/plans/2021-22/end/further-actions/"' in html_of(page)
    with on_record("Settled"):
        for one in FurtherAction.objects.exclude(pk=further.pk):
            one.settle("dropped", "Not wanted")
    assert send(manager, f"{DRAFT}publish/", meeting=june.pk, **ADOPTED).status_code == 302
    decision = PlanDecision.objects.get()
    for address in ("", "confirm/"):
        page = sign_in("management.chair").get(f"{decision.get_absolute_url()}{address}")
        told = words_of(page)  # the draft is locked: nobody can give a date
        assert "Once the plan is live, each is off plan without one." in told and started in told, address
        assert "further-actions/" not in html_of(page)
    with on_record("Settled too"):
        further.settle("dropped", "Not wanted")
        action = draft.actions.get()
        action.review_date = "2022-06-01"
        action.save()
    page = words_of(sign_in("management.chair").get(f"{decision.get_absolute_url()}confirm/"))
    assert "off plan without one" not in page and "take them up" not in page
