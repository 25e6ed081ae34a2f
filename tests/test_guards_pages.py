"""Guards of pages that no other test misses: what a list leaves out, what a page escapes."""

import re
from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client
from django.urls import NoReverseMatch

from actions.findings import of_live_plans
from actions.models import BusinessPlan
from gscp import components
from gscp.record import Change
from scrutiny.kinds import KINDS
from subgroups.models import Group, Meeting, Partner, Post, PostHolding, User
from tests.factories import ActionFactory, another_plan
from tests.test_register import numbers

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def read(client, url) -> str:
    return client.get(url).content.decode()


@pytest.fixture
def next_year(on_record):
    """An action of the plan of 2022/23, which is live already; red, and of the QiiP Subgroup."""
    with on_record("Next year's plan"):
        driver = another_plan("2022-23", "Next year", date(2022, 4, 1), date(2023, 3, 31))
        action = ActionFactory.build(
            plan=driver.plan, driver=driver, group=Group.objects.get(slug="qiip"), ref="901", rating="red"
        )
        action.save()
    return action


def test_the_change_history_of_a_plan_leaves_out_another_plan(next_year, sign_in):
    reader, changes = sign_in("scrutineer"), "/scrutiny/changes/?plan={}&kind=plan"
    of_plans = Change.objects.filter(model__in=KINDS["plan"].models)
    assert len({change.plan for change in of_plans}) == 2
    for label in ("2021-22", "2022-23"):
        its_own = of_plans.filter(plan=BusinessPlan.objects.get(label=label).pk)
        assert set(numbers(reader.get(changes.format(label)))) == {change.number for change in its_own}


@pytest.mark.parametrize("url", ["/exceptions/found/", "/due/", "/missing/"])
def test_a_list_shows_the_open_actions_of_every_plan(url, next_year, sign_in, on_record):
    """Until the plan is closed, whatever the year."""
    chair, address = sign_in("qiip.chair"), f'href="{next_year.get_absolute_url()}"'
    assert address in read(chair, url)
    with on_record("Closed"):
        next_year.status = "withdrawn"
        next_year.save()
        next_year.plan.status = "closed"
        next_year.plan.save()
    assert address not in read(chair, url)
    assert next_year.pk not in {row.action for row in of_live_plans()}, "nor is it counted"


def test_the_counts_of_a_dashboard_are_of_every_plan_that_is_not_closed(next_year, sign_in):
    page = read(sign_in("management.chair"), "/exceptions/")
    assert "<strong>1</strong> Rated red" in page
    assert 'href="/plans/2021-22/?group=' not in page, "no one register has all that a bar counts"


def test_moments_to_choose_from_are_the_papers_of_bodies_that_decide(on_record, sign_in, it_is):
    it_is(2021, 9, 14)
    with on_record():
        closing = Meeting.objects.get(date="2021-06-15").papers_close.replace(day=3)
        Meeting(group=Group.objects.get(slug="qiip"), date="2021-06-10", papers_close=closing).save()
    page = read(sign_in("scrutineer"), "/scrutiny/as-at/")
    assert "/scrutiny/as-at/2021-06-08T17:00:00/" in page
    assert "/scrutiny/as-at/2021-06-03T17:00:00/" not in page


def test_a_holding_that_was_called_off_is_not_among_who_held_a_post(user, on_record, sign_in):
    post = Post.objects.get(name="QiiP Subgroup Chair")
    day = date(2021, 5, 1)
    with on_record():
        PostHolding(post=post, user=user("executive"), started_on=day, ended_on=day).save()
    page = read(sign_in("scrutineer"), post.get_absolute_url())
    assert str(user("qiip.chair")) in page.split("Who held it")[1]
    assert str(user("executive")) not in page.split("Who held it")[1]


def test_a_partner_s_kind_can_be_corrected_until_it_is_in_a_succession(sign_in, on_record):
    manager, police = sign_in("business.manager"), Partner.objects.get(kind="police")
    assert 'name="kind"' in read(manager, f"/partners/{police.pk}/edit/")
    with on_record():
        police.be_succeeded_by(Partner(name="Western Constabulary"), date(2022, 4, 1))
    for partner in (police, police.succeeded_by):
        assert 'name="kind"' not in read(manager, f"/partners/{partner.pk}/edit/")


def test_a_link_to_a_page_that_does_not_exist_is_a_fault_unless_the_entry_is_damaged():
    with pytest.raises(NoReverseMatch):
        Template('{% record_url "papers" %}').render(Context())
    with pytest.raises(NoReverseMatch):
        Template('{% record_url "changes" "typo" %}').render(Context())
    links = Template("{% for number in numbers %}{{ number|entry_url }} {% endfor %}")
    assert links.render(Context({"numbers": [40, -40, 10**15]})).split() == ["/scrutiny/changes/40/"]


@pytest.mark.run_in("sqlite")  # markup
def test_what_was_and_is_is_escaped():
    page = Template("{% load gscp %}{% was_and_is was now %}").render(
        Context({"was": SCRIPT, "now": SCRIPT[1:]})
    )
    assert "<script>" not in page and page.startswith("<del>&lt;script&gt;")


@pytest.mark.run_in("sqlite")  # markup
def test_the_help_text_of_a_field_is_escaped():
    class Form(forms.Form):
        name = forms.CharField(help_text=SCRIPT)

    assert "&lt;script&gt;" in components.field(Form()["name"])
    assert "<script>" not in components.field(Form()["name"])


@pytest.mark.run_in("sqlite")  # pages of an account
def test_who_holds_no_post_signs_out_and_changes_the_password(on_record):
    with on_record():
        former = User(email="former.chair@gscp.example", name="Former chair")
        former.set_password("still the former chair's")
        former.save()
    client = Client()
    client.force_login(former, backend="subgroups.accounts.PostBackend")
    page = client.get("/plans/")
    assert page.status_code == 403
    assert "You hold none today, so nothing can be shown." in page.content.decode()
    assert "Password" in read(client, "/account/password/")
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/plans/").url.startswith("/sign-in/")


@pytest.mark.parametrize(
    ("url", "marked"),
    [
        ("/scrutiny/", {"/scrutiny/": "page"}),
        ("/scrutiny/changes/", {"/scrutiny/changes/": "page"}),
        ("/scrutiny/changes/40/", {"/scrutiny/changes/": "true"}),
        ("/account/password/", {}),
    ],
)
@pytest.mark.run_in("sqlite")  # markup
def test_the_navigation_marks_the_page_or_the_one_that_it_lies_under(url, marked, sign_in):
    links = re.findall(r'<a class="govuk-service-navigation__link"([^>]*)>', read(sign_in("scrutineer"), url))
    current = {}
    for link in links:
        if mark := re.search(r'aria-current="(\w+)"', link):
            current[re.search(r'href="([^"]*)"', link)[1]] = mark[1]
    assert links and current == marked


@pytest.mark.parametrize("probe", ["/health/live", "/health/ready"])
def test_a_probe_is_asked_and_told_nothing(probe, client):
    assert client.get(probe).status_code == 200
    assert client.head(probe).status_code == 200
    assert client.post(probe).status_code == 405
