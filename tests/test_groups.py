"""Levels are data: who decides what follows from whom groups report to, and from which of them decide."""

from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from actions.forms.groups import pass_on_reports
from actions.models import ExceptionReport
from gscp.record import recording
from subgroups.checks import what_top_group_lacks
from subgroups.models import Group, Meeting, Partner, Post, QuorumPart
from tests.answers import said
from tests.factories import TO_CHECK
from tests.groups import end, move
from tests.partnership import day_of, filled

# Once: levels and lines are walked in Python; tests/test_lives.py lives in other shapes on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_a_line_leads_from_a_group_to_the_one_above_all(group):
    assert [one.slug for one in group("mash").line] == ["mash", "management-group", "executive"]
    assert group("mash").acting_group().slug == "management-group"
    assert [one.slug for one in group("cem").deciding_above()] == ["management-group", "executive"]
    assert group("cem").reported_to() == group("management-group").reported_to() == group("management-group")


@pytest.mark.run_in("sqlite", "postgresql")  # the query
def test_all_lines_are_read_by_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        groups = Group.objects.with_lines()
        assert [one.slug for one in groups[:2]] == ["executive", "management-group"]
        assert {len(one.line) for one in groups} == {1, 2, 3}


def test_a_report_goes_past_a_group_that_answers_for_the_action(responsible, ask):
    led = responsible("006", "qiip", lead="Management Group Chair")
    assert ask(led, "qiip.chair").with_group.slug == "executive"


def test_a_member_s_post_that_leads_makes_no_group_answer_for_it(responsible, ask, on_record, group):
    with on_record():
        Post(name="Adviser", role="member", group=group("management-group")).save()
    led = responsible("006", "qiip", lead="Adviser")
    assert ask(led, "qiip.chair").with_group.slug == "management-group"


def test_a_group_that_decides_between_two_others_gets_what_is_asked_below_it(on_record, group, action, ask):
    board = Group(name="Area Board", slug="area", reports_to=group("management-group"), takes_decisions=True)
    board.established_on = date(2021, 4, 1)
    other = Group(
        name="Other Board", slug="other", reports_to=group("management-group"), takes_decisions=True
    )
    other.established_on = date(2021, 4, 1)
    with on_record():
        board.save()
        other.save()
        qiip = group("qiip")
        qiip.reports_to = board
        qiip.save()
    report = ask(action("006"), "qiip.chair")
    assert report.with_group == board
    assert report.next_group.slug == "management-group"


# The top group's own action


def test_the_top_group_decides_about_its_own_and_another_post_agrees(own, ask, user, meeting, sign_in):
    report = ask(own, "executive", kind="completion", evidence="https://gscp.example/", impact="Seen sooner")
    assert report.with_group.slug == "executive"
    held = meeting("executive")
    for barred in ("executive", "management.chair", "qiip.chair", "scrutineer"):
        assert not user(barred).has_perm("decide", report), barred
    page = said(sign_in("business.manager").get(f"{held.get_absolute_url()}decide/{report.pk}/"))
    assert "counts once the holder of another of its posts agrees" in page and "on behalf of" not in page
    decided = move(report, "grant", user("business.manager"), held)
    assert (decided.state, decided.about.status) == ("waiting", "proposed_complete")
    assert decided.waits_for_agreement and not decided.waits_for_quorum
    for barred in ("executive", "business.manager", "management.chair", "scrutineer"):
        assert not user(barred).has_perm("agree", decided), barred
    agreed = move(decided, "agree", user("executive.vice"))
    assert (agreed.state, agreed.about.status) == ("granted", "complete")
    step = agreed.steps.last()
    assert (step.result, step.meeting) == ("Agreed to by another post: granted", held)
    assert step.points_to.needs_agreement and not step.points_to.on_behalf


def test_nobody_enters_what_no_other_post_could_agree_to(own, ask, user, meeting, on_record, group):
    """The chair leads it and asked: with two posts, the vice-chair alone is free."""
    report, held = ask(own, "executive"), meeting("executive")
    with pytest.raises(ValidationError, match="Let the Business Manager enter it"):
        move(report, "grant", user("executive.vice"), held)
    with on_record():
        post = Post(name="Third member", role="member", group=group("executive"))
        post.save()
        post.hand_over(date(2021, 4, 1), user("resolution.chair"), accepted=True)
    decided = move(report, "grant", user("executive.vice"), held)
    assert not user("executive.vice").has_perm("agree", decided), "entered it"
    assert not user("executive").has_perm("agree", decided), "leads it, and asked"
    assert user("resolution.chair").has_perm("agree", decided)


def test_no_own_action_is_decided_without_a_quorum(own, ask, user, meeting):
    report = ask(own, "executive")
    held = meeting("executive", kinds=("council", "police"))
    with pytest.raises(ValidationError, match="not quorate: the group decides about its own action"):
        move(report, "grant", user("business.manager"), held)


def test_a_correction_of_its_own_is_agreed_to_as_well_and_undoes(own, ask, user, meeting, on_record):
    report = ask(own, "executive", kind="completion", evidence="https://gscp.example/", impact="Seen sooner")
    held = meeting("executive")
    report = move(report, "grant", user("business.manager"), held)
    report = move(report, "agree", user("executive.vice"))
    report = move(report, "correct", user("business.manager"), held)
    assert (report.state, report.about.status) == ("granted", "complete")
    report = move(report, "agree", user("executive.vice"))
    assert (report.state, report.about.status) == ("waiting", "proposed_complete")


def test_the_agreement_is_entered_on_the_report_s_page(own, ask, user, meeting, sign_in, send):
    report = ask(own, "executive")
    move(report, "grant", user("business.manager"), meeting("executive"))
    vice, address = sign_in("executive.vice"), f"/exceptions/{report.pk}/"
    assert "The holder of another post of the Executive has to agree it" in said(vice.get(address))
    assert f"{address}agree/" in vice.get(address).content.decode()
    assert f"{address}agree/" not in sign_in("executive").get(address).content.decode()
    assert send(vice, f"{address}agree/", reason="I was there").status_code == 302
    assert ExceptionReport.objects.get().state == "granted"


def test_a_top_group_with_one_post_is_told_of(on_record, manager, post):
    assert what_top_group_lacks() == []
    vice = post("Executive Vice-Chair")
    vice.group = Group.objects.get(slug="cem")
    with on_record():
        vice.save()
    assert "The Executive has one post. It needs two" in what_top_group_lacks()[0]
    assert what_top_group_lacks()[0] in said(manager.get("/missing/"))
    out = StringIO()
    call_command("check", databases=["default"], stderr=out, stdout=out, no_color=True)
    assert "gscp.W001" in out.getvalue()


# Groups that end, come and move


def test_a_group_that_ends_passes_on_what_is_before_it(action, ask, manager, send, it_is, user):
    report, returned = ask(action("006"), "qiip.chair"), ask(action("005"), "cem.chair")
    it_is(2021, 7, 1)
    url = "/groups/management-group/edit/"
    typed = filled(manager.get(url)) | {"takes_decisions": "on"} | day_of("ended_on", 1, 7, 2021)
    assert send(manager, url, **typed | {"reason": "Merged into the Executive"}).status_code == 302
    for one in (report, returned):
        one.refresh_from_db()
        assert (one.state, one.with_group.slug) == ("waiting", "executive")
        assert one.steps.last().result == "Passed on to the Executive"
    passed = "The Business Manager passed the exception on 006 on to the Executive."
    assert passed in said(manager.get(report.get_absolute_url()))


def test_a_group_does_not_end_before_its_day(manager, send):
    url = "/groups/cem/edit/"
    typed = filled(manager.get(url)) | day_of("ended_on", 1, 7, 2031) | {"reason": "Planned"}
    assert "Record the end on its day or later" in said(send(manager, url, **typed))


def test_a_group_that_moves_leaves_what_was_asked_where_it_is(on_record, group, action, ask, user, meeting):
    report = ask(action("006"), "qiip.chair")
    with on_record():
        qiip = group("qiip")
        qiip.reports_to = group("executive")
        qiip.save()
    held = meeting("management-group", day=date(2021, 6, 15))
    assert move(report, "grant", user("management.chair"), held).state == "granted"
    assert ask(action("006"), "qiip.chair", kind="withdrawal").with_group.slug == "executive"


def test_a_group_put_above_the_top_one_is_the_top_one(on_record, action, ask, group):
    since = date(2021, 4, 1)
    with on_record():
        Group(name="Lead Partners", slug="lsp", takes_decisions=True, established_on=since).save()
    assert Group.objects.filter(reports_to=None).count() == 1
    assert Group.objects.top().name == "Lead Partners"
    assert group("executive").reports_to == Group.objects.top()
    report = ask(action("002"), "management.chair")
    assert report.with_group.slug == "executive" and report.next_group == Group.objects.top()


@pytest.mark.parametrize("takes_decisions", [False, True])
def test_no_group_is_above_all_others_that_cannot_decide(takes_decisions, on_record):
    above = Group(name="Above", slug="above", takes_decisions=takes_decisions)
    with (
        pytest.raises(ValidationError, match="The group above all others takes decisions and is in place."),
        on_record(),
    ):
        above.save()
    assert Group.objects.top().slug == "executive"


def test_impact_is_checked_above_the_group_that_did_it(responsible, ask, user, meeting):
    """The Management Group's own is checked by the Executive alone."""
    own = responsible("006", "management-group")
    report = ask(
        own,
        "management.chair",
        kind="completion",
        evidence="https://gscp.example/",
        **TO_CHECK,
    )
    report = move(report, "grant", user("executive"), meeting("executive"))
    chairs = ("executive", "management.chair", "qiip.chair")
    assert [who for who in chairs if user(who).has_perm("check_impact", report)] == ["executive"]


# What waits is never before a group that cannot decide


def test_who_asks_and_chairs_the_only_free_group_puts_it_before_the_top_one(
    responsible, ask, on_record, group, user
):
    """The group between answers for it, and would have to escalate it in any case."""
    with on_record():
        second = Post(name="Adviser of the Executive", role="vice_chair", group=group("executive"))
        second.save()
        second.hand_over(date(2021, 4, 1), user("qiip.chair"), accepted=True)
    led = responsible("006", "qiip", lead="Management Group Chair")
    assert ask(led, "qiip.chair").with_group.slug == "executive"


def test_what_was_to_be_escalated_to_a_group_that_has_ended_goes_to_the_next(
    area, action, ask, user, meeting, group
):
    manager, report = user("business.manager"), ask(action("006"), "qiip.chair")
    with recording(manager, "A rule"):
        QuorumPart.set_rule(area, [(1, Partner.objects.filter(kind="police"))], date(2021, 6, 16))
    report = move(report, "escalate", manager, meeting("area", date(2021, 6, 20), kinds=("council",)))
    assert (report.with_group.slug, report.steps.last().to_group.slug) == ("area", "management-group")
    held = meeting("area", date(2021, 6, 29))
    end(group("management-group"), manager, date(2021, 6, 29))
    report = move(report, "ratify", manager, held)
    assert report.with_group.slug == "executive"


def test_a_group_that_has_ended_decides_nothing_any_more(area, action, ask, user, meeting):
    manager, report = user("business.manager"), ask(action("006"), "qiip.chair")
    held = meeting("area")
    report = move(report, "grant", manager, held)
    end(area, manager, date(2021, 6, 29))
    with pytest.raises(ValidationError, match="takes no decisions any more"):
        move(report, "correct", manager, Meeting.objects.get(pk=held.pk))


def test_a_decision_that_waits_for_a_quorum_when_its_group_ends_goes_to_the_next(
    area, action, ask, user, meeting, on_record
):
    """Granted, and a correction of it was provisional: nobody could ratify it, and nobody report it done."""
    manager, report = user("business.manager"), ask(action("006"), "qiip.chair")
    report = move(report, "grant", manager, meeting("area", date(2021, 6, 15)))
    with on_record():
        QuorumPart.set_rule(area, [(1, Partner.objects.filter(kind="police"))], date(2021, 6, 16))
    report = move(report, "correct", manager, meeting("area", date(2021, 6, 20), kinds=("council",)))
    assert report.waits_for_quorum
    end(area, manager, date(2021, 6, 20))
    report.refresh_from_db()
    assert (report.state, report.with_group.slug) == ("granted", "management-group")
    assert move(report, "done", user("qiip.chair")).state == "done"


def test_a_group_that_comes_to_answer_for_an_action_passes_on_what_it_has_to_decide(
    action, ask, user, manager, send, group
):
    """QiiP ends: the Management Group answers for its actions from then on."""
    report, other = ask(action("006"), "qiip.chair"), ask(action("005"), "cem.chair")
    typed = filled(manager.get("/groups/qiip/edit/")) | {"reason": "Its work is done"}
    response = send(
        manager,
        "/groups/qiip/edit/",
        **typed | day_of("ended_on", 1, 4, 2021) | day_of("established_on", 1, 3, 2021),
    )
    assert response.status_code == 302
    report, other = (ExceptionReport.objects.for_pages().get(pk=one.pk) for one in (report, other))
    assert (report.state, report.with_group.slug) == ("waiting", "executive")
    passed_on = report.steps.last()
    assert (passed_on.move, passed_on.entered_by) == ("pass-on", user("business.manager"))
    assert other.with_group.slug == "management-group" and other.steps.count() == 1


def test_a_group_corrects_nothing_that_it_has_come_to_answer_for(action, ask, user, meeting, group):
    boss, report = user("business.manager"), ask(action("006"), "qiip.chair")
    report = move(report, "grant", boss, meeting("management-group"))
    end(group("qiip"), boss, date(2021, 6, 29))
    with pytest.raises(ValidationError, match="not open"):
        move(report, "correct", boss, Meeting.objects.get(group__slug="management-group", date="2021-06-29"))


def test_a_new_group_above_all_gets_what_the_one_below_answers_for(own, ask, user):
    report, manager = ask(own, "executive"), user("business.manager")
    with recording(manager, "New"):
        Group(name="Partners", slug="top", takes_decisions=True, established_on=date(2021, 4, 1)).save()
        pass_on_reports(manager, "New")
    report.refresh_from_db()
    assert (report.state, report.with_group.name) == ("waiting", "Partners")


@pytest.mark.parametrize("slug", ["cem", "resolution"])
def test_only_a_group_that_decides_accepts_completion(slug, manager, send):
    typed = filled(manager.get(f"/groups/{slug}/edit/")) | {"accepts_high": "on", "reason": "A rule of ours"}
    assert "Only a group that takes decisions" in said(send(manager, f"/groups/{slug}/edit/", **typed))


def test_a_partnership_is_told_that_nobody_is_named_for_high_priority(group, on_record, manager):
    told = "No group that decides accepts completion of High priority"
    assert told not in said(manager.get("/missing/"))
    executive = group("executive")
    with on_record():
        executive.accepts_high = False
        executive.save()
    assert told in said(manager.get("/missing/"))
