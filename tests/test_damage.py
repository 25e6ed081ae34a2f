"""The witness: an untouched record is sound, and a walk finds and names every damage."""

import json
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from gscp.record import Change, ChangeText, ledger, triggers
from scrutiny import checker
from scrutiny.proof.signatures import Keys
from scrutiny.proof.walk import verify, walk
from subgroups.models import Meeting
from tests import tampering
from tests.damages import OF_SQLITE, STRANGE, places
from tests.written_down import exported, head

pytestmark = pytest.mark.django_db


def test_a_played_year_is_sound_and_every_damage_to_it_is_found(played, action, on_record):
    tampering.attack(len(tampering.KINDS), seed=20210401)  # of each kind one; the soak does hundreds
    # Walked in two parts, the second knows what the first has seen.
    middle, last = Change.objects.last_number() // 2, Change.objects.last_number()
    assert not walk(0, middle).findings and not walk(middle, last).findings
    checked = checker.check(exported(), [head()], Keys.on_record().fingerprint)
    figures = sum(
        ChangeText.objects.filter(change__model=model, field__in=names).count()
        for model, names in checker.FIGURES.items()
    )
    assert figures and checked == ([], last, head(), 0, figures, [])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("line", "its hash is not that of its line and the hash before it"),
        ("hash_of_an_entry", "its hash is not that of its line"),
        ("column", "its line does not say what stands in the tables"),
        ("differences", "its line does not say what stands in the tables: “differences”"),
        ("entry_gone", "it is missing"),
        ("chain_rewritten", "was written down elsewhere, and it does not stand here"),
        ("backdated", "its moment is before that of the entry before it"),
        ("another_person", "its history row is of another record, person or moment"),
        ("another_action", "its history row is of another record, person or moment"),
        ("old_backup", "was written down elsewhere, and it does not stand here"),
        ("text", "is not the text beside the entry"),
        ("salt", "its line does not say what stands in the tables: “row."),
        ("text_gone", "its entry does not say so"),
        ("text_added", "nothing commits to the text of “one_more” beside it"),
        ("copy_gone", "it has no history row"),
        ("row_gone", "its row of today is gone"),
        ("row_set_back", "the row of today is an earlier one"),
    ],
)
def test_a_damage_is_named(kind, words, on_record, action):
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    findings, _ = tampering.tampered(kind, 6, head())
    assert any(words in str(finding) for finding in findings), findings


def test_a_column_that_came_later_stands_in_no_earlier_line(on_record):
    with on_record():
        meeting = Meeting.objects.first()
        meeting.called_off = True
        meeting.save()
    with transaction.atomic():
        triggers.remove()
        for entry in Change.objects.filter(model="subgroups.meeting"):
            said = json.loads(entry.line)
            del said["row"]["called_off"]
            line = ledger.canonical(said)
            tampering.sql("UPDATE gscp_change SET line = %s WHERE number = %s", line, entry.number)
        tampering.rehash(1)
        tampering.sign_anew()
        [finding] = verify().findings
        transaction.set_rollback(True)
    # Where it holds anything else than a new column does, somebody put it there.
    assert finding.number == meeting.change_id and "“row.called_off”" in finding.what


BEFORE_YEAR_1 = "(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps a moment as text")
@pytest.mark.parametrize("moment", [BEFORE_YEAR_1, "'infinity'", "'22021-04-01'"])
def test_a_moment_that_no_line_can_have_is_found(moment):
    titled = places()["titled"]
    with transaction.atomic():
        triggers.remove()
        tampering.sql(f"UPDATE gscp_change SET at = {moment.format('at')} WHERE number = 70")
        tampering.sql(
            f"UPDATE actions_historicalaction SET history_date = {moment.format('history_date')} "
            f"WHERE change_id = {titled}"
        )
        found = [str(finding) for finding in verify().findings]
        transaction.set_rollback(True)
    assert any(what.startswith("Entry 70: it cannot be compared") for what in found), found
    assert f"Entry {titled}: its line does not say what stands in the tables: “row.history_date”." in found


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite drops no constraint")
def test_two_texts_of_one_field_are_found():
    titled = places()["titled"]
    with transaction.atomic():
        triggers.remove()
        tampering.sql("ALTER TABLE gscp_changetext DROP CONSTRAINT gscp_one_text_a_field")
        tampering.sql(
            "INSERT INTO gscp_changetext (change_id, field, salt, value) VALUES (%s, 'title', %s, 'More')",
            titled, "0f" * 16,
        )  # fmt: skip
        tampering.sql(
            "UPDATE gscp_changetext SET value = value WHERE change_id = %s AND value <> 'More'", titled
        )
        found = [str(finding) for finding in verify().findings]
        transaction.set_rollback(True)
    assert f"Entry {titled}: two texts of one field stand beside it." in found


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("actions_ownership", "the rows of today cannot be read"),
        ("actions_historicalownership", "the rows of today cannot be read"),
        ("actions_historicalownership", "it or another up to {last} cannot be read"),
        ("gscp_changetext", "cannot be read"),
        ("gscp_change", "the ledger cannot be read"),
    ],
)
def test_a_table_that_is_gone_is_a_finding(table, words):
    with transaction.atomic():
        triggers.remove()
        tampering.sql(f"ALTER TABLE {table} RENAME TO elsewhere")  # SQLite drops no table that is referred to
        found = [str(finding) for finding in verify().findings]
        transaction.set_rollback(True)
    words = words.format(last=Change.objects.last_number())
    assert any(words in what for what in found), found


@pytest.mark.parametrize(("statement", "words"), (STRANGE | OF_SQLITE).values(), ids=STRANGE | OF_SQLITE)
def test_what_no_program_of_ours_would_write_is_found(statement, words):
    if (statement, words) in OF_SQLITE.values() and connection.vendor != "sqlite":
        pytest.skip("only SQLite lets this into its columns")
    where = places()
    out, witness = StringIO(), ledger.head(where["note"], Change.objects.get(number=where["note"]).hash)
    with transaction.atomic():
        triggers.remove()
        tampering.sql(statement.format(**where))
        with pytest.raises(SystemExit, match="1"):
            call_command("verify_history", json=True, head=[witness], stdout=out)
        with suppress(DatabaseError):
            walk(where["note"], where["note"] + 5)  # begun behind it, it ends as well
        transaction.set_rollback(True)
    assert words in out.getvalue() and "with text" not in out.getvalue()
