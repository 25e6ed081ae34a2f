"""Which part of `python -m tests` runs which test, and how processes share what one part runs."""

from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from tests import browser, made_once

PARTS = ("sqlite", "postgresql", "browser")
ROWS = pytest.StashKey[dict]()


def pytest_addoption(parser):
    parser.addoption("--part", choices=PARTS, help="one of those that `python -m tests` runs side by side")
    parser.addoption("--shared", help="a folder: of the processes that name it, one runs each test")
    parser.addoption("--made", default="", help="a folder: what one of those that name it makes for all")


def pytest_ignore_collect(collection_path, config):
    part, file = config.getoption("--part"), collection_path
    return part == "browser" and file.is_file() and not browser.tests_in(file) or None


@pytest.hookimpl(hookwrapper=True)
def pytest_collection(session):
    """One process after another: the first compiles the tests, which takes it five seconds, for all."""
    with made_once.turn_at(session.config.getoption("--made"), "collected"):
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    part = config.getoption("--part")
    astray = [one.nodeid for one in items if "browser" in parts_of(one) and not browser.tests_in(one.path)]
    config.left_out = [item for item in items if part and part not in parts_of(item)]
    if config.left_out:
        items[:] = [item for item in items if part in parts_of(item)]
        config.hook.pytest_deselected(items=config.left_out)
    if astray:
        raise pytest.UsageError(f"the part of the browser only reads files called test_browser: {astray}")


def pytest_collection_finish(session):
    session.config.stash[ROWS] = rows_of(session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """True ends it here: another process runs this test."""
    folder, row = item.config.getoption("--shared"), item.config.stash[ROWS][item]
    return None if not folder or take(Path(folder) / row) else True


def rows_of(items) -> dict:
    """Each item's row: tests of one file that follow on each other. pytest-django makes up to three.

    It is named for the file: so no test is lost where two processes do not find the same tests.
    """
    rows, so_far = {}, Counter()
    for path, following in groupby(items, key=lambda item: item.path):
        so_far[path] += 1
        rows |= dict.fromkeys(following, f"{path.name} {so_far[path]}")
    return rows


@cache
def take(row: Path) -> bool:
    """Whether this process was the first to take it."""
    try:
        row.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def parts_of(item) -> tuple[str, ...]:
    """On both databases; but once if it needs none, or if a browser looks at what does not depend on them.

    `run_in("sqlite")` says of a test, or of a whole module, that no database changes its outcome: what a form
    refuses, who may, words of pages, moves made by Python. What our SQL finds, refuses or locks is on both.
    """
    if marker := item.get_closest_marker("run_in"):
        return marker.args
    if "visitor" in item.fixturenames:
        return ("browser",)
    if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames):
        return ("sqlite", "postgresql")
    return ("sqlite",)


def pytest_terminal_summary(terminalreporter, config):
    if config.left_out:
        terminalreporter.write_line(f"{len(config.left_out)} tests are run in another part.")


def pytest_sessionfinish(session, exitstatus):
    # Of a choice (-k, a path) another part may have everything; a browser's does not read what it leaves out.
    of, left_out = session.config.option, session.config.left_out
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and (left_out or of.part == "browser" and of.keyword):
        session.exitstatus = pytest.ExitCode.OK
