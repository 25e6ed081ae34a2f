"""python -m tests.soak [lives]: ten thousand lives, unless it is told how many, on each database at once.

Ends with 1 where the record and the model differ; the steps that lead there are printed, and the seed.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.postgres import NoPostgres, postgresql

LIVES, BATCH = 10_000, 250
# The settings read DATABASE_URL once, so each database has a process of its own.
LIVE = "import django; django.setup(); from tests import lives; lives.main()"


@contextmanager
def living(url: str, lives: int, seed: int) -> Iterator[subprocess.Popen]:
    settings = {"DATABASE_URL": url, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "gscp.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", LIVE, str(lives), str(min(lives, BATCH)), str(seed)], env=os.environ | settings
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def main(lives: int = LIVES) -> int:
    seed, started = secrets.randbelow(10**9), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder, postgresql() as url:
        sqlite = f"sqlite:///{folder}/gscp.sqlite3"
        with living(sqlite, lives, seed) as one, living(url, lives, seed + lives) as other:
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
