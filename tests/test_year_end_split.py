"""An action is split into several of a draft that has a copy of it: what becomes of the copy is told."""

import pytest

from actions.models import PlanDecision
from tests import test_year_end
from tests.answers import words_of
from tests.conftest import form_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT
from tests.test_year_end_copied import copied

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # once: words of pages
draft, end, confirm = test_year_end.draft, test_year_end.end, test_year_end.confirm


def test_words_of_the_draft_that_a_split_replaces_are_told(
    draft,
    end,
    manager,
    action,
    on_record,
    june,  # noqa: F811  the fixture
):
    with on_record("Copied, and reworded"):
        copy = copied(action("005"), draft)
        copy.text = "Land it in all six agencies"
        copy.save()
    told = "Its words there, “Land it in all six agencies”, give way to “One”"
    typed = {
        "actions": [action("005").pk],
        "fate": "split",
        "plan": draft.pk,
        "parts": "One\nTwo",
        "reason": "Much",
    }
    page = manager.get(test_year_end.END)
    assert told in words_of(manager.post(test_year_end.END, form_of(page) | typed | {"meeting": june.pk}))
    assert end(["005"], "split", plan=draft.pk, parts="One\nTwo").status_code == 302
    decision = PlanDecision.objects.latest("pk")
    assert told in words_of(manager.get(decision.get_absolute_url()))


def test_an_adoption_names_each_action_that_a_split_goes_on_in(
    draft,
    end,
    confirm,
    manager,
    send,
    action,
    on_record,
    june,  # noqa: F811  the fixture
):
    with on_record("Copied"):
        copied(action("005"), draft)
    assert end(["005"], "split", plan=draft.pk, parts="One\nTwo").status_code == 302
    confirm()
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
    page = words_of(manager.get(PlanDecision.objects.latest("pk").get_absolute_url()))
    assert "give way to" not in page, "the copy had no words of its own"
    assert "005 of 2021-22 goes on as 005." in page and "005 of 2021-22 goes on as 005.2." in page
    for address in ("actions/005/", "actions/005-2/"):
        assert "Add a milestone" not in words_of(manager.get(f"{NEXT}{address}")), "the draft is locked"
