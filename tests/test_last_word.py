"""What decides who has the last word on an action is no slip: a group that stands as high agrees it."""

import re

import pytest
from django.core.exceptions import ValidationError

from actions.models import ActionLead, Amendment, ExceptionReport, PlanDecision
from actions.models.last_word import BY_A_MEETING, group_with_last_word
from gscp.record import Change
from scrutiny.proof.walk import verify
from subgroups.models import Group, Post
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.factories import let_lead
from tests.test_amendments import agreed, words  # noqa: F401  fixtures
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import at_executive, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_005, AT_006 = (f"/plans/2021-22/actions/{ref}/" for ref in ("005", "006"))
LOWER = "/plans/2021-22/bulk/?on=005&on=006&on=002&change=priority&priority=low"
ONLY = "Only a meeting of it, or of a group above it, can agree this change."


def group(slug: str) -> Group:
    return Group.objects.get(slug=slug)


@pytest.mark.parametrize(
    ("priority", "slug", "lead", "expected"),
    [
        ("low", "cem", "", "management-group"),
        ("", "cem", "", "management-group"),
        ("high", "cem", "", "executive"),
        ("low", "management-group", "", "executive"),
        ("low", "cem", "Management Group Chair", "executive"),
        ("low", "cem", "QiiP Subgroup Chair", "management-group"),
        ("low", "executive", "", "executive"),
        ("high", "executive", "Management Group Chair", "executive"),
    ],
)
def test_it_is_the_group_up_to_which_the_end_of_an_action_goes(priority, slug, lead, expected, action, user):
    leads = list(Post.objects.filter(name=lead))
    assert bool(leads) == bool(lead)
    assert group_with_last_word(priority, group(slug), leads).slug == expected
    subject = action("005")
    subject.priority, subject.group = priority, group(slug)
    subject.current_leads = [ActionLead(post=post) for post in leads]
    for kind in ("completion", "withdrawal"):
        report = ExceptionReport(action=subject, kind=kind)
        report.with_group = report.first_group(user("business.manager"))
        while report.must_be_escalated:
            report.with_group = report.next_group
        assert report.with_group.slug == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("priority", lambda: "low"),
        ("group", lambda: group("cem").pk),
        ("leads", lambda: [Post.objects.get(name="Resolution Group Chair").pk]),
    ],
)
def test_a_slip_changes_nothing_of_it(name, value, words, manager, send, action):
    before, sent = Change.objects.count(), words | {"kind": "slip", "title": "Another", name: value()}
    page = words_of(send(manager, f"{AT_006}edit/", **sent))
    assert "This decides who has the last word, so a meeting agrees it" in page
    assert Change.objects.count() == before and not Amendment.objects.exists()
    with pytest.raises(ValidationError, match="so a meeting agrees it"):
        Amendment(action=action("006"), changed=name).check_change([])


def test_the_form_says_how_it_is_changed_with_a_link_to_that(manager, june):
    page = manager.get(f"{AT_006}edit/")
    says = (
        "The priority, the responsible group and the posts that lead it decide who has the last word on it."
    )
    assert f"{says} To change those, choose A meeting agreed a change" in words_of(page)
    [link] = re.findall(r'href="#(id_kind[^"]*)"', html_of(page))
    assert re.search(rf'id="{link}"[^>]*value="agreed"', html_of(page))


def test_where_a_meeting_decided_its_end_the_form_has_none_of_it(end, words, manager, send):
    assert end(["006"], "withdrawn").status_code == 302
    page = html_of(manager.get(f"{AT_006}edit/"))
    assert 'name="title"' in page
    assert [name for name in BY_A_MEETING if f'name="{name}"' in page] == []
    sent = words | {"kind": "slip", "priority": "low"}
    assert "A meeting has decided how Action 006 ends" in words_of(send(manager, f"{AT_006}edit/", **sent))
    assert not Amendment.objects.exists()


def test_only_who_has_the_last_word_or_a_group_above_agrees_a_lower_priority(
    june, at_executive, words, manager, send, sign_in, action
):
    at_005 = {name: getattr(action("005"), name) for name in ("title", "text", "who", "timescale")}
    at_005 |= {"driver": action("005").driver_id, "group": action("005").group_id, "priority": "low"}
    at_005 |= {"leads": [post.pk for post in action("005").lead_posts], "kind": "agreed", "reason": "Less"}
    before = Change.objects.count()
    refused = words_of(send(manager, f"{AT_005}edit/", **at_005, meeting=june.pk))
    assert f"The Executive has the last word on Action 005. {ONLY}" in refused
    assert Change.objects.count() == before
    assert send(manager, f"{AT_005}edit/", **at_005, meeting=at_executive.pk).status_code == 302
    decision = PlanDecision.objects.get()
    assert sign_in("management.chair").get(f"{decision.get_absolute_url()}confirm/").status_code == 403
    assert send(sign_in("executive"), f"{decision.get_absolute_url()}confirm/").status_code == 302
    assert action("005").priority == "low"
    assert [str(finding) for finding in verify().findings] == []


@pytest.mark.parametrize(
    ("was", "new", "refused"),
    [
        ({"priority": "medium"}, {"priority": "low"}, False),
        ({"priority": "medium"}, {"priority": "high"}, False),
        ({"priority": "high"}, {"priority": ""}, True),
        ({"priority": "high"}, {"group": "qiip"}, False),  # the Executive keeps the last word
        ({"priority": "low", "group": "management-group"}, {"group": "qiip"}, True),
        ({"priority": "low", "leads": "Management Group Chair"}, {"leads": "QiiP Subgroup Chair"}, True),
        ({"priority": "low"}, {"leads": "Management Group Chair"}, False),
        ({"priority": "high"}, {"title": "Another"}, False),
    ],
)
def test_the_management_group_takes_the_last_word_from_nobody(
    was, new, refused, agreed, words, manager, send, on_record, action, june
):
    with on_record():
        subject = action("006")
        subject.priority = was["priority"]
        subject.group = group(was.get("group", "cem"))
        subject.save()
        let_lead(subject, *Post.objects.filter(name=was.get("leads", "")))
    typed = words | {"priority": was["priority"], "group": subject.group_id}
    typed |= {"leads": [post.pk for post in action("006").lead_posts]}
    values = {"group": lambda one: group(one).pk, "leads": lambda one: [Post.objects.get(name=one).pk]}
    typed |= {name: values.get(name, str)(value) for name, value in new.items()}
    answer = send(manager, f"{AT_006}edit/", **typed | {"kind": "agreed", "meeting": june.pk})
    assert (answer.status_code == 200) == refused
    assert (ONLY in words_of(answer)) == refused
    assert PlanDecision.objects.exists() != refused


def test_what_came_to_have_it_since_it_was_entered_is_asked_again(agreed, on_record, action, sign_in, send):
    decision = agreed(priority="low")
    with on_record():
        subject = action("006")
        subject.priority = "high"
        subject.save()
    answer = send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert f"The Executive has the last word on Action 006. {ONLY}" in words_of(answer)
    assert action("006").priority == "high"


def test_of_several_each_is_named_on_which_another_group_has_it(june, at_executive, manager, sign_in, action):
    sent = form_of(manager.get(LOWER)) | {"reason": "Less money"}
    refused = words_of(manager.post(LOWER, sent | {"meeting": june.pk}))
    assert f"The Executive has the last word on Action 002, Action 005. {ONLY}" in refused
    assert not PlanDecision.objects.exists()
    assert manager.post(LOWER, sent | {"meeting": at_executive.pk}).status_code == 302
    assert PlanDecision.objects.get().amendments.count() == 3
