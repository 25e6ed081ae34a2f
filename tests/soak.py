"""python -m tests.soak [lives]: ten thousand lives, unless it is told how many, on each database at once.

Ends with 1 where the record and the model differ; the steps that lead there are printed, and the seed.
"""

import secrets
import sys
import tempfile
import time

from tests.postgres import NoPostgres, postgresql, python

LIVES, BATCH = 10_000, 250
LIVE = "import django; django.setup(); from tests import lives; lives.main()"


def main(lives: int = LIVES) -> int:
    seed, started = secrets.randbelow(10**9), time.monotonic()
    batch = str(min(lives, BATCH))
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder, postgresql("fsync=off") as url:
        sqlite = f"sqlite:///{folder}/gscp.sqlite3"
        with (
            python(sqlite, "-c", LIVE, str(lives), batch, str(seed)) as one,
            python(url, "-c", LIVE, str(lives), batch, str(seed + lives)) as other,
        ):
            failed = any([one.wait(), other.wait()])
    print(f"{time.monotonic() - started:.0f} s:", "they differ" if failed else "no difference")
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:])))
    except NoPostgres as reason:
        sys.exit(f"there is no PostgreSQL to live on ({reason})")
    except KeyboardInterrupt:
        sys.exit(130)
