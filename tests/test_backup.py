"""The administrator copies everything into a folder, and puts it into an empty database."""

import json
import os
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from actions.models import Evidence
from gscp import archive, store
from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, ledger
from scrutiny.proof.walk import verify
from tests import redacting
from tests.evidence import KEPT, added
from tests.redacting import SECRET, found, text_of
from tests.rows_of_record import everything, models_of_the_record, put_back

pytestmark = pytest.mark.usefixtures("committed")
ask, decide, reported = redacting.ask, redacting.decide, redacting.reported


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


@pytest.fixture
def in_another():
    """in_another(): what follows is in a database that was migrated, and nothing else."""
    return lambda: put_back({model: [] for model in models_of_the_record()})


def told(command, *arguments, **options) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=out, **options)
    return out.getvalue()


def backup(folder):
    return told("backup", folder)


def restore(folder, *options):
    return told("restore", folder, *(options or ["--nothing-taken-out"]))


def test_what_was_copied_stands_in_an_empty_database(folder, in_another, report, sign_in):
    update = report("005", rating="amber")
    added(sign_in("cem.chair"), f"/updates/{update.pk}/evidence/", KEPT["pdf"])
    before, seal = everything(), archive.seal_now()
    assert seal in backup(folder)
    sha256 = Evidence.objects.get().sha256
    store.remove(sha256)
    in_another()
    assert seal in restore(folder, "--nothing-taken-out", "--seal", seal)
    assert everything() == before
    assert store.is_intact(sha256)
    assert not verify().findings


def test_a_database_without_tables_gets_them(folder, request):
    backup(folder)
    before = everything()
    request.getfixturevalue("empty_database")
    restore(folder)
    assert everything() == before


def test_the_restored_record_goes_on(folder, in_another, action, user, report):
    backup(folder)
    last = Change.objects.last_number()
    in_another()
    restore(folder)
    report("005", rating="green")
    assert Change.objects.last_number() > last
    assert not verify().findings


def test_keys_are_not_in_it_and_nobody_else_reads_it(folder, settings):
    backup(folder)
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        if path.is_file():
            assert settings.RECORD_KEY.encode() not in path.read_bytes()
            assert settings.SECRET_KEY.encode() not in path.read_bytes()


def test_a_record_is_lost_only_to_who_names_its_seal(folder, report):
    backup(folder)
    there = everything()
    report("005", rating="green")
    with pytest.raises(CommandError, match="This database has a record, with the seal"):
        restore(folder)
    with pytest.raises(CommandError, match="The seal of the record in this database is"):
        restore(folder, "--nothing-taken-out", "--replace", "1-AAAA-AAAA-AAAA-AAAA")
    restore(folder, "--nothing-taken-out", "--replace", archive.seal_now())
    assert everything() == there


def test_restore_asks_what_was_taken_out_since(folder):
    backup(folder)
    with pytest.raises(CommandError, match="redactions"):
        told("restore", folder)


def test_what_was_taken_out_since_does_not_come_back(
    folder, in_another, reported, ask, decide, settings, tmp_path
):
    settings.REDACTIONS_LIST = str(tmp_path / "redactions")
    backup(folder)
    ask(text_of(reported, "done"))
    decide()
    listed = Path(settings.REDACTIONS_LIST).read_text()
    assert listed == told("list_redactions") != ""
    assert SECRET not in listed
    in_another()
    assert "Taken out again: “done”" in restore(folder, "--redactions", settings.REDACTIONS_LIST)
    assert found(SECRET) == []
    assert text_of(reported, "done").value == TOMBSTONE
    assert Redaction.objects.get().state == "done"
    assert not verify().findings


def test_what_waited_to_be_decided_is_decided_again(folder, in_another, reported, ask, decide, tmp_path):
    ask(text_of(reported, "done"))
    backup(folder)
    decide()
    (tmp_path / "list").write_text(told("list_redactions"))
    in_another()
    restore(folder, "--redactions", tmp_path / "list")
    assert found(SECRET) == []
    assert not verify().findings


def test_a_number_that_came_again_is_another_entry(folder, in_another, reported, ask, decide, tmp_path):
    backup(folder)
    text = text_of(reported, "done")
    line = {"entry": text.change_id, "field": "done", "hash": "0" * 64, "asked_by": 1, "decided_by": 2}
    (tmp_path / "list").write_text(json.dumps(line))
    in_another()
    restore(folder, "--redactions", tmp_path / "list")
    assert ChangeText.objects.get(pk=text.pk).value == SECRET


def test_people_who_came_since_are_named_by_the_administrator(folder, in_another, reported, tmp_path):
    backup(folder)
    text = text_of(reported, "done")
    line = {"entry": text.change_id, "field": "done", "hash": text.change.hash}
    (tmp_path / "list").write_text(json.dumps(line | {"asked_by": 901, "decided_by": 902}))
    in_another()
    listed = ["--redactions", tmp_path / "list"]
    with pytest.raises(CommandError, match="whom the backup does not have"):
        restore(folder, *listed)
    assert not Change.objects.exists()
    two = ["--asks", "business.manager@gscp.example", "--consents", "executive@gscp.example"]
    restore(folder, *listed, *two)
    assert found(SECRET) == []


def altered(folder):
    signed = json.loads((folder / "manifest.json").read_bytes())
    signed["manifest"] = signed["manifest"].replace('"has_files": true', '"has_files": false')
    (folder / "manifest.json").write_text(json.dumps(signed))


def cut(folder):
    path = folder / "tables" / "gscp_change.jsonl.gz"
    os.truncate(path, path.stat().st_size // 2)


def swapped(folder):
    tables = folder / "tables"
    shutil.copy(tables / "subgroups_post.jsonl.gz", tables / "subgroups_user.jsonl.gz")


DAMAGES = {
    "has no manifest.json": lambda folder: (folder / "manifest.json").unlink(),
    "manifest.json is damaged": lambda folder: os.truncate(folder / "manifest.json", 1000),
    "manifest.json was altered": altered,
    "tables/gscp_change.jsonl.gz is damaged": cut,
    "tables/actions_action.jsonl.gz is missing": lambda folder: (
        folder / "tables" / "actions_action.jsonl.gz"
    ).unlink(),
    "tables/subgroups_user.jsonl.gz is not as it was written": swapped,
}


@pytest.mark.parametrize("says", DAMAGES)
def test_a_damaged_copy_is_refused_by_name(folder, in_another, says):
    backup(folder)
    DAMAGES[says](folder)
    in_another()
    with pytest.raises(CommandError, match=f"Nothing was restored. .*{says}"):
        restore(folder)
    assert not Change.objects.exists()


def test_a_damaged_file_is_refused_by_name(folder, in_another, report, sign_in):
    update = report("005", rating="amber")
    added(sign_in("cem.chair"), f"/updates/{update.pk}/evidence/", KEPT["pdf"])
    backup(folder)
    sha256 = Evidence.objects.get().sha256
    (folder / "files" / sha256).write_bytes(b"another")
    in_another()
    with pytest.raises(CommandError, match=f"files/{sha256} is not as it was written"):
        restore(folder)
    (folder / "files" / sha256).unlink()
    with pytest.raises(CommandError, match=f"files/{sha256} is missing"):
        restore(folder)


def test_a_copy_that_another_key_signed_is_refused(folder, in_another, settings):
    backup(folder)
    key = archive.read_manifest(folder).key
    settings.RECORD_KEY = "ab" * 32
    in_another()
    with pytest.raises(CommandError, match="signed by another key than RECORD_KEY"):
        restore(folder)
    said = restore(folder, "--nothing-taken-out", "--key", ledger.fingerprint(key))
    assert "RECORD_KEY is not the key of this record" in said
