"""Thousands of generated tables and of damaged samples, and every truncation of five: tests.soak."""

import os
import subprocess
import sys

from tests.tables_corpus import ROOT

TIMES = 20  # of what the tests do


def main() -> bool:
    tests = ["tests/test_tables_generated.py", "tests/test_imports_generated.py"]
    command = [sys.executable, "-m", "tests.suite", "--part=sqlite", *tests]
    environment = os.environ | {"TABLES_SOAK": str(TIMES), "DEMO": "1", "DATABASE_URL": "sqlite://:memory:"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
