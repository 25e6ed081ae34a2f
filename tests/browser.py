import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"


def launch(playwright: Playwright) -> Browser:
    """Starts the Chromium of this machine, or skips the test where there is none."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    options = [
        # Nothing here may call home.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        # Chromium's sandbox refuses root.
        options.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=chromium, headless=True, args=options)
