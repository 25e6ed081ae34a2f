"""python -m tests [what pytest takes]: the suite on both databases and in a browser, side by side.

Two processes share what runs on a database: it takes longest, and no part should go on alone at the end.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.postgres import NoPostgres, beside, postgresql, python

OTHERS = ("SQLite, the other process", "PostgreSQL, the other process")
LATER = (OTHERS[0], "Browser", "PostgreSQL", OTHERS[1])  # whose output is printed when all have ended


@dataclass
class Run:
    """What one process of the suite came to; `trouble` is what no count tells."""

    name: str
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
        return f"{self.name}: {', '.join(counts)} in {self.seconds:.0f} s{trouble}"


@contextmanager
def started(name: str, url: str, arguments: list[str], **options) -> Iterator[Callable[[], Run]]:
    """Starts a part of the suite; what it yields waits for its end. Without a URL it runs on SQLite."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
        report = Path(folder) / "report.xml"
        url = url or f"sqlite:///{folder}/gscp.sqlite3"
        command = ("-m", "tests.suite", "-rs", *arguments, f"--junit-xml={report}")
        with python(url, *command, **options) as process:

            def ended() -> Run:
                status = process.wait()
                run = Run(name, seconds=time.monotonic() - began)
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
    """All parts at once, since each often waits: for PostgreSQL, for the browser. Outputs come one by one."""
    with ExitStack() as running:
        outputs = {name: running.enter_context(tempfile.TemporaryFile("w+")) for name in LATER}
        shared = [running.enter_context(tempfile.TemporaryDirectory(prefix="gscp-")) for _ in OTHERS]
        made = [f"--made={folder}" for folder in shared]
        sqlite = ["--part=sqlite", f"--shared={shared[0]}", made[0]]
        postgres = ["--part=postgresql", f"--shared={shared[1]}", made[1]]
        none: list[Run] = []

        def start(name: str, chosen: list[str], url: str = "") -> Callable[[], Run]:
            output = {"stdout": outputs[name], "stderr": subprocess.STDOUT} if name in outputs else {}
            return running.enter_context(started(name, url, [*chosen, *arguments], **output))

        print("== SQLite", flush=True)
        browser = ["--part=browser", made[0]]
        parts = [start("SQLite", sqlite), start(OTHERS[0], sqlite), start("Browser", browser)]
        try:
            # Nothing here outlives the run, so it need not reach the disk.
            url = running.enter_context(postgresql("fsync=off"))
            parts.append(start("PostgreSQL", postgres, url))
            parts.append(start(OTHERS[1], postgres, beside(url)))
        except NoPostgres as reason:
            none.append(Run("PostgreSQL", trouble=f"there is none to test on ({reason})"))
        runs = [ended() for ended in parts] + none
        for name, output in outputs.items():
            output.seek(0)
            print(f"== {name}", output.read(), sep="\n")
        print(*runs, sep="\n")
    total = {count: sum(getattr(run, count) for run in runs) for count in ("passed", "failed", "skipped")}
    print(*(f"{number} {count}" for count, number in total.items()), sep=", ")
    return 0 if all(run.succeeded for run in runs) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
