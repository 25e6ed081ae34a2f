import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from tests import licences

ROOT = Path(__file__).parent.parent
# Each may import those before it.
PACKAGES = ["gscp", "subgroups", "actions", "scrutiny"]


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield package, path


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "", node.lineno)


def above(package: str) -> list[str]:
    return PACKAGES[PACKAGES.index(package) + 1 :]


def test_imports_run_one_way():
    upward = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for package, path in modules()
        for name, line in imported(ast.parse(path.read_text()))
        if name.split(".")[0] in above(package)
    ]
    assert not upward


def test_no_relation_points_upward_by_name():
    """Settings alone may name a model of a higher package: that is what AUTH_USER_MODEL is for."""
    upward = [
        f"{path.relative_to(ROOT)}:{node.lineno} names {node.value}"
        for package, path in modules()
        if path != ROOT / "gscp" / "settings.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"({'|'.join(above(package)) or '(?!)'})\.[A-Z]\w*", node.value)
    ]
    assert not upward


def test_no_import_hides_in_a_function():
    """But for ready(), where Django itself says to import what needs its models."""
    hidden = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for _package, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "ready"
        for name, line in imported(node)
    ]
    assert not hidden


@pytest.mark.parametrize(
    "lock, folders", [("requirements.txt", PACKAGES), ("requirements-test.txt", [*PACKAGES, "tests"])]
)
def test_what_is_imported_is_locked(lock, folders):
    """What happens to lie in this environment would be missing in a new one."""
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    comes_with = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for name, line in imported(ast.parse(path.read_text()))
        if (top := name.split(".")[0]) not in {*sys.stdlib_module_names, *PACKAGES, "tests"}
        # A script that is run alone imports what lies beside it.
        if not (path.parent / f"{top}.py").exists()
        if not any(re.sub(r"[-_.]+", "-", made.lower()) in locked for made in comes_with.get(top, ()))
    }
    assert missing == set()


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-test.txt", "requirements-node.txt", "package.json", ".npmrc"]
)
def test_locks_name_no_registry(name):
    assert "://" not in (ROOT / name).read_text()


def test_npm_lock_names_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages
    assert [name for name, locked in packages.items() if "resolved" in locked] == []


def test_licences_are_listed_as_locked():
    """After a change of a lock: `make parts`."""
    assert (ROOT / "docs" / "licences.md").read_text() == licences.page()


def test_what_runs_has_a_licence_that_lets_a_council_run_and_change_it():
    parts = licences.python_parts() + licences.node_parts()
    assert len(parts) > 40
    # LGPL is psycopg2's: it is used as it is.
    free = re.compile("MIT|BSD|0BSD|ISC|Apache-2.0|MPL-2.0|PSF-2.0|LGPL")
    assert [part for part in parts if not free.match(part[2])] == []


@pytest.mark.parametrize("licensed", ["GDS Transport", "govuk-crest", "@font-face"])
def test_styles_publish_nothing_licensed_to_govuk(licensed):
    assert licensed not in (ROOT / "static" / "build" / "app.css").read_text()


def test_only_our_own_names_are_published():
    published = {path.suffix for path in (ROOT / "static" / "build").rglob("*") if path.is_file()}
    assert published <= {".css", ".js", ".svg"}


def test_our_script_imports_others_by_their_hashed_names(static_files):
    """Browsers keep what is served under a hashed name; a plain name would be asked for at every page."""
    with staticfiles_storage.open(staticfiles_storage.stored_name("app.js")) as file:
        script = file.read().decode()
    imported = ("govuk-frontend.min.js", "reasons.js", "drafts.js", "cells.js", "passkeys.js")
    assert re.findall(r"""from ["']([^"']+)""", script) == [
        f"./{staticfiles_storage.stored_name(name)}" for name in imported
    ]
