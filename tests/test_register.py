"""The register and the timeline: filters that stay in the address, pages that cost the same at any size."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action
from gscp import clock, facts
from gscp.record import Actor, Change
from tests.factories import ActionFactory
from tests.generator import in_bulk

pytestmark = pytest.mark.django_db
REGISTER = "/plans/2021-22/"


def refs(response):
    return sorted(set(re.findall(r'/actions/(\w+)/(?:\?[^"]*)?"', response.content.decode())))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["001", "002", "003", "004", "005", "006"]),
        ("group=mash", ["003"]),
        ("priority=high", ["002", "004", "005"]),
        ("status=not_started", ["001", "002", "003", "004", "005", "006"]),
        ("status=complete", []),
        ("rating=none", ["001", "002", "003", "004", "006"]),
        ("rating=amber", ["005"]),
        ("text=strategy", ["005"]),
        ("text=learning+Hub", ["006"]),
        ("text=CCG", ["001", "006"]),
        ("text=003", ["003"]),
        ("priority=medium&text=thresholds", ["003"]),
    ],
)
def test_filters(query, expected, sign_in, action, on_record):
    with on_record():
        rated = action("005")
        rated.rating = "amber"
        rated.save()
    assert refs(sign_in("scrutineer").get(f"{REGISTER}?{query}")) == expected


def test_a_partner_s_actions_are_those_of_its_spellings_and_not_ended_ones(sign_in, action, on_record):
    health = action("006").ownerships.get().partner
    reader = sign_in("scrutineer")
    assert refs(reader.get(f"{REGISTER}?owner={health.pk}")) == ["001", "006"]
    with on_record():
        ownership = action("006").ownerships.get()
        ownership.ended_on = "2021-04-01"
        ownership.save()
    assert refs(reader.get(f"{REGISTER}?owner={health.pk}")) == ["001"]


@pytest.mark.parametrize(
    "query",
    [
        "group=nowhere",
        "owner=x",
        "priority=1",
        "text=%00",
        "text=" + "x" * 300,
        "page=x",
        "page=999999",
        "rating[]=red",
    ],
)
def test_a_filter_that_makes_no_sense_is_no_error(query, sign_in):
    assert sign_in("scrutineer").get(f"{REGISTER}?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "since-day=31&since-month=2&since-year=2021",
        "since-day=1&since-month=1&since-year=99999",
        "since-day=%00&since-month=1&since-year=2021",
        "until-day=31&until-month=12&until-year=9999",
        "since-day=1&since-month=1&since-year=0001",
        "action=%00",
        "action=0000000000000000000",
        "group=x",
        "object=x",
        "object=actions.action:99999999999999999999999",
        "before=x",
        "before=9999999999999999999999999",
        "before=1e400",
        "after=NaN",
        "before=-5",
        "before=1.5",
    ],
)
def test_a_timeline_filter_that_makes_no_sense_is_no_error(query, sign_in):
    assert sign_in("scrutineer").get(f"/scrutiny/changes/?{query}").status_code == 200


def numbers(response):
    return list(map(int, dict.fromkeys(re.findall(r"/scrutiny/changes/(\d+)/", response.content.decode()))))


def test_the_timeline_shows_old_and_new_who_and_why(sign_in, send):
    send(
        sign_in("cem.chair"),
        "/plans/2021-22/actions/005/update/",
        done="Briefed",
        difference="None yet",
        rating="amber",
        reason="Two agencies have no lead",
    )
    page = sign_in("scrutineer").get("/scrutiny/changes/?action=005").content.decode()
    for words in ("Two agencies have no lead", "Amber", "Not started", "In progress"):
        assert words in page
    # Who and from which post, once: the sentence has the post, and under it stands the organisation.
    assert "The Child Exploitation and Missing Subgroup Chair reported on 005: rated amber," in page
    assert page.count("Gloucestershire Constabulary</p>") == 1


def test_the_timeline_filters(sign_in, action, on_record, it_is):
    it_is(2021, 9, 14)
    with on_record():
        moved = action("005")
        moved.review_date = "2021-12-01"
        moved.save()
    reader, head = sign_in("scrutineer"), Change.objects.last_number()
    since = "since-day=14&since-month=9&since-year=2021"
    until = "until-day=13&until-month=9&until-year=2021"
    assert numbers(reader.get(f"/scrutiny/changes/?{since}")) == [head]
    assert head not in numbers(reader.get(f"/scrutiny/changes/?{until}"))
    assert head in numbers(reader.get(f"/scrutiny/changes/?{until.replace('=13', '=14')}"))
    group = moved.group_id
    of_group = numbers(reader.get(f"/scrutiny/changes/?group={group}"))
    assert of_group[0] == head
    assert set(of_group) == set(Change.objects.filter(group=group).values_list("number", flat=True))
    of_action = numbers(reader.get("/scrutiny/changes/?action=005"))
    assert set(of_action) == set(Change.objects.filter(action=moved.pk).values_list("number", flat=True))
    of_object = numbers(reader.get(f"/scrutiny/changes/?object=actions.action:{moved.pk}"))
    assert of_object == [
        head,
        Change.objects.get(model="actions.action", object_id=moved.pk, created=True).number,
    ]


def test_paging_reaches_every_change_once_in_both_directions(sign_in):
    reader = sign_in("scrutineer")
    seen, page = [], reader.get("/scrutiny/changes/")
    while True:
        seen += numbers(page)
        older = re.search(r'href="([^"]*before=[^"]*)"', page.content.decode())
        if not older:
            break
        page = reader.get(f"/scrutiny/changes/{older[1]}")
    everything = list(Change.objects.order_by("-number").values_list("number", flat=True))
    assert seen == everything
    back = []
    while newer := re.search(r'href="([^"]*after=[^"]*)"', page.content.decode()):
        page = reader.get(f"/scrutiny/changes/{newer[1]}")
        back = numbers(page) + back
    assert back and back[0] == everything[0]


def many(name, count):
    """That many actions more, on record as one act; every second one's subgroup is not in place yet."""
    alike = list(Action.objects.filter(ref__in=["001", "003"]).select_related("plan", "driver", "group"))
    with in_bulk() as record, record(Actor("Test"), "A larger plan", clock.now(), uuid4()):
        for number in range(count):
            like = alike[number % 2]
            ActionFactory.build(
                plan=like.plan,
                driver=like.driver,
                group=like.group,
                ref=f"{name}{number}",
                slug=f"{name}{number}",
                position=number,
            ).save()


@pytest.mark.run_in("sqlite")  # as many statements on both
def test_pages_cost_the_same_at_any_size(sign_in, played):
    """A register of 10,000 actions, and all that lists actions or changes, for no more queries than of 10.

    On a record with a past: meetings held, reports asked and decided.
    """
    reader = sign_in("management.chair")
    urls = [REGISTER, f"{REGISTER}?priority=low&group=resolution&owner=1&text=something", "/exceptions/"]
    urls += ["/scrutiny/changes/", "/due/", "/decisions/", "/missing/", "/exceptions/found/"]
    urls += [f"{REGISTER}glance/", f"{REGISTER}?text=met&sort=-due"]
    urls += ["/exceptions/reports/", "/meetings/management-group/2022-03-15/", f"{REGISTER}actions/005/"]
    urls += ["/scrutiny/", f"/scrutiny/as-at/2022-02-01{REGISTER}", "/scrutiny/as-at/2022-02-01/exceptions/"]

    def costs():
        """Of each page, looked at first and again."""
        for url in urls:
            facts.kept.clear()
            for again in (False, True):
                with CaptureQueriesContext(connection) as queries:
                    response = reader.get(url)
                assert response.content.count(b"<tr") <= 160, "a page has room for so many rows, not for all"
                yield (url, again), len(queries)

    # PostgreSQL is asked once in each process what a constraint's condition means, however large the record.
    reader.get("/scrutiny/")
    many("A", 4)
    small = dict(costs())
    many("B", 9_990)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself, a minute later
    assert Action.objects.count() == 10_000
    # Where none of the rows of a page was asked about, nothing more is asked of those.
    assert {key: (count, small[key]) for key, count in costs() if count > small[key]} == {}
    again = {url: count for (url, is_again), count in small.items() if is_again}
    # Of the seven one is for what its reader began and did not send.
    assert again[urls[0]] <= 5 and again[urls[1]] <= 5 and again["/exceptions/"] <= 7, (
        "one of them for what its reader began and did not send"
    )


def test_a_day_of_review_that_has_passed_says_so(sign_in, on_record, it_is):
    chair, passed = sign_in("cem.chair"), "That day has passed."
    with on_record():
        action = Action.objects.get(ref="005")
        action.review_date = date(2021, 6, 10)
        action.save()
    for day, is_past in ((10, False), (11, True)):
        it_is(2021, 6, day)
        assert (passed in chair.get(REGISTER).content.decode()) == is_past
        assert (passed in chair.get("/due/").content.decode()) == is_past
    with on_record():
        action = Action.objects.get(ref="005")
        action.original_date = date(2021, 9, 30)  # from now on it is this day that it is late by
        action.save()
    assert passed not in chair.get(REGISTER).content.decode()
