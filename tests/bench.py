"""python -m tests.bench: what a table costs, and the record on both databases (docs/performance.md)."""

import sys
import tempfile

from tests import measured_tables
from tests.postgres import NoPostgres, postgresql, python

MEASURE = "import django; django.setup(); from tests import measures; measures.main({})"


def measure(url: str, size: int) -> None:
    with python(url, "-c", MEASURE.format(size)) as measuring:
        if measuring.wait():
            sys.exit("the measurements did not end well")


def main() -> None:
    if not measured_tables.main():
        sys.exit("a table takes too long")
    for size in (6, 100, 1_000, 10_000):  # each on a new database
        with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
            measure(f"sqlite:///{folder}/gscp.sqlite3", size)
    for size in (6, 100, 1_000, 10_000):
        with postgresql() as url:
            measure(url, size)


if __name__ == "__main__":
    try:
        main()
    except NoPostgres as reason:
        sys.exit(f"there is no PostgreSQL to measure ({reason})")
    except KeyboardInterrupt:
        sys.exit(130)
