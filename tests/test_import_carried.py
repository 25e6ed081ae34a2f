"""A table read into a draft: rows of actions that go on with others is said before it is recorded."""

from datetime import date

import pytest

from tests.test_importing import GOOD, HEADINGS, IMPORT, RECORD, choose, read_at_once, text  # noqa: F401
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT, confirm, draft, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: a page of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_a_row_with_other_words_for_a_carried_action_is_told(
    draft, end, confirm, manager, read_at_once, action, on_record
):
    with on_record("Dated"):
        dated = action("005")
        dated.original_date = date(2021, 9, 30)
        dated.save()
    assert f"{NEXT}import/" == IMPORT
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    confirm()
    choose(manager, [HEADINGS, ["005", "Agree who answers at night", *GOOD[2:]]])
    page = text(manager.get(RECORD))
    assert "It goes on with 005 of 2021-22" in page
    assert "Timescale Now" in page and "Date Now" not in page, "its date comes with it"
    assert "Reports, rating and any date of it stay, whatever the words say." in page
