"""Reads an uploaded file in a process of its own, with limits of memory and time.

What a stranger's file can do to a process, it does to that one: other users' pages do not feel it.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from actions.tables.cells import COPY_TABLE, Refused, Table, table_from_data
from actions.tables.understood import Known, Understood, from_data
from gscp import clock
from gscp.personal import Detail

MEMORY = 1_000_000_000
CPU_SECONDS = 30
SECONDS = 120  # by the clock, on a machine that has more to do
ROOT = Path(__file__).resolve().parents[2]
TOO_MUCH = (
    "The file takes more time or memory to read than any plan needs. "
    "Copy only the plan's table into a new file, and try that."
)

TOO_LONG_TO_LOOK_THROUGH = (
    "The file takes more time or memory to look through than there is. Send a part of it, or save it anew."
)


@dataclass(frozen=True)
class Limits:
    memory: int
    cpu_seconds: int
    seconds: int  # by the clock, on a machine that has more to do
    too_much: str  # the message past them


def understood_apart(
    data: bytes,
    file_name: str,
    known: Iterable[Known] = (),
    answers: dict[str, Any] | None = None,
    period: tuple[date, date] | None = None,
) -> Understood:
    """read() and understand() in a process of its own; arguments as theirs.

    Raises:
        Refused: the file is not read, or takes more time or memory than it may.
        RuntimeError: a fault of our own in that process.
    """
    asked = {
        "file_name": file_name,
        "known": [asdict(name) for name in known],
        "answers": answers or {},
        "period": [day.isoformat() for day in period] if period else None,
    }
    return from_data(answer_of(asked, data, Limits(MEMORY, CPU_SECONDS, SECONDS, TOO_MUCH)))


def tables_apart(data: bytes, file_name: str, most_cells: int) -> list[Table]:
    """read() in a process of its own, for tables of no more cells than these.

    Raises:
        Refused: the file is not read, has more cells, or takes more time or memory than it may.
        RuntimeError: a fault of our own in that process.
    """
    limits = Limits(MEMORY // 2, 10, 30, f"This file takes too long to read. {COPY_TABLE}")
    found = answer_of({"file_name": file_name, "most_cells": most_cells}, data, limits)
    return [table_from_data(table) for table in found["tables"]]


@dataclass(frozen=True)
class Looked:
    """What looking through a file found."""

    kind: str  # one of KINDS
    has_text: bool  # or nobody but its reader can tell what it says
    found: tuple[Detail, ...]  # what in it could identify a child


def looked_through_apart(data: bytes) -> Looked:
    """The kind of a file by its content, and what its text holds, in a process of its own.

    Raises:
        Refused: it is of no kind that is kept, damaged, locked, or takes too much time or memory.
        RuntimeError: a fault of our own in that process.
    """
    limits = Limits(MEMORY, 60, SECONDS, TOO_LONG_TO_LOOK_THROUGH)
    answer = answer_of({"today": clock.today().isoformat()}, data, limits)
    return Looked(answer["kind"], answer["has_text"], tuple(Detail(*one) for one in answer["found"]))


def answer_of(asked: dict[str, Any], data: bytes, limits: Limits) -> dict[str, Any]:
    """What the process answers, as tables_apart() says."""
    # A line that says what is asked, and the file after it. Nothing of the server's environment goes with it:
    # no key, no address of a database.
    sent = orjson.dumps(asked) + b"\n" + data
    try:
        child = subprocess.run(
            [sys.executable, "-m", "actions.tables.child", str(limits.memory), str(limits.cpu_seconds)],
            input=sent,
            capture_output=True,
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(limits.too_much) from error
    # Less than 0: the system ended it, for its time.
    if child.returncode < 0 or b"MemoryError" in child.stderr:
        raise Refused(limits.too_much)
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace"))
    result: dict[str, Any] = orjson.loads(child.stdout)
    if "refused" in result:
        raise Refused(result["refused"])
    return result
