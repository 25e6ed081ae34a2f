"""The Business Manager keeps partners, bodies, posts and their holders; the past keeps its names."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gscp.record import Change
from subgroups.models import Partner, Post, PostHolding, Subgroup, User
from tests.conftest import form_of
from tests.test_register import refs
from tests.test_update import GOOD

pytestmark = pytest.mark.django_db
CCG, ICB = "NHS Gloucestershire Clinical Commissioning Group", "NHS Gloucestershire Integrated Care Board"
QIIP_CHAIR = "QiiP Subgroup Chair"
UPDATE = "/plans/2021-22/actions/006/update/"


def day_of(name, *day) -> dict[str, str]:
    """What a date's three boxes send; every box empty for no day."""
    return dict(
        zip((f"{name}-day", f"{name}-month", f"{name}-year"), map(str, day or ("",) * 3), strict=True)
    )


def said(response) -> str:
    return response.content.decode()


@pytest.fixture
def manager(sign_in):
    return sign_in("business.manager")


@pytest.fixture
def post():
    return lambda name: Post.objects.get(name=name)


@pytest.fixture
def succession(manager, send):
    """The CCG's place passes to the ICB on 1 July 2022, as the Business Manager records it."""
    url = f"/partners/{Partner.objects.get(name=CCG).pk}/succession/"

    def recorded(name=ICB, aliases="ICB", day=(1, 7, 2022)):
        typed = day_of("started_on", *day) | {"name": name, "aliases": aliases}
        return send(manager, url, reason="Health and Care Act 2022", **typed)

    return recorded


@pytest.fixture
def hand_over(manager, send):
    def recorded(post, *day, **typed):
        return send(manager, f"/posts/{post.pk}/handover/", reason="Moved on", **day_of("on", *day), **typed)

    return recorded


def test_a_succession_is_one_act_and_every_day_has_its_name(succession, sign_in, send, action, it_is):
    assert succession().url == "/partners/"
    made, moved = Change.objects.filter(act=Change.objects.last().act).with_texts()
    assert made.created and made.object_name == ICB
    assert [d["new"] for d in moved.compared()] == ["1 July 2022", ICB]
    send(sign_in("qiip.chair"), UPDATE, **GOOD)
    it_is(2022, 6, 30)
    reader = sign_in("scrutineer")
    for url in ("/posts/", "/plans/2021-22/actions/006/"):
        assert CCG in said(reader.get(url)) and ICB not in said(reader.get(url))
    it_is(2022, 7, 1)
    send(sign_in("qiip.chair"), UPDATE, **GOOD | {"done": "Briefed under the new name"})
    assert ICB in said(reader.get("/posts/")) and CCG not in said(reader.get("/posts/"))
    assert f"{QIIP_CHAIR}, {ICB}</a>" in said(reader.get("/plans/2021-22/actions/006/"))
    later, earlier = action("006").updates.all()
    assert earlier.change.actor_post == f"{QIIP_CHAIR}, {CCG}"
    assert later.change.actor_post == f"{QIIP_CHAIR}, {ICB}"
    page = said(reader.get("/partners/"))
    assert f"succeeded by {ICB} on 1 July 2022" in page


def test_a_succession_rewrites_nothing_that_points_to_the_old_partner(succession, post, action):
    succession()
    old, new = Partner.objects.get(name=CCG), Partner.objects.get(name=ICB)
    assert post(QIIP_CHAIR).partner == old
    assert action("006").ownerships.get().partner == old
    assert (old.ended_on, new.started_on, new.kind) == (date(2022, 7, 1), date(2022, 7, 1), old.kind)


@pytest.mark.parametrize("words", ["CCG", "icb", "Integrated+Care+Board", "Clinical+Commissioning", "Joint"])
def test_search_finds_an_owner_by_any_name_in_its_line(words, succession, sign_in, on_record):
    succession()
    with on_record():
        Partner.objects.get(name=ICB).be_succeeded_by(Partner(name="Joint Board"), date(2027, 4, 1))
    assert refs(sign_in("scrutineer").get(f"/plans/2021-22/?text={words}")) == ["001", "006"]


def test_search_passes_over_an_ownership_that_has_ended(sign_in, action, on_record):
    with on_record():
        ownership = action("006").ownerships.get()
        ownership.ended_on = date(2021, 4, 1)
        ownership.save()
    assert refs(sign_in("scrutineer").get("/plans/2021-22/?text=CCG")) == ["001"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"day": (1, 4, 2021)}, "itself began on 1 April 2021"),
        ({"day": ()}, "Fill in “From”."),
        ({"day": (1, 7, 2202)}, "Check the year."),
        ({"name": "gloucestershire ccg", "aliases": ""}, "cannot take its own place"),
        (
            {"name": "Gloucestershire constabulary", "aliases": ""},
            "Gloucestershire Constabulary is of another kind",
        ),
        ({"name": "Gloucestershire constabulary"}, "is there already: add them on its own page"),
        ({"aliases": "ICB\n  Gloucestershire constabulary"}, "is taken"),
        ({"name": ""}, "Fill in “Name of the successor”."),
    ],
)
def test_what_is_no_succession(typed, message, succession):
    before = Change.objects.head_at()
    assert message in said(succession(**typed))
    assert Change.objects.head_at() == before


def test_what_is_succeeded_is_succeeded_once(succession, manager, on_record):
    succession()
    old = Partner.objects.get(name=CCG)
    before = Change.objects.head_at()
    page = manager.post(f"/partners/{old.pk}/succession/", {"name": "Another"}, follow=True)
    assert f"has a successor: {ICB}" in said(page)
    with pytest.raises(Exception, match="has a successor already"), on_record():
        old.be_succeeded_by(Partner(name="Another"), date(2023, 4, 1))
    assert Change.objects.head_at() == before
    assert "started_on-day" not in said(manager.get(f"/partners/{old.succeeded_by.pk}/"))


def test_the_list_of_posts_costs_no_more_after_two_successions(sign_in, on_record, it_is):
    reader = sign_in("scrutineer")
    counts = []
    for successor, on in ((ICB, date(2022, 7, 1)), ("Joint Board", date(2023, 4, 1)), (None, None)):
        with CaptureQueriesContext(connection) as queries:
            page = said(reader.get("/posts/"))
        counts.append(len(queries))
        if successor:
            with on_record():
                Partner.objects.get(kind="health", succeeded_by=None).be_succeeded_by(
                    Partner(name=successor), on
                )
            it_is(on.year, on.month, on.day)
    assert "Joint Board" in page
    assert len(set(counts)) == 1


@pytest.fixture
def trusts(on_record):
    """Three partners of the other kind, from 1 April 2021, by their first letter."""

    def recorded(name, *started_on):
        with on_record():
            trust = Partner(name=f"{name} Trust", kind="other", started_on=date(*started_on or (2021, 4, 1)))
            trust.save()
        return trust

    return [recorded("Barnwood"), recorded("Severn"), recorded("Wye", 2021, 6, 1)]


def test_a_partner_merges_into_one_there_is_already(trusts, manager, send):
    barnwood, severn, _ = trusts
    url, to_severn = f"/partners/{barnwood.pk}/succession/", {"name": "severn trust", "reason": "Merged"}
    typed = to_severn | day_of("started_on", 1, 7, 2022)
    assert send(manager, url, **typed).status_code == 302
    barnwood, severn = Partner.objects.get(pk=barnwood.pk), Partner.objects.get(pk=severn.pk)
    assert severn.started_on == date(2021, 4, 1) and severn.predecessors.get() == barnwood
    assert barnwood.successor_on(date(2022, 6, 30)) == barnwood
    assert barnwood.successor_on(date(2022, 7, 1)) == severn
    assert "succeeded by Severn Trust on 1 July 2022" in said(manager.get("/partners/"))
    back = day_of("started_on", 1, 7, 2023) | {"name": "Barnwood Trust", "reason": "Merged"}
    assert "cannot take its own place" in said(send(manager, f"/partners/{severn.pk}/succession/", **back))


def test_a_partner_gives_way_to_none_that_is_not_there_on_the_day(trusts, manager, send):
    barnwood, _, wye = trusts
    typed = {"name": wye.name, "reason": "Merged"} | day_of("started_on", 31, 5, 2021)
    page = send(manager, f"/partners/{barnwood.pk}/succession/", **typed)
    assert "Wye Trust is no partner on 31 May 2021." in said(page)


def test_the_day_of_a_succession_is_corrected_in_both_partners_at_once(succession, manager, send):
    succession()
    old = Partner.objects.get(name=CCG)
    url, typed = f"/partners/{old.pk}/", filled(manager.get(f"/partners/{old.pk}/")) | {"reason": "A slip"}
    assert send(manager, url, **typed | day_of("ended_on", 1, 8, 2022)).status_code == 302
    old = Partner.objects.get(name=CCG)
    assert old.ended_on == old.succeeded_by.started_on == date(2022, 8, 1)
    changes = Change.objects.filter(act=Change.objects.last().act).with_texts()
    assert [(c.object_name, c.reason) for c in changes] == [(ICB, "A slip"), (CCG, "A slip")]
    assert "itself began on" in said(send(manager, url, **typed | day_of("ended_on", 1, 4, 2021)))
    assert "Fill in" in said(send(manager, url, **typed | day_of("ended_on")))


def test_whose_place_two_took_begins_with_the_first_of_them(trusts, on_record):
    barnwood, severn, _ = trusts
    joint = Partner(name="Joint Trust")
    with on_record():
        barnwood.be_succeeded_by(joint, date(2022, 7, 1))
        severn.be_succeeded_by(joint, date(2022, 7, 1))
        barnwood.set_succession_date(joint, date(2022, 8, 1))
    assert (joint.started_on, severn.ended_on) == (date(2022, 7, 1), date(2022, 7, 1))


@pytest.mark.parametrize("start", [(2021, 4, 1), (2030, 1, 1)])
def test_there_is_one_partner_of_each_safeguarding_kind_at_a_time(start, manager, send, on_record):
    typed = {"name": "Another ICB", "kind": "health", "reason": "Agreed"}
    start = day_of("started_on", *reversed(start))
    assert f"{CCG} is the health partner at that time" in said(
        send(manager, "/partners/new/", **typed, **start)
    )
    assert send(manager, "/partners/new/", **typed | {"kind": "other"}, **start).status_code == 302


def test_the_next_of_a_kind_may_be_recorded_first_and_succeed_then(manager, send):
    ccg, first = Partner.objects.get(name=CCG), day_of("started_on", 1, 7, 2022)
    url = f"/partners/{ccg.pk}/"
    send(manager, url, **filled(manager.get(url)) | day_of("ended_on", 1, 7, 2022) | {"reason": "Closes"})
    added = send(manager, "/partners/new/", name=ICB, kind="health", reason="Opens", **first)
    assert added.status_code == 302
    assert send(manager, f"{url}succession/", name=ICB, reason="Succeeds", **first).status_code == 302
    assert Partner.objects.get(name=CCG).successor_on(date(2022, 7, 1)).name == ICB


NEW = {
    "/partners/new/": {"name": "Barnwood Trust", "kind": "other", **day_of("started_on", 1, 4, 2021)},
    "/subgroups/new/": {"name": "Neglect Subgroup", "reports_to": "2"},
    "/posts/new/": {"name": "Executive Vice-chair", "role": "vice_chair", "subgroup": "1"},
}


@pytest.mark.parametrize("url", NEW)
def test_what_is_added_stands_in_its_list_and_a_form_sent_twice_adds_one(url, manager):
    form = form_of(manager.get(url)) | NEW[url] | {"aliases": " One \n\nAnother", "reason": "Agreed"}
    before = Change.objects.head_at()
    responses = [manager.post(url, form) for _ in range(2)]
    assert [response.status_code for response in responses] == [302, 302]
    assert Change.objects.head_at() == before + 1
    assert NEW[url]["name"] in said(manager.get(responses[1].url))


@pytest.mark.parametrize("url", ["/partners/1/", "/subgroups/cem/", "/posts/1/edit/"])
def test_an_edit_changes_something_and_not_what_nobody_read(url, manager):
    page = manager.get(url)
    form = form_of(page) | filled(page)
    assert "This changes nothing" in said(manager.post(url, form | {"reason": "For its own sake"}))
    assert "Fill in “Reason”." in said(manager.post(url, form | {"name": "Renamed"}))
    assert "is taken" in said(
        manager.post(url, form | {"name": form["name"], "aliases": other(url), "reason": "Named so"})
    )
    assert manager.post(url, form | {"name": "Renamed", "reason": "Misspelt"}).status_code == 302
    stale = manager.post(url, form | {"name": "Named otherwise", "reason": "Misspelt"})
    assert "Somebody changed this while you were writing" in said(stale)


def filled(page) -> dict[str, str]:
    """What stands in the visible fields of the page's form."""
    form = page.context["form"]
    typed = {}
    for bound in form.visible_fields():
        value = bound.value()
        if isinstance(value, date):
            typed |= day_of(bound.name, value.day, value.month, value.year)
        elif value not in (None, False):
            typed[bound.name] = str(value)
    return typed


def other(url) -> str:
    model = {"partners": Partner, "subgroups": Subgroup, "posts": Post}[url.split("/")[1]]
    return model.objects.last().name.upper()


@pytest.mark.parametrize(
    ("url", "typed", "message"),
    [
        ("/subgroups/management-group/", {"reports_to": "cem"}, "cannot report to itself"),
        ("/subgroups/cem/", {"reports_to": "cem"}, "cannot report to itself"),
        ("/subgroups/cem/", {"reports_to": ""}, "Choose “Reports to”."),
        ("/posts/new/", {"name": "A chair", "role": "chair"}, "Choose the body this Chair sits in."),
        ("/partners/1/", day_of("started_on", 99, 1, 2021), "must be a real date"),
        ("/partners/1/", day_of("ended_on", 31, 3, 2021), "The end is before the start."),
        ("/partners/1/", day_of("ended_on", 1, 4, 1021), "Check the year."),
    ],
)
def test_what_the_partnership_cannot_be(url, typed, message, manager):
    if slug := typed.get("reports_to"):
        typed = {"reports_to": str(Subgroup.objects.get(slug=slug).pk)}
    page, before = manager.get(url), Change.objects.head_at()
    assert message in said(manager.post(url, form_of(page) | filled(page) | typed | {"reason": "Agreed"}))
    assert Change.objects.head_at() == before


def test_a_post_that_was_ever_held_keeps_its_role_and_body(manager, send, post, on_record):
    chair = post(QIIP_CHAIR)
    with on_record():
        chair.hand_over(date(2021, 4, 1), None)
    typed = {"name": "Scrutineer of QiiP", "role": "scrutineer", "subgroup": "1", "reason": "Misspelt"}
    assert send(manager, f"/posts/{chair.pk}/edit/", **typed).status_code == 302
    chair = post("Scrutineer of QiiP")
    assert (chair.role, chair.subgroup.slug) == ("chair", "qiip")


def test_the_executive_reports_to_none(manager, send):
    send(manager, "/subgroups/executive/", name="Executive Board", reports_to="2", reason="Renamed")
    executive = Subgroup.objects.get(name="Executive Board")
    assert executive.reports_to is None


@pytest.mark.parametrize("slug", ["executive", "management-group"])
def test_the_bodies_that_decide_are_always_in_place(slug, manager, send):
    typed = {"name": "Renamed", "reports_to": "1", "reason": "Renamed"} | day_of("established_on")
    assert send(manager, f"/subgroups/{slug}/", **typed).status_code == 302
    assert Subgroup.objects.get(slug=slug, name="Renamed").is_in_place()


def test_the_mash_subgroup_is_established_from_a_day_on(manager, send, sign_in, it_is):
    url, update = "/subgroups/mash/", "/plans/2021-22/actions/003/update/"
    form = filled(manager.get(url)) | day_of("established_on", 1, 7, 2021)
    assert send(manager, url, **form | {"reason": "Established by the Executive"}).status_code == 302
    page = re.sub(r"\s+", " ", said(manager.get("/subgroups/")))
    assert "Not in place until 1 July 2021: the chair of the Management Group acts for it" in page
    assert sign_in("mash.chair").get(update).status_code == 403
    it_is(2021, 7, 1)
    assert sign_in("mash.chair").get(update).status_code == 200


def test_two_subgroups_of_one_name_for_addresses_have_two_addresses(manager, send):
    for name in ("New!", "New?"):
        send(manager, "/subgroups/new/", name=name, reports_to="2", reason="Agreed")
    assert set(Subgroup.objects.filter(name__startswith="New").values_list("slug", flat=True)) == {
        "new-2",
        "new-3",
    }


def test_who_may_not_keep_the_lists_is_led_to_no_form(sign_in):
    forms = re.compile(r'href="/(?:partners|subgroups|posts)/[\w/-]*(?:new|edit|handover|succession|mash)/"')
    for url in ("/partners/", "/subgroups/", "/posts/", "/posts/1/"):
        assert forms.search(said(sign_in("business.manager").get(url)))
        assert not forms.search(said(sign_in("management.chair").get(url)))


def test_a_handover_moves_access_at_the_next_request_and_the_past_keeps_its_holder(
    hand_over, post, sign_in, send, action, it_is
):
    before = sign_in("qiip.chair")
    send(before, UPDATE, **GOOD)
    it_is(2021, 9, 14)
    page = hand_over(post(QIIP_CHAIR), 14, 9, 2021, email="Next.Chair@nhs.example", name="Next chair")
    assert page.status_code == 200
    password = re.search(r"Password</dt>\s*<dd[^>]*>\s*(\S+)", said(page))[1]
    assert before.get("/due/").status_code == 403
    after = Client()
    after.post("/sign-in/", {"login": "next.chair@nhs.example", "password": password})
    assert send(after, UPDATE, **GOOD | {"done": "Took it up"}).status_code == 302
    later, earlier = action("006").updates.all()
    assert (earlier.change.actor_name, later.change.actor_name) == (QIIP_CHAIR, "Next chair")
    assert QIIP_CHAIR in said(after.get("/plans/2021-22/actions/006/"))
    ended, started = post(QIIP_CHAIR).holdings.all()
    assert ended.ended_on == started.started_on == date(2021, 9, 14)
    assert ended.change.act == started.change.act and ended.change.reason == "Moved on"


def test_a_password_is_shown_once_and_stands_nowhere_else(manager, post):
    url = f"/posts/{post(QIIP_CHAIR).pk}/handover/"
    typed = {
        "email": "next@nhs.example",
        "name": "Next chair",
        "reason": "Moved on",
        **day_of("on", 14, 9, 2021),
    }
    form = form_of(manager.get(url)) | typed
    first = manager.post(url, form)
    password = first.context["form"].password
    assert password in said(first) and "no-store" in first["Cache-Control"]
    again = manager.post(url, form, follow=True)
    assert again.redirect_chain == [(f"/posts/{post(QIIP_CHAIR).pk}/", 302)]
    assert password not in said(again)
    assert User.objects.get(email="next@nhs.example").check_password(password)
    assert not Change.objects.filter(line__contains=password).exists()


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
    hand_over(held, 14, 9, 2021)
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
    before = Change.objects.head_at()
    typed = {"reason": "Moved on"} | day_of("on", *day) | typed
    assert message in said(send(manager, f"/posts/{post(QIIP_CHAIR).pk}/handover/", **typed))
    assert Change.objects.head_at() == before
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


def test_the_day_from_which_a_post_is_vacant_is_corrected_too(hand_over, post, it_is, manager):
    chair = post(QIIP_CHAIR)
    it_is(2021, 9, 14)
    for days in (1, 20, 10):
        hand_over(chair, days, 9, 2021)
        assert held(chair) == [("qiip.chair", date(2021, 4, 1), date(2021, 9, days))]
    page = said(manager.get(chair.get_absolute_url()))
    assert f"{QIIP_CHAIR}: nobody holds it from 10 September 2021." in page
    assert "From 10 September 2021 nobody holds it." in page
    hand_over(chair, 12, 9, 2021, email="cem.chair@gscp.example")
    hand_over(chair, 13, 9, 2021, email="cem.chair@gscp.example")
    assert held(chair)[0][2] == date(2021, 9, 10), "nobody held it meanwhile"
    assert held(chair)[1][1] == date(2021, 9, 13)


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
