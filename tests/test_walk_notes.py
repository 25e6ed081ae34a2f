"""Notes of walks: those that the record's key has not signed vouch for nothing, and are told."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gscp.record import Change, triggers
from scrutiny.models import Walk
from scrutiny.proof.walk import verify
from tests.test_refusals import sql
from tests.written_down import head

pytestmark = pytest.mark.django_db
TOLD = "the record's key has not signed the last note of a walk, which vouches for nothing"


def walk() -> None:
    with pytest.raises(SystemExit):
        call_command("verify_history", stdout=StringIO())


def damage(sign_in) -> list[str]:
    return sign_in("scrutineer").get("/health/ready").json()["damage"]


COLUMNS = "at, number, hash, findings, found, key, signature"
FORGED = {
    "of nobody's": "at, number, hash, 0, '', '', ''",
    "with the signature of another": "at, number, hash, 0, '', key, signature",
    "with a key of their own": "",
    "that copies an earlier one": COLUMNS,
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_note_takes_no_finding_away(kind, sign_in, settings):
    """As whoever holds the database adds it, with all triggers standing."""
    call_command("verify_history", stdout=StringIO())
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'green' WHERE slug = '003'")
    connection.check_constraints()  # PostgreSQL alters no table for which something is still to be checked
    triggers.install()
    walk()
    [found] = damage(sign_in)
    last = Change.objects.last()
    if values := FORGED[kind]:
        sql(f"INSERT INTO scrutiny_walk (id, {COLUMNS}) SELECT 9, {values} FROM scrutiny_walk WHERE id = 1")
    else:
        settings.RECORD_KEY, own = "12" * 32, settings.RECORD_KEY
        Walk(at=timezone.now(), number=last.number, hash=last.hash, findings=0).save()
        settings.RECORD_KEY = own
    assert damage(sign_in) == [TOLD, found]
    reader = sign_in("scrutineer")
    portal = reader.get("/scrutiny/").content.decode()
    assert (
        "every entry, history row and row of that day held" not in portal and "vouches for nothing" in portal
    )
    said = reader.get("/scrutiny/verify/", {"head": head()}).content.decode()
    assert "All before it stood unchanged" not in said
    number = Change.objects.last_number()
    unsigned = f"Entry {number}: a note of a walk up to it is not signed by the record's key."
    assert unsigned in map(str, verify().findings)


def test_a_note_altered_for_good_is_told(sign_in):
    call_command("verify_history", stdout=StringIO())
    triggers.remove()
    sql("UPDATE scrutiny_walk SET at = '2021-04-02 08:00:00+00'")
    triggers.install()
    assert damage(sign_in) == [TOLD]
    assert "is not signed by the record's key" in str(verify().findings[0])


def test_a_walk_by_another_key_is_not_noted(settings):
    settings.RECORD_KEY = "12" * 32
    with pytest.raises(CommandError, match="not noted: RECORD_KEY is not the key of this record"):
        call_command("verify_history", stdout=StringIO())
    assert not Walk.objects.exists()


def test_each_note_has_the_next_number():
    for _ in range(3):
        call_command("verify_history", stdout=StringIO())
    assert list(Walk.objects.values_list("pk", flat=True)) == [1, 2, 3]
    assert verify().findings == [] == Walk.objects.damage()


def test_a_note_that_is_gone_from_among_the_others_is_told():
    """The one that tells what a walk found. That the last one is gone, nothing in the database tells."""
    call_command("verify_history", stdout=StringIO())
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'green' WHERE slug = '003'")
    connection.check_constraints()
    walk()
    sql("UPDATE actions_action SET rating = '' WHERE slug = '003'")
    sql("DELETE FROM scrutiny_walk WHERE id = 2")
    assert verify().findings == [], "the last note says nothing of one after it"
    for _ in range(2):
        Walk(at=timezone.now(), number=1, hash=Change.objects.get(number=1).hash, findings=0).save()
    sql("DELETE FROM scrutiny_walk WHERE id = 2")
    connection.check_constraints()
    triggers.install()
    number = Change.objects.last_number()
    assert [str(finding) for finding in verify().findings] == [
        f"Entry {number}: notes of earlier walks are gone: 1."
    ]


def replaced(table: str, columns: list[str], **changed: str) -> str:
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    return f"REPLACE INTO {table} SELECT {values} FROM {table} WHERE true ORDER BY 1 DESC LIMIT 1"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize(
    ("table", "changed"),
    [
        ("scrutiny_walk", {"findings": "0"}),
        ("gscp_signature", {"signature": "'00'"}),
        ("gscp_changetext", {"change_id": "(SELECT max(number) + 1 FROM gscp_change)"}),
        ("actions_action", {"change_id": "(SELECT max(number) + 1 FROM gscp_change)"}),
        ("actions_action", {"id": "999", "change_id": "(SELECT max(number) + 1 FROM gscp_change)"}),
        ("actions_historicalaction", {"change_id": "(SELECT max(number) + 1 FROM gscp_change)"}),
    ],
)
def test_nothing_is_replaced(table, changed):
    """Where a connection does not say recursive_triggers=ON, REPLACE fires no trigger of DELETE."""
    call_command("verify_history", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
        columns = [name for (name,) in cursor.fetchall()]
        cursor.execute("PRAGMA recursive_triggers=OFF")
        try:
            with pytest.raises(IntegrityError, match="nothing is ever replaced"), transaction.atomic():
                cursor.execute(replaced(table, columns, **changed))
        finally:
            cursor.execute("PRAGMA recursive_triggers=ON")
