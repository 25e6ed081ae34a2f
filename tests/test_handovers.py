"""Posts pass from holder to holder: access moves on the day, and what was done keeps its name."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from actions.sentences import acts_in_words
from gscp.record import Change
from subgroups.models import PostHolding, User
from tests.answers import said
from tests.conftest import form_of
from tests.partnership import OWN_PASSWORD, QIIP_CHAIR, UPDATE, day_of, set_password
from tests.test_update import GOOD

# Once: holdings and links are Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.fixture
def hand_over(manager, send):
    def recorded(post, *day, **typed):
        return send(manager, f"/posts/{post.pk}/handover/", reason="Moved on", **day_of("on", *day), **typed)

    return recorded


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_a_handover_moves_access_at_the_next_request_and_the_past_keeps_its_holder(
    hand_over, post, sign_in, send, action, it_is
):
    before = sign_in("qiip.chair")
    send(before, UPDATE, **GOOD)
    it_is(2021, 9, 14)
    page = hand_over(post(QIIP_CHAIR), 14, 9, 2021, email="Next.Chair@nhs.example", name="Next chair")
    assert page.status_code == 200
    assert before.get("/due/").status_code == 403
    after = Client()
    set_password(after, link_in(page))
    after.post("/sign-in/", {"login": "next.chair@nhs.example", "password": OWN_PASSWORD})
    assert send(after, UPDATE, **GOOD | {"done": "Took it up"}).status_code == 302
    later, earlier = action("006").updates.all()
    assert (earlier.change.actor_in_words, later.change.actor_in_words) == (QIIP_CHAIR, "Next chair")
    assert QIIP_CHAIR in said(after.get("/plans/2021-22/actions/006/"))
    ended, started = post(QIIP_CHAIR).holdings.all()
    assert ended.ended_on == started.started_on == date(2021, 9, 14)
    assert ended.change.act == started.change.act and ended.change.reason == "Moved on"


def test_the_form_speaks_of_a_present_holder_only_where_there_is_one(manager, hand_over, post, it_is):
    it_is(2021, 9, 14)
    url, told = f"/posts/{post(QIIP_CHAIR).pk}/handover/", "The present one holds it until the day before."
    assert told in said(manager.get(url))
    hand_over(post(QIIP_CHAIR), 14, 9, 2021)
    page = said(manager.get(url))
    assert "Nobody holds it today." in page and told not in page


def link_in(page) -> str:
    return re.search(r"Link</dt>\s*<dd[^>]*>\s*http://testserver(\S+)", said(page))[1]


def test_the_link_of_a_new_account_is_shown_once_and_stands_nowhere_else(manager, post):
    url = f"/posts/{post(QIIP_CHAIR).pk}/handover/"
    typed = {
        "email": "next@nhs.example",
        "name": "Next chair",
        "reason": "Moved on",
        **day_of("on", 14, 9, 2021),
    }
    form = form_of(manager.get(url)) | typed
    first = manager.post(url, form)
    link = link_in(first)
    assert "no-store" in first["Cache-Control"] and ">Password</dt>" not in said(first)
    again = manager.post(url, form, follow=True)
    assert again.redirect_chain == [(f"/posts/{post(QIIP_CHAIR).pk}/", 302)]
    assert link not in said(again)
    assert not User.objects.get(email="next@nhs.example").has_usable_password()
    assert not Change.objects.filter(line__contains=link.split("/")[-2]).exists()


def test_a_link_sets_one_password_and_then_no_other(hand_over, post):
    page = hand_over(post(QIIP_CHAIR), 1, 4, 2021, email="next@nhs.example", name="Next chair")
    somebody = Client()
    assert "easy to guess" in said(set_password(somebody, link_in(page), "123456789012"))
    opened_before = Client().get(link_in(page)).url
    done = set_password(somebody, link_in(page))
    assert done.url == "/sign-in/" and "Your password is set" in said(somebody.get(done.url))
    assert done.cookies["known_browser"]["path"] == "/sign-in/", "others who guess do not keep them out here"
    for link in (link_in(page), opened_before):
        late = set_password(Client(), link, "an altogether other one")
        assert "This link does not work any more" in said(late)
    assert User.objects.get(email="next@nhs.example").check_password(OWN_PASSWORD)


@pytest.mark.run_in("sqlite", "postgresql")  # locks
def test_of_three_browsers_at_the_same_moment_one_sets_the_password(committed, hand_over, post):
    link = link_in(hand_over(post(QIIP_CHAIR), 1, 4, 2021, email="next@nhs.example", name="Next chair"))
    ready, passwords = Barrier(3), [f"{OWN_PASSWORD} {n}" for n in range(3)]

    def send_at_once(password):
        try:
            client = Client()
            page = client.get(link, follow=True).redirect_chain[-1][0]
            ready.wait(20)
            return client.post(page, {"new_password1": password, "new_password2": password}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send_at_once, passwords))
    assert sorted(answers) == [200, 200, 302], "two are told that the link does not work any more"
    owner = User.objects.get(email="next@nhs.example")
    assert owner.check_password(passwords[answers.index(302)])


def test_a_link_ends_after_a_week_and_the_business_manager_makes_another(hand_over, post, manager, settings):
    page = hand_over(post(QIIP_CHAIR), 1, 4, 2021, email="next@nhs.example", name="Next chair")
    held = post(QIIP_CHAIR).holdings.get(ended_on=None)
    assert settings.PASSWORD_RESET_TIMEOUT == 7 * 24 * 60 * 60
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "does not work" in said(Client().get(link_in(page), follow=True))
    settings.PASSWORD_RESET_TIMEOUT = 60
    assert "does not work" not in said(Client().get(link_in(page), follow=True))
    assert "Make a new link" in said(manager.get(held.post.get_absolute_url()))
    another = link_in(manager.post(f"/holdings/{held.pk}/link/"))
    assert "does not work" in said(Client().get(link_in(page), follow=True)), "the first has ended"
    assert set_password(Client(), another).url == "/sign-in/"
    refused = manager.post(f"/holdings/{held.pk}/link/", follow=True)
    assert "has set a password already" in said(refused)
    assert "Make a new link" not in said(refused)
    assert User.objects.get(email="next@nhs.example").check_password(OWN_PASSWORD)


def test_somebody_with_an_account_takes_on_a_post_besides(hand_over, post, user):
    assert hand_over(post(QIIP_CHAIR), 1, 4, 2021, email="CEM.Chair@gscp.example").status_code == 302
    assert {held.name for held in user("cem.chair").posts} == {
        QIIP_CHAIR,
        "Child Exploitation and Missing Subgroup Chair",
    }


@pytest.mark.parametrize("alone", ["scrutineer", "business.manager"])
def test_who_scrutinises_and_who_keeps_the_record_hold_no_other_post(alone, hand_over, post, user):
    held = user(alone).posts[0]
    for name, taken_on in ((alone, post(QIIP_CHAIR)), ("qiip.chair", held)):
        page = said(hand_over(taken_on, 14, 9, 2021, email=f"{name}@gscp.example"))
        assert f"The {held.get_role_display()} holds no other post" in page
    hand_over(held, 14, 9, 2021, email="next@gscp.example", name="Who comes next")
    assert "holds no other post" in said(
        hand_over(post(QIIP_CHAIR), 13, 9, 2021, email=f"{alone}@gscp.example")
    )
    page = hand_over(post(QIIP_CHAIR), 14, 9, 2021, email=f"{alone}@gscp.example")
    assert page.status_code == 302


def test_a_post_is_vacant_from_a_day_on(hand_over, post, sign_in, it_is):
    hand_over(post(QIIP_CHAIR), 14, 9, 2021)
    reader = sign_in("scrutineer")
    assert "Vacant" not in said(reader.get("/posts/"))
    it_is(2021, 9, 14)
    assert "Vacant" in said(reader.get("/posts/"))
    assert sign_in("qiip.chair").get("/due/").status_code == 403


def test_the_business_manager_s_post_is_never_left_vacant(hand_over, post, sign_in):
    manager = post("Business Manager")
    told = said(hand_over(manager, 14, 9, 2021))
    assert "only a Business Manager can fill a post" in told
    assert manager.holdings.get().ended_on is None
    assert sign_in("business.manager").get("/partnership/").status_code == 200


def test_the_form_of_a_handover_says_who_holds_the_post_today(hand_over, post, it_is, manager):
    url = f"/posts/{post(QIIP_CHAIR).pk}/handover/"
    assert f"{QIIP_CHAIR} has held it since 1 April 2021." in said(manager.get(url))
    it_is(2021, 9, 14)
    assert "Left empty, nobody holds it from then." in said(manager.get(url))
    hand_over(post(QIIP_CHAIR), 14, 9, 2021)
    assert "Nobody holds it today." in said(manager.get(url))
    assert "nobody holds it from then" not in said(manager.get(url))


def test_the_form_of_a_handover_says_who_has_to_accept_the_next_holder(post, manager, hand_over, it_is):
    """Of a post of a group that decides; a subgroup that only reports takes whoever is put there."""
    it_is(2021, 5, 1)
    vice = post("Executive Vice-Chair")
    url, accepted = f"/posts/{vice.pk}/handover/", "The next holder decides once they are accepted by the"
    assert f"{accepted} Executive Chair." in said(manager.get(url))
    hand_over(vice, 1, 5, 2021, email="mash.chair@gscp.example")
    [waiting] = PostHolding.objects.waiting()
    assert waiting.accepted_by_in_words == "the Executive Chair", "as the form said"
    assert accepted not in said(manager.get(f"/posts/{post(QIIP_CHAIR).pk}/handover/"))


def test_a_handover_ahead_of_its_day_can_be_called_off_and_brought_forward(hand_over, post, user):
    chair = post(QIIP_CHAIR)
    hand_over(chair, 1, 10, 2021, email="cem.chair@gscp.example")
    hand_over(chair, 1, 10, 2021)
    assert hand_over(chair, 1, 9, 2021, email="mash.chair@gscp.example").status_code == 302
    assert [(held.user, held.ended_on) for held in chair.holdings.order_by("pk")] == [
        (user("qiip.chair"), date(2021, 9, 1)),
        (user("cem.chair"), date(2021, 10, 1)),
        (user("mash.chair"), None),
    ]


def test_a_post_that_is_given_back_at_once_has_one_holder(hand_over, post, user):
    chair = post(QIIP_CHAIR)
    hand_over(chair, 1, 9, 2021, email="cem.chair@gscp.example")
    hand_over(chair, 1, 12, 2021, email="qiip.chair@gscp.example")
    hand_over(chair, 1, 9, 2021, email="qiip.chair@gscp.example")
    assert [held.user for held in chair.holdings.not_cancelled()] == [user("qiip.chair")]
    assert not user("cem.chair").holdings.filter(post=chair).not_cancelled().exists()


def test_two_never_hold_one_post_at_a_time(hand_over, post, user, on_record):
    chair = post(QIIP_CHAIR)
    hand_over(chair, 1, 12, 2021, email="cem.chair@gscp.example")
    with on_record("A second holder"), pytest.raises(ValidationError, match="holds it from"):
        chair.holdings.get(user=user("qiip.chair")).go_on()


@pytest.mark.parametrize(
    ("day", "typed", "message"),
    [
        ((31, 3, 2021), {}, "choose that day or later"),
        ((31, 3, 2021), {"email": "next@nhs.example", "name": "Next chair"}, "choose that day or later"),
        ((), {}, "Fill in “Date”."),
        ((31, 2, 2022), {}, "must be a real date"),
        ((1, 9, 2201), {}, "Check the year."),
        ((1, 9, 2021), {"email": "next at nhs", "name": "Next chair"}, "Enter a valid email address"),
        ((1, 9, 2021), {"email": "next@nhs.example"}, "There is no account with this e-mail yet"),
        ((1, 9, 2021), {"email": "left@nhs.example"}, "This account is deactivated"),
        ((1, 4, 2021), {"email": "qiip.chair@gscp.example"}, "This changes nothing"),
        ((1, 9, 2021), {"name": "Next chair"}, "Give the e-mail as well, or clear the name."),
        ((1, 9, 2021), {"reason": ""}, "Fill in “Reason”."),
    ],
)
def test_what_is_no_handover(day, typed, message, manager, send, post, on_record):
    with on_record():
        User(email="left@nhs.example", name="Has left", is_active=False, password="!").save()
    before = Change.objects.last_number()
    typed = {"reason": "Moved on"} | day_of("on", *day) | typed
    assert message in said(send(manager, f"/posts/{post(QIIP_CHAIR).pk}/handover/", **typed))
    assert Change.objects.last_number() == before
    assert not User.objects.filter(email="next@nhs.example").exists()


def test_a_demo_account_takes_on_nothing_outside_a_demonstration(hand_over, post, send, settings):
    hand_over(post("Business Manager"), 1, 4, 2021, email="unit@council.example", name="Business Unit")
    settings.DEMO = False
    unit = Client()
    unit.force_login(User.objects.get(name="Business Unit"), backend="subgroups.accounts.PostBackend")
    typed = day_of("on", 1, 4, 2021) | {"email": "cem.chair@gscp.example", "reason": "Moved on"}
    page = send(unit, f"/posts/{post(QIIP_CHAIR).pk}/handover/", **typed)
    assert "exist in a demonstration only" in said(page)


def test_a_vacant_post_is_handed_over_from_where_it_was_left(hand_over, post, it_is):
    chair = post(QIIP_CHAIR)
    it_is(2021, 9, 14)
    hand_over(chair, 1, 9, 2021)
    assert "This changes nothing" in said(hand_over(chair, 1, 9, 2021))
    early = hand_over(chair, 31, 8, 2021, email="cem.chair@gscp.example")
    assert "held it until 1 September 2021" in said(early)
    assert hand_over(chair, 1, 9, 2021, email="cem.chair@gscp.example").status_code == 302


def held(post) -> list[tuple]:
    """Who held it, as "cem.chair", from which day and until which."""
    holdings = post.holdings.not_cancelled().values_list("user__email", "started_on", "ended_on")
    return [(email.split("@")[0], *days) for email, *days in holdings]


def test_the_day_of_a_handover_is_corrected_by_entering_it_again(hand_over, post, sign_in, send, it_is):
    chair, first = post(QIIP_CHAIR), date(2021, 4, 1)
    it_is(2021, 9, 14)
    for days in (10, 20, 12):  # a slip, and put right; the day ahead, and put right
        page = hand_over(chair, days, 9, 2021, email="cem.chair@gscp.example")
        assert page.status_code == 302
        taken_on = date(2021, 9, days)
        assert held(chair) == [("qiip.chair", first, taken_on), ("cem.chair", taken_on, None)]
    send(sign_in("cem.chair"), UPDATE, **GOOD)
    page = said(hand_over(chair, 20, 9, 2021, email="cem.chair@gscp.example"))
    assert "acted from this post on 14 September 2021: choose that day or earlier." in page
    assert "holds it from" in said(hand_over(chair, 31, 3, 2021, email="cem.chair@gscp.example"))
    assert held(chair)[-1] == ("cem.chair", date(2021, 9, 12), None)


def test_who_acted_from_a_post_on_the_day_it_was_handed_over_held_it_until_then(
    hand_over, post, it_is, sign_in, send
):
    chair, reader = post(QIIP_CHAIR), sign_in("scrutineer")
    it_is(2021, 9, 10)
    assert send(sign_in("qiip.chair"), UPDATE, **GOOD).status_code == 302
    hand_over(chair, 10, 9, 2021)
    until = 'data-label="Until">10 September 2021, when it was handed over<'
    assert until in said(reader.get(chair.get_absolute_url()))
    hand_over(chair, 11, 9, 2021)
    assert 'data-label="Until">10 September 2021<' in said(reader.get(chair.get_absolute_url()))


def test_the_day_from_which_a_post_is_vacant_is_corrected_too(hand_over, post, it_is, manager):
    chair = post(QIIP_CHAIR)
    it_is(2021, 9, 14)
    for days in (1, 20, 10):
        hand_over(chair, days, 9, 2021)
        assert held(chair) == [("qiip.chair", date(2021, 4, 1), date(2021, 9, days))]
    page = said(manager.get(chair.get_absolute_url()))
    assert f"{QIIP_CHAIR}: nobody holds it from 10 September 2021." in page
    assert "From 10 September 2021 nobody holds it." in page
    assert 'data-label="Until">9 September 2021<' in page
    hand_over(chair, 12, 9, 2021, email="cem.chair@gscp.example")
    hand_over(chair, 13, 9, 2021, email="cem.chair@gscp.example")
    assert held(chair)[0][2] == date(2021, 9, 10), "nobody held it meanwhile"
    assert held(chair)[1][1] == date(2021, 9, 13)


def test_a_handover_put_right_leaves_nobody_out(hand_over, post, it_is):
    """In the sentence of the history."""
    chair, it = post(QIIP_CHAIR), "from 10 September"

    def told(day, email=""):
        hand_over(chair, day, 9, 2021, email=email)
        [act] = acts_in_words(list(Change.objects.filter(act=Change.objects.last().act)))
        return act.sentence

    it_is(2021, 9, 14)
    assert f"recorded that nobody holds the post QiiP Subgroup Chair {it}" in told(10)
    assert f"gave the post QiiP Subgroup Chair to Child Exploitation and Missing Subgroup Chair {it}" in told(
        10, "cem.chair@gscp.example"
    )
    hand_over(post("Resolution Group Chair"), 1, 9, 2021, email="cem.chair@gscp.example")
    chair = post("Resolution Group Chair")
    assert "corrected the day from which somebody holds the post" in told(10, "cem.chair@gscp.example")


def test_a_longer_time_in_a_post_is_beside_no_post_that_stands_alone(hand_over, post, it_is):
    chair, unit = post(QIIP_CHAIR), post("Business Manager")
    hand_over(chair, 1, 9, 2021)
    hand_over(unit, 1, 9, 2021, email="qiip.chair@gscp.example")
    assert "holds no other post" in said(hand_over(chair, 2, 9, 2021))


def test_a_handover_is_not_dated_before_what_its_holder_did(hand_over, post, sign_in, send, it_is):
    """Whatever the post is called by then; the day itself is early enough."""
    chair = post(QIIP_CHAIR)
    it_is(2021, 9, 14)
    send(sign_in("qiip.chair"), UPDATE, **GOOD)
    it_is(2021, 9, 20)
    send(sign_in("business.manager"), f"/posts/{chair.pk}/edit/", name="Renamed", reason="Renamed")
    page = said(hand_over(chair, 13, 9, 2021, email="cem.chair@gscp.example"))
    assert "acted from this post on 14 September 2021: choose that day or later." in page
    assert hand_over(chair, 14, 9, 2021, email="cem.chair@gscp.example").status_code == 302
    page = said(hand_over(chair, 13, 9, 2021, email="cem.chair@gscp.example"))
    assert "acted from this post on 14 September 2021: choose that day or later." in page


def test_a_handover_meanwhile_is_seen_before_another(manager, hand_over, post):
    chair = post(QIIP_CHAIR)
    url = f"/posts/{chair.pk}/handover/"
    form = form_of(manager.get(url)) | day_of("on", 2, 4, 2021) | {"reason": "Moved on"}
    hand_over(chair, 1, 4, 2021, email="cem.chair@gscp.example")
    assert "Somebody changed this while you were writing" in said(manager.post(url, form))
    assert PostHolding.objects.filter(post=chair, ended_on=None).count() == 1


def test_the_day_is_typed_and_each_page_says_the_same_last_day(hand_over, post, manager, sign_in, it_is):
    """Prefilled with today, it ended the post on the day before somebody acted from it."""
    it_is(2021, 9, 14)
    page = f"/posts/{post(QIIP_CHAIR).pk}/handover/"
    assert 'name="on-day" type="text" value=""' in manager.get(page).content.decode()
    hand_over(post(QIIP_CHAIR), 14, 9, 2021)
    ended = post(QIIP_CHAIR).holdings.get()
    reader = sign_in("scrutineer")
    assert "13 September 2021" in said(reader.get(f"/posts/{ended.post_id}/"))
    change = said(reader.get(f"/scrutiny/changes/{ended.change_id}/"))
    assert "No longer held from" in change and "Ended on" not in change
