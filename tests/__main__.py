"""python -m tests [what pytest takes]: the whole suite on SQLite and on PostgreSQL."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.postgres import NoPostgres, postgresql, python


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


@contextmanager
def suite(database: str, url: str, arguments: list[str], **options) -> Iterator[Callable[[], Run]]:
    """Starts the suite on a database; what it yields waits for its end."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
        report = Path(folder) / "report.xml"
        url = url or f"sqlite:///{folder}/gscp.sqlite3"
        command = ("-m", "pytest", "-rs", *arguments, f"--junit-xml={report}")
        with python(url, *command, **options) as process:

            def ended() -> Run:
                status = process.wait()
                run = Run(database, seconds=time.monotonic() - started)
                for counts in ElementTree.parse(report).iter("testsuite") if report.exists() else ():
                    failed = int(counts.get("failures", 0)) + int(counts.get("errors", 0))
                    skipped = int(counts.get("skipped", 0))
                    run.failed += failed
                    run.skipped += skipped
                    run.passed += int(counts.get("tests", 0)) - failed - skipped
                if status == 5:
                    run.trouble = "no test was found"
                elif status and not run.failed:
                    run.trouble = f"pytest ended with {status}"
                return run

            yield ended


def main(arguments: list[str]) -> int:
    """Both at once: each waits for its database half of the time. PostgreSQL's output comes last."""
    arguments = ["--side-by-side", *arguments]
    with ExitStack() as running:
        output = running.enter_context(tempfile.TemporaryFile("w+"))
        print("== SQLite", flush=True)
        suites = [running.enter_context(suite("SQLite", "", arguments))]
        try:
            # Nothing here outlives the run, so it need not reach the disk.
            url = running.enter_context(postgresql("fsync=off"))
            other = suite("PostgreSQL", url, arguments, stdout=output, stderr=subprocess.STDOUT)
            suites.append(running.enter_context(other))
        except NoPostgres as reason:
            none = Run("PostgreSQL", trouble=f"there is none to test on ({reason})")
            suites.append(lambda: none)
        runs = [ended() for ended in suites]
        output.seek(0)
        print("== PostgreSQL", output.read(), *runs, sep="\n")
    total = {count: sum(getattr(run, count) for run in runs) for count in ("passed", "failed", "skipped")}
    print(*(f"{number} {count}" for count, number in total.items()), sep=", ")
    return 0 if all(run.succeeded for run in runs) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
