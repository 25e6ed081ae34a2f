"""Nobody comes into a post that decides by themselves: another holder accepts them, on the record."""

import re
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from actions.sentences import acts_in_words
from gscp.record import Change, ChangeText, Redaction, recording
from scrutiny.proof.walk import verify
from subgroups.models import Group, Post, PostHolding, User
from tests.answers import said, words_of
from tests.conftest import form_of
from tests.partnership import QIIP_CHAIR, day_of

# Once: who is in force is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
SECOND = "second.account@council.example"


@pytest.fixture
def make_post(manager, send):
    """make_post("executive", role="vice_chair"): the Business Manager adds a post there."""

    def made(slug, role="vice_chair", name="Another Vice-Chair"):
        group = Group.objects.get(slug=slug)
        send(manager, "/posts/new/", name=name, role=role, group=group.pk, reason="As agreed")
        return Post.objects.get(name=name)

    return made


class Handovers:
    """Made by the Business Manager, with what the server answered to each."""

    def __init__(self, manager, send):
        self.manager, self.send, self.answers = manager, send, []

    def __call__(self, post, email, *day, **typed):
        day = day_of("on", *(day or (1, 4, 2021)))
        url = f"/posts/{post.pk}/handover/"
        self.answers.append(self.send(self.manager, url, reason="Moved on", email=email, **day, **typed))
        return post.holdings.latest("pk")


@pytest.fixture
def hand_over(manager, send):
    return Handovers(manager, send)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="subgroups.accounts.PostBackend")
    return client


@pytest.fixture
def second_account(make_post, hand_over):
    """A post of the Executive that the Business Manager made and handed to a second account of their own."""
    return hand_over(make_post("executive"), SECOND, name="Somebody new")


def accept(client, holding, password="chosen by its owner"):
    if password:
        holding.user.set_password(password)
        holding.user.save(update_fields=["password"])
    url = f"/holdings/{holding.pk}/accept/"
    return client.post(url, form_of(client.get(url)))


def test_who_was_put_into_the_executive_reads_and_decides_nothing(second_account, asked, decide, user, send):
    client, report = client_of(second_account.user), asked()
    decide("escalate", report)
    assert client.get("/plans/2021-22/").status_code == 200
    assert "You decide as Another Vice-Chair once you are accepted by" in said(client.get("/plans/2021-22/"))
    agenda = "/meetings/executive/2021-06-29/"
    assert client.get(f"{agenda}decide/{report.pk}/").status_code == 403
    assert client.get("/plans/2021-22/actions/005/update/").status_code == 403
    assert second_account.user.posts == [] and second_account.user.chaired_groups == []
    assert accept(client, second_account, None).status_code == 403, "nor accepts themselves"
    assert accept(client_of(user("business.manager")), second_account).status_code == 403
    assert not PostHolding.objects.get(pk=second_account.pk).accepted


def test_another_holder_accepts_from_their_home_page_and_the_record_says_who(
    second_account, sign_in, manager
):
    chair = sign_in("executive")
    home = said(chair.get("/decisions/"))
    button = f'<a href="/holdings/{second_account.pk}/accept/" role="button"'
    assert "Accept who decides with you" in home and button in home
    assert "Somebody new has been Another Vice-Chair since 1 April 2021, and decides nothing" in home
    assert button in said(chair.get(second_account.post.get_absolute_url()))
    assert button not in said(manager.get(second_account.post.get_absolute_url()))
    assert "Accept who decides with you" not in said(sign_in("management.chair").get("/exceptions/"))
    waiting = "waiting to be accepted by the Executive Chair or the Executive Vice-Chair"
    for page in ("/posts/", "/groups/executive/", second_account.post.get_absolute_url()):
        assert waiting in re.sub(r"\s+", " ", said(manager.get(page)))
    assert "Waiting to be accepted" in said(manager.get("/missing/"))
    done = accept(chair, second_account)
    assert done.status_code == 302
    assert "Accepted. Somebody new decides as Another Vice-Chair from 1 April 2021." in said(
        chair.get(done.url)
    )
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert change.actor_in_words == "Executive Chair" and change.object_id == second_account.pk
    assert change.differences == [
        {"field": "accepted", "label": "Accepted by another holder", "old": "No", "new": "Yes"}
    ]
    client = client_of(second_account.user)
    assert client.get("/", follow=True).redirect_chain == [("/decisions/", 302)]
    for page in ("/posts/", "/decisions/", "/missing/"):
        assert "ccepted by" not in said(client.get(page)) and "Accept who" not in said(chair.get(page))
    assert accept(chair, second_account).status_code == 403


def test_nobody_is_accepted_before_they_chose_a_password(make_post, hand_over, sign_in):
    """The Business Manager made the account and was shown its link: until it is used, they could use it."""
    holding = hand_over(make_post("executive"), SECOND, name="Somebody new")
    page = said(accept(sign_in("executive"), holding, password=None))
    assert "Somebody new has not chosen a password yet." in page
    assert not PostHolding.objects.get(pk=holding.pk).accepted


def test_the_next_chair_of_a_subgroup_that_only_reports_needs_nobody(hand_over, post, sign_in, user):
    hand_over(post(QIIP_CHAIR), "cem.chair@gscp.example")
    assert QIIP_CHAIR in {held.name for held in user("cem.chair").posts}


def test_a_member_of_a_group_that_decides_is_accepted_too(make_post, hand_over, user):
    """A member agrees to what the Executive decides about its own action."""
    member = hand_over(make_post("executive", role="member"), SECOND, name="Somebody new")
    assert member.user.posts == [] and user("executive").has_perm("accept_holder", member)


def test_a_group_without_another_holder_is_accepted_for_by_the_group_above(
    hand_over, post, user, sign_in, it_is
):
    it_is(2021, 4, 2)
    holding = hand_over(post("Management Group Chair"), SECOND, 2, 4, 2021, name="Somebody new")
    assert [held.post.name for held in holding.acceptors] == ["Executive Chair", "Executive Vice-Chair"]
    assert "Accept who decides with you" in said(sign_in("executive").get("/decisions/"))
    assert accept(sign_in("executive.vice"), holding).status_code == 302


def test_who_leaves_accepts_who_follows_while_they_hold_it(hand_over, post, sign_in):
    holding = hand_over(post("Management Group Chair"), SECOND, 1, 10, 2021, name="Somebody new")
    assert [held.post.name for held in holding.acceptors] == ["Management Group Chair"]
    assert accept(sign_in("management.chair"), holding).status_code == 302


def test_nobody_is_left_in_the_top_group_and_the_server_s_administrator_appoints(hand_over, post, it_is):
    it_is(2021, 4, 2)
    chair = post("Executive Chair")
    hand_over(post("Executive Vice-Chair"), "", 2, 4, 2021)
    assert "Choose a later day: until then the present holder can." in refused(hand_over, chair, SECOND)
    hand_over(chair, "", 2, 4, 2021)
    holding = hand_over(chair, SECOND, 2, 4, 2021, name="Somebody new")
    assert holding.acceptors == [] and "with the command appoint" in holding.accepted_by_in_words
    call_command("appoint", SECOND, "Executive Chair", stdout=StringIO())
    assert [held.name for held in User.objects.get(email=SECOND).posts] == ["Executive Chair"]
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert (change.actor_in_words, change.reason) == ("Server administrator", "Appointed to Executive Chair")


def refused(hand_over, post, email, *day) -> str:
    """What a handover is told that is not recorded."""
    before = Change.objects.last_number()
    hand_over(post, email, *(day or (2, 4, 2021)), name="Somebody else")
    assert Change.objects.last_number() == before
    return words_of(hand_over.answers[-1])


def test_two_handovers_leave_no_deciding_group_without_anybody_in_force(hand_over, post, sign_in, it_is):
    it_is(2021, 4, 2)
    chair, vice = post("Executive Chair"), post("Executive Vice-Chair")
    first = hand_over(chair, SECOND, 2, 4, 2021, name="Somebody new")
    for day in ((2, 4, 2021), (1, 10, 2021)):
        told = refused(hand_over, vice, "third.account@council.example", *day)
        assert "First Somebody new has to be accepted as Executive Chair." in told
    with pytest.raises(ValidationError, match="First Somebody new"), recording(first.user, "By code"):
        vice.hand_over(date(2021, 4, 2), User.objects.get(email="qiip.chair@gscp.example"))
    accept(sign_in("executive.vice"), first)
    assert not hand_over(vice, "third.account@council.example", 2, 4, 2021, name="Third").accepted


def test_of_two_later_handovers_neither_takes_who_could_accept_the_other(hand_over, post, sign_in, it_is):
    it_is(2021, 4, 2)
    chair, vice = post("Executive Chair"), post("Executive Vice-Chair")
    coming = hand_over(vice, SECOND, 1, 10, 2021, name="Somebody new")
    for day in ((1, 9, 2021), (1, 10, 2021), (1, 11, 2021)):
        told = refused(hand_over, chair, "third.account@council.example", *day)
        assert "First Somebody new has to be accepted as Executive Vice-Chair." in told
    accept(sign_in("executive"), coming)
    assert not hand_over(chair, "third.account@council.example", 1, 9, 2021, name="Third").accepted
    it_is(2021, 10, 2)
    [waits] = PostHolding.objects.waiting()
    assert [held.post for held in waits.acceptors] == [vice]


def test_who_gets_a_post_back_takes_no_acceptor_either(hand_over, post, sign_in, it_is):
    """Whoever was never accepted gets it back from somebody who was."""
    it_is(2021, 4, 2)
    chair = post("Executive Chair")
    hand_over(chair, SECOND, 2, 4, 2021, name="Somebody new")
    it_is(2021, 4, 3)
    accept(sign_in("executive.vice"), hand_over(chair, "third.account@council.example", 3, 4, 2021, name="B"))
    hand_over(post("Executive Vice-Chair"), "", 3, 4, 2021)
    assert "Nobody of the Executive could accept" in refused(hand_over, chair, SECOND, 3, 4, 2021)
    assert PostHolding.objects.in_force_on(date(2021, 4, 3)).filter(post=chair).count() == 1


def test_the_form_of_the_last_holder_s_post_names_nobody_before_the_day_is_typed(
    hand_over, post, user, manager, it_is
):
    it_is(2021, 4, 2)
    chair = post("Executive Chair")
    url = f"/posts/{chair.pk}/handover/"
    assert "The next holder decides once they are accepted by the Executive Vice-Chair." in said(
        manager.get(url)
    )
    hand_over(post("Executive Vice-Chair"), "", 2, 4, 2021)
    assert "accepted by" not in said(manager.get(url))
    hand_over(chair, SECOND, 1, 10, 2021, name="Somebody new")
    assert "until they are accepted by the Executive Chair" in words_of(hand_over.answers[-1])
    hand_over(chair, user("executive").email, 1, 10, 2021)
    hand_over(chair, "", 2, 4, 2021)
    assert "accepted by whoever runs the server, with the command appoint" in said(manager.get(url))


@pytest.mark.parametrize("to", [SECOND, ""])
def test_whoever_keeps_a_post_that_was_to_pass_later_did_not_lose_it(to, hand_over, post, user, it_is):
    it_is(2021, 4, 2)
    chair, holder = post("Executive Chair"), user("executive")
    hand_over(chair, to, 1, 10, 2021, **({"name": "Somebody new"} if to else {}))
    hand_over(chair, holder.email, 1, 10, 2021)
    [act] = acts_in_words(list(Change.objects.filter(act=Change.objects.last().act)))
    assert "recorded that who holds the post Executive Chair keeps it, because" in act.sentence


def test_a_home_page_says_since_when_somebody_waits_and_has_one_heading(hand_over, post, sign_in, it_is):
    it_is(2021, 4, 2)
    hand_over(post("Executive Vice-Chair"), "mash.chair@gscp.example", 2, 4, 2021)
    hand_over(post("Management Group Chair"), SECOND, 2, 4, 2021, name="Somebody new")
    it_is(2021, 5, 10)
    home = sign_in("executive").get("/decisions/")
    assert "has been Executive Vice-Chair since 2 April 2021, and decides nothing from this post until" in (
        words_of(home)
    )
    assert said(home).count("Accept who decides with you") == 1


def test_a_day_brought_forward_takes_nobody_s_acceptors(hand_over, post, it_is):
    it_is(2021, 4, 2)
    chair, vice = post("Executive Chair"), post("Executive Vice-Chair")
    hand_over(vice, "", 2, 4, 2021)
    coming = hand_over(chair, SECOND, 1, 10, 2021, name="Somebody new")
    assert [held.post for held in coming.acceptors] == [chair], "who leaves accepts them until then"
    assert "Choose a later day" in refused(hand_over, chair, SECOND)


def test_who_gets_a_post_back_on_the_same_day_goes_on_as_before(hand_over, post, user, it_is):
    it_is(2021, 4, 2)
    chair, holder = post("Executive Chair"), user("executive")
    before = chair.holdings.get()
    assert not hand_over(chair, SECOND, 2, 4, 2021, name="Somebody new").is_in_force
    hand_over(chair, holder.email, 2, 4, 2021)
    assert User.objects.get(pk=holder.pk).posts == [chair]
    [kept] = chair.holdings.not_cancelled()
    assert (kept.pk, kept.started_on, kept.ended_on) == (before.pk, before.started_on, None)
    [act] = acts_in_words(list(Change.objects.filter(act=Change.objects.last().act)))
    assert "gave the post Executive Chair back to who held it before, because" in act.sentence
    assert verify().findings == []


def test_who_gets_a_post_back_after_a_day_is_accepted_again(hand_over, post, user, it_is):
    it_is(2021, 4, 2)
    chair, holder = post("Executive Chair"), user("executive")
    hand_over(chair, SECOND, 2, 4, 2021, name="Somebody new")
    it_is(2021, 4, 3)
    for day in (3, 2):
        assert not hand_over(chair, holder.email, day, 4, 2021).is_in_force
    assert User.objects.get(pk=holder.pk).posts == []


def test_the_first_holder_comes_from_the_server_and_the_record_says_so():
    call_command("appoint", SECOND, "Executive Chair", stdout=StringIO())
    assert [held.name for held in User.objects.get(email=SECOND).posts] == ["Executive Chair"]
    held = Change.objects.filter(model="subgroups.postholding").last()
    accepted = {"field": "accepted", "label": "Accepted by another holder", "old": "", "new": "Yes"}
    assert held.actor_id is None and accepted in held.differences


@pytest.mark.parametrize("slug", ["qiip", ""])
def test_a_group_that_comes_to_decide_brings_no_chair_of_the_business_manager_s_own(
    slug, make_post, hand_over, manager, on_record
):
    """Its chair was nobody's business while it only reported; nor does a new top group bring any."""
    if not slug:
        with on_record():
            Group(name="Board", slug="board", takes_decisions=True, established_on=date(2021, 4, 1)).save()
        assert Group.objects.top().slug == "board"
    holding = hand_over(make_post(slug or "board", role="vice_chair"), SECOND, name="Somebody new")
    assert bool(holding.user.posts) is bool(slug)
    if slug:
        page = manager.get("/groups/qiip/edit/")
        typed = form_of(page) | {"name": "QiiP Subgroup", "takes_decisions": "on", "reason": "It decides"}
        typed |= {"reports_to": str(Group.objects.get(slug="management-group").pk)}
        manager.post("/groups/qiip/edit/", typed | day_of("established_on", 1, 4, 2021))
        assert Group.objects.get(slug="qiip").takes_decisions
    assert User.objects.get(email=SECOND).posts == []


def test_whoever_held_a_post_before_holders_were_accepted_goes_on(user):
    assert PostHolding._meta.get_field("accepted").default is True
    assert {held.accepted for held in PostHolding.objects.all()} == {True}, "so has the demonstration's cast"


@pytest.mark.run_in("sqlite", "postgresql")  # the check of who acted
def test_all_who_act_in_the_played_year_were_in_force(played):
    assert PostHolding.objects.waiting() == []


@pytest.fixture
def to_redact(report):
    return ChangeText.objects.get(change=report("005", rating="amber").change_id, field="done")


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_who_came_in_after_a_redaction_was_asked_for_leaves_the_text_or_nothing(
    second_account, to_redact, send, sign_in
):
    """Accepted or not, whatever day the post was held from."""
    asked = f"/scrutiny/changes/{to_redact.change_id}/take-out/done/"
    assert send(sign_in("business.manager"), asked, reason="It names a child").status_code == 302
    redaction = Redaction.objects.get()
    url = f"/scrutiny/redactions/{redaction.pk}/decide/"
    assert client_of(second_account.user).get(url).status_code == 403
    accept(sign_in("executive"), second_account)
    late = client_of(second_account.user)
    assert "You came into your post after this was asked for" in said(late.get(url))
    refused = send(late, url, decision="consent", reason="Yes")
    assert refused.status_code == 200 and Redaction.objects.get().state == "asked"
    assert send(sign_in("executive.vice"), url, decision="consent", reason="Yes").status_code == 302
    assert Redaction.objects.get().state == "done"


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_who_was_accepted_before_it_was_asked_consents(second_account, to_redact, send, sign_in):
    accept(sign_in("executive"), second_account)
    asked = f"/scrutiny/changes/{to_redact.change_id}/take-out/done/"
    send(sign_in("business.manager"), asked, reason="It names a child")
    url = f"/scrutiny/redactions/{Redaction.objects.get().pk}/decide/"
    assert send(client_of(second_account.user), url, decision="consent", reason="Yes").status_code == 302
    assert Redaction.objects.get().state == "done"


def test_a_day_moved_back_makes_nobody_an_earlier_holder(
    make_post, hand_over, to_redact, send, sign_in, it_is
):
    holding = hand_over(make_post("executive"), SECOND, 1, 6, 2021, name="Somebody new")
    accept(sign_in("executive"), holding)
    asked = f"/scrutiny/changes/{to_redact.change_id}/take-out/done/"
    send(sign_in("business.manager"), asked, reason="It names a child")
    it_is(2021, 5, 1)
    hand_over(holding.post, SECOND, 2, 4, 2021)
    moved = PostHolding.objects.get(pk=holding.pk)
    assert moved.started_on == date(2021, 4, 2) and moved.user.posts
    assert not moved.user.has_perm("consent_to_redaction", Redaction.objects.get())
