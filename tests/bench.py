"""python -m tests.bench: what the record costs, on SQLite, then on PostgreSQL (docs/performance.md)."""

import os
import subprocess
import sys
import tempfile

from tests.postgres import NoPostgres, postgresql

# The settings read DATABASE_URL once, so each database has a process of its own.
MEASURE = "import django; django.setup(); from tests import measures; measures.main()"


def measure(url: str) -> None:
    settings = {"DATABASE_URL": url, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "gscp.settings"}
    subprocess.run([sys.executable, "-c", MEASURE], env=os.environ | settings, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
        measure(f"sqlite:///{folder}/gscp.sqlite3")
    with postgresql() as url:
        measure(url)


if __name__ == "__main__":
    try:
        main()
    except NoPostgres as reason:
        sys.exit(f"there is no PostgreSQL to measure ({reason})")
    except subprocess.CalledProcessError:
        sys.exit("the measurements did not end well")
    except KeyboardInterrupt:
        sys.exit(130)
