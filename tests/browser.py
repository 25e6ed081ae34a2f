"""A browser, what it complains of, and two ways to use it."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    Request,
    ViewportSize,
    expect,
)

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=320, height=640)
PATIENCE = 30_000  # of a busy machine: in milliseconds
expect.set_options(timeout=PATIENCE)
USUAL = ViewportSize(width=1280, height=720)


def tests_in(file: Path) -> bool:
    """Whether tests in a browser may stand there: to import all other files takes their part six seconds."""
    return file.name.startswith("test_browser")


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
        # To make axe faster takes longer than it runs on a page.
        "--js-flags=--no-opt --no-maglev",
    ]
    if os.geteuid() == 0:
        # Chromium's sandbox refuses root.
        options.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=chromium, headless=True, args=options)


ABORTED = "net::ERR_ABORTED"


class Watch:
    """What browsers complain of: the console, scripts, the content policy, requests that fail."""

    def __init__(self) -> None:
        self.trouble: list[str] = []
        self.leaving = False

    def over(self, context: BrowserContext) -> None:
        note = self.trouble.append
        context.on("console", lambda said: note(f"{said.page.url}: {said.text}") if is_wrong(said) else None)
        context.on("weberror", lambda raised: note(f"{raised.page.url}: {raised.error}"))
        context.on(
            "requestfailed",
            lambda request: (
                None
                if was_left(request) or (self.leaving and request.failure == ABORTED)
                else note(f"{request.url}: {request.failure}")
            ),
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
    """Whether its page was left or closed before it, or a part of it, had come: Chromium then aborts it."""
    # The icon is "other"; a page that loads itself again may do so as another is opened.
    parts_of_a_page = {"document", "font", "image", "other", "script", "stylesheet"}
    # So is what its script reads, as how far a check is; what it sends, a draft, would be lost.
    is_read = request.resource_type == "fetch" and request.method == "GET"
    return request.failure == ABORTED and (is_read or request.resource_type in parts_of_a_page)


def is_wrong(said) -> bool:
    of_the_page = said.text.startswith("Failed to load resource") and said.location["url"] == said.page.url
    return said.type in {"error", "warning"} and not of_the_page


class Windows:
    """Windows with a session each. They are used again: a new one takes as long as several pages do."""

    def __init__(self, chromium: Browser, address: str) -> None:
        self.chromium, self.address = chromium, address
        self.watch = Watch()
        self.free: dict[bool, list[Page]] = {True: [], False: []}  # by whether scripts run there
        self.taken: list[tuple[bool, Page]] = []

    def take(self, *, viewport: ViewportSize = USUAL, java_script_enabled: bool = True) -> Page:
        free = self.free[java_script_enabled]
        page = free.pop() if free else self.new(java_script_enabled)
        self.taken.append((java_script_enabled, page))
        page.set_viewport_size(viewport)
        return page

    def new(self, java_script_enabled: bool) -> Page:
        context = self.chromium.new_context(base_url=self.address, java_script_enabled=java_script_enabled)
        context.set_default_timeout(PATIENCE)
        if java_script_enabled:
            # From the start of each page: handed to one that stands, its half a megabyte takes far longer.
            context.add_init_script(path=AXE)
        self.watch.over(context)
        return context.new_page()

    def leave(self) -> list[str]:
        """Nobody is signed in any more; what browsers complained of since the last time."""
        self.watch.leaving = True
        while self.taken:
            java_script_enabled, page = self.taken.pop()
            for other in page.context.pages:
                if other is not page:
                    other.close()
            page.unroute_all()
            page.goto("about:blank")
            page.emulate_media(media="null")
            page.context.clear_cookies()
            self.free[java_script_enabled].append(page)
        self.watch.leaving = False
        trouble = list(self.watch.trouble)
        self.watch.trouble.clear()
        return trouble


# The rules of axe that depend on where things stand; others depend on how they are built, shown and coloured.
OF_THE_LAYOUT = ["scrollable-region-focusable", "link-in-text-block"]
SHOWN = """[...document.querySelectorAll("body *")]
    .map(it => Number(it.checkVisibility({visibilityProperty: true}))).join("")"""
# Words like "became" beside what they are of: on one line, in whatever font there is.
BROKEN_CUES = """[...document.querySelectorAll(".gscp-compared .gscp-cue")]
    .filter(cue => {
        const words = document.createRange();
        words.selectNodeContents(cue);
        return words.getClientRects().length > 1;
    })
    .map(cue => cue.textContent)"""


def violations(page: Page, **options) -> list[str]:
    """What axe finds wrong on the page as it stands: by every rule that is on by default, or by `options`."""
    page.wait_for_load_state()  # what came first of it may be shown before the rest
    found = page.evaluate(
        "async options => (await axe.run(options)).violations", {"resultTypes": ["violations"]} | options
    )
    return [
        f"{page.url} {rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]
    ]


def check(page: Page, heading: str | None = None, axe_at: tuple[ViewportSize, ...] = (WIDE, NARROW)) -> None:
    """Nothing is wrong with the page as it stands, wide or narrow; axe looks only `axe_at` these widths.

    Where both show the same, axe would find the same at both, but for the layout: no text has another colour.
    """
    if heading:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    shown = []
    # First as it stands: each change of the size has it laid out anew.
    for size in (NARROW, WIDE) if page.viewport_size == NARROW else (WIDE, NARROW):
        page.set_viewport_size(size)
        if size in axe_at:
            assert violations(page, **{} if size is WIDE else {"runOnly": OF_THE_LAYOUT}) == []
            shown.append(page.evaluate(SHOWN))
        assert not wider_than_the_window(page), f"{page.url} scrolls sideways at {size['width']}"
        assert page.evaluate(BROKEN_CUES) == [], f"{page.url} breaks a word at {size['width']}"
    if len(set(shown)) > 1:
        page.set_viewport_size(NARROW)
        assert violations(page, rules={"color-contrast": {"enabled": False}}) == []


def wider_than_the_window(page: Page) -> bool:
    page.wait_for_load_state()
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

    def choose_in_each(self, option: str) -> None:
        """In each group of radios that has it, once the page with them has come."""
        radios = self.page.get_by_role("radio", name=option)
        expect(radios.first).to_be_visible()
        for radio in radios.all():
            radio.check()


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
        """Its first word key by key, and the rest at once: to a page that takes long as well."""
        self.reach(field(self.page, label))
        first, *rest = re.split(r"(?<= )", text, maxsplit=1)
        self.page.keyboard.type(first)
        for words in rest:
            self.page.keyboard.insert_text(words)

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
