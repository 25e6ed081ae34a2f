"""python -m tests [what pytest takes]: the whole suite on SQLite, then on PostgreSQL."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.postgres import NoPostgres, postgresql


@dataclass
class Run:
    """What one run of the suite came to; `trouble` is what no count tells."""

    database: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    trouble: str = ""

    @property
    def succeeded(self) -> bool:
        return not self.failed and not self.trouble

    def __str__(self) -> str:
        counts = [f"{self.passed} passed"]
        counts += [f"{self.failed} failed"] if self.failed else []
        counts += [f"{self.skipped} skipped"] if self.skipped else []
        trouble = f": {self.trouble}" if self.trouble else ""
        return f"{self.database}: {', '.join(counts)} in {self.seconds:.0f} s{trouble}"


def run_suite(database: str, url: str, arguments: list[str]) -> Run:
    print(f"== {database}", flush=True)
    run, started = Run(database), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.run(
            [sys.executable, "-m", "pytest", "-rs", *arguments, f"--junit-xml={report}"],
            env=os.environ | {"DATABASE_URL": url or f"sqlite:///{folder}/gscp.sqlite3", "DEMO": "1"},
        ).returncode
        if report.exists():
            for suite in ElementTree.parse(report).iter("testsuite"):
                failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                run.failed += failed
                run.skipped += skipped
                run.passed += int(suite.get("tests", 0)) - failed - skipped
    run.seconds = time.monotonic() - started
    if status == 5:
        run.trouble = "no test was found"
    elif status and not run.failed:
        run.trouble = f"pytest ended with {status}"
    return run


def main(arguments: list[str]) -> int:
    runs = [run_suite("SQLite", "", arguments)]
    try:
        with postgresql() as url:
            runs.append(run_suite("PostgreSQL", url, arguments))
    except NoPostgres as reason:
        runs.append(Run("PostgreSQL", trouble=f"there is none to test on ({reason})"))
    print("", *runs, sep="\n")
    total = {count: sum(getattr(run, count) for run in runs) for count in ("passed", "failed", "skipped")}
    print(*(f"{number} {count}" for count, number in total.items()), sep=", ")
    return 0 if all(run.succeeded for run in runs) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
