"""The process of its own in which a file is read; apart.py starts it."""

import json
import os
import resource
import sys
from datetime import date
from typing import Any

from actions.tables.cells import Refused
from actions.tables.read import read
from actions.tables.understand import understand
from actions.tables.understood import Known, as_data

MEMORY = 1_000_000_000
CPU_SECONDS = 30


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def answer(sent: bytes) -> dict[str, Any]:
    line, _, data = sent.partition(b"\n")
    asked = json.loads(line)
    known = [Known(name["kind"], name["name"], tuple(name["aliases"])) for name in asked["known"]]
    period = tuple(map(date.fromisoformat, asked["period"])) if asked["period"] else None
    try:
        return as_data(understand(read(data, asked["file_name"]), known, asked["answers"], period))
    except Refused as refused:
        return {"refused": str(refused)}


def main() -> None:
    limit()
    result = answer(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
