"""python -m tests.licences: writes docs/licences.md, the packages of a server with their licences."""

import json
import re
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
HEAD = """# Packages and their licences
What a server runs, and what its pages are built from. Packages that only tests need are left out.
`make parts` writes this page, and lists in CycloneDX's format in `var/parts`.

| package | version | licence |
|---|---|---|
"""
# As metadata of older packages names them.
SHORT = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

Part = tuple[str, str, str]  # name, version, licence


def licence_of(package: str) -> str:
    """From its metadata; empty where that says nothing.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    of = metadata(package)
    if expression := of["License-Expression"]:
        return expression
    classified = [
        line.rpartition(" :: ")[2]
        for line in of.get_all("Classifier", [])
        if line.startswith("License :: OSI")
    ]
    if classified:
        return " or ".join(sorted({SHORT.get(name, name) for name in classified}))
    return (of["License"] or "").split("\n")[0]


def locked_python() -> list[tuple[str, str]]:
    """Name and version of what requirements.txt locks for this platform."""
    lines = re.findall(r"^[a-z0-9].*==[^\\\n]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    locked = [Requirement(line) for line in lines]
    return [
        (each.name, str(each.specifier).removeprefix("=="))
        for each in locked
        if each.marker is None or each.marker.evaluate()
    ]


def python_parts() -> list[Part]:
    return [(name, version, licence_of(name)) for name, version in locked_python()]


def node_parts() -> list[Part]:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return [
        (path.rpartition("node_modules/")[2], package["version"], package.get("license", ""))
        for path, package in packages.items()
        if path and not package.get("dev") and not package.get("optional")
    ]


def page() -> str:
    rows = sorted(python_parts()) + sorted(node_parts())
    return HEAD + "".join(f"| {name} | {version} | {licence} |\n" for name, version, licence in rows)


if __name__ == "__main__":
    (ROOT / "docs" / "licences.md").write_text(page())
