"""The witness: an untouched record is sound, every damage is found and named, and an export checks itself."""

import json
import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction

from gscp import clock, dates
from gscp.record import TOMBSTONE, Change, ledger, triggers
from scrutiny import checker, timeline
from scrutiny.models import Walk
from scrutiny.proof import damage
from scrutiny.proof.damage import DamagePage
from scrutiny.proof.rows import snapshot
from scrutiny.proof.walk import first_finding, verify, walk
from scrutiny.proof.walker import Walker
from subgroups.models import Meeting
from tests import tampering

pytestmark = pytest.mark.django_db
CHECKER = Path(checker.__file__)


def exported() -> list[str]:
    out = StringIO()
    call_command("export_ledger", stdout=out)
    return out.getvalue().splitlines(keepends=True)


def head() -> str:
    last = Change.objects.last()
    return ledger.head(last.number, last.hash)


def test_a_played_year_is_sound_and_every_damage_to_it_is_found(played, action, on_record):
    tampering.attack(3 * len(tampering.KINDS), seed=20210401)
    # Walked in two parts, the second knows what the first has seen.
    middle, last = Change.objects.head_at() // 2, Change.objects.head_at()
    assert not walk(0, middle).findings and not walk(middle, last).findings
    wrong, entries, last_head, redacted = checker.check(exported(), [head()])
    assert (wrong, entries, last_head, redacted) == ([], last, head(), 0)


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


def test_what_is_wrong_is_said_and_ends_with_1(on_record, action):
    out = StringIO()
    call_command("verify_history", head=[head()], stdout=out)
    assert "entries, and nothing is wrong" in out.getvalue() and f"The head {head()} stands" in out.getvalue()
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
    assert out.getvalue().startswith(f"1 thing wrong in {Change.objects.head_at()} entries:\nEntry 7: ")
    assert Walk.objects.last().findings == 0  # it may be mistyped: nothing is wrong with the record
    with pytest.raises(CommandError, match="A head is a number and four groups of four") as refused:
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

    assert "stands as it did" in page(early) and "no sound walk of the record has come as far" in page(early)
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    call_command("verify_history", stdout=StringIO())
    assert "up to change 81, had been added to it" in page(early.lower().replace("-", " ", 1))
    # A walk that stopped before the head says nothing of it, nor one that found something.
    with on_record():
        subject.rating = "amber"
        subject.save()
    assert "no sound walk of the record has come as far" in page(head())
    assert "after change 81 has not been walked yet" in page(early)
    call_command("verify_history", stdout=StringIO())
    assert "All before it stood unchanged, when the record was walked" in page(f"{head()}.")
    wrong = "Entry 7: its hash is not that of its line"
    Walk(at=clock.now(), number=82, hash=Change.objects.last().hash, findings=1, found=wrong).save()
    for said in (head(), early):  # nor one before a walk that found something
        assert "the last walk found that something in the record is wrong" in page(said)
    for told in (page(head()), reader.get("/scrutiny/").content.decode()):
        assert (
            "The last walk of the record, on 1 April 2021" in told
            and "found 1 thing wrong." in told
            and wrong in told
        )
    Walk(at=clock.now(), number=82, hash="0" * 64, findings=0).save()
    assert "no sound walk of the record has come as far" in page(head())
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
    seen, number = head(), Change.objects.head_at()
    triggers.remove()
    tampering.old_backup(SimpleNamespace(randint=lambda first, last: last))
    triggers.install()
    assert head() == first
    told = f"the record was walked up to head {seen}, and that entry is not there any more"
    for url in ("/scrutiny/", f"/scrutiny/verify/?head={first}"):
        assert told in reader.get(url).content.decode()
    ready = client.get("/health/ready")
    assert ready.status_code == 200 and [told in what for what in ready.json()["damage"]] == [True]
    with pytest.raises(SystemCheckError, match=told):
        call_command("check", databases=["default"], fail_level="WARNING")
    assert [finding.number for finding in verify().findings] == [number]
    assert "came to this entry, and it is not there any more" in str(verify().findings[0])


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
        with pytest.raises(CommandError, match="This walk was not noted"):
            call_command("verify_history", stdout=out)
        transaction.set_rollback(True)
    assert "the rows of today cannot be read" in out.getvalue()


def test_the_probe_answers_whatever_the_notes_of_walks_are(client):
    with transaction.atomic():
        triggers.remove()
        tampering.sql("ALTER TABLE scrutiny_walk RENAME TO elsewhere")
        ready = client.get("/health/ready")
        transaction.set_rollback(True)
    assert ready.status_code == 503 and ready.json()["damage"] == []
    assert "the table scrutiny_walk is not there" in ready.json()["wrong"]
    request = client.get("/health/ready").wsgi_request
    told = DamagePage(lambda request: None).process_exception(request, ValueError())
    assert told is None, "a page that answers 200 would pass for ready"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite lets this into its columns")
def test_notes_of_walks_that_cannot_be_read_are_damage(client):
    Walk(at=clock.now(), number=70, hash="0" * 64, findings=0).save()
    triggers.remove()
    tampering.sql("UPDATE scrutiny_walk SET at = '2021-99-99 08:00:00'")
    triggers.install()
    assert client.get("/health/ready").json()["damage"] == ["the notes of earlier walks cannot be read"]


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


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("0-0000-0000-0000-0000", "There is no entry 0"),
        ("999999-VAS4-ABDV-EFAR-Y3E7", "There is no entry 999,999"),
        ("5-VAS4-ABDV-EFAR-Y3E7", "Entry 5 is not the one of this head"),
        ("5-VAS4-ABDV-EFAR", "A head is a number and four groups of four"),
        ("five-VAS4-ABDV-EFAR-Y3E7", "A head is a number"),
        ("9" * 300, "A head is a number"),
        ("<script>", "A head is a number"),
        ("５-VAS4-ABDV-EFAR-Y3E7", "A head is a number"),
        ("", "Fill in “Head”"),
        ("   ", "Fill in “Head”"),
    ],
)
def test_a_head_that_is_none_is_never_well(said, words, sign_in):
    page = sign_in("scrutineer").get("/scrutiny/verify/", {"head": said}).content.decode()
    assert words in page and "stands as it did" not in page


def damaged(lines: list[str]) -> dict[str, list[str]]:
    middle = len(lines) // 2
    entry, before, after = json.loads(lines[middle]), lines[:middle], lines[middle + 1 :]
    return {
        "nothing": [],
        "cut": lines[:-1],
        "cut in a line": [*lines[:-2], lines[-2][:40]],
        "cut at the start": lines[1:],
        "doubled": [*lines[:middle], lines[middle], *lines[middle:]],
        "reordered": [*lines[:middle], lines[middle + 1], lines[middle], *lines[middle + 2 :]],
        "one left out": [*before, *after],
        "edited": [
            *lines[:middle],
            lines[middle].replace('\\"id\\":', '\\"id\\": ', 1),
            *lines[middle + 1 :],
        ],
        "twice in one": [*lines, *lines],
        "another end": [*lines[:-1], checker.canonical({"entries": 3, "head": "3-0000-0000-0000-0000"})],
        "two of a key": [*before, f'{{"number":1,{lines[middle][1:]}', *after],
        "said to be taken out": [
            *before,
            checker.canonical(
                entry | {"texts": [{"field": t["field"], "redacted": True} for t in entry["texts"]]}
            )
            + "\n",
            *after,
        ],
        "more than a text": [
            *before,
            checker.canonical(entry | {"texts": [t | {"note": ""} for t in entry["texts"]]}) + "\n",
            *after,
        ],
        "no texts": [*before, checker.canonical(entry | {"texts": None}) + "\n", *after],
        "texts that are none": [
            *before,
            checker.canonical(entry | {"texts": [None, {}]}) + "\n",
            *after,
        ],
        "a number that is none": [
            lines[0],
            checker.canonical(json.loads(lines[1]) | {"number": True}) + "\n",
            *lines[2:],
        ],
        "deep": [lines[0], "[" * 100_000],
        "huge": [
            lines[0],
            checker.canonical(entry | {"number": 1}).replace(":1,", ":" + "9" * 5000 + ",", 1),
        ],
        "half a character": [lines[0], json.dumps(json.loads(lines[1]) | {"line": "\ud800"})],
        "another thing": ['{"a": 1}\n'],
    }


def test_a_damaged_export_is_told_by_the_checker_alone(tmp_path):
    """As somebody without the application runs it."""
    lines = exported()

    def run(*arguments, given=None):
        return subprocess.run(
            [sys.executable, "-I", CHECKER, *arguments],
            capture_output=True,
            text=True,
            input=given,
            cwd=tmp_path,
        )

    good = tmp_path / "ledger.jsonl"
    good.write_text("".join(lines))
    sound = run(good, "--head", head())
    assert sound.returncode == 0 and f"{len(lines) - 2:,} entries" in sound.stdout, sound.stderr
    assert f"The head {head()} stands" in sound.stdout
    assert "Nobody can tell from this whether an entry was true when it was typed" in sound.stdout
    assert run("-", given="".join(lines)).returncode == 0
    foreign = run(good, "--head", ledger.head(5, "ab" * 32))
    assert foreign.returncode == 1 and "does not stand here" in foreign.stderr
    before_the_first = ledger.head(0, ledger.GENESIS)  # which the page refuses as well
    for arguments in ([good, "--head", "nonsense"], [tmp_path], [tmp_path / "nowhere"]):
        assert run(*arguments).returncode == 1
    assert run(good, "--head", before_the_first).returncode == 1
    bad = tmp_path / "bad.jsonl"
    for what, content in damaged(lines).items():
        bad.write_text("".join(content))
        told = run(bad)
        assert told.returncode == 1 and told.stderr and "Traceback" not in told.stderr, (what, told.stderr)
        assert "holds" not in told.stdout, what
    bad.write_bytes(b"\xff\x00\x80")
    assert run(bad).returncode == 1
    assert [checker.counted(n, "text", "texts") for n in (1, 1000)] == ["1 text", "1,000 texts"]
    bad.write_text("\ufeff" + "".join(lines))
    assert "byte order mark" in run(bad).stderr


def test_heads_are_written_and_heard_alike():
    said = ledger.head(190, "0123456789abcdef" * 4)
    assert said == checker.head(190, "0123456789abcdef" * 4) == "190-04HM-ASW9-NF6Y-Y093"
    spoken_ways = [said.lower(), "190-O4HM-ASW9-NF6Y-YO93", f" {said} ", "190 - 04hmasw9 nf6yy093"]
    printed = [f"Change 190, head {said}", f"Head: {said}", *(said.replace("-", dash) for dash in "‐‑‒–—−")]
    for spoken in [said, *spoken_ways, *printed, said.replace("190", "l9O"), said.replace("-", " ")]:
        assert ledger.read_head(spoken) == (190, said) and checker.read_head(spoken) == said
    # One letter too few is no head of another number, nor are two numbers one.
    for none in (
        "190-4HM-ASW9-NF6Y-Y093",
        "19004HMASW9NF6YY093",
        f"Change 191, head {said}",
        f"-{said}",
        "190-",
        "",
    ):
        with pytest.raises(ValueError, match="A head is"):
            ledger.read_head(none)
        with pytest.raises(checker.CannotCheck, match="is no head"):
            checker.read_head(none)


def test_a_walk_begun_in_the_middle_knows_what_stood_before(played):
    assert list(Walker(100, 150).findings()) == []
    assert verify().number == Change.objects.head_at()
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET at = '2021-03-31 23:00:00' WHERE number = 101")
        first, *_ = Walker(100, 150).findings()
        transaction.set_rollback(True)
    assert str(first) == "Entry 101: its moment is before that of the entry before it."


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
        [finding] = verify().findings
        transaction.set_rollback(True)
    # Where it holds anything else than a new column does, somebody put it there.
    assert finding.number == meeting.change_id and "“row.called_off”" in finding.what


STRANGE = {
    "half a letter": (
        """UPDATE gscp_change SET line = '{{"\\ud800": 1}}' WHERE number = 70""",
        "“?”",
    ),
    "an entry before the first": (
        "INSERT INTO gscp_change SELECT 0 AS number, {others} FROM gscp_change WHERE number = 1",
        "no entry can have such a number",
    ),
    "an entry on no record": (
        "UPDATE gscp_change SET model = 'no.such' WHERE number > 70",
        "it has no history row",
    ),
    "a hash that is none": (
        "UPDATE gscp_change SET hash = 'zz' WHERE number = (SELECT max(number) FROM gscp_change)",
        "its hash is not that of its line",
    ),
    "differences too deep to read": (
        f"UPDATE gscp_change SET differences = '{'[' * 999}{']' * 999}' WHERE number = 70",
        "it cannot be compared",
    ),
    "a line that is another thing": (
        "UPDATE gscp_change SET line = '[1]' WHERE number = 70",
        "its line does not",
    ),
    "a salt that is none": (
        "UPDATE gscp_changetext SET salt = 'zz' WHERE change_id = 70",
        "it cannot be compared",
    ),
    "a line that has no row": (
        "UPDATE gscp_change SET line = '{{\"row\":[1]}}' WHERE number = 70",
        "its line does not",
    ),
    # Read as hex it is what the line commits to; the checker of an export refuses it, too.
    "a salt in capitals": (
        "UPDATE gscp_changetext SET salt = upper(salt) WHERE change_id = 70",
        "the salt of “note” is not written as the record writes it",
    ),
    "an entry of another action": (
        "UPDATE gscp_change SET action = 999 WHERE model = 'actions.action'",
        "its history row is of another record, person or moment",
    ),
    "an entry before its time": (
        "UPDATE gscp_change SET at = '2021-03-31 23:00:00' WHERE number = 70",
        "its moment is before that of the entry before it",
    ),
    "an empty text with a salt": (
        "UPDATE gscp_changetext SET value = '' WHERE change_id = 70",
        "the salt of “note” is not written as the record writes it",
    ),
    "an empty text that replaces none": (
        "INSERT INTO gscp_changetext (change_id, field, salt, value) VALUES (30, 'title', '', '')",
        "nothing was there before “title”, and nothing is",
    ),
    "a line too deep to read": (
        f"UPDATE gscp_change SET line = '{'[' * 99_999}' WHERE number = 70",
        "it cannot be compared",
    ),
}
OF_SQLITE = {
    "a number in bytes": (
        "UPDATE gscp_change SET number = x'ff' WHERE number = 80",
        "no entry can have such a number",
    ),
    "a salt with a space": (
        "UPDATE gscp_changetext SET salt = salt || ' ' WHERE change_id = 70",
        "the salt of “note” is not written as the record writes it",
    ),
    "a number that is none": (
        "UPDATE gscp_change SET number = 'x' WHERE number = (SELECT max(number) FROM gscp_change)",
        "no entry can have such a number",
    ),
    "a number with a fraction": (
        "INSERT INTO gscp_change SELECT number + 0.5 AS number, {others} FROM gscp_change "
        "WHERE number = (SELECT max(number) FROM gscp_change)",
        "no entry can have such a number",
    ),
    "a number past all in the place of none": (
        "UPDATE gscp_change SET action = 9e999 WHERE number = 79",
        "its line does not say what stands in the tables: “concerns.action”",
    ),
    "the same in a row and its history": (
        "UPDATE actions_historicalaction SET lead_post_id = 9e999 WHERE lead_post_id IS NULL",
        "its line does not say what stands in the tables: “row.lead_post_id”",
    ),
    "an empty text in bytes": (
        "UPDATE actions_historicalaction SET title = x'' WHERE title = ''",
        "“title” is another text, and its entry does not say so",
    ),
    "a text in bytes": (
        "UPDATE gscp_changetext SET value = CAST(value AS BLOB) WHERE change_id = 20 AND field = 'title'",
        "it cannot be compared",
    ),
    "a moment that is none": (
        "UPDATE gscp_change SET at = '2099-99-99 08:00:00' WHERE number = 80",
        "its moment is none",
    ),
    "an act that goes on after its end": (
        "UPDATE gscp_change SET act = act || char(0) || 'more' WHERE number = 70",
        "“act”",
    ),
    "a moment that goes on after its end": (
        "UPDATE gscp_change SET at = at || char(0) || 'more' WHERE number = 70",
        "“at”",
    ),
    "a text of no entry": (
        "UPDATE gscp_changetext SET change_id = 'x' WHERE id = (SELECT max(id) FROM gscp_changetext)",
        "a row carries a number that no entry has",
    ),
    "a copy of no entry": (
        "UPDATE actions_historicalaction SET change_id = 'x' WHERE history_id = 1",
        "a row carries a number that no entry has",
    ),
    "a name in no encoding": (
        "UPDATE gscp_change SET object_name = CAST(x'ff41' AS TEXT) WHERE number = 70",
        "cannot be read",
    ),
    "a day with a tail": (
        "UPDATE actions_historicalbusinessplan SET starts_on = starts_on || ' 12:00'",
        "“row.starts_on”",
    ),
    "a moment with a tail": ("UPDATE gscp_change SET at = at || ' and more' WHERE number = 70", "“at”"),
    "a moment in other words": (
        "UPDATE gscp_change SET at = replace(at, ' ', 'T') WHERE number = 70",
        "“at”",
    ),
    "a moment in bytes": ("UPDATE gscp_change SET at = CAST(at AS BLOB) WHERE number = 70", "“at”"),
    "an act in bytes": ("UPDATE gscp_change SET act = CAST(act AS BLOB) WHERE number = 70", "“act”"),
    "a day in bytes": (
        "UPDATE actions_historicalbusinessplan SET starts_on = CAST(starts_on AS BLOB)",
        "“row.starts_on”",
    ),
    "differences in other words": (
        "UPDATE gscp_change SET differences = replace(differences, ': ', ':  ') WHERE number > 70",
        "not written as the record writes them",
    ),
    "a truth that is neither": (
        "UPDATE gscp_change SET created = 7 WHERE number = 70",
        "“created” is not what its history row says",
    ),
    "a name in bytes": (
        "UPDATE gscp_change SET object_name = CAST(object_name AS BLOB) WHERE number = 70",
        "it cannot be compared",
    ),
}


BEFORE_YEAR_1 = "(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps a moment as text")
@pytest.mark.parametrize("moment", [BEFORE_YEAR_1, "'infinity'", "'22021-04-01'"])
def test_a_moment_that_no_line_can_have_is_found(moment):
    with transaction.atomic():
        triggers.remove()
        tampering.sql(f"UPDATE gscp_change SET at = {moment.format('at')} WHERE number = 70")
        tampering.sql(
            f"UPDATE actions_historicalaction SET history_date = {moment.format('history_date')} "
            "WHERE change_id = 20"
        )
        found = [str(finding) for finding in verify().findings]
        transaction.set_rollback(True)
    assert any(what.startswith("Entry 70: it cannot be compared") for what in found), found
    assert "Entry 20: its line does not say what stands in the tables: “row.history_date”." in found


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite drops no constraint")
def test_two_texts_of_one_field_are_found():
    with transaction.atomic():
        triggers.remove()
        tampering.sql("ALTER TABLE gscp_changetext DROP CONSTRAINT gscp_one_text_a_field")
        tampering.sql(
            "INSERT INTO gscp_changetext (change_id, field, salt, value) VALUES (20, 'title', %s, 'More')",
            "0f" * 16,
        )
        tampering.sql("UPDATE gscp_changetext SET value = value WHERE change_id = 20 AND value <> 'More'")
        found = [str(finding) for finding in verify().findings]
        transaction.set_rollback(True)
    assert "Entry 20: two texts of one field stand beside it." in found


# What pages come upon: of these its own page says that it cannot be read.
UNREADABLE = {
    "differences that are a number": "UPDATE gscp_change SET differences = '5' WHERE number = 70",
    "a difference that is none": "UPDATE gscp_change SET differences = '[1]' WHERE number = 70",
}
UNREADABLE_OF_SQLITE = {
    "differences that are no JSON": "UPDATE gscp_change SET differences = '[{{' WHERE number = 70",
    "a moment in year 1": "UPDATE gscp_change SET at = '0001-01-01 00:00:00' WHERE number = 70",
    "an act that is none": "UPDATE gscp_change SET act = 'x' WHERE number = 70",
    "a line in no encoding": "UPDATE gscp_change SET line = CAST(x'ff41' AS TEXT) WHERE number = 70",
}
NUMBERED_ANEW = {
    "a number before all": "UPDATE gscp_change SET number = -5 WHERE number = 70",
    "a number past all": f"UPDATE gscp_change SET number = {10**17} WHERE number = 70",
}
FOUND_BY_A_WALK = {what: statement for what, (statement, _) in (STRANGE | OF_SQLITE).items()}
DAMAGES = FOUND_BY_A_WALK | UNREADABLE | UNREADABLE_OF_SQLITE | NUMBERED_ANEW


@pytest.mark.parametrize("what", DAMAGES)
def test_pages_stand_whatever_stands_in_the_record(what, sign_in):
    if what in OF_SQLITE | UNREADABLE_OF_SQLITE and connection.vendor != "sqlite":
        pytest.skip("only SQLite lets this into its columns")
    reader = sign_in("scrutineer")
    others = ", ".join(f.column for f in Change._meta.concrete_fields if not f.primary_key)
    said, its_own = ledger.head(70, Change.objects.get(number=70).hash), "changes/70/"
    pages = [
        "", "changes/", "changes/?before=75", "changes/?before=0", "changes/?after=0", its_own,
        f"verify/?head={said}", "as-at/75/plans/", "compare/?since=60&until=80", "redactions/",
    ]  # fmt: skip
    takes_out, files = f"/scrutiny/{its_own}take-out/note/", ["csv", "jsonl"]
    with transaction.atomic():
        triggers.remove()
        if connection.vendor == "sqlite":
            tampering.sql("PRAGMA ignore_check_constraints = on")  # as another program has it
        tampering.sql(DAMAGES[what].format(others=others))
        if connection.vendor == "sqlite":
            tampering.sql("PRAGMA ignore_check_constraints = off")
        told = {page: reader.get(f"/scrutiny/{page}", follow=True) for page in pages}
        asked = sign_in("business.manager").get(takes_out, follow=True).status_code
        lasts = [
            [*reader.get(f"/scrutiny/changes/export.{form}").streaming_content][-1].decode() for form in files
        ]
        transaction.set_rollback(True)
    statuses = {page: response.status_code for page, response in told.items()}
    assert statuses == dict.fromkeys(pages, 200) | {its_own: 404 if what in NUMBERED_ANEW else 200}
    assert asked == (404 if what in NUMBERED_ANEW else 200)
    assert all(last.startswith(("end,", "unreadable,", '{"end": ')) for last in lasts), lasts
    if what in UNREADABLE | UNREADABLE_OF_SQLITE:
        assert timeline.BROKEN in lasts[0] and timeline.BROKEN in lasts[1]
        page = told[its_own].content.decode()
        assert "Change 70 cannot be read" in page and "verify_history" in page and "/scrutiny/verify/" in page


FAULTS = [ValueError("ours"), KeyError("ours"), Change.DoesNotExist(), DatabaseError("ours")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_fault_of_our_own_is_no_damage_to_the_record(fault, sign_in, monkeypatch):
    """Only where a check of the record finds something does the page say that it cannot be read."""
    reader, file = sign_in("scrutineer"), "/scrutiny/changes/export.csv"
    reader.raise_request_exception = False

    def fail(*arguments):
        raise fault

    monkeypatch.setattr(timeline, "page", fail)
    monkeypatch.setattr(timeline, "in_batches", fail)
    with transaction.atomic():
        assert reader.get("/scrutiny/").status_code == 500
        with pytest.raises(type(fault)):
            list(reader.get(file).streaming_content)
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number = 40")
        page, lines = reader.get("/scrutiny/"), list(reader.get(file).streaming_content)
        transaction.set_rollback(True)
    assert page.status_code == 200 and "A change cannot be read" in page.content.decode()
    assert timeline.BROKEN in lines[-1].decode()


def test_a_database_that_does_not_answer_is_no_damage_to_the_record(sign_in, monkeypatch):
    reader = sign_in("scrutineer")
    reader.raise_request_exception = False

    def fail(*arguments):
        raise DatabaseError("no connection")

    monkeypatch.setattr(timeline, "page", fail)
    monkeypatch.setattr(damage, "first_finding", fail)
    assert reader.get("/scrutiny/").status_code == 200  # the record cannot be read, and the database answers
    monkeypatch.setattr(connection.introspection, "table_names", fail)
    assert reader.get("/scrutiny/").status_code == 500


def test_a_fault_of_our_own_in_the_notes_of_walks_is_no_damage(client, monkeypatch):
    Walk(at=clock.now(), number=70, hash="0" * 64, findings=0).save()
    client.raise_request_exception = False

    def fail(*arguments):
        raise ValueError

    monkeypatch.setattr(dates, "moment", fail)
    assert client.get("/health/ready").status_code == 500


def test_the_first_finding_is_the_first(on_record, action):
    """Looking for one stops there: nothing after it is read."""
    assert first_finding() is None
    with transaction.atomic():
        triggers.remove()
        tampering.sql("UPDATE gscp_change SET actor_name = 'Somebody' WHERE number >= 40")
        findings = verify().findings
        with snapshot():
            walker = Walker(0, Change.objects.head_at())
            stopped_at = next(walker.findings()), walker.number
        first = first_finding()
        transaction.set_rollback(True)
    assert stopped_at == (findings[0], 40) and first == findings[0] and len(findings) > 40


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("actions_ownership", "the rows of today cannot be read"),
        ("actions_historicalownership", "the rows of today cannot be read"),
        ("actions_historicalownership", "it or another up to 80 cannot be read"),
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
    assert any(words in what for what in found), found


@pytest.mark.parametrize(("statement", "words"), (STRANGE | OF_SQLITE).values(), ids=STRANGE | OF_SQLITE)
def test_what_no_program_of_ours_would_write_is_found(statement, words):
    if (statement, words) in OF_SQLITE.values() and connection.vendor != "sqlite":
        pytest.skip("only SQLite lets this into its columns")
    others = ", ".join(f.column for f in Change._meta.concrete_fields if not f.primary_key)
    out, witness = StringIO(), ledger.head(70, Change.objects.get(number=70).hash)
    with transaction.atomic():
        triggers.remove()
        tampering.sql(statement.format(others=others))
        with pytest.raises(SystemExit, match="1"):
            call_command("verify_history", json=True, head=[witness], stdout=out)
        with suppress(DatabaseError):
            walk(70, 75)  # begun behind it, it ends as well
        transaction.set_rollback(True)
    assert words in out.getvalue() and "with text" not in out.getvalue()
