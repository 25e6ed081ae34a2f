"""An index that hides a row from pages is told by a walk: always on SQLite, with amcheck on PostgreSQL."""

import pytest
from django.core.management import call_command
from django.db import connection

from scrutiny.proof import indexes
from scrutiny.proof.indexes import rows
from tests.test_attacks import ONLY_POSTGRESQL, ONLY_SQLITE, found, rewriting_catalogue
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db
NOT_CHECKED = "Not checked: whether each index names every row."


@pytest.fixture
def amcheck():
    if not rows("SELECT FROM pg_available_extensions WHERE name = 'amcheck'"):
        pytest.skip("no index was checked: this PostgreSQL cannot have the extension amcheck")
    sql("CREATE EXTENSION IF NOT EXISTS amcheck")


@ONLY_SQLITE
def test_an_index_that_hides_an_update_is_told(committed, report, action):
    report("005", rating="amber")
    [(name, text)] = rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'actions_progressupdate' "
        'AND sql LIKE \'%("action_id", "change_id")\''
    )
    sql(f"DROP INDEX {name}")
    sql(f"{text} WHERE action_id IS NULL")
    with rewriting_catalogue():
        sql("UPDATE sqlite_master SET sql = %s WHERE name = %s", text, name)
    assert not action("005").updates.exists(), "the page shows nothing of it"
    assert any(f"missing from index {name}" in what for what in found())


@ONLY_POSTGRESQL
def test_an_index_of_postgresql_that_hides_an_update_is_told(committed, amcheck, report, action):
    """Made again over fewer rows, and the catalogue then says that it is over all of them."""
    report("005", rating="amber")
    assert found() == [] and indexes.unchecked() == ""
    [(name, text)] = rows(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'actions_progressupdate' "
        "AND indexdef LIKE '%(action_id, change_id)'"
    )
    sql(f"DROP INDEX {name}")
    sql(f"{text} WHERE action_id IS NULL")
    sql(f"UPDATE pg_index SET indpred = NULL WHERE indexrelid = '{name}'::regclass")
    connection.close()  # which knows the index as it was
    sql("SET enable_seqscan = off")
    assert not action("005").updates.exists(), "the page shows nothing of it"
    [told] = found()
    assert f"the index {name} is damaged: heap tuple" in told and "lacks matching index tuple" in told


@ONLY_POSTGRESQL
def test_an_index_in_the_order_of_another_collation_is_told(committed, amcheck):
    """As after an upgrade of the machine that sorts letters otherwise: a look-up takes the wrong branch."""
    sql('CREATE INDEX by_text ON gscp_changetext (left(value, 40) COLLATE "C")')
    assert found() == []
    sql(
        "UPDATE pg_index SET indcollation = pg_collation.oid::text::oidvector FROM pg_collation "
        "WHERE collname = 'und-x-icu' AND indexrelid = 'by_text'::regclass"
    )
    connection.close()  # which knows the index as it was
    [told] = found()
    assert "the index by_text is damaged: item order invariant violated" in told


@ONLY_POSTGRESQL
def test_a_role_that_may_not_call_amcheck_is_told_so_and_of_no_damage(amcheck):
    sql("CREATE ROLE tracker")
    sql("GRANT USAGE ON SCHEMA public TO tracker")
    sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO tracker")
    sql("SET LOCAL ROLE tracker")
    assert found() == [] and indexes.unchecked().startswith(NOT_CHECKED)
    sql("RESET ROLE")
    sql("GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean) TO tracker")
    sql("SET LOCAL ROLE tracker")
    assert found() == [] and indexes.unchecked() == ""


@ONLY_POSTGRESQL
def test_indexes_that_cannot_be_checked_are_told_aloud(capsys):
    sql("DROP EXTENSION IF EXISTS amcheck")
    call_command("verify_history")
    assert NOT_CHECKED in capsys.readouterr().out
