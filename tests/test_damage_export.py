"""A damaged export: the checker, run alone, tells each damage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gscp.record import ledger
from scrutiny import checker
from tests.written_down import exported, head

pytestmark = pytest.mark.django_db
CHECKER = Path(checker.__file__)


def written(entry: dict) -> str:
    return checker.canonical(entry) + "\n"


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
            written(entry | {"texts": [{"field": t["field"], "redacted": True} for t in entry["texts"]]}),
            *after,
        ],
        "more than a text": [
            *before,
            written(entry | {"texts": [t | {"note": ""} for t in entry["texts"]]}),
            *after,
        ],
        "no texts": [*before, written(entry | {"texts": None}), *after],
        "texts that are none": [*before, written(entry | {"texts": [None, {}]}), *after],
        "a number that is none": [lines[0], written(json.loads(lines[1]) | {"number": True}), *lines[2:]],
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
    sound = run(good, "--seal", head())
    assert sound.returncode == 0 and f"{len(lines) - 2:,} entries" in sound.stdout, sound.stderr
    assert f"The seal {head()} stands" in sound.stdout
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
