"""Words that look as if they could identify a child: why they may stand is kept, and texts are scanned."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from actions.models import ProgressUpdate
from gscp.identity_check import IdentityCheck
from gscp.record import Change, ChangeText, Redaction
from scrutiny.proof.walk import verify
from tests.answers import words_of
from tests.conftest import form_of
from tests.evidence import KEPT, file_of_evidence, word
from tests.test_update import GOOD, URL

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
BOTH = pytest.mark.run_in("sqlite", "postgresql")  # what is read of the ledger
NUMBER = "943 476 5919"
WHY = "It is the number of an order of leaflets"


@pytest.fixture
def asked(sign_in):
    """The chair has sent a report with such a number, and was asked: asked(done="…", …) sends it again."""
    chair = sign_in("cem.chair")

    def again(**typed):
        form = form_of(chair.get(URL)) | GOOD | {"done": f"Ordered leaflets, {NUMBER}"}
        return chair.post(URL, form | form_of(chair.post(URL, form)) | {"confirmed": "on"} | typed)

    return again


@pytest.fixture
def scanned():
    """What scan_identifiers prints, and the status with which it ends."""

    def scan(*options):
        out, status = StringIO(), 0
        try:
            call_command("scan_identifiers", *options, stdout=out)
        except SystemExit as ended:
            status = ended.code
        return out.getvalue(), status

    return scan


@BOTH
def test_why_words_may_stand_is_kept_with_the_act_and_shown(asked, sign_in):
    assert asked(why_it_stands=WHY).status_code == 302
    kept, update = IdentityCheck.objects.get(), ProgressUpdate.objects.get()
    assert (kept.found, kept.why) == ("What was done: an NHS number", WHY)
    assert kept.change.act == update.change.act and kept.entry == update.change_id
    assert (kept.change.plan, kept.change.action) == (update.change.plan, update.change.action)
    assert NUMBER not in f"{kept.found} {kept.why} {kept} {kept.change.line}"
    reader = sign_in("scrutineer")
    told = f"Words here look like this: What was done: an NHS number. They may stand, because “{WHY}”."
    for address in (f"/scrutiny/changes/{update.change_id}/", "/scrutiny/changes/?kind=let_stand"):
        page = words_of(reader.get(address))
        assert told in page and "reported on 005" in page
    assert 'href="/scrutiny/changes/?kind=let_stand"' in reader.get("/scrutiny/").content.decode()
    assert verify().findings == []


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("", "Say why it may stand."),
        ("7", "Say it in words."),
        (f"{NUMBER} is an order", "This repeats what it is about. Say why without those words."),
        ("The order came to GL1 2AB", "Say why without it: this looks like a postcode."),
        ("x" * 501, "500 characters"),
    ],
)
def test_a_reason_that_says_nothing_or_too_much_is_refused(why, told, asked):
    page = words_of(asked(why_it_stands=why))
    assert told in page and "Why it may stand" in page and "Why it may stand (optional)" not in page
    assert not ProgressUpdate.objects.exists() and not IdentityCheck.objects.exists()


def test_a_tick_and_a_reason_for_other_words_are_for_nothing(asked):
    page = words_of(asked(why_it_stands=WHY, next_step="Meet at GL1 2AB"))
    assert "This looks like a postcode: “GL1 2AB”" in page and WHY in page, "the reason stays in its box"
    assert not ProgressUpdate.objects.exists()


def test_where_nothing_is_found_nothing_is_asked_or_kept(sign_in, send):
    chair = sign_in("cem.chair")
    assert "Why it may stand" not in words_of(chair.get(URL))
    assert send(chair, URL, **GOOD | {"confirmed": "on", "why_it_stands": WHY}).status_code == 302
    assert not IdentityCheck.objects.exists()


def test_sent_twice_it_is_recorded_once(asked, sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD | {"done": f"Ordered leaflets, {NUMBER}"}
    form |= form_of(chair.post(URL, form)) | {"confirmed": "on", "why_it_stands": WHY}
    assert [chair.post(URL, form).status_code for _ in range(2)] == [302, 302]
    assert IdentityCheck.objects.count() == ProgressUpdate.objects.count() == 1


@BOTH
def test_what_stands_in_a_file_is_found_too(scanned, report, on_record, user):
    evidence = file_of_evidence(
        word("JS, 14, lives at GL1 2AB"), "docx", update=report("005", rating="amber")
    )
    evidence.entered_by = user("cem.chair")
    with on_record():
        evidence.save()
    told, status = scanned()
    assert status == 1
    found = "File: initials with an age, a postcode. Ask for it to be taken out: /scrutiny/changes/"
    assert f"{found}{evidence.change_id}/" in told


def test_a_picture_is_counted_as_not_read(scanned, report, on_record, user):
    evidence = file_of_evidence(KEPT["png"], "png", update=report("005", rating="amber"))
    evidence.entered_by = user("cem.chair")
    with on_record():
        evidence.save()
    told, status = scanned()
    assert status == 0 and "no text that can be read, such as pictures: 1." in told


def test_underscores_of_a_stored_file_name_are_read_as_spaces(scanned, report, on_record, user):
    evidence = file_of_evidence(
        word("Met"), "docx", update=report("005", rating="amber"), file_name="Kayleigh_aged_13.docx"
    )
    evidence.entered_by = user("cem.chair")
    with on_record():
        evidence.save()
    told, status = scanned()
    assert status == 1 and "a first name with an age" in told


@BOTH
def test_the_business_manager_s_server_finds_what_stands_on_record(scanned, report, asked, on_record):
    """A command kept one text, and it was replaced since; of another the chair has said why it may stand."""
    clean, status = scanned()
    assert status == 0 and re.fullmatch(
        r"[\d,]+ texts looked through\. In 0 something could identify a child: 0 may stand, as their "
        r"writers said, and 0 have to be looked at\.\n",
        clean,
    )
    asked(why_it_stands=WHY)
    let_stand, status = scanned()
    assert status == 0 and f"What was done: an NHS number. It was let stand: “{WHY}”." in let_stand
    update = report("005", "None yet", rating="amber", done="JS, 14, lives at GL1 2AB")
    update.action.refresh_from_db()
    entry = update.change_id
    with on_record("Put right"):
        action = update.action
        action.title = "Spoke about case 4471"
        action.save()
        action.title = "Another title"
        action.save()
    told, status = scanned()
    assert status == 1 and "JS" not in told and "GL1" not in told and "4471" not in told
    assert re.search(
        rf"Change {entry}, 1 April 2021, .*005.*, What was done: initials with an age, a postcode\. "
        rf"Ask for it to be taken out: /scrutiny/changes/{entry}/take-out/done/\n",
        told,
    )
    assert "Title: a case number. Ask" in told, "though another title has replaced it"
    assert "In 3 something could identify a child: 1 may stand" in told and "2 have to be looked at." in told
    assert "a postcode: “GL1 2AB”" in scanned("--show")[0]
    with on_record():
        Redaction.ask(ChangeText.objects.get(change=entry, field="done"))
    assert "Taking out this text was asked for before. It waits to be decided." in scanned()[0]


@BOTH
def test_what_was_let_stand_for_one_kind_is_not_for_another(scanned, asked, on_record):
    """The search was widened since: the reason of an act was about postcodes alone."""
    asked(why_it_stands=WHY)
    assert scanned()[1] == 0
    with on_record():
        kept = IdentityCheck.objects.get()
        kept.filed_under = {}
        kept.found = "What was done: a postcode"
        kept.save()
    assert scanned()[1] == 1
    assert Change.objects.last().model == "gscp.identitycheck"
