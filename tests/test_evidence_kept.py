"""Files of evidence: checked, taken out of the record by two people, removed where no row names them."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from actions.forms.evidence import EvidenceForm
from actions.models import Evidence
from gscp import store
from gscp.record import TOMBSTONE, Redaction, clear_files, named_files
from gscp.record import files as files_of_record
from scrutiny.proof.walk import first_finding, verify
from tests import redacting
from tests.answers import words_of
from tests.evidence import KEPT, add, added, word
from tests.redacting import found, text_of

pytestmark = pytest.mark.django_db
ask, decide = redacting.ask, redacting.decide


@pytest.fixture
def folder(settings, tmp_path):
    """The store is a folder, as by default."""
    location = tmp_path / "files"
    kept = {"BACKEND": "gscp.store.Folder", "OPTIONS": {"location": location}}
    settings.STORAGES = settings.STORAGES | {"files": kept}
    return location


@pytest.fixture
def chair(sign_in):
    return sign_in("cem.chair")


@pytest.fixture
def url(report):
    return f"/updates/{report('005', rating='amber').pk}/evidence/"


def findings():
    return [(one.number, one.what) for one in verify().findings]


def age(folder):
    """Everything in the folder has lain there for two hours."""
    then = (timezone.now() - timedelta(hours=2)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (then, then))


def test_a_file_lies_in_the_folder_under_its_hash_for_the_server_alone(folder, chair, url):
    file = added(chair, url, KEPT["pdf"])
    again = added(chair, url, KEPT["pdf"], name="the same.pdf")
    (kept,) = folder.iterdir()
    assert kept.name == file.sha256 == again.sha256 and kept.read_bytes() == KEPT["pdf"]
    assert kept.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.run_in("sqlite")
def test_settings_choose_a_store_like_s3(tmp_path):
    set_to = {"FILES_BUCKET": "evidence", "FILES_ENDPOINT": "https://store.example", "DEMO": "1"}
    said = (
        "from django.core.files.storage import storages; kept = storages['files']; "
        "print(type(kept).__module__, kept.bucket_name, kept.endpoint_url, kept.default_acl)"
    )

    def told(**environment):
        asked = [sys.executable, "manage.py", "shell", "-v0", "-c", said]
        keys = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "DEMO": "1"}
        return subprocess.run(asked, env=os.environ | keys | environment, capture_output=True, text=True)

    assert told(**set_to).stdout.split() == [
        "storages.backends.s3", "evidence", "https://store.example", "None",
    ]  # fmt: skip
    in_static = told(FILES_DIR=str(settings.VAR_DIR / "static" / "files"))
    assert "where everybody could read it" in in_static.stderr


def test_an_altered_a_missing_and_a_swapped_file_are_each_named(folder, chair, url, committed):
    sound, altered, missing, swapped = [
        added(chair, url, word(text), name=f"{text}.docx") for text in ("One", "Two", "Three", "Four")
    ]
    assert findings() == []
    data = bytearray((folder / altered.sha256).read_bytes())
    data[100] ^= 1
    (folder / altered.sha256).write_bytes(data)
    (folder / missing.sha256).unlink()
    (folder / swapped.sha256).write_bytes((folder / sound.sha256).read_bytes())
    said = {
        altered: "was altered: its bytes are not those that were kept.",
        missing: "is missing in the store.",
        swapped: f"was swapped: in its place lies that of evidence {sound.pk}.",
    }
    assert findings() == [
        (one.change_id, f"the file of evidence {one.pk} {what}") for one, what in said.items()
    ]
    assert first_finding() is None  # a page of the portal reads no files
    answer = chair.get(f"{altered.get_absolute_url()}file/", follow=True)
    assert "This file cannot be given out: it is not as it was recorded." in words_of(answer)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_history", stdout=out, stderr=out)
    assert "3 things wrong" in out.getvalue() and f"evidence {missing.pk} is missing" in out.getvalue()


def test_the_same_file_sent_again_mends_a_damaged_one(folder, chair, url):
    file = added(chair, url, KEPT["pdf"])
    (folder / file.sha256).write_bytes(b"something else")
    added(chair, url, KEPT["pdf"], text="The same again")
    assert store.read(file.sha256) == KEPT["pdf"]


def test_while_the_store_does_not_answer_nothing_in_it_is_taken_for_damaged(folder, chair, url):
    file = added(chair, url, KEPT["pdf"])
    place = folder / file.sha256
    place.unlink()
    place.mkdir()  # opening it fails as a store does that does not answer
    answer = add(chair, url, KEPT["pdf"], text="The same again")
    assert "The file could not be kept, so this is not recorded." in words_of(answer)
    assert place.is_dir() and Evidence.objects.count() == 1


def test_a_file_taken_out_goes_from_all_evidence_that_had_it(
    folder, chair, url, committed, ask, decide, sign_in
):
    first = added(chair, url, KEPT["pdf"], name="minutes.pdf")
    other = added(sign_in("business.manager"), url, KEPT["pdf"], name="copy.pdf")
    stays = added(chair, url, KEPT["docx"])
    sha256 = first.sha256
    asking = words_of(
        sign_in("business.manager").get(f"/scrutiny/changes/{first.change_id}/take-out/sha256/")
    )
    for evidence in (first, other):
        assert f"File in change {evidence.change_id}" in asking
    assert "Its bytes go with it, and from all evidence that had this very file." in asking
    assert ask(text_of(first, "sha256")).status_code == 302
    assert Redaction.objects.count() == 2
    deciding = words_of(
        sign_in("executive").get(f"/scrutiny/redactions/{Redaction.objects.latest('pk').pk}/decide/")
    )
    assert all(f"File in change {evidence.change_id}" in deciding for evidence in (first, other))
    # Meanwhile the same file cannot come in again, past what is decided.
    assert "waits to be decided that this very file is taken out" in words_of(add(chair, url, KEPT["pdf"]))
    assert (folder / sha256).exists()
    assert decide().status_code == 302
    assert found(sha256) == [] and not (folder / sha256).exists() and (folder / stays.sha256).exists()
    assert set(Evidence.objects.values_list("sha256", flat=True)) == {TOMBSTONE, stays.sha256}
    others = Evidence.objects.exclude(pk=stays.pk)
    assert others.actions_shown({first.update.action_id}) == set(), "what is gone shows nothing"
    page = words_of(chair.get(first.get_absolute_url()))
    assert "The file was taken out of the record" in page and "Download the file" not in page
    assert chair.get(f"{first.get_absolute_url()}file/").status_code == 404
    then = sign_in("scrutineer").get(f"/scrutiny/as-at/{other.change_id}{other.get_absolute_url()}")
    assert "The file was taken out of the record" in words_of(then)
    detail = words_of(sign_in("scrutineer").get(f"/scrutiny/redactions/{Redaction.objects.latest('pk').pk}/"))
    assert all(f"File in change {evidence.change_id}" in detail for evidence in (first, other))
    assert findings() == []


def test_a_name_or_a_link_goes_like_any_text(chair, url, ask, decide, committed):
    file = added(chair, url, KEPT["pdf"], name="about one child.pdf")
    assert ask(text_of(file, "file_name")).status_code == 302 and decide().status_code == 302
    assert "PDF, its name taken out of the record" in words_of(chair.get(file.get_absolute_url()))
    answer = chair.get(f"{file.get_absolute_url()}file/")
    assert answer["Content-Disposition"] == 'attachment; filename="evidence.pdf"'
    link = added(chair, url, link="https://www.example.org/one-child")
    assert ask(text_of(link, "link")).status_code == 302 and decide().status_code == 302
    assert "The link was taken out of the record" in words_of(chair.get(link.get_absolute_url()))
    assert findings() == []


def test_bytes_that_a_redaction_left_are_removed_at_night(
    folder, chair, url, committed, ask, decide, monkeypatch
):
    """As where the server was killed between the act and the removal."""
    file = added(chair, url, KEPT["pdf"])
    ask(text_of(file, "sha256"))
    monkeypatch.setattr("gscp.record.redaction.remove_unnamed", lambda files: None)
    decide()
    assert (folder / file.sha256).exists()
    age(folder)
    call_command("verify_history", stdout=StringIO(), stderr=StringIO())
    assert list(folder.iterdir()) == []


def test_at_night_what_no_row_names_is_removed_once_it_is_an_hour_old(folder, chair, url, committed):
    file = added(chair, url, KEPT["pdf"])
    orphan = store.keep(b"of a form that was not recorded")
    begun = folder / f"new-{'0' * 16}"
    begun.write_bytes(b"half a fi")
    not_ours = folder / "README"
    not_ours.touch()
    assert clear_files() == 0
    age(folder)
    err = StringIO()
    call_command("verify_history", stdout=StringIO(), stderr=err)
    assert "Files removed that belong to nothing: 2" in err.getvalue()
    assert {path.name for path in folder.iterdir()} == {file.sha256, "README"} and orphan != file.sha256


def test_a_store_that_keeps_what_is_taken_out_fails_nobody_s_decision(
    folder, chair, url, ask, decide, committed
):
    file = added(chair, url, KEPT["pdf"])
    assert ask(text_of(file, "sha256")).status_code == 302
    place = folder / file.sha256
    place.unlink()
    place.mkdir()
    (place / "inside").touch()  # it cannot be removed
    assert decide().status_code == 302
    assert Redaction.objects.get().state == "done" and place.is_dir()


def test_of_a_damaged_record_no_file_is_removed(folder, chair, url, committed):
    added(chair, url, KEPT["pdf"])
    orphan = store.keep(b"nobody knows whose")
    age(folder)
    (folder / Evidence.objects.get().sha256).unlink()
    with pytest.raises(SystemExit):
        call_command("verify_history", stdout=StringIO(), stderr=StringIO())
    assert (folder / orphan).exists()


def test_a_form_that_comes_after_the_removal_keeps_its_file_again(folder, chair, url, monkeypatch):
    """Its bytes were there when it looked, and gone when its turn came."""
    kept = EvidenceForm.keep_file

    def kept_and_removed(form):
        kept(form)
        store.remove(store.digest(KEPT["pdf"]))

    monkeypatch.setattr(EvidenceForm, "keep_file", kept_and_removed)
    file = added(chair, url, KEPT["pdf"])
    assert store.read(file.sha256) == KEPT["pdf"]


def test_a_row_that_comes_before_the_removal_keeps_its_file(folder, chair, url):
    file = added(chair, url, KEPT["pdf"])
    assert files_of_record.remove_unnamed([file.sha256]) == 0
    assert named_files() == {file.sha256} and store.read(file.sha256) == KEPT["pdf"]
