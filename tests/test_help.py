"""The help pages: made from the tables that the pages work by, so that they say what is so."""

from datetime import date

import pytest
from django.test import Client
from django.urls import get_resolver
from rules.permissions import permissions

from actions import findings
from actions import help as tables
from actions.deadlines import deadlines_of
from actions.help import ROLES
from actions.measure_rules import MEASURE_RULES
from actions.models.action import Action
from actions.models.chain import MOVES, TERMS, Kind, State
from actions.rules import RULES
from subgroups.models import Target
from subgroups.published import MEANINGS
from tests.access_table import TABLE
from tests.answers import said, words_of
from tests.factories import measure_of, read

# Once: words of pages and tables of Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
# Whose page of help is whose.
ROLE_OF = {
    "executive": "top-group",
    "management.chair": "deciding-group",
    "business.manager": "business-manager",
    "scrutineer": "scrutineer",
    "cem.chair": "chair",
    "qiip.chair": "chair",
    "mash.chair": "chair",
    "resolution.chair": "chair",
}


def role(slug):
    return next(one for one in ROLES if one.slug == slug)


@pytest.mark.parametrize(("name", "slug"), ROLE_OF.items())
def test_help_begins_with_what_one_s_own_post_does(name, slug, sign_in):
    client = sign_in(name)
    assert f'href="/help/roles/{slug}/">What you do here</a>' in said(client.get("/help/"))
    page = words_of(client.get(f"/help/roles/{slug}/"))
    assert "What you do here" in page and "What others do here" not in page
    assert [sentence for sentence in role(slug).may if sentence not in page] == []


def test_who_holds_no_post_reads_what_there_is_and_who_gives_posts(sign_in, user, on_record):
    with on_record():
        held = user("qiip.chair").holdings.get()
        held.end(held.started_on, may_move_end=True)
    client = sign_in("qiip.chair")
    first = client.get("/")
    assert first.status_code == 403 and said(first).count('href="/help/"') == 1
    page = client.get("/help/")
    assert page.status_code == 200
    assert "The Business Manager records who holds a post, and from which day." in words_of(page)
    assert "With any post you can read the plans, the meetings" in words_of(page)
    assert "What you do here" not in words_of(page)
    for path in ("rules/", "words/", "never/", "roles/chair/"):
        assert client.get(f"/help/{path}").status_code == 403
    assert Client().get("/help/").url.startswith("/sign-in/")


def views(patterns=None, found=None) -> dict[str, str]:
    """The permission that each URL's view asks for."""
    found = {} if found is None else found
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            views(pattern.url_patterns, found)
        else:
            found[pattern.name] = getattr(pattern.callback, "permission", "")
    return found


def test_a_role_s_page_lists_what_that_role_can_do():
    """Against the table of who may open and send what, to which tests hold every page."""
    asked = views()
    for slug in set(ROLE_OF.values()):
        names = {name for name, one in ROLE_OF.items() if one == slug}
        can = {
            asked[row.name]
            for row in TABLE
            if isinstance(row.may_get, frozenset) and names & (row.may_get | row.may_post)
        }
        can &= set(permissions)
        listed = set(role(slug).permissions)
        assert can <= listed, f"{slug} can do more than its page says"
        # Of their own groups' reports and actions, of which that table has none.
        beyond = {"top-group": {"report", "ask", "confirm", "enter_decision", "decide", "agree"}}
        beyond["top-group"] |= {"consent_to_redaction"}  # asked of who may decide on a redaction
        beyond["deciding-group"] = {"ask", "decide", "accept_holder"}
        beyond["business-manager"] = {"decide"}
        own = {"correct_update", "change_request", "take_back", "keep_register", "keep_measures"}
        own |= {"supply_readings", "correct_reading", "confirm_readings", "add_evidence"}
        for slug_of_chair in ("top-group", "deciding-group", "chair"):
            beyond[slug_of_chair] = beyond.get(slug_of_chair, set()) | own
        beyond["business-manager"] |= {"change_request"}  # of what waits for a chair's word
        assert listed - can <= beyond.get(slug, set()), f"{slug} can do less than its page says"


def test_everything_of_the_tables_has_its_words():
    assert tables.PERMISSIONS.keys() == set(permissions)
    assert tables.STATUSES.keys() == set(Action.Status)
    assert tables.STATES.keys() == set(State)
    assert tables.KINDS.keys() == set(Kind)
    assert sorted(tables.GLOSSARY, key=str.lower) == list(tables.GLOSSARY)


def test_nothing_can_be_asked_of_an_action_that_is_carried_forward(sign_in):
    assert not any(terms.can_stand(Action.Status.CARRIED_FORWARD) for terms in TERMS.values())
    page = words_of(sign_in("cem.chair").get("/help/words/"))
    assert "It goes on in the next plan with its dates. What is still asked of it lapses." in page


def test_a_chair_reads_what_can_be_asked_and_a_group_what_it_can_answer(sign_in):
    client = sign_in("cem.chair")
    chair, group = (words_of(client.get(f"/help/roles/{slug}/")) for slug in ("chair", "deciding-group"))
    for terms in TERMS.values():
        assert f"{terms.label} {terms.help}" in chair
    for move in MOVES:
        said_there = f"{move.label_in_general} {move.help}"
        assert said_there in group, "the chair of a deciding group can do all of it"
        assert (said_there in chair) == (move.permission in role("chair").permissions)


@pytest.mark.run_in("sqlite", "postgresql")  # it counts what the SQL of the rules finds
def test_the_page_of_the_rules_says_each_and_how_many_it_finds(played, sign_in):
    client = sign_in("scrutineer")
    response, counts = client.get("/help/rules/"), findings.of_live_plans().counts()
    for rule in RULES:
        assert f"{rule.title} {rule.meaning}" in words_of(response)
        assert (
            f'href="/exceptions/found/?rule={rule.name}">{counts[rule.name]} action' in said(response)
        ) == (counts[rule.name] > 0)
    assert 0 < sum(map(bool, counts.values())) < len(RULES)
    example = "For example action 003. Due 31 December 2021: 68 days late and not complete."
    assert example in words_of(response)


def test_the_page_of_the_rules_says_each_of_the_measures_and_how_many_it_finds(
    member, sign_in, on_record, user, it_is
):
    it_is(2021, 6, 1)
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 4, 1))
        read(measure, user("qiip.chair"), date(2021, 4, 1), 40, 80)
        read(measure, user("qiip.chair"), date(2021, 5, 1), 20, 80)
        Target(measure=measure, period=date(2021, 4, 1), value=800).save()
    page = words_of(sign_in("scrutineer").get("/help/rules/"))
    assert len(MEASURE_RULES) == 6
    for rule in MEASURE_RULES:
        assert f"{rule.title} {rule.meaning}" in page
    off_target, worse = MEASURE_RULES[0].meaning, MEASURE_RULES[1].meaning
    why = "25.0% in May 2021: the target is 80.0%, within 5.0 percentage points."
    assert f"{off_target} For example Places taken up : {why} 1 measure" in page
    assert f"{worse} For example Places taken up : 50.0% in April 2021, 25.0% in May 2021. 1 measure" in page
    assert f"{MEASURE_RULES[2].meaning} None" in page


def test_the_words_of_scorecards_and_the_letters_of_hidden_figures_are_told(sign_in):
    page = words_of(sign_in("cem.chair").get("/help/words/"))
    words = {"Measure", "Target", "Tolerance", "Baseline", "Limits", "Mean", "Different from usual"}
    assert words < tables.OF_SCORECARDS.keys()
    assert sorted(tables.OF_SCORECARDS) == list(tables.OF_SCORECARDS)
    assert tables.LETTERS.keys() == MEANINGS.keys()
    for word, meaning in (tables.OF_SCORECARDS | tables.LETTERS).items():
        assert f"{word} {meaning}" in page


def test_the_help_of_a_chair_says_when_papers_close(played, sign_in, user):
    client = sign_in("cem.chair")
    meeting = deadlines_of(user("cem.chair").chaired_groups[0]).next_meeting
    assert f'href="{meeting.get_absolute_url()}"' in said(client.get("/help/roles/chair/"))
    assert meeting.get_absolute_url() not in said(client.get("/help/roles/scrutineer/"))


def test_the_key_to_the_ratings_is_the_plan_s(sign_in, on_record, action):
    plan = action("005").plan
    with on_record():
        plan.red_means = "Stopped, until a group decides"
        plan.save()
    assert "Red Stopped, until a group decides" in words_of(sign_in("cem.chair").get("/help/words/"))


@pytest.mark.parametrize("address", ["/help/roles/nobody/", "/help/nothing/"])
def test_no_other_page_of_help_is_found(address, sign_in):
    assert sign_in("cem.chair").get(address).status_code == 404


@pytest.mark.parametrize("address", ["/accessibility/", "/privacy/"])
def test_anybody_reads_the_statements_and_whom_to_write_to(address, sign_in):
    page = words_of(Client().get(address))
    assert "Write to the GSCP Business Unit" in page
    assert f'href="{address}"' in said(Client().get("/sign-in/"))
    assert f'href="{address}"' in said(sign_in("cem.chair").get("/due/"))


def test_help_is_a_link_away_on_every_page(sign_in):
    client = sign_in("scrutineer")
    for address in (
        "/scrutiny/",
        "/plans/2021-22/",
        "/scrutiny/as-at/2021-04-01/plans/2021-22/",
        "/nowhere/",
    ):
        assert 'href="/help/">Help</a>' in said(client.get(address)), address
    assert "/help/" not in said(Client().get("/sign-in/"))


@pytest.mark.parametrize(("name", "slug"), ROLE_OF.items())
def test_a_demonstration_guides_through_the_first_ten_minutes(name, slug, sign_in, settings):
    client = sign_in(name)
    page = words_of(client.get("/", follow=True))
    assert "Your first ten minutes" in page
    assert [step for step in role(slug).first_minutes if step not in page] == []
    assert "first ten minutes" not in words_of(client.get("/plans/2021-22/actions/005/"))
    settings.DEMO_TODAY = None
    assert "first ten minutes" not in words_of(client.get("/", follow=True))
