"""Verification: what the command and the page say, and the notes of earlier walks."""

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection, transaction

from gscp import clock
from gscp.record import Change, ledger, triggers
from scrutiny import checker
from scrutiny.models import Walk
from scrutiny.proof.damage import DamagePage
from scrutiny.proof.rows import snapshot
from scrutiny.proof.walk import first_finding, verify
from scrutiny.proof.walker import Walker
from tests import tampering
from tests.written_down import head

pytestmark = pytest.mark.django_db


def test_what_is_wrong_is_said_and_ends_with_1(on_record, action):
    out = StringIO()
    call_command("verify_history", head=[head()], stdout=out)
    assert "entries, and nothing is wrong" in out.getvalue() and f"The seal {head()} stands" in out.getvalue()
    assert Walk.objects.last().findings == 0
    assert Walk.objects.last().at.date() > clock.today()  # not the day that a demonstration pins
    foreign = ledger.head(7, "ab" * 32)
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_history", head=[foreign], json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert not said["sound"] and said["findings"][0]["entry"] == 7 and foreign in said["findings"][0]["what"]
    assert said["held_against"] == [foreign]
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_history", head=[foreign], stdout=out)
    assert out.getvalue().startswith(f"1 thing wrong in {Change.objects.last_number()} entries:\nEntry 7: ")
    assert Walk.objects.last().findings == 0  # it may be mistyped: nothing is wrong with the record
    with pytest.raises(CommandError, match="A seal is a number and four groups of four") as refused:
        call_command("verify_history", head=["nonsense"])
    assert refused.value.returncode == 2
    triggers.remove()
    tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number = 40")
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_history", stdout=StringIO())
    told = "Entry 40: its line does not say what stands in the tables: “actor.name”."
    assert (Walk.objects.last().findings, Walk.objects.last().found) == (1, told)


def test_the_page_says_whether_a_head_stands(sign_in, on_record, action, it_is):
    reader, early = sign_in("scrutineer"), head()

    def page(said):
        response = reader.get("/scrutiny/verify/", {"head": said})
        assert response.status_code == 200
        return response.content.decode()

    assert "This seal holds." in page(
        early
    ) and "To know whether each change before it is unchanged too" in page(early)
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    last = subject.change_id
    call_command("verify_history", stdout=StringIO())
    assert f"So was everything after it, up to change {last}." in page(early.lower().replace("-", " ", 1))
    # A walk that stopped before the head says nothing of it, nor one that found something.
    with on_record():
        subject.rating = "amber"
        subject.save()
    assert "To know whether each change before it is unchanged too" in page(head())
    assert f"after change {last} has not been checked yet" in page(early)
    call_command("verify_history", stdout=StringIO())
    assert "Everything before it was unchanged when the record was checked" in page(f"{head()}.")
    wrong = "Entry 7: its hash is not that of its line"
    Walk(at=clock.now(), number=last + 1, hash=Change.objects.last().hash, findings=1, found=wrong).save()
    for said in (head(), early):  # nor one before a walk that found something
        assert "The last check found that something in the record is wrong" in page(said)
    for told in (page(head()), reader.get("/scrutiny/").content.decode()):
        assert (
            "The last check of the record, on 1 April 2021" in told
            and "found 1 thing wrong." in told
            and ">Change 7</a>: It was altered after it was recorded" in told
            and wrong.removeprefix("Entry 7: ") in told
        )
    Walk(at=clock.now(), number=last + 1, hash="0" * 64, findings=0).save()
    assert "To know whether each change before it is unchanged too" in page(head())
    portal = reader.get("/scrutiny/").content.decode()
    assert head() in portal


def test_an_end_that_was_cut_off_is_told_by_the_walk_that_saw_it(sign_in, on_record, action, client):
    """With the triggers back in their place, nothing else on this side of the database knows of it."""
    reader, first = sign_in("scrutineer"), head()
    call_command("verify_history", stdout=StringIO())
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    call_command("verify_history", stdout=StringIO())
    assert Walk.objects.damage() == []
    seen, number = head(), Change.objects.last_number()
    triggers.remove()
    tampering.old_backup(SimpleNamespace(randint=lambda first, last: last))
    connection.check_constraints()  # PostgreSQL alters no table for which something is still to be checked
    triggers.install()
    assert head() == first
    told = f"the record was checked up to seal {seen}, and that change is not there any more"
    for url in ("/scrutiny/", f"/scrutiny/verify/?head={first}"):
        assert told in reader.get(url).content.decode()
    ready = reader.get("/health/ready")
    assert client.get("/health/ready").content == b"ready"
    assert ready.status_code == 200 and [told in what for what in ready.json()["damage"]] == [True]
    with pytest.raises(SystemCheckError, match=told):
        call_command("check", databases=["default"], fail_level="WARNING")
    assert [finding.number for finding in verify().findings] == [number]
    assert "came to this change, and it is not there any more" in str(verify().findings[0])


def test_a_walk_of_an_empty_record_or_a_damaged_one_is_no_witness():
    Walk(at=clock.now(), number=0, hash=ledger.GENESIS, findings=0).save()
    assert Walk.objects.damage() == []
    Walk(at=clock.now(), number=70, hash="0" * 64, findings=2).save()
    assert len(Walk.objects.damage()) == 1
    call_command("verify_history", stdout=StringIO())  # what was found has been put right
    assert Walk.objects.damage() == []


def test_a_walk_that_cannot_be_noted_says_what_it_found():
    out = StringIO()
    with transaction.atomic():
        triggers.remove()
        tampering.sql("ALTER TABLE scrutiny_walk RENAME TO elsewhere")
        with pytest.raises(CommandError, match="This check was not noted"):
            call_command("verify_history", stdout=out)
        transaction.set_rollback(True)
    assert "the rows of today cannot be read" in out.getvalue()


def test_the_probe_answers_whatever_the_notes_of_walks_are(client, sign_in, caplog):
    def ready(reader):
        with transaction.atomic():  # which PostgreSQL breaks off at the first question that fails
            response = reader.get("/health/ready")
            transaction.set_rollback(True)
        return response

    insiders = sign_in("business.manager"), sign_in("scrutineer")
    strangers = client, sign_in("cem.chair")
    with transaction.atomic():
        triggers.remove()
        tampering.sql("ALTER TABLE scrutiny_walk RENAME TO elsewhere")
        told, not_told = list(map(ready, insiders)), list(map(ready, strangers))
        transaction.set_rollback(True)
    for answer in told:
        assert answer.status_code == 503 and answer.json()["damage"] == []
        assert "the table scrutiny_walk is not there" in answer.json()["wrong"]
    assert {(answer.status_code, answer.content) for answer in not_told} == {(503, b"not ready")}
    logged = [record.getMessage() for record in caplog.records if "/health/ready:" in record.getMessage()]
    assert len(logged) == 1 and "the table scrutiny_walk is not there" in logged[0]
    assert client.get("/health/ready").content == b"ready"
    request = client.get("/health/ready").wsgi_request
    told = DamagePage(lambda request: None).process_exception(request, ValueError())
    assert told is None, "a page that answers 200 would pass for ready"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("0-0000-0000-0000-0000", "There is no change 0"),
        ("999999-VAS4-ABDV-EFAR-Y3E7", "There is no change 999,999"),
        ("5-VAS4-ABDV-EFAR-Y3E7", "Change 5 does not fit this seal"),
        ("5-VAS4-ABDV-EFAR", "A seal is a number and four groups of four"),
        ("five-VAS4-ABDV-EFAR-Y3E7", "A seal is a number"),
        ("9" * 300, "A seal is a number"),
        ("<script>", "A seal is a number"),
        ("５-VAS4-ABDV-EFAR-Y3E7", "A seal is a number"),
        ("", "Fill in “Seal”"),
        ("   ", "Fill in “Seal”"),
    ],
)
def test_a_head_that_is_none_is_never_well(said, words, sign_in):
    page = sign_in("scrutineer").get("/scrutiny/verify/", {"head": said}).content.decode()
    assert words in page and "stands as it did" not in page


def test_heads_are_written_and_heard_alike():
    said = ledger.head(190, "0123456789abcdef" * 4)
    assert said == checker.head(190, "0123456789abcdef" * 4) == "190-04HM-ASW9-NF6Y-Y093"
    spoken_ways = [said.lower(), "190-O4HM-ASW9-NF6Y-YO93", f" {said} ", "190 - 04hmasw9 nf6yy093"]
    printed = [f"Change 190, head {said}", f"Head: {said}", f"Change 190, seal {said}", f"Seal: {said}"]
    printed += (said.replace("-", dash) for dash in "‐‑‒–—−")
    for spoken in [said, *spoken_ways, *printed, said.replace("190", "l9O"), said.replace("-", " ")]:
        assert ledger.read_head(spoken) == (190, said) and checker.read_head(spoken) == said
    # One letter too few is no head of another number, nor are two numbers one.
    for none in (
        "190-4HM-ASW9-NF6Y-Y093",
        "19004HMASW9NF6YY093",
        f"Change 191, head {said}",
        f"Change 191, seal {said}",
        f"-{said}",
        "190-",
        "",
    ):
        with pytest.raises(ValueError, match="A seal is"):
            ledger.read_head(none)
        with pytest.raises(checker.CannotCheck, match="is no seal"):
            checker.read_head(none)


def test_a_walk_begun_in_the_middle_knows_what_stood_before(played):
    assert list(Walker(100, 150).findings()) == []
    assert verify().number == Change.objects.last_number()
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET at = '2021-03-31 23:00:00' WHERE number = 101")
        first, *_ = Walker(100, 150).findings()
        transaction.set_rollback(True)
    assert str(first) == "Entry 101: its moment is before that of the entry before it."


def test_the_first_finding_is_the_first(on_record, action):
    """Looking for one stops there: nothing after it is read."""
    assert first_finding() is None
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number >= 40")
        findings = verify().findings
        with snapshot():
            walker = Walker(0, Change.objects.last_number())
            stopped_at = next(walker.findings()), walker.number
        first = first_finding()
        transaction.set_rollback(True)
    assert stopped_at == (findings[0], 40) and first == findings[0] and len(findings) > 40
