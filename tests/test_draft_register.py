"""What the register of a draft finds is what it shows: what comes of the actions that go on in it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.filters import keys_in_register
from actions.models import Action
from tests.answers import words_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT, confirm, draft, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.fixture
def going_on(draft, end, confirm, report, on_record, action):
    """005 and 006 go on in the draft, and then are reported on."""
    assert end(["006", "005", "001"], "carried_forward", plan=draft.pk).status_code == 302
    assert confirm().status_code == 302
    report("005", rating="red")
    report("006", rating="green")
    with on_record():
        for ref, day in (("005", date(2021, 12, 31)), ("001", date(2021, 9, 30))):
            dated = action(ref)
            dated.original_date = day
            dated.save()
    return draft


FOUND = {
    "": ["001", "005", "006"],
    "rating=red": ["005"],
    "rating=none": ["001"],
    "status=in_progress": ["005", "006"],
    "status=not_started": ["001"],
    "status=in_progress&rating=green": ["006"],
    "status=complete": [],
    "sort=rating": ["005", "006", "001"],
    "sort=-rating": ["006", "005", "001"],
    "sort=status": ["001", "005", "006"],
    "sort=-status": ["005", "006", "001"],
    "sort=due": ["001", "005", "006"],
    "sort=-due": ["005", "001", "006"],
    "sort=-ref": ["006", "005", "001"],
    "rating=red&sort=-due": ["005"],
    "rating=blue": [],
}


def test_it_is_filtered_and_sorted_by_what_it_shows(going_on):
    refs = dict(Action.objects.filter(plan=going_on).values_list("pk", "ref"))
    assert {query: [refs[key] for key in keys_in_register(going_on, query)] for query in FOUND} == FOUND


def test_the_register_the_glance_and_the_file_find_it(going_on, sign_in):
    reader = sign_in("scrutineer")
    for page in ("", "glance/"):
        assert "1 action" in words_of(reader.get(f"{NEXT}{page}?rating=red"))
    rows = reader.get(f"{NEXT}export.csv?rating=red").content.decode()
    assert "005" in rows and "006" not in rows


def test_it_asks_as_much_for_many_as_for_few(draft, end, confirm):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            keys_in_register(draft, "status=not_started&sort=due")
        return len([one for one in captured if "gscp_change" not in one["sql"]])

    end(["005"], "carried_forward", plan=draft.pk)
    confirm()
    of_one = asked()
    end(["001", "002", "003", "006"], "carried_forward", plan=draft.pk)
    confirm()
    assert asked() == of_one
