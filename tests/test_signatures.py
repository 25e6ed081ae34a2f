"""The key that signs what is recorded: changed under the old one's signature, or lost, as everybody sees."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from gscp.record import Change, NotSigned, RecordKey, Signature, defences, ledger, recording, signing
from scrutiny import checker
from scrutiny.proof import export
from scrutiny.proof.signatures import Keys
from scrutiny.proof.walk import verify
from scrutiny.proof.walker import Walker
from tests.postgres import python
from tests.rows_of_record import without_triggers
from tests.test_attacks import found, rate
from tests.written_down import exported, head

pytestmark = pytest.mark.django_db
OTHER, THIRD = "12" * 32, "34" * 32


def printed(command, **options) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def change_key(monkeypatch, settings):
    """change_key(OTHER) replaces the record's key; lost=True: without the one before."""

    def changed(secret, lost=False):
        monkeypatch.setenv("NEW_RECORD_KEY", secret)
        if lost:
            settings.RECORD_KEY = secret
        said = printed("change_record_key", lost=lost, reason="The server was moved")
        settings.RECORD_KEY = secret
        return said

    return changed


def test_every_act_is_signed_once(played):
    acts = Change.objects.values("act").distinct().count()
    assert Signature.objects.count() == acts > 50
    assert {row.key for row in Signature.objects.all()} == {signing.public_key()}
    for row in Signature.objects.select_related("change"):
        assert signing.is_signed(row.key, row.signature, row.change.hash)


def test_the_fingerprint_given_is_that_of_the_first_key(settings):
    own = ledger.fingerprint(signing.public_key())
    assert Keys.on_record().fingerprint == own
    assert f"goes back to the key {own}" in printed("verify_history", key=own.lower().replace("-", " "))
    not_known = "The signatures agree with one another, the key is not known"
    assert not_known in printed("verify_history")
    foreign = ledger.fingerprint(signing.public_key(OTHER))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_history", key=foreign, stdout=out)
    assert f"Entry 1: the record is signed with another key than {foreign}" in out.getvalue()
    assert "which you gave" not in out.getvalue()
    with pytest.raises(CommandError, match="A fingerprint is four groups of four"):
        call_command("verify_history", key="nonsense")
    assert checker.check(export.lines(), key=own)[0] == []
    assert checker.check(export.lines(), key=foreign)[0] == [
        f"The first key is not the one with the fingerprint {foreign}."
    ]


def test_a_key_changes_under_the_signature_of_the_one_before(change_key, action, on_record, sign_in):
    first = Keys.on_record().fingerprint
    said = change_key(OTHER)
    assert ledger.fingerprint(signing.public_key(OTHER)) in said and "start every server again" in said
    with on_record():
        rate(action("001"))
    keys = list(Signature.objects.order_by("-change").values_list("key", flat=True)[:3])
    assert keys[0] == signing.public_key(OTHER) and keys[1] == keys[2] != keys[0]
    at, second = RecordKey.objects.get().change_id, ledger.fingerprint(signing.public_key(OTHER))
    told = f"At entry {at} the key signed for another one, and {second} took its place."
    assert found() == [] and checker.check(export.lines(), key=first) == (
        [], Change.objects.last_number(), head(), 0, 0, [told]
    )  # fmt: skip
    verified = printed("verify_history", key=first)
    assert f"goes back to the key {first}" in verified and told in verified
    known = json.loads(printed("verify_history", json=True))
    assert known["keys_changed"] == [{"entry": at, "key": second, "lost": False}]
    portal, checked_head = (
        sign_in("scrutineer").get(url).content.decode() for url in ("/scrutiny/", "/scrutiny/verify/")
    )
    assert first in portal and "was lost" not in portal
    assert "All that is recorded is signed with it" not in portal and "The first changes are" in portal
    for html in (portal, checked_head):
        assert "The key that signs the record was changed" in html and second in html
        assert f"/scrutiny/changes/{at}/" in html


def test_a_key_that_was_lost_is_replaced_and_everybody_sees_it(change_key, action, on_record, sign_in):
    first = Keys.on_record().fingerprint
    change_key(OTHER)
    with on_record():
        rate(action("001"))
    change_key(THIRD, lost=True)
    number = Change.objects.last_number()
    with on_record():
        rate(action("002"))
    assert found() == []
    third = ledger.fingerprint(signing.public_key(THIRD))
    told = f"At entry {number} the key was said to be lost, and {third} took its place."
    assert told in printed("verify_history", key=first)
    wrong, *_, changes = checker.check(export.lines(), key=first)
    assert (wrong, len(changes), changes[-1]) == ([], 2, told)
    for page in ("/scrutiny/", "/scrutiny/verify/"):
        html = sign_in("cem.chair").get(page).content.decode()
        assert "The key that signs the record was lost" in html and "The server was moved" in html
        assert f"/scrutiny/changes/{number}/" in html


def test_with_another_key_nothing_is_recorded(settings, action, on_record, sign_in):
    settings.RECORD_KEY = OTHER
    before = Change.objects.last_number()
    with pytest.raises(ImproperlyConfigured, match="RECORD_KEY is not the key of this record"), on_record():
        rate(action("001"))
    assert Change.objects.last_number() == before
    told = (
        f"RECORD_KEY is not the key of this record, {Keys.on_record().fingerprint}: nothing can be recorded"
    )
    assert defences.weaknesses() == [told] and sign_in("scrutineer").get("/health/ready").json()["wrong"] == [
        told
    ]


def test_a_key_is_neither_changed_by_another_nor_to_none_nor_back(change_key, monkeypatch, settings):
    own = settings.RECORD_KEY
    monkeypatch.setenv("NEW_RECORD_KEY", "short")
    with pytest.raises(CommandError, match="Set NEW_RECORD_KEY to 64 hex digits"):
        call_command("change_record_key", reason="x")
    monkeypatch.setenv("NEW_RECORD_KEY", OTHER)
    settings.RECORD_KEY = THIRD
    with pytest.raises(CommandError, match="Nothing was recorded. RECORD_KEY is not the key"):
        call_command("change_record_key", reason="x")
    settings.RECORD_KEY = own
    monkeypatch.setenv("NEW_RECORD_KEY", own)
    with pytest.raises(CommandError, match="That key has signed this record before"):
        call_command("change_record_key", reason="x")
    change_key(OTHER)
    change_key(THIRD)
    for earlier in (own, OTHER):
        monkeypatch.setenv("NEW_RECORD_KEY", earlier)
        with pytest.raises(CommandError, match="That key has signed this record before"):
            call_command("change_record_key", reason="x")
    assert RecordKey.objects.count() == 2 and found() == []


def test_papers_and_the_page_of_an_entry_name_the_key(played, sign_in):
    reader, fingerprint = sign_in("scrutineer"), Keys.on_record().fingerprint
    assert fingerprint in reader.get("/meetings/management-group/2021-06-15/pack/").content.decode()
    assert fingerprint in reader.get("/scrutiny/").content.decode()


def test_without_the_library_the_checker_says_what_it_could_not_check(tmp_path):
    file, script = tmp_path / "ledger.jsonl", Path(checker.__file__)
    file.write_text("".join(exported()))

    def run(*arguments):
        # Without site-packages there is no cryptography.
        command = [sys.executable, "-I", "-S", script, file, *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    alone = run()
    assert alone.returncode == 0 and checker.NO_LIBRARY in alone.stdout, alone.stderr
    given = run("--key", Keys.on_record().fingerprint)
    assert given.returncode == 1 and checker.NO_LIBRARY in given.stderr


@pytest.mark.parametrize(
    ("key", "told"),
    [("", "Set RECORD_KEY, or DEMO=1"), ("short", "RECORD_KEY is 64 hex digits")],
)
@pytest.mark.run_in("sqlite")
def test_in_earnest_there_is_no_start_without_a_key(key, told, monkeypatch):
    environment = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "plan.example", "RECORD_KEY": key}
    script = f"import os; os.environ.update({environment!r}); os.environ.pop('DEMO'); import gscp.settings"
    script = script if key else script.replace("import gscp", "os.environ.pop('RECORD_KEY'); import gscp")
    with python("sqlite://:memory:", "-c", script, stderr=subprocess.PIPE, text=True) as started:
        _, errors = started.communicate()
    assert started.returncode and told in errors


@pytest.mark.run_in("sqlite")
def test_a_demonstration_s_key_is_read_by_nobody_else():
    key = Path("var/record-key")
    assert not key.exists() or key.stat().st_mode & 0o777 == 0o600


def test_a_walk_in_parts_knows_who_signs(change_key, action, on_record):
    change_key(OTHER)
    with on_record():
        rate(action("001"))
    last = Change.objects.last_number()
    for middle in (last - 2, last - 1):
        parts = [*Walker(0, middle).findings(), *Walker(middle, last).findings()]
        assert parts == [] and verify().findings == []


def sign_last(key: str, signature: str) -> None:
    with without_triggers():
        Signature.objects.filter(change=Change.objects.last_number()).update(key=key, signature=signature)


@pytest.mark.parametrize("how", ["by another key", "by nobody", "over another hash"])
def test_nothing_is_recorded_after_what_the_record_s_key_has_not_signed(how, action, on_record):
    """Whoever holds the database alone adds an entry; the next act of the server would vouch for it."""
    own = signing.public_key()
    with on_record():
        rate(action("001"))
    last = Change.objects.last()
    other = signing.private_key(OTHER).sign(ledger.signed_bytes(last.hash)).hex()
    key, signature = {
        "by another key": (signing.public_key(OTHER), other),
        "by nobody": (own, ""),
        "over another hash": (own, signing.sign("0" * 64)),
    }[how]
    sign_last(key, signature)
    with pytest.raises(NotSigned, match=f"up to entry {last.number}"), on_record():
        rate(action("002"))
    assert Change.objects.last_number() == last.number
    told = ["what was recorded last is not signed by the record's key: nothing can be recorded"]
    assert defences.weaknesses() == told
    sign_last(own, signing.sign(last.hash))
    with on_record():
        rate(action("002"))


def test_an_entry_of_somebody_else_is_no_part_of_an_act(action, on_record, user):
    """Its act's signature would stand for it."""
    with on_record():
        rate(action("001"))
    act = Change.objects.last().act
    with recording(user("executive"), "Forged"):
        rate(action("002"))
    forged = Change.objects.last()
    with without_triggers():
        line = forged.line.replace(str(forged.act), str(act))
        hash = ledger.chained(Change.objects.get(number=forged.number - 1).hash, line)
        Change.objects.filter(number=forged.number).update(act=act, line=line, hash=hash)
        Signature.objects.filter(change=forged.number - 1).delete()
        Signature.objects.filter(change=forged.number).update(signature=signing.sign(hash))
    what = "it is of another person, post or moment than the entry before it of its act."
    assert f"Entry {forged.number}: {what}" in map(str, verify().findings)
    assert f"Entry {forged.number}: {what}" in checker.check(export.lines())[0]
