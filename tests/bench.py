"""python -m tests.bench: what a table costs, and the record on both databases (docs/performance.md).

    python -m tests.bench pages 100 sqlite          only the pages, with 100 actions, on SQLite
    python -m tests.bench pages 6 postgresql pack   only pages with "pack" in their name
    python -m tests.bench identifiers               how much of what could identify a child is found

The parts that run alone are `pages` and `request`, with 6, 100, 1000 or 10000 actions.
"""

import sys
import tempfile

from tests import measured_tables
from tests.postgres import NoPostgres, postgresql, python

MEASURE = "import django; django.setup(); from tests import measures; measures.{}"
IDENTIFIERS = "import django; django.setup(); from tests import measured_identifiers as of; of.main()"
SIZES = (6, 100, 1_000, 10_000)


def measure(url: str, call: str) -> None:
    with python(url, "-c", MEASURE.format(call)) as measuring:
        if measuring.wait():
            sys.exit("the measurements did not end well")


def identifiers() -> None:
    with python("sqlite://:memory:", "-c", IDENTIFIERS) as measuring:
        if measuring.wait():
            sys.exit("the sentences could not be read")


def main() -> None:
    identifiers()
    if not measured_tables.main():
        sys.exit("a table takes too long")
    calls = [*(f"main({size})" for size in SIZES), "an_import()"]
    for call in calls:  # each on a new database
        with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
            measure(f"sqlite:///{folder}/gscp.sqlite3", call)
    for call in calls:
        with postgresql() as url:
            measure(url, call)


def alone(part: str, size: str, database: str, name: str = "") -> None:
    known = part in ("pages", "request") and database in ("sqlite", "postgresql")
    if not known or size not in map(str, SIZES):
        sys.exit(__doc__)
    call = f"alone({part!r}, {size}, {name!r})"
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
            measure(f"sqlite:///{folder}/gscp.sqlite3", call)
    else:
        with postgresql() as url:
            measure(url, call)


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case []:
                main()
            case ["identifiers"]:
                identifiers()
            case [part, size, database, *name]:
                alone(part, size, database, " ".join(name))
            case _:
                sys.exit(__doc__)
    except NoPostgres as reason:
        sys.exit(f"there is no PostgreSQL to measure ({reason})")
    except KeyboardInterrupt:
        sys.exit(130)
