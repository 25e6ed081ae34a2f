"""The process of its own in which a file is read; apart.py starts it."""

import gc
import os
import resource
import sys
from collections import Counter
from datetime import date
from operator import itemgetter
from typing import Any

import orjson
from django.conf import settings

from actions.tables.cells import Refused, tables_as_data
from actions.tables.kinds import kind_of
from actions.tables.read import read
from actions.tables.texts import text_of
from actions.tables.understand import understand
from actions.tables.understood import Known, Understood
from gscp.personal import Detail, details

MOST_FOUND = 20  # of what could identify a child: enough to know where to look


def limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def answer(sent: bytes) -> Understood | dict[str, Any]:
    line, _, data = sent.partition(b"\n")
    asked = orjson.loads(line)
    try:
        if "today" in asked:
            return looked_through(data, date.fromisoformat(asked["today"]))
        if "most_cells" in asked:
            return {"tables": tables_as_data(read(data, asked["file_name"]), asked["most_cells"])}
        return understood(data, asked)
    except Refused as refused:
        return {"refused": str(refused)}


def looked_through(data: bytes, today: date) -> dict[str, Any]:
    """What kind the file is of, whether it holds text, and what in that could identify a child."""
    settings.configure(DEMO_TODAY=today, DEMO_TIME=None, USE_TZ=True)  # all that such words are judged by
    kind = kind_of(data)
    text, has_text = text_of(kind, data)
    found = [(one.kind, one.text) for one in first_of_each_kind(details(text))[:MOST_FOUND]]
    return {"kind": kind, "has_text": has_text, "found": found}


def first_of_each_kind(found: list[Detail]) -> list[Detail]:
    """The first of each kind, then the second of each, and so on: no kind hides another."""
    place: Counter[str] = Counter()
    numbered = []
    for one in found:
        numbered.append((place[one.kind], one))
        place[one.kind] += 1
    return [one for _, one in sorted(numbered, key=itemgetter(0))]


def understood(data: bytes, asked: dict[str, Any]) -> Understood:
    known = [Known(name["kind"], name["name"], tuple(name["aliases"])) for name in asked["known"]]
    period = None
    if asked["period"]:
        first, last = map(date.fromisoformat, asked["period"])
        period = (first, last)
    return understand(read(data, asked["file_name"]), known, asked["answers"], period)


def main() -> None:
    limit(int(sys.argv[1]), int(sys.argv[2]))
    gc.disable()  # the process ends before there is any garbage to speak of
    sys.stdout.buffer.write(orjson.dumps(answer(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
