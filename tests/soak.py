"""python -m tests.soak [lives]: the long attacks, on both databases at once.

Ten thousand lives, unless it is told how many; a tenth as many tamperings on each database; half as many
damaged exports on each; thousands of generated and damaged tables. Each form is sent drawn values, and each
page is opened in a browser after a script was typed into each text. Then the whole suite on PostgreSQL, with
the tests that `make test` runs on SQLite alone. Then, on SQLite, guards are taken away one at a time, one for
250 lives.

Does not end with 0 where a table's cell is lost, where a page falls over or a script runs, where the record
and the model differ, where a tampering is not found, where the two verifiers do not agree, where a test
fails, or where no test misses a guard; what leads there is printed, and the seed.
"""

import secrets
import sys
import tempfile
import time

from tests import guards, tables_soak
from tests.lives_shape import SHAPES
from tests.postgres import NoPostgres, postgresql, python

LIVES, BATCH = 10_000, 250
LIVES_A_GUARD = 250
LIVES_A_POST = 50  # of each form
ATTACK = "import django; django.setup(); from tests import lives, tampering; {}.main()"


def main(lives: int = LIVES) -> int:
    seed, started = secrets.randbelow(10**9), time.monotonic()
    attacks = {
        "lives": [lives, min(-(-lives // len(SHAPES)), BATCH)],  # so that each partnership has its turn
        "tampering": [-(-lives // 10), -(-lives // 2)],
    }
    failed = []
    for attack, numbers in attacks.items():
        with tempfile.TemporaryDirectory(prefix="gscp-") as folder, postgresql("fsync=off") as url:
            command = ["-c", ATTACK.format(attack), *map(str, numbers)]
            with (
                python(f"sqlite:///{folder}/gscp.sqlite3", *command, str(seed)) as one,
                python(url, *command, str(seed + lives)) as other,
            ):
                failed += [attack] if any([one.wait(), other.wait()]) else []
    failed += [] if tables_soak.main() else ["tables"]
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder, postgresql("fsync=off") as url:
        sqlite = f"sqlite:///{folder}/"
        posts = ["-m", "tests.hostile", str(-(-lives // LIVES_A_POST)), str(seed)]
        with python(f"{sqlite}hostile.sqlite3", *posts) as one, python(url, *posts) as other:
            failed += ["hostile"] if any([one.wait(), other.wait()]) else []
        storm = ["-m", "tests.mail_storm", str(max(lives // 10, 60)), "5"]
        with (
            postgresql("fsync=off") as other_url,
            python(f"{sqlite}mail.sqlite3", *storm) as one,
            python(other_url, *storm) as other,
        ):
            failed += ["mail"] if any([one.wait(), other.wait()]) else []
        with python(f"{sqlite}scripts.sqlite3", "-m", "tests.scripts_typed") as scripts:
            failed += ["scripts"] if scripts.wait() else []
    with postgresql("fsync=off") as url, python(url, "-m", "tests.suite") as suite:
        failed += ["suite"] if suite.wait() else []
    failed += ["guards"] if guards.main(-(-lives // LIVES_A_GUARD), seed) else []
    print(f"{time.monotonic() - started:.0f} s:", f"failed: {', '.join(failed)}" if failed else "all held")
    return len(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:])))
    except NoPostgres as reason:
        sys.exit(f"there is no PostgreSQL to live on ({reason})")
    except KeyboardInterrupt:
        sys.exit(130)
