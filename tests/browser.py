"""A browser, what it complains of, and two ways to use it."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Request

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}


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


class Watch:
    """What browsers complain of: the console, scripts, the content policy, requests that fail."""

    def __init__(self) -> None:
        self.trouble: list[str] = []

    def over(self, context: BrowserContext) -> None:
        note = self.trouble.append
        context.on("console", lambda said: note(f"{said.page.url}: {said.text}") if is_wrong(said) else None)
        context.on("weberror", lambda raised: note(f"{raised.page.url}: {raised.error}"))
        context.on(
            "requestfailed",
            lambda request: None if was_left(request) else note(f"{request.url}: {request.failure}"),
        )
        # A page's own status is for its test to expect.
        context.on(
            "response",
            lambda response: (
                note(f"{response.url}: {response.status}")
                if response.status >= 400 and not response.request.is_navigation_request()
                else None
            ),
        )


def was_left(request: Request) -> bool:
    """Whether its page was left or closed before this part of it had come: Chromium then aborts it."""
    parts_of_a_page = {"font", "image", "other", "script", "stylesheet"}  # the icon is "other"
    return request.failure == "net::ERR_ABORTED" and request.resource_type in parts_of_a_page


def is_wrong(said) -> bool:
    of_the_page = said.text.startswith("Failed to load resource") and said.location["url"] == said.page.url
    return said.type in {"error", "warning"} and not of_the_page


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """What axe, with every rule that is on by default, finds wrong on the page as it stands.

    Contrasts of `colours` take it half of its time.
    """
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [
        f"{page.url} {rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]
    ]


def wider_than_the_window(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}( \(optional\))?\s*$"))


class Mouse:
    """A hand that points."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    def unfold(self, words: str) -> None:
        self.page.locator("summary").filter(has_text=words).first.click()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def write(self, label: str, text: str) -> None:
        field(self.page, label).fill(text)

    def choose(self, option: str) -> None:
        self.page.get_by_label(option, exact=True).check()


class Keyboard:
    """A hand that has keys only, and an eye that must see where they have led."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, link: str) -> None:
        self.reach(self.page.get_by_role("link", name=link, exact=True).first)
        self.page.keyboard.press("Enter")

    def unfold(self, words: str) -> None:
        self.reach(self.page.locator("summary").filter(has_text=words).first)
        self.page.keyboard.press("Enter")

    def press(self, button: str) -> None:
        self.reach(self.page.get_by_role("button", name=button, exact=True))
        self.page.keyboard.press("Space")

    def write(self, label: str, text: str) -> None:
        self.reach(field(self.page, label))
        self.page.keyboard.type(text)

    def choose(self, option: str) -> None:
        """Tab comes to the first of a group of radios, and arrows lead on."""
        wanted = self.page.get_by_label(option, exact=True)
        group = self.page.get_by_role("radio").and_(
            self.page.locator(f"[name={wanted.get_attribute('name')}]")
        )
        self.reach(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {option}")

    def reach(self, wanted: Locator) -> None:
        """Tab until it has the focus; all that Tab comes by must be seen to have it."""
        for _ in range(100):
            if wanted.evaluate("it => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(SEEN), f"the focus is out of sight on the way to {wanted}"
        raise AssertionError(f"Tab does not come to {wanted}")


# In the window, and marked: by an outline, or by a change of its box that GOV.UK makes.
SEEN = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
  return it === document.body || (
    box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight &&
    (style.outlineStyle !== 'none' || style.boxShadow !== 'none' ||
      it.matches('[type=radio], [type=checkbox]'))
  )
}"""
