"""Thousands of generated tables and of damaged samples, and every truncation of five: tests.soak."""

import os
import subprocess
import sys

from gscp.settings import BASE_DIR

TIMES = 20  # of what the tests do


def main() -> bool:
    command = [sys.executable, "-m", "pytest", "--part=sqlite", "tests/test_tables_generated.py"]
    environment = os.environ | {"TABLES_SOAK": str(TIMES), "DEMO": "1", "DATABASE_URL": "sqlite://:memory:"}
    return subprocess.run(command, cwd=BASE_DIR, env=environment, check=False).returncode == 0
