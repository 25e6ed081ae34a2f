"""A constraint that was made again under its own name, and lets other rows in, is told."""

import pytest
from django.db import connection  # noqa: F401  the marks of tests for one database read it

from gscp.record import defences
from tests.test_attacks import ONLY_POSTGRESQL, ONLY_SQLITE, rewriting_catalogue
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db
HOLDS_NOT = "the database does not hold {} of {}"
REMADE = {  # under its own name
    "a check of nothing": (
        HOLDS_NOT.format("a_seat_is_in_a_group", "subgroups_post"),
        "ALTER TABLE subgroups_post DROP CONSTRAINT a_seat_is_in_a_group, "
        "ADD CONSTRAINT a_seat_is_in_a_group CHECK (id IS NOT NULL)",
    ),
    "a check that lets one more in": (
        HOLDS_NOT.format("a_seat_is_in_a_group", "subgroups_post"),
        "ALTER TABLE subgroups_post DROP CONSTRAINT a_seat_is_in_a_group, "
        "ADD CONSTRAINT a_seat_is_in_a_group CHECK "
        "(group_id IS NOT NULL OR role IN ('business_manager', 'scrutineer', 'chair'))",
    ),
    "an index of fewer rows": (
        HOLDS_NOT.format("one_holder_of_a_post_at_a_time", "subgroups_postholding"),
        "DROP INDEX one_holder_of_a_post_at_a_time; CREATE UNIQUE INDEX one_holder_of_a_post_at_a_time "
        "ON subgroups_postholding (post_id) WHERE ended_on IS NULL AND post_id < 0",
    ),
    "a check by a function of somebody's own": (
        HOLDS_NOT.format("a_holding_ends_after_it_starts", "subgroups_postholding"),
        "CREATE SCHEMA evil; CREATE FUNCTION evil.f(date, date) RETURNS boolean LANGUAGE sql IMMUTABLE AS "
        "'SELECT $1 IS NULL OR $1 >= $2'; "
        "ALTER TABLE subgroups_postholding DROP CONSTRAINT a_holding_ends_after_it_starts, "
        "ADD CONSTRAINT a_holding_ends_after_it_starts CHECK (evil.f(ended_on, started_on))",
    ),
    "an index over an expression too": (
        HOLDS_NOT.format("public", "gscp_recordkey") + " to be unique",
        "ALTER TABLE gscp_recordkey DROP CONSTRAINT gscp_recordkey_public_key; "
        "CREATE UNIQUE INDEX gscp_recordkey_public_key ON gscp_recordkey (public, (id + 0))",
    ),
    "an index of a column that is called otherwise now": (
        HOLDS_NOT.format("one_holder_of_a_post_at_a_time", "subgroups_postholding"),
        "DROP INDEX one_holder_of_a_post_at_a_time; "
        "ALTER TABLE subgroups_postholding RENAME ended_on TO was; "
        "CREATE UNIQUE INDEX one_holder_of_a_post_at_a_time ON subgroups_postholding (post_id) "
        "WHERE was IS NULL",
    ),
}


@ONLY_POSTGRESQL
@pytest.mark.parametrize("kind", REMADE)
def test_what_was_remade_under_its_own_name_is_told(kind):
    told, statements = REMADE[kind]
    assert defences.weaknesses() == []
    sql(statements)
    assert told in defences.weaknesses()


@ONLY_SQLITE
def test_an_index_over_an_expression_too_is_told_on_sqlite(committed):
    told, statements = REMADE["an index over an expression too"]
    with rewriting_catalogue():
        sql(
            "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL UNIQUE', ' NOT NULL') "
            "WHERE name = 'gscp_recordkey'"
        )
        sql("DELETE FROM sqlite_master WHERE type = 'index' AND sql IS NULL AND tbl_name = 'gscp_recordkey'")
    sql(statements.partition("; ")[2])
    assert told in defences.weaknesses()
