"""python -m tests.guards [number] [--seed n]: takes guards away, one at a time; tells which no test misses.

A guard says who may open a view, which rows a query leaves out, what the database refuses, what a move waits
for; it is one side of a condition, or an escape. It is taken away in a copy of the checkout, and the tests
that could notice run there on SQLite until one fails. Ends with 1 where none does and the guard is not one of
those that change nothing (EQUIVALENT).
"""

import argparse
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from random import Random

from tests.guard_forms import KINDS, ROOT, Guard, all_guards

NUMBER, AT_ONCE, MOST_SECONDS = 30, os.cpu_count() or 1, 1800  # seconds
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "var", "__pycache__")

# What changes nothing when it is gone: a pattern of how it is printed, and why.
EQUIVALENT = {
    r"in hidden: format_html_join": "it joins the HTML that Django's own widgets make of each field",
    r"in Walker.read_last_texts: Change": "it reads lines that nothing looks at",
    r"in ExceptionReport.make_move: earlier and": "there always is a decision to ratify; mypy asks",
}

# The tests that could notice, by words of the module's path; the quickest to do so first. A name stands for
# every file whose name begins so.
WATCHERS = """
permissions: guards mended meetings decisions attendance redaction partner handovers chain access
middleware: record entries access
triggers: refusals defences migrations redaction
exception step confirmation: guards asking meetings decisions attendance exceptions reporting dashboards chain
exception step confirmation mending asking reports: guards mended asking chain decisions exceptions
chain: guards_chain chain guards asking meetings decisions attendance exceptions reporting dashboards
action update updates: update mended exceptions reporting register dashboards comparison
plan plans: published_plan register past exceptions reporting dashboards
meetings quorum: meetings quorum decisions attendance guards dashboards exceptions reporting
homes shared reporting rules: dashboards exceptions reporting guards_pages meetings decisions register
factor forgotten own account accounts proof shared: second_factor proved_again forgotten own_sessions sign_in
subgroups: partner quorum handovers guards_pages meetings decisions attendance appoint exceptions dashboards
components templatetags: components guards_pages register meetings decisions timeline partner handovers
forms: tracked guards update asking meetings decisions attendance partner handovers redaction
filters: guards_pages register timeline guards dashboards exceptions reporting
packs: guards packs
past looking pages moments: past guards packs comparison
timeline changes portal: timeline register guards
redaction redactions: redaction
change ledger tracked recording: tracked record entries redaction refusals migrations ledger
defences: defences
proof comparison portal: comparison verification damage checker
differences sql fields: entries record update redaction columns
views: access
scrutiny: verification damage
"""
# They see everything, slowly, or look at the code or at the cost, and not at what it does.
NOT = ("-k", "not at_any_size")
NEVER = re.compile(r"test_(browser\w*|lives\w*|packaging|structure|generator)\.py")


def watchers(guard: Guard, root: Path) -> list[str]:
    """The files of tests that could notice: those named for its path, then those that import it."""
    rows = (row.split(":") for row in WATCHERS.strip().splitlines())
    named = [name for words, names in rows if guard.module.words & {*words.split()} for name in names.split()]
    if not named:
        raise SystemExit(f"WATCHERS names no tests for {guard.module.path}.")
    files = [path for name in [*named, "guards"] for path in sorted(root.glob(f"tests/test_{name}*.py"))]
    dotted = ".".join(guard.module.path.with_suffix("").parts).removesuffix(".__init__")
    imports = re.compile(rf"^(from|import) {re.escape(dotted)}\b", re.MULTILINE)
    files += [path for path in sorted(root.glob("tests/test_*.py")) if imports.search(path.read_text())]
    found = [path for path in dict.fromkeys(files) if not NEVER.search(path.name)]
    return [str(path.relative_to(root)) for path in found]


def sample(number: int, chance: Random) -> list[Guard]:
    """So many, each kind in turn. A kind of which none is found is looked for by a form it has no more."""
    kinds: dict[str, list[Guard]] = {}
    for guard in all_guards():
        kinds.setdefault(guard.kind, []).append(guard)
    if lacking := KINDS - kinds.keys():
        raise SystemExit(f"tests/guard_forms.py finds none of these: {', '.join(lacking)}")
    for guards in kinds.values():
        chance.shuffle(guards)
    print(", ".join(f"{len(guards)} {kind}s" for kind, guards in kinds.items()), flush=True)
    turns = range(max(map(len, kinds.values())))
    return [guards[turn] for turn in turns for guards in kinds.values() if turn < len(guards)][:number]


class Copy:
    """A copy of the checkout, with a database of its own."""

    def __init__(self, folder: Path):
        self.checkout, self.database = folder / "checkout", folder / "database"
        shutil.copytree(ROOT, self.checkout, ignore=LEFT_OUT)
        (self.checkout / "node_modules").symlink_to(ROOT / "node_modules")

    def run(self, tests: list[str], begun: Path) -> str:
        """What fails first, if anything does; from a database as every run of tests begins with it."""
        shutil.rmtree(self.database, ignore_errors=True)
        shutil.copytree(begun, self.database)
        environ = os.environ | {"DEMO": "1", "DATABASE_URL": f"sqlite:///{self.database}/gscp.sqlite3"}
        command = [
            sys.executable,
            "-m",
            "tests.suite",
            "-x",
            "--reuse-db",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            *NOT,
        ]
        try:
            done = subprocess.run(
                [*command, *tests],
                cwd=self.checkout,
                env=environ,
                capture_output=True,
                text=True,
                timeout=MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return f"no end within {MOST_SECONDS} seconds"
        failed = re.search(r"^(?:FAILED|ERROR) (tests\S+)", done.stdout, re.MULTILINE)
        if done.returncode > 2:
            raise SystemExit(
                f"pytest ends with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return failed[1] if failed else "what does not start" if done.returncode else ""

    def without(self, guard: Guard, begun: Path) -> str:
        file = self.checkout / guard.module.path
        file.write_bytes(guard.taken_away())
        try:
            return self.run(watchers(guard, self.checkout), begun)
        finally:
            file.write_bytes(guard.module.source)


def main(number: int, seed: int) -> int:
    guards, survived, noticed = sample(number, Random(seed)), [], set()
    print(f"{len(guards)} are taken away, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder, ThreadPoolExecutor(AT_ONCE) as at_once:
        begun, free = Path(folder) / "begun", SimpleQueue()
        begun.mkdir()
        copies = [Copy(Path(folder) / str(place)) for place in range(AT_ONCE)]
        if trouble := copies[0].run(["tests/test_published_plan.py"], begun):
            raise SystemExit(f"nothing is taken away yet, and this fails: {trouble}")
        shutil.copytree(copies[0].database, begun, dirs_exist_ok=True)
        for copy in copies:
            free.put(copy)

        def attack(guard: Guard) -> str:
            copy = free.get()
            try:
                return copy.without(guard, begun)
            finally:
                free.put(copy)

        for guard, failed in zip(guards, at_once.map(attack, guards), strict=True):
            why = next((why for form, why in EQUIVALENT.items() if re.search(form, str(guard))), "")
            verdict = f"killed by {failed}" if failed else f"changes nothing: {why}" if why else "SURVIVED"
            print(f"{guard}\n    {verdict}", flush=True)
            survived += [] if failed or why else [guard]
            noticed |= {failed} if "::" in failed else set()
        # A test that fails anyway notices nothing.
        anyway = copies[0].run(sorted(noticed), begun) if noticed else ""
    print(f"{len(survived)} of {len(guards)} survived:", *survived, sep="\n")
    if anyway:
        print(f"This fails whatever is taken away: {anyway}")
    return 1 if survived or anyway else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.guards")
    asked.add_argument("number", nargs="?", type=int, default=NUMBER)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    options = asked.parse_args()
    sys.exit(main(options.number, options.seed))
