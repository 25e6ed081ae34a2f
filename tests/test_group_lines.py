"""Groups between, beside and above others: what each sees, and what becomes of what was asked."""

import re
from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions import findings
from actions.models import BusinessPlan, ExceptionReport, ProgressUpdate, StrategicDriver
from actions.views.meetings import changes_between, off_plan_unasked
from actions.views.shared import for_top_group
from gscp import facts
from gscp.record import recording
from subgroups.models import Group, Meeting, Partner, Partnership, Post, QuorumPart
from tests.answers import said
from tests.conftest import ASK
from tests.factories import ActionFactory, let_lead
from tests.groups import end, move
from tests.lives_side_by_side import settle
from tests.partnership import day_of, filled

# Once: levels and lines are walked in Python; tests/test_lives.py lives in other shapes on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
FIRST = date(2021, 4, 1)


def test_the_agenda_of_a_group_beside_others_has_its_own_line_only(on_record, area):
    assert {row.group.slug for row in off_plan_unasked(area)} == {"qiip"}
    held = Meeting(group=area, date=date(2021, 6, 15), papers_close="2021-06-15T09:00Z")
    with on_record():
        held.save()
    assert {row.group.slug for row, *_ in changes_between(area, None, held)} == {"qiip"}


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_a_count_leads_to_the_actions_that_it_counts(area, sign_in):
    counts = re.compile(r'href="([?][^"#]*)#off-plan"[^>]*><strong>([0-9]+)</strong>')
    chair = sign_in("management.chair")
    for group in (area, Group.objects.get(slug="management-group"), Group.objects.top()):
        page = chair.get(f"/exceptions/?group={group.slug}").content.decode()
        links = counts.findall(page)
        assert links, group
        for href, count in links:
            rows = chair.get(f"/exceptions/{unescape(href)}").content.decode()
            assert rows.count('data-label="Why"') == int(count), (group, href)
            listed = chair.get(f"/exceptions/found/{unescape(href)}").content.decode()
            assert f"{count} action{'' if count == '1' else 's'} off plan" in listed, (group, href)


def test_everything_comes_to_the_board_of_a_partnership_of_two_levels(it_is, on_record):
    settle("exampleshire")
    it_is(2022, 3, 9)
    plan, driver = BusinessPlan.objects.get(), StrategicDriver.objects.get()
    with on_record():
        for one in Group.objects.all():
            ActionFactory.build(plan=plan, driver=driver, group=one).save()
    found = findings.of_live_plans().off_plan()
    assert found and for_top_group(found, Group.objects.top()) == found


def test_nobody_agrees_to_what_a_meeting_without_a_quorum_decided(own, ask, user, meeting, attend):
    held = meeting("executive")
    report = move(ask(own, "executive"), "grant", user("business.manager"), held)
    corrected = attend(held.get_absolute_url(), "council", reason="Two were not there after all")
    assert corrected.status_code == 302 and not Meeting.objects.get(pk=held.pk).is_quorate
    with pytest.raises(ValidationError, match="not open"):
        move(report, "agree", user("executive.vice"))


def test_nobody_agrees_once_there_is_a_group_above(own, ask, user, meeting, on_record):
    report = move(ask(own, "executive"), "grant", user("business.manager"), meeting("executive"))
    with on_record():
        Group(name="Partners", slug="partners", takes_decisions=True, established_on=FIRST).save()
    with pytest.raises(ValidationError, match="not open"):
        move(report, "agree", user("executive.vice"))
    report = ExceptionReport.objects.for_pages().get(pk=report.pk)
    assert {one.name for one in report.next_moves()} == {"escalate", "take-back"}


def test_one_group_is_above_all_others_however_it_is_saved(on_record):
    with on_record():
        Group(name="Partners", slug="partners", takes_decisions=True, established_on=FIRST).save()
    assert [one.slug for one in Group.objects.filter(reports_to=None)] == ["partners"]
    assert Group.objects.get(slug="executive").reports_to.slug == "partners"


def test_no_other_partnership_is_loaded_beside_one():
    with pytest.raises(CommandError, match="Another partnership is on record here"):
        call_command("load_partnership", "fixtures/exampleshire/partnership.json")
    assert Group.objects.filter(reports_to=None).count() == 1


def test_two_partners_that_merged_count_once(on_record, group):
    schools = [Partner(name=f"{name} School", kind="education", started_on=FIRST) for name in "ABC"]
    trust, june = Partner(name="Trust", kind="education"), date(2021, 6, 15)
    with on_record():
        for school in schools:
            school.save()
        QuorumPart.set_rule(group("management-group"), [(2, schools)], date(2021, 4, 2))
        schools[0].be_succeeded_by(trust, date(2021, 5, 1))
        schools[1].be_succeeded_by(Partner.objects.get(name="Trust"), date(2021, 5, 1))
    [part] = group("management-group").quorum_on(june)
    assert part.in_words(june) == "Trust and C School"
    assert str(part.shortfall([trust], june)) == "C School was not present"
    assert part.shortfall([trust, schools[2]], june) is None


def test_of_a_group_that_has_ended_nobody_says_that_it_is_not_in_place_yet(
    group,
    user,
    sign_in,
    it_is,
):
    it_is(2021, 7, 1)
    end(group("cem"), user("business.manager"), date(2021, 7, 1))
    for page in ("/due/", "/plans/2021-22/actions/005/"):
        text = said(sign_in("cem.chair").get(page))
        assert "not in place yet" not in text and "had its last day on 30 June 2021" in text


def test_who_leads_from_a_post_outside_any_group_reads_all_the_same(action, on_record, manager, user):
    with on_record():
        post = Post(name="Adviser", role="member", group=Group.objects.get(slug="qiip"))
        post.save()
        let_lead(action("006"), post)
        post.role, post.group = "business_manager", None
        post.save()
        Post.objects.get(name="Business Manager").hand_over(FIRST, None)
        post.hand_over(FIRST, user("business.manager"))
    assert manager.get("/plans/2021-22/actions/006/").status_code == 200


def test_what_waits_to_be_confirmed_when_its_group_ends_is_shown_to_who_may(
    action,
    ask,
    user,
    meeting,
    group,
    sign_in,
    it_is,
):
    report = move(
        ask(action("006"), "qiip.chair"),
        "grant",
        user("business.manager"),
        meeting("management-group", day=date(2021, 6, 15)),
    )
    it_is(2021, 7, 1)
    end(group("management-group"), user("business.manager"), date(2021, 7, 1))
    link = f"/decisions/{report.steps.last().pk}/confirm/"
    assert "for the chair of the Executive to confirm" in said(sign_in("executive").get("/decisions/"))
    assert sign_in("executive").get(link).status_code == 200
    assert "to confirm" not in said(sign_in("management.chair").get("/exceptions/"))


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (day_of("established_on", 1, 7, 2021), "It met before, on 15 June 2021."),
        (day_of("ended_on", 1, 6, 2021), "It met on 15 June 2021: give a later day."),
    ],
)
def test_a_group_was_in_place_when_it_met(day, message, manager, send, meeting, it_is):
    meeting("management-group", day=date(2021, 6, 15))
    it_is(2021, 7, 2)
    url = "/groups/management-group/edit/"
    typed = filled(manager.get(url)) | {"takes_decisions": "on", "reason": "A slip"} | day
    assert message in said(send(manager, url, **typed))


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_a_meeting_moved_after_papers_closed_leaves_the_pack_as_it_was(manager, send, it_is):
    it_is(2021, 6, 9)
    page, data = (lambda day, name: manager.get(f"/meetings/management-group/{day}/pack/{name}")), "data/"
    before = b"".join(page("2021-06-15", data)), said(page("2021-06-15", ""))
    url = "/meetings/management-group/2021-06-15/edit/"
    typed = (
        filled(manager.get(url))
        | day_of("date", 16, 6, 2021)
        | {"closing_time": "17:00", "reason": "The room"}
    )
    assert send(manager, url, **typed).status_code == 302
    after = b"".join(page("2021-06-16", data)), said(page("2021-06-16", ""))
    assert after[0] == before[0]
    digests = [text.split('<code class="gscp-hash">')[-1].split("<")[0] for _, text in (before, after)]
    assert digests[0] == digests[1]


def test_what_is_typed_does_not_break_the_page_of_a_pack(played, on_record, sign_in):
    with on_record():
        contacts = Partnership.objects.get()
        contacts.data_contact = "[the record as it stood]"
        contacts.save()
    assert sign_in("executive").get("/meetings/management-group/2021-06-15/pack/").status_code == 200


def test_an_action_s_number_names_no_other_action(action, on_record, manager):
    like = action("005")
    columns = {"plan": like.plan, "driver": like.driver, "group": like.group}
    with on_record("One with the number 5, printed so"):
        ActionFactory.build(ref="5", **columns).save()
    found = said(manager.get("/scrutiny/changes/?action=5"))
    assert "One with the number 5, printed so" in found and "1 change" in found
    assert "As published" in said(manager.get("/scrutiny/changes/?action=6")), "006, without its zeros"


def test_who_agrees_later_enters_nothing_late(own, ask, user, meeting, manager, it_is):
    report = ask(own, "executive")
    held = meeting("executive")
    report = move(report, "grant", user("business.manager"), held)
    it_is(2021, 7, 2)
    report = move(report, "agree", user("executive.vice"))
    assert report.state == "granted"
    assert "entered late" not in said(manager.get(held.get_absolute_url()))
    compared = said(manager.get("/scrutiny/compare/?since=2021-06-28&until=2021-07-02"))
    assert "Granted" in compared and "about 29 June 2021" not in compared


def test_a_page_takes_as_many_queries_for_any_number_of_levels_and_rows(on_record, it_is, user, sign_in):
    settle("northmarch")
    it_is(2021, 9, 1)
    plan, group = BusinessPlan.objects.get(), Group.objects.get(slug="harm-task")
    manager, chair = map(user, ("business.manager", "audit.chair"))
    clients = [sign_in("business.manager"), sign_in("audit.chair")]
    with on_record():
        driver = StrategicDriver(plan=plan, kind="other", text="For the task groups")
        driver.save()

    def queries() -> list[int]:
        taken = []
        for page in ("missing", "due", "exceptions", "exceptions/found", "exceptions/reports", "decisions"):
            for client in clients:
                facts.kept.clear()
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(f"/{page}/").status_code == 200
                taken.append(len(captured))
        return taken

    def add(count: int) -> None:
        for _ in range(count):
            with on_record():
                action = ActionFactory(plan=plan, driver=driver, group=group)
                let_lead(action, Post.objects.get(name="Audit Task Group Chair"))
            with recording(chair, "Asked"):
                ExceptionReport(action=action, kind="exception", **ASK).ask(chair)
            with recording(manager, "Told by telephone"):
                action.record_update(
                    ProgressUpdate(entered_by=manager, on_behalf=True, done="Met", rating="red")
                )

    add(2)
    before = queries()
    add(4)
    assert queries() == before
