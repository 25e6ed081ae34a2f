"""The search finds what was said before and stays in view: words that were changed, corrected or not so."""

import pytest

from actions.models import (
    Amendment,
    BusinessPlan,
    ExceptionStep,
    PlanDecision,
    ProgressUpdate,
    StrategicDriver,
)
from tests.answers import html_of, words_of
from tests.factories import ActionFactory, draft_plan
from tests.test_amendments import AT_006, agreed, words  # noqa: F401  fixtures
from tests.test_mended_updates import correct, for_chair  # noqa: F401  fixtures
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_register import REGISTER
from tests.test_search_all import links, look  # noqa: F401  fixtures
from tests.test_update import GOOD
from tests.test_year_end import confirm  # noqa: F401  a fixture

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
PAGE_006, PROGRESS_005 = f"{REGISTER}actions/006/", f"{REGISTER}actions/005/#progress"


def test_published_words_are_found_once_a_meeting_has_changed_them(agreed, confirm, look, sign_in, report):
    report("006", rating="green", done="Begun")
    agreed(text="Hold giraffes", title="Giraffes")
    assert links(look("giraffes", kind="actions")) == [], "it waits for its chair"
    waiting = look("giraffes", kind="plan_decisions")
    assert links(waiting) == [PlanDecision.objects.get().get_absolute_url()]
    assert "New words: “<mark>Giraffes</mark>”" in html_of(waiting)
    confirm()
    assert links(look("giraffes", kind="actions")) == [PAGE_006]
    for by in ("develop and stabilise", "DÉVELOP stabilise"):
        was = look(by, kind="actions")
        assert links(was) == [PAGE_006], by
    assert "Before it was changed: “<mark>Develop</mark> and <mark>Stabilise</mark>" in html_of(was)
    assert "Develop and Stabilise" in words_of(sign_in("scrutineer").get(PAGE_006))
    page = sign_in("scrutineer").get(REGISTER, {"text": "stabilise"})
    assert "Before it was changed: “Develop and Stabilise" in words_of(page)


def test_as_at_a_moment_before_it_was_changed_they_are_its_words(agreed, confirm, look, it_is):
    it_is(2021, 6, 16)
    agreed(title="Giraffes")
    confirm()
    it_is(2021, 6, 20)
    assert "Before it was changed" in words_of(look("stabilise", kind="actions"))
    then = look("stabilise", then="/scrutiny/as-at/2021-06-14", kind="actions")
    assert links(then) and "Before it was changed" not in words_of(then)
    assert links(look("giraffes", then="/scrutiny/as-at/2021-06-14")) == []


def test_words_of_a_draft_are_not_found_once_they_were_edited(look, on_record, action):
    with on_record():
        plan = draft_plan("2022-23")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=plan, driver=driver, group=action("006").group, ref="1", text="Ask pelicans")
    for text, status in (("Ask giraffes", "draft"), ("Ask giraffes", "live"), ("Ask zebras", "live")):
        with on_record():
            plan = BusinessPlan.objects.get(label="2022-23")
            plan.status = status
            plan.save()
            slip = Amendment(action=plan.actions.get(), changed="text", text=text)
            slip.save()
            slip.apply()
    assert links(look("pelicans")) == [], "no plan ever said so"
    for text in ("giraffes", "zebras"):
        assert links(look(text)) == ["/plans/2022-23/actions/1/"]


def test_a_slip_is_found_by_its_reason_and_by_the_words_before(look, words, manager, send, action):
    slip = words | {
        "kind": "slip",
        "title": "Develop and steady zebra training",
        "reason": "The printer ate pelicans",
    }
    assert send(manager, f"{AT_006}edit/", **slip).status_code == 302
    found = look("pelicans", kind="actions")
    assert links(found) == [PAGE_006]
    assert "Slip corrected on" in words_of(found) and "ate <mark>pelicans</mark>" in html_of(found)
    assert links(look("stabilise", kind="actions")) == [PAGE_006]
    assert "The printer ate pelicans" in words_of(manager.get(PAGE_006))


def test_a_report_is_found_by_what_it_said_before(look, report, correct, sign_in):
    update = report("005", "Two zebras left", rating="amber", done="Met giraffes")
    assert correct(update, done="Met pelicans", what_was_wrong="No walrus came").status_code == 302
    for typed, why in (
        ("giraffes", "What was done: “Met <mark>giraffes</mark>”"),
        ("pelicans", "What was done: “Met <mark>pelicans</mark>”"),
        ("walrus", "What was wrong: “No <mark>walrus</mark> came”"),
    ):
        found = look(typed, kind="updates")
        assert links(found) == [PROGRESS_005] and why in html_of(found), typed
        assert ("2021-22: corrected since" in words_of(found)) == (typed == "giraffes")
        assert typed in words_of(sign_in("scrutineer").get(PROGRESS_005))
    listed = words_of(sign_in("scrutineer").get(REGISTER, {"text": "giraffes"}))
    assert "which counts no more: “Met giraffes”" in listed


def test_what_is_not_so_is_found_and_why(look, for_chair, asked, sign_in, send):
    update = for_chair(**GOOD | {"done": "Met giraffes"})
    report = asked(by="business.manager")
    chair, step = sign_in("cem.chair"), ExceptionStep.objects.get()
    assert send(chair, f"/updates/{update.pk}/not-so/", why="Those were zebras").status_code == 302
    assert send(chair, f"/decisions/{step.pk}/not-so/", why="Nobody asked the pelicans").status_code == 302
    assert not ProgressUpdate.objects.standing().exists()
    for typed, why in (("giraffes", "What was done"), ("zebras", "Why it is not so")):
        found = look(typed, kind="updates")
        assert links(found) == [PROGRESS_005] and f"{why}: “" in words_of(found)
        assert "2021-22: the chair said that it is not so" in words_of(found)
    found = look("pelicans", kind="decisions")
    assert links(found) == [report.get_absolute_url()]
    assert "Why it is not so: “Nobody asked the <mark>pelicans</mark>”" in html_of(found)
    for typed in ("zebras", "pelicans"):
        assert typed in words_of(sign_in("scrutineer").get(REGISTER, {"text": typed}))


def test_what_was_taken_back_is_found_by_what_it_would_have_changed(agreed, look, manager, send):
    decision = agreed(text="Hold giraffes")
    send(manager, f"{decision.get_absolute_url()}take-back/", reason="A slip of the hand")
    found = look("giraffes")
    assert links(found) == [decision.get_absolute_url()]
    assert "Hold giraffes" in words_of(manager.get(decision.get_absolute_url()))
