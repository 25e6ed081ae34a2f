"""No test passes, fails or is lost because tests share facts, and two processes share the tests."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import dj_database_url
import pytest
from django.db import connection

from actions.models import Action
from gscp import facts
from gscp.record import Change, history_of
from gscp.record.triggers import expected_triggers
from tests import made_once, postgres, sign_ins
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
    anew = take.__wrapped__  # to forget what this process took would lose the tests after this one
    assert not anew(row), "as another process finds it"


def test_of_two_processes_on_one_server_each_has_a_database_of_its_own():
    url = "postgres://gscp:secret@%2Ftmp%2Fgscp-1:5432/postgres?sslmode=disable"
    assert dj_database_url.parse(beside(url)) == dj_database_url.parse(url) | {"NAME": "postgres_other"}


def test_a_server_keeps_in_memory_what_need_not_reach_the_disk_if_there_is_room(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "MEMORY", tmp_path)
    monkeypatch.setattr(postgres, "ROOM", 0)
    assert postgres.place_of_data(("fsync=off",)) == tmp_path and postgres.place_of_data(()) is None
    monkeypatch.setattr(postgres, "ROOM", 2**60)
    assert postgres.place_of_data(("fsync=off",)) is None


def test_rows_are_made_by_the_first_process_and_read_by_the_others(tmp_path):
    made = []

    def make():
        made.append(1)
        return {Action: [{"ref": "005", "original_date": date(2021, 9, 30)}], history_of(Action): []}

    first = made_once.rows(str(tmp_path), "played", make)
    other = made_once.rows(str(tmp_path), "played", make)
    assert first[0] == other[0] and list(first[0]) == list(other[0]) and len(made) == 1
    assert (first[1], other[1]) == (True, False), "the first has them in its database already"
    assert made_once.rows("", "played", make)[1] and len(made) == 2, "alone"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL copies its database by name")
def test_the_others_begin_with_the_database_of_the_first(committed, tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "TEST", {"NAME": str(tmp_path / "other")})
    made_once.leave_database(tmp_path / "published", None)
    made_once.take_database(tmp_path / "published")
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        [last] = other.execute("SELECT number, hash FROM gscp_change ORDER BY number DESC LIMIT 1")
        assert last == Change.objects.values_list("number", "hash").latest("number")
        [triggers] = other.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        assert triggers[0] == len(expected_triggers())
        sessions = {key for (key,) in other.execute("SELECT session_key FROM django_session")}
        assert sessions == {*sign_ins.SESSIONS.values()} and len(sessions) > 5


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's is a file")
@pytest.mark.django_db
def test_on_postgresql_they_copy_that_of_the_first_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "TEST", {})
    made_once.leave_database(tmp_path / "published", SimpleNamespace(copied="test_published"))
    made_once.take_database(tmp_path / "published")
    assert connection.settings_dict["TEST"] == {"MIGRATE": False, "TEMPLATE": "test_published"}


@ONCE
@pytest.mark.django_db
def test_two_sign_ins_of_one_person_are_two_sessions_and_end_with_the_password(sign_in, user):
    page = "/account/password/"
    one, other = sign_in("cem.chair"), sign_in("cem.chair")
    assert one.cookies["sessionid"].value != other.cookies["sessionid"].value
    assert one.get(page).status_code == other.get(page).status_code == 200
    account = user("cem.chair")
    account.set_password("another one of twelve")
    account.save(update_fields=["password"])
    assert one.get(page).status_code == 302
    assert sign_in("cem.chair").get(page).status_code == 200
