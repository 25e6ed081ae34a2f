"""How a partnership begins: with nothing on record, step by step, by the Business Manager."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from actions.models import BusinessPlan
from actions.models.discarding import discard
from gscp.record import Change
from subgroups.models import Group, Partner, Partnership, Post, User
from tests.answers import said, words_of
from tests.conftest import form_of
from tests.partnership import day_of
from tests.test_every_page import check_words

pytestmark = pytest.mark.django_db
NEW_GROUP = "/groups/new/"
FIRST = {"name": "Board", **day_of("established_on", 1, 4, 2021), "reason": "First entered"}


@pytest.fixture
def beginner(nothing_on_record, it_is):
    """The Business Manager of an installation that holds nothing else."""
    it_is(2021, 4, 1)
    call_command("appoint", "business.unit@council.example", "Business Manager", stdout=StringIO())
    client = Client()
    client.force_login(User.objects.get(), backend="subgroups.accounts.PostBackend")
    return client


def steps(client) -> list[str]:
    """The steps of the first page, by their buttons."""
    page = said(client.get("/missing/")).partition("Set up the partnership")[2].partition("</ol>")[0]
    return re.findall(r"class=\"govuk-button[^>]*>\s*([^<]+?)\s*<", page)


def test_the_first_appointment_makes_the_post_and_a_later_one_makes_none(beginner):
    post = Post.objects.get()
    assert (post.name, post.role) == ("Business Manager", "business_manager")
    assert beginner.get("/").url == "/missing/"
    with pytest.raises(
        CommandError, match="No post is called “Chair of Nothing”. These are on record: “Business Manager”."
    ):
        call_command("appoint", "someone@council.example", "Chair of Nothing")
    assert Post.objects.count() == 1


def test_the_first_post_is_that_of_the_business_manager_whatever_name_is_given(nothing_on_record, it_is):
    it_is(2021, 4, 1)
    before = Change.objects.count()
    with pytest.raises(CommandError, match="“Executive Chair”. The first one is “Business Manager”."):
        call_command("appoint", "first@council.example", "Executive Chair")
    assert Change.objects.count() == before and not User.objects.exists()
    call_command("appoint", "first@council.example", "business manager", stdout=StringIO())
    assert Post.objects.get().name == "Business Manager"


def test_the_first_page_lists_what_is_still_to_set_up(beginner, on_record):
    assert steps(beginner) == ["Name it", "Add a partner", "Add a group", "Make the draft"]
    with on_record():
        Partnership(name="Wessex", short_name="Wessex", access_contact="BU", data_contact="BU").save()
        Partner(name="Wessex Council", kind="council", started_on="2021-04-01").save()
        board = Group(name="Board", slug="board", takes_decisions=True, established_on="2021-04-01")
        board.save()
    left = ["Record the quorum", "Add the post", "Add the post", "Add a partner", "Add a group"]
    assert steps(beginner) == [*left, "Make the draft"]
    page = beginner.get("/posts/new/?group=board")
    assert (page.context["form"]["name"].value(), page.context["form"]["role"].value()) == (
        "Board Chair",
        "chair",
    )
    assert "Board Chair" not in said(beginner.get("/posts/new/?group=%00"))
    with on_record():
        Post(name="Board Chair", role="chair", group=board).save()
        Post(name="Independent Scrutineer", role="scrutineer").save()
    assert steps(beginner) == ["Record the quorum", "Add a partner", "Add a group", "Make the draft"]
    assert beginner.get("/posts/new/?group=board").context["form"]["role"].value() == ""


def test_once_a_plan_is_published_there_is_nothing_to_set_up(manager):
    assert steps(manager) == []


def test_after_a_first_draft_was_discarded_the_steps_go_on(beginner, on_record):
    with on_record():
        plan = BusinessPlan(label="2021-22", title="Plan", first_day="2021-04-01", last_day="2022-03-31")
        vars(plan).update({"green_means": "On course", "amber_means": "At risk", "red_means": "Off course"})
        plan.save()
    assert "It counts once a meeting adopts it." in words_of(beginner.get("/missing/"))
    with on_record():
        discard(plan)
    assert steps(beginner) == ["Name it", "Add a partner", "Add a group", "Make the draft"]


def test_the_first_group_is_the_top_one(beginner):
    page = beginner.get(NEW_GROUP)
    assert "This is the top group." in said(page) and not {"reports_to", "takes_decisions"} & set(
        page.context["form"].fields
    )
    sent = form_of(page) | FIRST
    without_day = beginner.post(NEW_GROUP, sent | day_of("established_on"))
    assert list(without_day.context["form"].errors) == ["established_on"], "one message"
    assert beginner.post(NEW_GROUP, sent).url == "/groups/"
    board = Group.objects.get()
    assert board.is_top and board.decides()
    last = Change.objects.last_number()
    told = words_of(beginner.post(NEW_GROUP, sent, follow=True))
    assert "This was sent and recorded before" in told and Change.objects.last_number() == last
    assert "reports_to" in beginner.get(NEW_GROUP).context["form"].fields


def test_of_two_first_groups_the_second_is_refused(beginner):
    pages = [form_of(beginner.get(NEW_GROUP)) for _ in range(2)]
    beginner.post(NEW_GROUP, pages[0] | FIRST)
    told = words_of(beginner.post(NEW_GROUP, pages[1] | FIRST | {"name": "Another board"}))
    assert "Another group is on record by now." in told
    assert Group.objects.get().name == "Board", "no form puts a group above the top one"


def test_a_top_group_that_is_not_in_place_is_refused(beginner):
    page = form_of(beginner.get(NEW_GROUP))
    told = words_of(beginner.post(NEW_GROUP, page | FIRST | day_of("established_on", 1, 5, 2021)))
    assert "The group above all others takes decisions and is in place." in told
    assert not Group.objects.exists()


def test_the_first_plan_begins_with_words_for_its_ratings(beginner):
    form = beginner.get("/plans/new/").context["form"]
    assert form["green_means"].value() == "On course to be complete by its date."


def test_pages_without_anything_on_record_are_in_plain_words(beginner):
    paths = ["/missing/", "/groups/", NEW_GROUP, "/partners/", "/posts/", "/plans/", "/plans/new/"]
    paths += ["/decisions/", "/exceptions/", "/meetings/", "/due/"]
    pages = {path: said(beginner.get(path)) for path in paths}
    check_words(pages)
    assert "No group is on record yet. Begin with the top group." in pages["/groups/"]
    assert "No partner is on record yet." in pages["/partners/"]
    assert not re.search(r"\bNone\b", pages["/decisions/"]), "of no group"
