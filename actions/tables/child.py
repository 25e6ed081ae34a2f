"""The process of its own in which a file is read; apart.py starts it."""

import gc
import os
import resource
import sys
from datetime import date

import orjson

from actions.tables.cells import Refused
from actions.tables.read import read
from actions.tables.understand import understand
from actions.tables.understood import Known, Understood

MEMORY = 1_000_000_000
CPU_SECONDS = 30
TOO_MUCH_MEMORY = 3  # how the process ends


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def answer(sent: bytes) -> Understood | dict[str, str]:
    line, _, data = sent.partition(b"\n")
    asked = orjson.loads(line)
    known = [Known(name["kind"], name["name"], tuple(name["aliases"])) for name in asked["known"]]
    period = None
    if asked["period"]:
        first, last = map(date.fromisoformat, asked["period"])
        period = (first, last)
    try:
        return understand(read(data, asked["file_name"]), known, asked["answers"], period)
    except Refused as refused:
        return {"refused": str(refused)}


def main() -> None:
    limit()
    gc.disable()  # the process ends before there is any garbage to speak of
    try:
        sys.stdout.buffer.write(orjson.dumps(answer(sys.stdin.buffer.read())))
    except MemoryError:
        sys.exit(TOO_MUCH_MEMORY)


if __name__ == "__main__":
    main()
