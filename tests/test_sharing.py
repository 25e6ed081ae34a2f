"""No test passes, fails or is lost because tests share facts, and two processes share the tests."""

from pathlib import Path

import dj_database_url
import pytest

from gscp import facts
from tests.parts import rows_of, take
from tests.postgres import beside
from tests.rows_of_record import without_triggers
from tests.shared_facts import SHARED

ONCE = pytest.mark.run_in("sqlite")


@pytest.fixture
def patches(monkeypatch):
    """Tests that take it do not name what it patches with."""


@pytest.fixture
def sets(settings):
    """The same with a setting."""


@ONCE
@pytest.mark.django_db
def test_facts_are_shared_where_the_last_entry_and_the_day_say_what_they_are(it_is, started, sign_in):
    it_is(2021, 9, 1)
    assert facts.kept is SHARED
    with without_triggers():
        assert facts.kept is not SHARED


@ONCE
def test_facts_are_not_shared_with_a_test_that_may_patch_what_is_worked_out(monkeypatch):
    assert facts.kept is not SHARED


@ONCE
def test_nor_with_one_whose_fixture_may_patch_it(patches):
    assert facts.kept is not SHARED


@ONCE
def test_nor_with_one_whose_fixture_may_change_a_setting(sets):
    assert facts.kept is not SHARED


@ONCE
@pytest.mark.usefixtures("patches")
def test_nor_where_a_mark_names_the_fixture():
    assert facts.kept is not SHARED


@pytest.mark.django_db
def test_nor_with_one_that_runs_on_both_databases():
    assert facts.kept is not SHARED


class Item:
    def __init__(self, name: str):
        self.path = Path("tests") / name


def test_tests_of_one_file_that_follow_on_each_other_are_a_row():
    rows = rows_of(map(Item, ["test_a.py", "test_a.py", "test_b.py", "test_a.py"]))
    assert list(rows.values()) == ["test_a.py 1", "test_a.py 1", "test_b.py 1", "test_a.py 2"]


def test_no_test_is_lost_where_two_processes_find_different_tests():
    """The other one found a file less: a row that both have is of the same file."""
    one = {*rows_of(map(Item, ["test_a.py", "test_b.py"])).values()}
    other = {*rows_of(map(Item, ["test_b.py"])).values()}
    assert one - other == {"test_a.py 1"} and other < one


def test_a_row_is_taken_once(tmp_path):
    row = tmp_path / "test_a.py 1"
    assert take(row) and take(row), "its second test is of the same process"
    take.cache_clear()
    assert not take(row), "as another process finds it"


def test_of_two_processes_on_one_server_each_has_a_database_of_its_own():
    url = "postgres://gscp:secret@%2Ftmp%2Fgscp-1:5432/postgres?sslmode=disable"
    assert dj_database_url.parse(beside(url)) == dj_database_url.parse(url) | {"NAME": "postgres_other"}
