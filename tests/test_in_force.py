"""What a correction, a link, a slip or a day ahead could do to who is in force; and nothing of it may."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from actions.sentences import acts_in_words
from gscp.record import Change, Redaction
from subgroups.models import Group, PostHolding, User
from tests import test_acceptance
from tests.answers import said, words_of
from tests.partnership import QIIP_CHAIR, day_of, set_password
from tests.test_acceptance import SECOND, accept, refused
from tests.test_handovers import link_in

# Once: who is in force is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
make_post, hand_over, to_redact = (
    test_acceptance.make_post,
    test_acceptance.hand_over,
    test_acceptance.to_redact,
)


@pytest.fixture
def asked_out(to_redact, send, sign_in):
    """asked_out(): the Business Manager asks for a text to be taken out; returns the redaction."""

    def asked():
        url = f"/scrutiny/changes/{to_redact.change_id}/take-out/done/"
        assert send(sign_in("business.manager"), url, reason="It names a child").status_code == 302
        return Redaction.objects.latest("pk")

    return asked


def ends(held, on_record, *day):
    with on_record():
        held.ended_on = date(*day) if day else None
        held.save()


def may_consent(user, redaction) -> bool:
    return User.objects.get(pk=user.pk).has_perm("consent_to_redaction", redaction)


# Who consents to a redaction


def test_who_had_left_when_it_was_asked_does_not_consent(asked_out, post, user, on_record, it_is):
    """However they come back: here the day on which they left is moved to a day to come."""
    held, chair = post("Executive Chair").holdings.get(), user("executive")
    it_is(2021, 5, 1)
    ends(held, on_record, 2021, 4, 30)
    redaction = asked_out()
    ends(held, on_record, 2021, 6, 1)
    assert chair.posts == [held.post] and not may_consent(chair, redaction)
    assert may_consent(user("executive.vice"), redaction)


def test_who_left_after_it_was_asked_and_came_back_does_not_consent(asked_out, post, user, on_record, it_is):
    held, chair, redaction = post("Executive Chair").holdings.get(), user("executive"), asked_out()
    ends(held, on_record, 2021, 5, 1)
    assert may_consent(chair, redaction), "until that day"
    it_is(2021, 5, 2)
    ends(held, on_record, 2021, 6, 1)
    assert chair.posts == [held.post] and not may_consent(chair, redaction)


def test_who_was_to_leave_and_stays_consents(asked_out, post, user, on_record, it_is):
    held, chair = post("Executive Chair").holdings.get(), user("executive")
    ends(held, on_record, 2021, 5, 1)
    redaction = asked_out()
    it_is(2021, 4, 30)
    ends(held, on_record)
    it_is(2021, 5, 2)
    assert may_consent(chair, redaction)


# A link to choose the first password


def test_who_was_appointed_has_a_new_link_by_the_server_s_administrator_alone(
    manager, hand_over, post, sign_in
):
    """Who makes a link can use it: they would decide from the post."""
    printed = StringIO()
    call_command("appoint", SECOND, "Management Group Chair", stdout=printed)
    chair = post("Management Group Chair")
    other = hand_over(post(QIIP_CHAIR), SECOND)  # from another post it is the same account
    for held in (chair.holdings.get(ended_on=None), other):
        page = said(manager.get(held.post.get_absolute_url()))
        assert "Make a new link" not in page and "with the command appoint" in page
        answer = manager.post(f"/holdings/{held.pk}/link/", follow=True)
        assert "Whoever runs the server makes the link" in words_of(answer)
        assert "Link</dt>" not in said(answer)
    link = printed.getvalue().split("http://127.0.0.1:8000")[1].strip()
    assert set_password(Client(), link).url == "/sign-in/", "theirs still works"


def test_who_waits_to_be_accepted_has_a_new_link_by_the_business_manager(manager, hand_over, make_post):
    held = hand_over(make_post("executive"), SECOND, name="Somebody new")
    assert "Make a new link" in said(manager.get(held.post.get_absolute_url()))
    assert set_password(Client(), link_in(manager.post(f"/holdings/{held.pk}/link/"))).url == "/sign-in/"


def test_whose_password_somebody_else_may_have_chosen_is_said_to_whoever_appoints():
    """The account was there: the Business Manager may have used its link."""
    printed = StringIO()
    call_command("appoint", "executive@gscp.example", "Management Group Chair", stdout=printed)
    assert "If they did not choose their password: manage.py changepassword executive@" in printed.getvalue()


# Who left, and a day that is put right


def handed_over_and_accepted(hand_over, post, sign_in):
    newcomer = hand_over(post("Executive Chair"), SECOND, 2, 4, 2021, name="Somebody new")
    assert accept(sign_in("executive.vice"), newcomer).status_code == 302
    return newcomer


def test_no_correction_of_a_day_brings_back_who_left(hand_over, post, sign_in, user, it_is):
    it_is(2021, 4, 2)
    newcomer, chair = handed_over_and_accepted(hand_over, post, sign_in), post("Executive Chair")
    it_is(2021, 4, 10)
    told = refused(hand_over, chair, SECOND, 20, 4, 2021)
    assert "Executive Chair left it on 2 April 2021: choose today or an earlier day." in told
    assert user("executive").posts == [] and newcomer.user.posts == [chair]
    hand_over(chair, SECOND, 9, 4, 2021)
    assert PostHolding.objects.get(pk=newcomer.pk).started_on == date(2021, 4, 9), "put right up to today"


def test_a_vacant_post_is_not_given_back_by_another_day(hand_over, post, user, it_is):
    it_is(2021, 4, 2)
    chair = post("Executive Chair")
    hand_over(chair, "", 2, 4, 2021)
    it_is(2021, 4, 10)
    hand_over(chair, "", 1, 1, 2030)
    assert "left it on 2 April 2021" in words_of(hand_over.answers[-1])
    assert user("executive").posts == []


def test_who_left_a_group_that_only_reports_comes_back_without_their_acceptance(
    hand_over, post, on_record, group, user, it_is
):
    """It may come to decide; until then nobody needs any."""
    it_is(2021, 4, 10)
    chair = post(QIIP_CHAIR)
    hand_over(chair, "", 2, 4, 2021)
    hand_over(chair, "", 1, 5, 2021)
    [act] = acts_in_words(list(Change.objects.filter(act=Change.objects.last().act)))
    assert "accepted" not in act.sentence
    assert user("qiip.chair").posts == [chair]
    with on_record():
        qiip = group("qiip")
        qiip.takes_decisions, qiip.established_on = True, date(2021, 4, 1)
        qiip.save()
    assert user("qiip.chair").posts == []


# Acceptance goes with the handover for which it was given


def test_a_handover_that_was_cancelled_is_accepted_anew(hand_over, post, sign_in, user):
    vice, holder = post("Executive Vice-Chair"), user("executive.vice")
    first = hand_over(vice, SECOND, 1, 6, 2021, name="Somebody new")
    accept(sign_in("executive"), first)
    for to in (holder.email, "", SECOND):
        hand_over(vice, to, 1, 6, 2021)
    assert vice.holdings.current_on(date(2021, 6, 1)).get().user == first.user
    assert not vice.holdings.current_on(date(2021, 6, 1)).get().is_in_force


def test_of_several_holdings_the_one_that_was_accepted_goes_on(hand_over, post, user):
    """Another of theirs was cancelled on the same day."""
    vice, holder = post("Executive Vice-Chair"), user("executive.vice")
    first = vice.holdings.get()
    for to, day in (("", 20), (holder.email, 25), ("", 25), ("", 25), (holder.email, 25)):
        hand_over(vice, to, day, 6, 2021)
    [kept] = vice.holdings.not_cancelled()
    assert (kept.pk, kept.ended_on, kept.is_in_force) == (first.pk, None, True)


def test_whoever_does_not_leave_after_all_keeps_their_acceptance(hand_over, post, user):
    vice, holder = post("Executive Vice-Chair"), user("executive.vice")
    first = vice.holdings.get()
    hand_over(vice, "", 25, 6, 2021)
    hand_over(vice, "", 20, 6, 2021)
    assert not hand_over(vice, holder.email, 25, 6, 2021).is_in_force, "there is a gap"
    hand_over(vice, holder.email, 20, 6, 2021)
    [kept] = vice.holdings.not_cancelled()
    assert (kept.pk, kept.ended_on, kept.is_in_force) == (first.pk, None, True)


# Appointed today, whatever was recorded ahead


@pytest.mark.parametrize("to", [SECOND, "third.account@council.example"])
@pytest.mark.parametrize("name", ["Business Manager", "Executive Vice-Chair"])
def test_nothing_that_is_to_come_stops_an_appointment(name, to, hand_over, post):
    hand_over(post(name), SECOND, 1, 1, 2031, name="Somebody new")
    call_command("appoint", to, name, stdout=StringIO())
    [*_, held] = post(name).holdings.not_cancelled()
    assert (held.user.email, held.started_on, held.ended_on) == (to, date(2021, 4, 1), None)
    assert User.objects.get(email=to).posts == [held.post]


def test_who_is_to_leave_is_appointed_to_stay(hand_over, post, user):
    hand_over(post("Business Manager"), SECOND, 1, 1, 2031, name="Somebody new")
    call_command("appoint", "business.manager@gscp.example", "Business Manager", stdout=StringIO())
    assert post("Business Manager").holdings.get(ended_on=None).user == user("business.manager")


def test_an_appointment_is_not_stopped_by_another_post_to_come(hand_over, post):
    """The Business Manager holds no other post: what was to come there is called off."""
    hand_over(post(QIIP_CHAIR), SECOND, 1, 1, 2031, name="Somebody new")
    call_command("appoint", SECOND, "Business Manager", stdout=StringIO())
    assert User.objects.get(email=SECOND).posts == [post("Business Manager")]


def test_who_was_never_accepted_and_leaves_today_is_appointed(hand_over, make_post, it_is):
    """Their holding goes on, and now it is accepted."""
    held = hand_over(make_post("executive"), SECOND, name="Somebody new")
    hand_over(held.post, "", 3, 4, 2021)
    hand_over(held.post, "third.account@council.example", 3, 4, 2021, name="Third")
    it_is(2021, 4, 3)
    call_command("appoint", SECOND, held.post.name, stdout=StringIO())
    assert User.objects.get(email=SECOND).posts == [held.post]


# The group at the top


def test_no_form_puts_a_group_above_the_top(manager, send):
    typed = {"name": "Board", "takes_decisions": "on", "reason": "New"} | day_of("established_on", 1, 4, 2021)
    for above, message in (
        ({"reports_to": ""}, "Choose “Reports to”."),
        ({}, "Another group is on record by now."),  # as the form of the first group is sent
    ):
        assert message in words_of(send(manager, "/groups/new/", **typed, **above))
    assert Group.objects.top().slug == "executive" and not Group.objects.filter(slug="board").exists()
    assert "Only whoever runs the server puts a group above the top one." in said(manager.get("/groups/new/"))


def test_a_file_that_puts_a_group_above_the_top_says_so(tmp_path):
    data = json.loads(Path("fixtures/partnership.json").read_text())
    board = {"name": "Board", "slug": "board", "in_place": True, "takes_decisions": True}
    file, printed = tmp_path / "partnership.json", StringIO()
    for groups in (data["groups"], [*data["groups"], board]):
        file.write_text(json.dumps(data | {"groups": groups}))
        assert "top group" not in printed.getvalue()
        call_command("load_partnership", str(file), stdout=printed)
    assert "The top group is now the Board: appoint who chairs it." in printed.getvalue()
