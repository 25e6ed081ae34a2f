"""The shape of the code: no circle, nothing too long, nothing private of Django, no link upward."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver

from gscp import record
from gscp.templatetags.gscp import RECORD_PAGES
from tests.test_packaging import PACKAGES, ROOT, above, modules

MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50
# Documented by Django, or the only way to ask: the model's options, whether it is saved, its plain managers.
PRIVATE_BUT_ALLOWED = {"_meta", "_state", "_default_manager", "_base_manager"}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_between_modules() -> dict[str, set[str]]:
    """Every import of ours, those for types alone included; of a package, of the module that it names."""
    names = {dotted(path) for _package, path in modules()}
    imports: dict[str, set[str]] = defaultdict(set)
    for _package, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    imports[dotted(path)].add(inner if inner in names else node.module)
            elif isinstance(node, ast.Import):
                imports[dotted(path)] |= {alias.name for alias in node.names}
    return {name: targets & names - {name} for name, targets in imports.items()}


def test_no_modules_import_each_other_in_a_circle():
    left = imports_between_modules()
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    assert sorted(left) == [], "each of these imports another of them"


def test_the_record_is_used_through_its_face():
    """gscp/record/__init__.py says which names and modules are open to the other packages."""
    face = {*record.__all__, "ledger", "defences"}
    past_the_face = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.module}"
        for package, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if package != "gscp" and isinstance(node, ast.ImportFrom)
        if re.match(r"gscp\.record\.(?!looking_back$)", node.module or "")
        or (node.module == "gscp.record" and not face.issuperset(alias.name for alias in node.names))
    ]
    assert past_the_face == []


@pytest.mark.parametrize("folder", [*PACKAGES, "tests"])
def test_no_file_and_no_function_is_too_long(folder):
    too_long = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        if text.count("\n") > MOST_LINES:
            too_long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.FunctionDef)
                and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
            ):
                too_long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert too_long == []


def own_private_names() -> set[str]:
    """The names of our own functions, methods and classes, private ones included."""
    names = set()
    for _package, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def test_nothing_private_of_django_is_used():
    own = own_private_names()
    private = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for _package, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr)
        if node.attr not in PRIVATE_BUT_ALLOWED and node.attr not in own
    ]
    assert private == []


def test_nothing_private_of_django_is_overridden():
    """A private method of ours is called by ours; one that nobody of ours calls is somebody else's."""
    defined, called = {}, set()
    for _package, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and re.match("_[a-z]", node.name):
                defined[node.name] = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            elif isinstance(node, ast.Attribute) and not is_super_call(node):
                called.add(node.attr)
            elif isinstance(node, ast.Name):
                called.add(node.id)
    assert [where for name, where in defined.items() if name not in called] == []


def is_super_call(node: ast.Attribute) -> bool:
    call = node.value
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "super"


def templates() -> Iterator[tuple[str, Path]]:
    """Each template with the package it belongs to; what stands outside of them belongs to the kernel."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        folder = path.relative_to(ROOT / "templates").parts[0]
        yield folder if folder in PACKAGES else "gscp", path


def test_no_template_includes_or_extends_one_of_a_package_above():
    upward = [
        f"{path.relative_to(ROOT)}: {target}"
        for package, path in templates()
        for target in re.findall(r"""{%\s*(?:include|extends)\s+["']([^"']+)""", path.read_text())
        if target.split("/")[0] in above(package)
    ]
    assert upward == []


def url_packages(patterns=None) -> Iterator[tuple[str, str]]:
    """The name of each URL, and the package of its view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from url_packages(pattern.url_patterns)
        else:
            yield pattern.name, pattern.callback.__module__.split(".")[0]


def test_no_template_links_to_a_page_of_a_package_above():
    packages = dict(url_packages())
    upward = [
        f"{path.relative_to(ROOT)}: {name}"
        for package, path in templates()
        for name in re.findall(r"""{%\s*url\s+["'](\w[\w-]*)""", path.read_text())
        if packages.get(name) in above(package)
    ]
    assert upward == []


def test_record_url_leads_upward_to_four_pages_and_no_others():
    """It is the one way to a page of a package above.

    Changes, redactions and the closing of papers are known below; only the pages about them are above, since
    those show actions. Any other link upward belongs in a template of the package that it leads to.
    """
    packages = dict(url_packages())
    assert RECORD_PAGES.keys() == {"changes", "change", "papers", "redactions"}
    assert {packages[name] for name in RECORD_PAGES.values()} == {"scrutiny"}
