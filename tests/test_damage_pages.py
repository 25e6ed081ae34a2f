"""Pages of a damaged record: they stand and say so, and a fault of our own is no damage."""

import sqlite3

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from actions import sentences
from gscp import clock, dates
from gscp.record import TOMBSTONE, Change, ledger, triggers
from scrutiny import timeline
from scrutiny.management.commands import export_ledger
from scrutiny.models import Walk
from scrutiny.proof import damage
from scrutiny.proof.walk import verify
from tests import tampering
from tests.damages import DAMAGES, NUMBERED_ANEW, OF_SQLITE, UNREADABLE, UNREADABLE_OF_SQLITE, places

pytestmark = pytest.mark.django_db


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite lets this into its columns")
@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("at = '2021-99-99 08:00:00'", "the notes of earlier walks cannot be read"),
        ("findings = 'many'", "the record's key has not signed the last note of a walk"),
    ],
)
def test_notes_of_walks_that_cannot_be_read_are_damage(note, told, sign_in):
    Walk(at=clock.now(), number=70, hash="0" * 64, findings=0).save()
    triggers.remove()
    tampering.sql(f"UPDATE scrutiny_walk SET {note}")
    triggers.install()
    [said] = sign_in("scrutineer").get("/health/ready").json()["damage"]
    assert said.startswith(told) and verify().findings


TOLD = "A check of the record found damage"
CHANGED = {
    "line": (
        "UPDATE gscp_change SET line = replace(line, 'Plan', 'Plans') WHERE number = 40",
        "Its hash is not",
    ),
    "hash": (f"UPDATE gscp_change SET hash = '{'0' * 64}' WHERE number = 40", "Its hash is not"),
    "hash before": (f"UPDATE gscp_change SET hash = '{'0' * 64}' WHERE number = 39", "Its hash is not"),
    "no JSON": ("UPDATE gscp_change SET line = '[' WHERE number = 40", "Its line cannot be read."),
    "person": (
        "UPDATE gscp_change SET actor_name = 'Somebody' WHERE number = 40",
        "Its line does not say what",
    ),
    "text": (
        "UPDATE gscp_changetext SET value = 'Not that' WHERE change_id = 40",
        "is not the text that its line",
    ),
    "salt": (
        "UPDATE gscp_changetext SET salt = 'none' WHERE change_id = 40",
        "is not the text that its line",
    ),
    "tombstone": (
        f"UPDATE gscp_changetext SET value = '{TOMBSTONE}', salt = '' WHERE change_id = 40",
        "is not the text that its line",
    ),
    "no text": (
        "DELETE FROM gscp_changetext WHERE change_id = 40",
        "A text that its line commits to is not there.",
    ),
    "no entry before": ("DELETE FROM gscp_change WHERE number = 39", "The entry before it is missing."),
}


@pytest.mark.parametrize("what", CHANGED)
def test_the_page_of_a_changed_entry_says_so(what, sign_in):
    reader, entry = sign_in("scrutineer"), Change.objects.get(number=40)
    pages = ["/scrutiny/changes/40/", f"/scrutiny/verify/?head={ledger.head(40, entry.hash)}"]
    for page in pages:
        assert "not as it was recorded" not in reader.get(page).content.decode()
    assert "as worked out anew for this page" in reader.get(pages[0]).content.decode()
    statement, words = CHANGED[what]
    with transaction.atomic():
        triggers.remove()
        tampering.sql(statement)
        told = [reader.get(page).content.decode() for page in pages]
        transaction.set_rollback(True)
    assert "This entry is not as it was recorded." in told[0]
    assert ("is not the one of this head" if what == "hash" else "is not as it was recorded.") in told[1]
    for page in told[: 1 if what == "hash" else 2]:
        assert words in page and "worked out anew" not in page and "stands as it did" not in page


def status_of(response) -> int:
    """200 as well where the page could not be made, and says of damage that it is there."""
    is_told = response.status_code == 500 and TOLD in response.content.decode()
    return 200 if is_told else response.status_code


@pytest.mark.parametrize("what", DAMAGES)
def test_pages_stand_whatever_stands_in_the_record(what, sign_in):
    if what in OF_SQLITE | UNREADABLE_OF_SQLITE and connection.vendor != "sqlite":
        pytest.skip("only SQLite lets this into its columns")
    reader = sign_in("scrutineer")
    where = places()
    note = where["note"]
    said, its_own = ledger.head(note, Change.objects.get(number=note).hash), f"changes/{note}/"
    pages = [
        "", "changes/", f"changes/?before={note + 5}", "changes/?before=0", "changes/?after=0", its_own,
        f"verify/?head={said}", f"as-at/{note + 5}/plans/", "redactions/",
        f"compare/?since={note - 10}&until={note + 10}",
    ]  # fmt: skip
    takes_out, files = f"/scrutiny/{its_own}take-out/note/", ["csv", "jsonl"]
    with transaction.atomic():
        triggers.remove()
        if connection.vendor == "sqlite":
            tampering.sql("PRAGMA ignore_check_constraints = on")  # as another program has it
        tampering.sql(DAMAGES[what].format(**where))
        if connection.vendor == "sqlite":
            tampering.sql("PRAGMA ignore_check_constraints = off")
        told = {page: reader.get(f"/scrutiny/{page}", follow=True) for page in pages}
        asked = status_of(sign_in("business.manager").get(takes_out, follow=True))
        lasts = [
            [*reader.get(f"/scrutiny/changes/export.{form}").streaming_content][-1].decode() for form in files
        ]
        transaction.set_rollback(True)
    # A page that cannot be made says what is wrong, and does not pass for one that could.
    statuses = {page: status_of(response) for page, response in told.items()}
    assert statuses == dict.fromkeys(pages, 200) | {its_own: 404 if what in NUMBERED_ANEW else 200}
    assert asked == (404 if what in NUMBERED_ANEW else 200)
    assert all(last.startswith(("End,", "Unreadable,", '{"end": ')) for last in lasts), lasts
    if what in UNREADABLE | UNREADABLE_OF_SQLITE:
        assert timeline.BROKEN in lasts[0] and timeline.BROKEN in lasts[1]
        page = told[its_own].content.decode()
        assert told[its_own].status_code == 500
        assert (
            f"Change {note} cannot be read" in page
            and "verify_history" in page
            and "/scrutiny/verify/" in page
        )


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite lets this into its columns")
def test_a_moment_that_cannot_be_written_is_told(sign_in):
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET at = '0001-01-01 00:00:00' WHERE number = 70")
        answer = sign_in("scrutineer").get("/scrutiny/as-at/70/plans/2021-22/")
        transaction.set_rollback(True)
    assert answer.status_code == 500 and TOLD in answer.content.decode()


FAULTS = [ValueError("ours"), KeyError("ours"), Change.DoesNotExist(), DatabaseError("ours")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_fault_of_our_own_is_no_damage_to_the_record(fault, sign_in, monkeypatch, caplog):
    """Only where a check of the record finds something does the page say that it cannot be read."""
    reader, file = sign_in("scrutineer"), "/scrutiny/changes/export.csv"
    reader.raise_request_exception = False

    def fail(*arguments):
        raise fault

    monkeypatch.setattr(sentences, "latest_acts", fail)
    monkeypatch.setattr(timeline, "in_batches", fail)
    with transaction.atomic():
        assert reader.get("/scrutiny/").status_code == 500
        with pytest.raises(type(fault)):
            list(reader.get(file).streaming_content)
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number = 40")
        caplog.clear()
        page, lines = reader.get("/scrutiny/"), list(reader.get(file).streaming_content)
        transaction.set_rollback(True)
    assert page.status_code == 500 and "A change cannot be read" in page.content.decode()
    assert timeline.BROKEN in lines[-1].decode()
    # The damage may be an old one, and the fault ours: it is named, and the fault logged.
    assert "Entry 40: its line does not say what stands in the tables" in page.content.decode()
    assert "the fault may also be the tracker's own" in page.content.decode()
    logged = [record for record in caplog.records if record.name == damage.__name__]
    assert [record.exc_info[1] for record in logged] == [fault] * 2


def test_a_fault_of_our_own_in_an_export_is_logged_beside_an_old_damage(monkeypatch, caplog):
    fault = ValueError("ours")
    monkeypatch.setattr(export_ledger, "lines", lambda: (_ for _ in ()).throw(fault))
    with pytest.raises(ValueError, match="ours"):
        call_command("export_ledger")
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number = 40")
        with pytest.raises(CommandError, match="verify_history"):
            call_command("export_ledger")
        transaction.set_rollback(True)
    assert caplog.records[-1].exc_info[1] is fault


def test_a_database_that_does_not_answer_is_no_damage_to_the_record(sign_in, monkeypatch):
    reader = sign_in("scrutineer")
    reader.raise_request_exception = False
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorname = "SQLITE_BUSY_SNAPSHOT"

    def fail(*arguments):
        raise DatabaseError("not as it should be")

    def wait_in_vain(*arguments):
        raise OperationalError("database is locked") from locked

    monkeypatch.setattr(sentences, "latest_acts", fail)
    monkeypatch.setattr(damage, "first_finding", fail)
    # The record cannot be read, and the database answers.
    assert TOLD in reader.get("/scrutiny/").content.decode()
    monkeypatch.setattr(damage, "first_finding", wait_in_vain)
    page = reader.get("/scrutiny/")
    assert page.status_code == 500 and TOLD not in page.content.decode()
    monkeypatch.setattr(damage, "first_finding", lambda: "Entry 40: damaged long ago.")
    assert TOLD in reader.get("/scrutiny/").content.decode()
    monkeypatch.setattr(sentences, "latest_acts", wait_in_vain)
    page = reader.get("/scrutiny/")
    assert page.status_code == 500 and TOLD not in page.content.decode()


def test_a_fault_of_our_own_in_the_notes_of_walks_is_no_damage(client, monkeypatch):
    Walk(at=clock.now(), number=70, hash="0" * 64, findings=0).save()
    client.raise_request_exception = False

    client.get("/sign-in/")  # loads the template tags, one of which is dates.moment_in_words

    def fail(*arguments):
        raise ValueError

    monkeypatch.setattr(dates, "moment_in_words", fail)
    assert client.get("/health/ready").status_code == 500
