"""Who holds which post today: nobody who may not sign in; and who comes, told before their day."""

import re

import pytest

from subgroups.models import PostHolding
from tests.answers import said, words_of
from tests.partnership import QIIP_CHAIR, day_of

# Once: who holds a post is told in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.fixture
def deactivate(user, on_record):
    def deactivated(name):
        with on_record("Has left"):
            account = user(name)
            account.is_active = False
            account.save()

    return deactivated


def test_who_may_not_sign_in_holds_nothing(deactivate, post, manager, user):
    chair = post(QIIP_CHAIR)

    def vacant() -> str:
        return said(manager.get("/missing/")).partition("Posts nobody holds")[2].partition("</ol>")[0]

    assert QIIP_CHAIR not in vacant()
    assert "may not sign in" not in words_of(manager.get(chair.get_absolute_url()))
    deactivate("qiip.chair")
    assert user("qiip.chair").posts == [] and not user("qiip.chair").has_perm("read")
    posts = re.search(r"QiiP Subgroup Chair QiiP.*?(?=Resolution)", words_of(manager.get("/posts/")))[0]
    assert "Vacant" in posts and "may not sign in any more" in posts
    assert f"{QIIP_CHAIR} may not sign in any more" in words_of(manager.get(chair.get_absolute_url()))
    assert QIIP_CHAIR in vacant()
    assert "Nobody holds it today." in words_of(manager.get(f"/posts/{chair.pk}/handover/"))


def test_nobody_acts_from_a_post_is_said_once_nobody_holds_it(deactivate, post, send, manager, it_is):
    chair, told = post(QIIP_CHAIR), "so nobody acts from this post"
    typed = {"email": "cem.chair@gscp.example", "reason": "Moved on"}
    send(manager, f"/posts/{chair.pk}/handover/", **typed, **day_of("on", 1, 10, 2021))
    deactivate("cem.chair")
    page = words_of(manager.get(chair.get_absolute_url()))
    assert "may not sign in any more." in page and told not in page, "until then another holds it"
    it_is(2021, 10, 1)
    assert told in words_of(manager.get(chair.get_absolute_url()))


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_an_action_led_by_who_may_not_sign_in_is_off_plan(deactivate, sign_in, action, on_record):
    led = action("006")
    page = f"/plans/2021-22/actions/{led.slug}/"
    reader = sign_in("scrutineer")
    told = "Nobody holds the post that leads it: QiiP Subgroup Chair"
    assert told not in words_of(reader.get(page))
    deactivate("qiip.chair")
    assert told in words_of(reader.get(page))
    assert told in words_of(reader.get("/exceptions/found/")), "though the pass was kept"


def test_a_chair_who_may_not_sign_in_accepts_and_agrees_to_nothing(deactivate, post, user, on_record):
    deactivate("executive.vice")
    with on_record():
        post("Executive Chair").hand_over(PostHolding.objects.first().started_on, None)
    with on_record():
        post("Executive Chair").hand_over(PostHolding.objects.first().started_on, user("qiip.chair"))
    waiting = PostHolding.objects.waiting()
    assert [held.user for held in waiting] == [user("qiip.chair")] and waiting[0].acceptors == []


def test_a_handover_ahead_of_its_day_is_told_on_every_page_of_the_post(manager, send, post, it_is, sign_in):
    chair = post(QIIP_CHAIR)
    typed = {"email": "next@nhs.example", "name": "Next chair", "reason": "Moved on"}
    send(manager, f"/posts/{chair.pk}/handover/", **typed, **day_of("on", 1, 10, 2021))
    assert "Next chair takes it over on 1 October 2021." in words_of(manager.get(chair.get_absolute_url()))
    for page in ("/posts/", "/groups/qiip/", f"/partners/{chair.partner_id}/"):
        assert "from 1 October 2021: Next chair" in words_of(sign_in("cem.chair").get(page)), page
    coming = words_of(manager.get("/missing/")).split("Coming handovers")[1]
    assert f"{QIIP_CHAIR} : Next chair from 1 October 2021" in coming
    it_is(2021, 10, 1)
    assert "Coming handovers" not in said(manager.get("/missing/"))
    assert "takes it over" not in said(manager.get(chair.get_absolute_url()))
    assert "Next chair since 1 October 2021" in words_of(manager.get("/groups/qiip/"))


def test_that_nobody_follows_is_told_before_the_day_too(manager, send, post, it_is):
    chair = post(QIIP_CHAIR)
    send(manager, f"/posts/{chair.pk}/handover/", reason="Moved on", **day_of("on", 1, 10, 2021))
    coming = words_of(manager.get("/missing/")).split("Coming handovers")[1]
    assert f"{QIIP_CHAIR} : nobody from 1 October 2021" in coming
    assert "until 30 September 2021" in words_of(manager.get("/groups/qiip/"))
    assert "From 1 October 2021 nobody holds it." in words_of(manager.get(chair.get_absolute_url()))


@pytest.mark.parametrize("name", ["cem.chair", "executive", "scrutineer", "business.manager"])
def test_everybody_with_a_post_reads_the_pages_of_groups_and_partners(name, sign_in):
    client = sign_in(name)
    group = words_of(client.get("/groups/management-group/"))
    assert (
        "Reports to Executive" in group and "Management Group Chair" in group and "Enough partners" in group
    )
    partner = words_of(client.get("/partners/1/"))
    assert "Partner from 1 April 2021" in partner and "Its posts" in partner
    assert 'href="/groups/management-group/"' in said(client.get("/groups/"))
    assert 'href="/partners/1/"' in said(client.get("/partners/"))
    keeps = name == "business.manager"
    for url in ("/groups/management-group/", "/partners/1/"):
        assert (f'href="{url}edit/"' in said(client.get(url))) is keeps
        assert client.get(f"{url}edit/").status_code == (200 if keeps else 403)


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_those_pages_are_read_as_at_a_moment_too(sign_in, send, manager, it_is):
    it_is(2021, 6, 1)
    send(manager, "/groups/mash/edit/", name="MASH", reports_to="2", reason="Renamed")
    reader = sign_in("scrutineer")
    assert "MASH Subgroup" in words_of(reader.get("/scrutiny/as-at/2021-05-01/groups/mash/"))
    assert reader.get("/scrutiny/as-at/2021-05-01/partners/1/").status_code == 200
