"""A table read into a draft: rows of actions that go on with others is said before it is recorded."""

import pytest

from tests.test_importing import GOOD, HEADINGS, IMPORT, RECORD, choose, read_at_once, text  # noqa: F401
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT, confirm, draft, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: a page of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_a_row_with_other_words_for_a_carried_action_is_told(draft, end, confirm, manager, read_at_once):
    assert f"{NEXT}import/" == IMPORT
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    confirm()
    choose(manager, [HEADINGS, ["005", "Agree who answers at night", *GOOD[2:]]])
    page = text(manager.get(RECORD))
    assert "It goes on with 005 of 2021-22" in page
    assert "Reports and rating of that stay with it, whatever its words say." in page
