"""The Business Manager keeps the lists of partners, groups and posts: what is added, changed, refused."""

import re
from datetime import date

import pytest

from gscp.record import Change
from subgroups.models import Group, Partner, Post
from tests.answers import said
from tests.conftest import form_of
from tests.partnership import QIIP_CHAIR, day_of, filled

# Once: what forms add, change and refuse.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
NEW = {
    "/partners/new/": {"name": "Barnwood Trust", "kind": "other", **day_of("started_on", 1, 4, 2021)},
    "/groups/new/": {"name": "Neglect Subgroup", "reports_to": "2"},
    "/posts/new/": {"name": "Second Executive Vice-chair", "role": "vice_chair", "group": "1"},
}


@pytest.mark.parametrize("url", NEW)
def test_what_is_added_stands_in_its_list_and_a_form_sent_twice_adds_one(url, manager):
    form = form_of(manager.get(url)) | NEW[url] | {"aliases": " One \n\nAnother", "reason": "Agreed"}
    before = Change.objects.last_number()
    responses = [manager.post(url, form) for _ in range(2)]
    assert [response.status_code for response in responses] == [302, 302]
    assert Change.objects.last_number() == before + 1
    assert NEW[url]["name"] in said(manager.get(responses[1].url))


@pytest.mark.parametrize("url", ["/partners/1/edit/", "/groups/cem/edit/", "/posts/1/edit/"])
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


@pytest.mark.run_in("sqlite", "postgresql")  # entries since are found by SQL
def test_what_happens_elsewhere_makes_no_form_stale(manager, on_record):
    page = manager.get("/partners/1/edit/")
    with on_record():
        elsewhere = Partner.objects.exclude(pk=1).first()
        elsewhere.aliases = "Another spelling"
        elsewhere.save()
    form = form_of(page) | filled(page) | {"name": "Renamed", "reason": "Misspelt"}
    assert manager.post("/partners/1/edit/", form).status_code == 302


def other(url) -> str:
    model = {"partners": Partner, "groups": Group, "posts": Post}[url.split("/")[1]]
    return model.objects.last().name.upper()


@pytest.mark.parametrize(
    ("url", "typed", "message"),
    [
        ("/groups/management-group/edit/", {"reports_to": "cem"}, "cannot report to itself"),
        ("/groups/cem/edit/", {"reports_to": "cem"}, "cannot report to itself"),
        ("/groups/cem/edit/", {"reports_to": ""}, "Choose “Reports to”."),
        ("/posts/new/", {"name": "A chair", "role": "chair"}, "Choose the group this Chair sits in."),
        ("/partners/1/edit/", day_of("started_on", 99, 1, 2021), "must be a real date"),
        ("/partners/1/edit/", day_of("ended_on", 31, 3, 2021), "The end is before the start."),
        ("/partners/1/edit/", day_of("ended_on", 1, 4, 1021), "Check the year."),
    ],
)
def test_what_the_partnership_cannot_be(url, typed, message, manager):
    if slug := typed.get("reports_to"):
        typed = {"reports_to": str(Group.objects.get(slug=slug).pk)}
    page, before = manager.get(url), Change.objects.last_number()
    assert message in said(manager.post(url, form_of(page) | filled(page) | typed | {"reason": "Agreed"}))
    assert Change.objects.last_number() == before


def test_a_post_that_was_ever_held_keeps_its_role_and_group(manager, send, post, on_record):
    chair = post(QIIP_CHAIR)
    with on_record():
        chair.hand_over(date(2021, 4, 1), None)
    typed = {"name": "Scrutineer of QiiP", "role": "scrutineer", "group": "1", "reason": "Misspelt"}
    assert send(manager, f"/posts/{chair.pk}/edit/", **typed).status_code == 302
    chair = post("Scrutineer of QiiP")
    assert (chair.role, chair.group.slug) == ("chair", "qiip")


def test_the_executive_reports_to_none(manager, send):
    send(manager, "/groups/executive/edit/", name="Executive Board", reports_to="2", reason="Renamed")
    executive = Group.objects.get(name="Executive Board")
    assert executive.reports_to is None


def test_the_group_above_all_others_is_always_in_place_and_decides(manager, send):
    typed = {"name": "Renamed", "reports_to": "2", "reason": "Renamed"} | day_of("established_on")
    assert send(manager, "/groups/executive/edit/", **typed).status_code == 302
    top = Group.objects.top()
    assert (top.slug, top.name, top.decides()) == ("executive", "Renamed", True)


def test_the_mash_subgroup_is_established_from_a_day_on(manager, send, sign_in, it_is):
    url, update = "/groups/mash/edit/", "/plans/2021-22/actions/003/update/"
    form = filled(manager.get(url)) | day_of("established_on", 1, 7, 2021)
    assert send(manager, url, **form | {"reason": "Established by the Executive"}).status_code == 302
    page = re.sub(r"\s+", " ", said(manager.get("/groups/")))
    assert "Not in place until 1 July 2021: the chair of the Management Group acts for it" in page
    assert sign_in("mash.chair").get(update).status_code == 403
    it_is(2021, 7, 1)
    assert sign_in("mash.chair").get(update).status_code == 200


def test_two_groups_of_one_name_for_addresses_have_two_addresses(manager, send):
    for name in ("New!", "New?"):
        send(manager, "/groups/new/", name=name, reports_to="2", reason="Agreed")
    assert set(Group.objects.filter(name__startswith="New").values_list("slug", flat=True)) == {
        "new-2",
        "new-3",
    }


def test_who_may_not_keep_the_lists_is_led_to_no_form(sign_in):
    forms = re.compile(r'href="/(?:partners|groups|posts)/[\w/-]*(?:new|edit|handover|succession|quorum)/"')
    for url in ("/partners/", "/groups/", "/posts/", "/posts/1/", "/partners/1/", "/groups/mash/"):
        assert forms.search(said(sign_in("business.manager").get(url)))
        assert not forms.search(said(sign_in("management.chair").get(url)))
