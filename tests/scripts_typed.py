"""python -m tests.scripts_typed: a script is typed into each text of the played year; a browser runs none.

On an empty database that DATABASE_URL names. The year is played by the application's own forms, with MARKUP
added to what is typed. Then each page that links lead to is opened by each kind of post, with the content
security policy switched off: it is the pages themselves that have to be harmless. Says which columns had it.
"""

import json
import os
import re
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import django

django.setup()

from django.apps import apps  # noqa: E402  models are there now
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import resolve  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from actions.management.commands import play_year  # noqa: E402
from actions.models import ExceptionReport  # noqa: E402
from subgroups.models import DEMO_DOMAIN, Audit, Measure, TrainingEvent, User  # noqa: E402
from tests import browser  # noqa: E402
from tests.postgres import python  # noqa: E402
from tests.test_every_page import OF_EACH, pages_that_links_lead_to  # noqa: E402

ROOT = Path(__file__).parent.parent
MARKUP = """ "'></textarea><img src=x onerror=ran=1><script>ran=1</script>"""
# Whether a script ran, or an element was made of what was typed.
MADE = "() => window.ran === 1 || !!document.querySelector('[onerror], img[src=x]')"
ROLES = ("executive", "management.chair", "cem.chair", "mash.chair", "business.manager", "scrutineer")
# Looked up by their text in the story, which is longer now.
FOUND_BY = {
    "measure": lambda name: Measure.objects.get(name__startswith=name).pk,
    "measure_report": lambda name: (
        ExceptionReport.objects.filter(measure__name__startswith=name).latest("pk").pk
    ),
    "audit": lambda focus: Audit.objects.get(focus__startswith=focus).pk,
    "training": lambda title: TrainingEvent.objects.get(title__startswith=title).pk,
}
EDITED = re.compile("edit$|^partnership$|^readings_of_month$")
# Columns whose words are made by the code, or come from the file of a plan that names who is responsible.
MADE_UP = {"Action.who", "ExceptionReport.found_by"}
NO_ROOM = {"short_name", "unit", "table"}  # too short for MARKUP, or a whole table
NUMBERS = re.compile(r'name="((?:count|whole)_\w+)"')
IS_TEXT = re.compile(r"^(?!https:).*[A-Za-z]{3}", re.DOTALL)


def boxes_of(page: str) -> set[str]:
    """The names of what takes text, but those of a day or a figure."""
    boxes = re.findall(r'<textarea[^>]*name="([^"]+)"', page)
    boxes += re.findall(r'<input(?=[^>]*type="text")[^>]*name="([^"]+)"', page)
    days = {name for name in boxes if re.search("-(year|month|day)$", name)}
    return set(boxes) - days - set(NUMBERS.findall(page)) - NO_ROOM


def with_markup(typed: dict, page: str) -> dict:
    """What is typed, with MARKUP at the end of each text for which the page has a box."""
    texts = {name: typed[name] for name in boxes_of(page) & typed.keys()}
    new = {name: text for name, text in texts.items() if IS_TEXT.search(text) and MARKUP not in text}
    return typed | {name: text + MARKUP for name, text in new.items()}


def send(client: Client, address: str, typed: dict, who: str) -> None:
    plain_send(client, address, with_markup(typed, client.get(address).content.decode()), who)


plain_send = play_year.send


def marked_plan(folder: Path) -> Path:
    """The published plan with MARKUP in each text but those that name a group or who is responsible."""
    heads, *lines = (ROOT / "fixtures" / "business-plan-2021-22.tsv").read_text().strip("\n").split("\n")
    added = ["" if name in ("#", "Title", "Priority", "Who") else MARKUP for name in heads.split("\t")]
    rows = [
        [cell + more.replace('"', "") for cell, more in zip(line.split("\t"), added, strict=False)]
        for line in lines
    ]
    path = folder / "plan.tsv"
    path.write_text("\n".join([heads, *("\t".join(row) for row in rows)]))
    return path


def marked_measures(folder: Path) -> Path:
    texts = ("name", "definition", "source")
    file = json.loads((ROOT / "fixtures" / "measures.json").read_text())
    for measure in file["measures"]:
        measure |= {name: measure[name] + MARKUP for name in texts if name in measure}
    path = folder / "measures.json"
    path.write_text(json.dumps(file))
    return path


def play(folder: Path) -> None:
    out = StringIO()
    call_command("migrate", verbosity=0)
    call_command("load_partnership", ROOT / "fixtures" / "partnership.json", stdout=out)
    call_command("load_measures", marked_measures(folder), stdout=out)
    call_command(
        "load_plan", marked_plan(folder), label="2021-22", title=f"Plan{MARKUP}",
        first_day="2021-04-01", last_day="2022-03-31", stdout=out,
    )  # fmt: skip
    call_command("load_demo", stdout=out)
    play_year.send = send
    play_year.FIND_ID.update(FOUND_BY)
    call_command("play_year", stdout=out)
    settings.DEMO_TODAY = play_year.date.fromisoformat(json.loads(play_year.STORY.read_text())["days"][-1])


def texts() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in apps.get_models():
        if not model.__name__.startswith("Historical"):
            for field in model._meta.get_fields():
                if isinstance(field, models.CharField | models.TextField) and not field.choices:
                    yield model, field


def without_markup() -> list[str]:
    """The columns of the record in which there are words, and MARKUP nowhere."""
    return [
        f"{model.__name__}.{field.name}"
        for model, field in texts()
        if hasattr(model, "history")
        and model.objects.filter(**{f"{field.name}__iregex": "[a-z]{3} [a-z]"}).exists()
        and not model.objects.filter(**{f"{field.name}__contains": "onerror=ran"}).exists()
    ]


def edit_again(role: str) -> None:
    """Add MARKUP to each text of what this role can edit: names, contacts, what a rating means."""
    client, pages = client_of(role), pages_of(role)[1]
    for address in pages:
        if not EDITED.search(resolve(address.partition("?")[0]).url_name):
            continue
        page = client.get(address).content.decode()
        typed = play_year.FormFields(page).values
        words = {name: typed.get(name) or f"Words of {address}" for name in boxes_of(page)}
        figures = {name: typed.get(name) or "20" for name in NUMBERS.findall(page)}
        client.post(address, with_markup(typed | figures | words, page))


@contextmanager
def served() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    os.environ["DEMO_TODAY"] = settings.DEMO_TODAY.isoformat()
    options = ["--bind", address, "--workers", "1", "--threads", "4", "--log-level", "error"]
    with python(os.environ["DATABASE_URL"], "-m", "gunicorn", "gscp.wsgi", "--no-control-socket", *options):
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://{address}/health/live"):
                    break
            except urllib.error.URLError:
                time.sleep(0.1)
        yield f"http://{address}"


def opened(page: Page, addresses: list[str]) -> list[str]:
    """Those at which a script ran or would have."""
    wrong = []
    for address in addresses:
        answer = page.goto(address)
        page.wait_for_load_state()
        if page.evaluate(MADE):
            wrong.append(address)
        elif answer and answer.status >= 500:
            wrong.append(f"{address}: {answer.status}")
    return wrong


def client_of(role: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    user = User.objects.get(email=role + DEMO_DOMAIN)
    client.force_login(user, backend="subgroups.accounts.PostBackend")
    return client


def pages_of(role: str) -> tuple[str, list[str]]:
    """The key of a session of this role, and the addresses of the pages that it can open."""
    client = client_of(role)
    pages = [address for address in pages_that_links_lead_to(client) if not address.endswith("with errors")]
    return client.cookies[settings.SESSION_COOKIE_NAME].value, pages


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gscp-") as folder:
        play(Path(folder))
    for role in ROLES[:-1]:
        edit_again(role)
    spared = set(without_markup()) - MADE_UP
    print(f"{connection.vendor}: words, and no script, in {', '.join(spared) or 'no column'}")
    OF_EACH.update(action_detail=10, exception_detail=20, change_detail=60)
    # Before Playwright begins, which forbids Django to ask the database.
    visits = {role: pages_of(role) for role in ROLES}
    wrong, seen = [], 0
    with served() as address, sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        for role, (session, pages) in visits.items():
            context = chromium.new_context(base_url=address, bypass_csp=True)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
            wrong += [f"{role} {one}" for one in opened(context.new_page(), pages)]
            seen += len(pages)
            context.close()
    print(f"{connection.vendor}: {seen} pages opened,", "\n  ".join(wrong) or "no script ran")
    return 1 if wrong or spared or seen < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
