"""What somebody with the database's password tries, triggers standing: it is refused, or a walk finds it."""

from contextlib import contextmanager

import orjson
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from actions.models import Action, ProgressUpdate
from gscp.record import Actor, Change, NotSigned, Signature, defences, ledger, recording, signing, triggers
from gscp.record.looking_back import Past, looking_back
from gscp.record.recording import Recording
from gscp.record.signature import LastAct
from gscp.record.sql import insert_statement, run
from scrutiny import checker
from scrutiny.proof import export
from scrutiny.proof.walk import verify
from tests.rows_of_record import without_triggers
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db
ONLY_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own")
ONLY_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's own")


def found() -> list[str]:
    return [str(finding) for finding in verify().findings]


@contextmanager
def forging(actor, secret="ab" * 32):
    """As the attacker's own program does it, which signs with a key of its own."""

    def signature(act):
        signed = signing.private_key(secret).sign(ledger.signed_bytes(act.hash)).hex()
        return Signature(change_id=act.number, key=signing.public_key(secret), signature=signed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recording, "signature", signature)
        with recording(actor, "As decided") as act:
            yield act


def test_an_entry_forged_in_the_executive_s_name_is_told(action, user):
    with forging(user("executive")) as act:
        rate(action("001"))
    number, told = act.number, f"by another key, {ledger.fingerprint(signing.public_key('ab' * 32))}"
    assert [f"Entry {number}: it is signed {told}."] == found()
    assert any(told in what for what in checker.check(export.lines())[0])


def test_an_entry_whose_signature_is_made_up_is_told(action, user):
    with forging(user("executive")) as act:
        rate(action("001"))
        own = signing.public_key()
        act.signature = lambda: Signature(change_id=act.number, key=own, signature="ab" * 64)
    assert found() == [f"Entry {act.number}: its signature is not one of its hash."]
    assert checker.check(export.lines())[0] == found()


def test_no_entry_follows_an_act_that_is_not_signed(action, on_record, monkeypatch):
    def unsigned():
        run(insert_statement(act.texts), insert_statement(act.changes))

    with on_record() as act:
        rate(action("001"))
        act.write = unsigned
    number = act.number
    with pytest.raises(NotSigned, match=f"up to entry {number}"), on_record():
        pytest.fail("No act begins after it.")
    monkeypatch.setattr(LastAct, "is_unsigned", False)
    # SQLite takes no row of it, and PostgreSQL no entry.
    with pytest.raises(IntegrityError, match="not through recording|in its turn"), on_record() as act:
        rate(action("002"))
        act.write = unsigned
    assert found() == [f"Entry {number}: its act is not signed."]
    assert checker.check(export.lines())[0] == ["The last act is not signed."]


def test_no_entry_is_added_to_an_act_that_is_signed(action, on_record):
    last = Change.objects.last()
    with pytest.raises(IntegrityError, match="in its turn"), on_record() as act:
        act.act = last.act
        rate(action("001"))
    triggers.remove()
    with on_record() as act:
        act.act = last.act
        rate(action("001"))
    assert sorted(found()) == [
        f"Entry {act.number}: it is of another person, post or moment than the entry before it of its act.",
        f"Entry {act.number}: its act was signed before it.",
    ]
    assert sorted(checker.check(export.lines())[0]) == sorted(found())


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gscp_signature SET signature = key",
        "DELETE FROM gscp_signature",
        "INSERT INTO gscp_signature (change_id, key, signature) SELECT number, hash, hash FROM gscp_change "
        "WHERE number NOT IN (SELECT change_id FROM gscp_signature) ORDER BY number DESC LIMIT 1",
    ],
)
def test_signatures_are_only_added_and_only_to_the_last_entry(attack):
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(attack)


def rate(subject):
    subject.rating = "amber" if subject.rating == "green" else "green"
    subject.save()


def move(update, other):
    """To another action, as an entry of its own: `part_of` does not hold a program of the attacker's."""
    with pytest.MonkeyPatch.context() as patch, recording(Actor("Test"), "moved"):
        patch.setattr(ProgressUpdate, "part_of", ())
        patch.setattr(ProgressUpdate, "concerns", lambda row: row.action.concerns())
        update.action = other
        update.save()


def test_an_update_is_not_moved_to_another_action(report, action):
    """A page as at an earlier moment takes the action from the row of today: it would lose the update."""
    update = report("005", rating="amber")
    then = Past.read(str(update.change_id))
    with pytest.raises(IntegrityError, match="not through recording"):
        move(ProgressUpdate.objects.get(pk=update.pk), action("001"))
    assert found() == []
    triggers.remove()
    move(ProgressUpdate.objects.get(pk=update.pk), action("001"))
    with looking_back(then):
        assert not action("005").updates.exists()
    one = f"actions.progressupdate {update.pk}"
    first, later = update.change_id, Change.objects.last_number()
    assert found() == [
        f"Entry {first}: {one}: what it is part of has changed.",
        f"Entry {later}: {one}: its “action” changed, and that stays as it was entered.",
    ]


@contextmanager
def rewriting_catalogue():
    sql("PRAGMA writable_schema = ON")
    yield
    sql("PRAGMA writable_schema = RESET")
    connection.close()


@ONLY_SQLITE
def test_a_collation_lets_nothing_pass(committed):
    """One that calls capitals and small letters the same."""
    with rewriting_catalogue():
        sql(
            "UPDATE sqlite_master SET sql = replace(sql, '\"title\" text NOT NULL', "
            "'\"title\" text NOT NULL COLLATE NOCASE') WHERE name LIKE 'actions%action'"
        )
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        sql("UPDATE actions_action SET title = upper(title)")
    told = "the table actions_action is not written as migrations write it"
    assert told in defences.weaknesses()
    triggers.remove()
    sql("UPDATE actions_action SET title = upper(title)")
    assert any("the row of today is not its history row" in what for what in found())


AS_IF_HIGH = [
    "CREATE SCHEMA evil",
    "CREATE TYPE evil.prio AS ENUM ('high', 'medium', 'low', '')",
    "CREATE FUNCTION evil.f(evil.prio) RETURNS text LANGUAGE sql IMMUTABLE AS "
    "$$ SELECT CASE $1 WHEN 'medium' THEN 'medium' ELSE 'high' END $$",
    "CREATE CAST (evil.prio AS text) WITH FUNCTION evil.f(evil.prio)",
    "ALTER TABLE actions_action ALTER COLUMN priority TYPE evil.prio "
    "USING (CASE priority WHEN 'high' THEN 'low' ELSE priority END)::evil.prio",
]


@ONLY_POSTGRESQL
def test_a_type_with_a_cast_of_its_own_hides_nothing():
    for statement in AS_IF_HIGH:
        sql(statement)
    assert Action.objects.filter(priority="low").exists()
    assert "the column priority of actions_action is not as migrations make it" in defences.weaknesses()
    assert any("cannot compare dissimilar column types" in what for what in found())
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("UPDATE actions_action SET priority = 'medium'")


OPERATOR_OF_AN_EXTENSION = [
    "CREATE FUNCTION always(varchar, varchar) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always)",
    "ALTER EXTENSION plpgsql ADD FUNCTION always(varchar, varchar)",
    "ALTER EXTENSION plpgsql ADD OPERATOR = (varchar, varchar)",
]


@ONLY_POSTGRESQL
def test_an_operator_hidden_in_an_extension_lets_nothing_pass():
    for statement in OPERATOR_OF_AN_EXTENSION:
        sql(statement)
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        sql("UPDATE actions_action SET rating = 'green'")
    told = "the operator = is none of ours, and may be taken for what ours ask for"
    assert told in defences.weaknesses()


@ONLY_POSTGRESQL
def test_a_function_that_says_it_replicates_is_refused_as_any_other():
    sql("CREATE SCHEMA elsewhere")
    sql(
        "CREATE FUNCTION elsewhere.write() RETURNS void LANGUAGE sql SECURITY DEFINER "
        "SET session_replication_role = replica AS $$ UPDATE actions_action SET rating = 'green' $$"
    )
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        sql("SELECT elsewhere.write()")


@ONLY_POSTGRESQL
def test_a_trigger_that_runs_as_its_owner_is_missed():
    trigger = next(iter(triggers.expected_triggers()))
    sql(f'ALTER FUNCTION "{trigger.name}"() SECURITY DEFINER')
    assert triggers.missing_triggers() == [trigger]


@ONLY_POSTGRESQL
def test_a_subscription_is_told():
    sql("CREATE SUBSCRIPTION feed CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)")
    assert defences.weaknesses() == ["the subscription feed writes into this database"]


PART_OF = {
    "a partition": [
        "CREATE TABLE whole (LIKE {0}) PARTITION BY RANGE ({1})",
        "ALTER TABLE whole ATTACH PARTITION {0} DEFAULT",
    ],
    "an inheriting table": ["CREATE TABLE whole (LIKE {0})", "ALTER TABLE {0} INHERIT whole"],
}


@ONLY_POSTGRESQL
@pytest.mark.parametrize("part", PART_OF)
@pytest.mark.parametrize(
    ("table", "key"), [("gscp_change", "number"), ("gscp_changetext", "id"), ("actions_action", "id")]
)
def test_no_table_becomes_a_part_of_another(part, table, key):
    """Rows would come by the other table, whose triggers fire in place of ours."""
    making, becoming = PART_OF[part]
    sql(f"ALTER TABLE {table} ALTER {key} DROP IDENTITY IF EXISTS")  # no partition may have one
    sql(making.format(table, key))
    with pytest.raises(DatabaseError, match="trigger .* prevents table"), transaction.atomic():
        sql(becoming.format(table))


GONE = {
    "the database does not hold gscp_one_text_a_field of gscp_changetext": (
        "ALTER TABLE gscp_changetext DROP CONSTRAINT gscp_one_text_a_field"
    ),
    "the database does not hold one_redaction_a_text of gscp_redaction": "DROP INDEX one_redaction_a_text",
    "the database does not hold a_holding_ends_after_it_starts of subgroups_postholding": (
        "ALTER TABLE subgroups_postholding DROP CONSTRAINT a_holding_ends_after_it_starts"
    ),
    "the column change_id of actions_action is not as migrations make it": (
        "ALTER TABLE actions_action ALTER change_id DROP NOT NULL"
    ),
    "the database does not hold public of gscp_recordkey to be unique": (
        "ALTER TABLE gscp_recordkey DROP CONSTRAINT gscp_recordkey_public_key"
    ),
    "the unlogged storage of rows of scrutiny_walk is none of ours": "ALTER TABLE scrutiny_walk SET UNLOGGED",
    "the column rating of actions_action is not as migrations make it": (
        "ALTER TABLE actions_action ALTER rating TYPE text"
    ),
    "the column line of gscp_change is not as migrations make it": (
        'ALTER TABLE gscp_change ALTER line TYPE text COLLATE "C.utf8"'
    ),
}
# The same on SQLite, where a table is its text.
REWRITTEN = {
    "the database does not hold gscp_one_text_a_field of gscp_changetext": (
        'CONSTRAINT "gscp_one_text_a_field" UNIQUE ("change_id", "field")',
        'CONSTRAINT "gscp_one_text_a_field" UNIQUE ("change_id", "field", "salt")',
    ),
    "the database does not hold a_holding_ends_after_it_starts of subgroups_postholding": (
        'CHECK (("ended_on" IS NULL OR "ended_on" >= ("started_on")))',
        "CHECK (1)",
    ),
    "the column rating of actions_action is not as migrations make it": (
        '"rating" varchar(10)',
        '"rating" integer',
    ),
    "the table actions_action is not written as migrations write it": (
        '"rating" varchar(10)',
        '"rating" varchar(10) COLLATE NOCASE',
    ),
}


@ONLY_POSTGRESQL
@pytest.mark.parametrize("told", GONE)
def test_what_does_not_hold_any_more_is_told(told):
    sql(GONE[told])
    assert told in defences.weaknesses()


@ONLY_SQLITE
@pytest.mark.parametrize("told", REWRITTEN)
def test_a_table_that_was_rewritten_is_told(told, committed):
    with rewriting_catalogue():
        sql("UPDATE sqlite_master SET sql = replace(sql, %s, %s)", *REWRITTEN[told])
    assert told in defences.weaknesses()


@ONLY_SQLITE
def test_an_index_that_is_gone_is_told():
    sql("DROP INDEX one_redaction_a_text")
    assert defences.weaknesses() == ["the database does not hold one_redaction_a_text of gscp_redaction"]


def test_a_report_granted_by_no_step_is_told(asked, user):
    report = asked()
    with recording(user("executive"), "As decided"):
        report.state = "granted"
        report.save()
    what = f"actions.exceptionreport {report.pk}: its steps lead to another state, or to another group."
    assert found() == [f"Entry {report.change_id}: {what}"]


DIFFERENCES = {
    "another field": lambda one: one | {"field": "status"},
    "no field": lambda one: {key: one[key] for key in ("label", "old", "new")},
    "another value": lambda one: one | {"new": "Red"},
    "another value before": lambda one: one | {"old": "Red"},
    "more than there is to say": lambda one: one | {"note": "x"},
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_differences_that_are_not_those_of_the_rows_are_told(kind, action, on_record):
    with on_record() as act:
        rate(action("001"))
        change = act.changes[0]
        change.differences = [DIFFERENCES[kind](one) for one in change.differences]
        rewrite(act, change)
    assert found(), kind
    # Words of a value are not in the export; whether there is a value is.
    assert bool(checker.check(export.lines())[0]) == (kind != "another value")


def rewrite(act, change):
    """The entry says something else, and its hash fits."""
    change.line = ledger.line_of(vars(change), orjson.loads(change.line)["row"])
    change.hash = act.hash = ledger.chained(Change.objects.last().hash, change.line)


def test_a_signature_planted_for_the_next_entry_is_told(action):
    number = Change.objects.last_number()
    with without_triggers():
        sql(f"INSERT INTO gscp_signature (change_id, key, signature) VALUES ({number + 1}, 'k', 's')")
        told = "a row carries a number that no entry has."
        assert any(told in finding for finding in found())
        sql(f"DELETE FROM gscp_signature WHERE change_id = {number + 1}")


@pytest.mark.parametrize("table", ["subgroups_postholding", "actions_action"])
def test_no_row_changes_where_nothing_would_ask_for_its_entry(table, committed):
    """A connection of SQLite has foreign keys off unless it says otherwise."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's keys hold whoever connects")
    number = Change.objects.last_number() + 1
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        try:
            with pytest.raises(IntegrityError, match="not through recording"):
                cursor.execute(f"UPDATE {table} SET change_id = {number} WHERE id = 1")
        finally:
            cursor.execute("PRAGMA foreign_keys = ON")
