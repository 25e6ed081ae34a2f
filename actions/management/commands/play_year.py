import json
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client  # the application's own pages, as a browser would use them
from django.utils import timezone

from actions.models import ExceptionReport, ExceptionStep, ProgressUpdate
from gscp import clock
from gscp.record import Change
from subgroups.models import DEMO_DOMAIN, Partner, Post, Subgroup, User

STORY = settings.BASE_DIR / "fixtures" / "played-year.json"
# What the story calls by name, because numbers differ from record to record: {report 005:new_date}.
NAMED: dict[str, Callable] = {
    "report": lambda ref, kind: ExceptionReport.objects.filter(action__ref=ref, kind=kind).latest("pk").pk,
    "decision": lambda ref, kind: (
        ExceptionStep.objects.filter(report__action__ref=ref, report__kind=kind, meeting__isnull=False)
        .latest("pk")
        .pk
    ),
    "update": lambda ref: ProgressUpdate.objects.filter(action__ref=ref).latest("pk").pk,
    "partner": lambda kind: Partner.objects.get(kind=kind, succeeded_by=None).pk,
    "post": lambda name: Post.objects.get(name=name).pk,
    "subgroup": lambda slug: Subgroup.objects.get(slug=slug).pk,
}


class Command(BaseCommand):
    help = (
        "Play the plan's year by the application's own forms, as every post (DEMO=1 only); "
        "a record that has begun is left as it is."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--day", action="store_true", help="Only say on which day the demonstration stands."
        )

    def handle(self, day: bool, **options):
        if not settings.DEMO:
            raise CommandError("A year is played in a demonstration only: set DEMO=1.")
        story = json.loads(STORY.read_text())
        acts, last = story["acts"], last_day()
        if day:
            stands_on = story["stands_on"] if last >= acts[-1]["on"] else last
            self.stdout.write(max(stands_on, str(clock.today())))
        elif begun_by(acts[0]) and last < acts[-1]["on"]:
            raise CommandError(
                "The year was interrupted, and a record is not taken back: begin a new database."
            )
        elif begun():
            self.stdout.write("The record has begun: no year is played on it.")
        elif last > acts[0]["on"]:
            raise CommandError(f"The record begins after the story’s first day, {acts[0]['on']}.")
        else:
            play(acts)
            share_password("qiip.chair", "qiip.chair.next")
            self.stdout.write(f"A year was played, {len(story['acts'])} acts: all of it invented.")
            self.stdout.write(
                f"In it qiip.chair.next{DEMO_DOMAIN}, with the same password, follows qiip.chair."
            )


def begun() -> bool:
    """Somebody has recorded something: what the commands load is recorded by no person."""
    return Change.objects.filter(actor_id__isnull=False).exists()


def begun_by(act: dict) -> bool:
    """The first thing a person recorded is this act."""
    first = Change.objects.filter(actor_id__isnull=False).first()
    return first is not None and first.reason == act["send"].get("reason")


def last_day() -> str:
    last = Change.objects.last()
    return timezone.localdate(last.at).isoformat() if last else ""


def play(acts: list[dict]) -> None:
    """Send every act's form as its post, on its day.

    Raises:
        CommandError: a page did not take what was sent; the story and the application disagree.
    """
    clients: dict[str, Client] = {}
    for act in acts:
        settings.DEMO_TODAY = date.fromisoformat(act["on"])
        name = act["as"]
        if name not in clients:
            clients[name] = Client(SERVER_NAME="localhost")
            user = User.objects.get(email=name + DEMO_DOMAIN)
            clients[name].force_login(user, backend="subgroups.accounts.PostBackend")
        send(clients[name], named(act["at"]), act["send"], f"{act['on']}, {name}")


def send(client: Client, address: str, typed: dict, who: str) -> None:
    page = client.get(address)
    answer = client.post(address, Filled(page.content.decode()).fields | dict(parts(typed)))
    if page.status_code != 200 or answer.status_code >= 400 or b"There is a problem" in answer.content:
        raise CommandError(f"{who}: {address} did not take {typed}.")


def parts(typed: dict):
    """What a browser sends for these: a date in its three boxes, a name as its number."""
    for name, value in typed.items():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            for part, number in zip(("year", "month", "day"), value.split("-"), strict=True):
                yield f"{name}-{part}", number
        elif isinstance(value, list):
            yield name, [named(item) for item in value]
        else:
            yield name, named(value)


def named(text: str) -> str:
    return re.sub(r"\{(\w+) ([^}]*)\}", lambda match: str(NAMED[match[1]](*match[2].split(":"))), text)


def share_password(old: str, new: str) -> None:
    """A chair who comes during the year signs in with the demonstration's password too."""
    former = User.objects.get(email=old + DEMO_DOMAIN)
    User.objects.filter(email=new + DEMO_DOMAIN).update(password=former.password)


class Filled(HTMLParser):
    """What the forms of a page hold as they come: `fields` by name."""

    def __init__(self, page: str):
        super().__init__()
        self.fields: dict[str, str] = {}
        self.within: str = ""  # the name of the textarea or select being read
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, value = given.get("name"), given.get("value") or ""
        choice = given.get("type") in ("radio", "checkbox")
        if tag == "input" and name and (not choice or "checked" in given):
            self.fields[name] = value
        elif tag in ("textarea", "select"):
            self.within = name or ""
        elif tag == "option" and "selected" in given:
            self.fields[self.within] = value

    def handle_data(self, data):
        if self.within and self.lasttag == "textarea":
            self.fields[self.within] = self.fields.get(self.within, "") + data.removeprefix("\n")

    def handle_endtag(self, tag):
        if tag in ("textarea", "select"):
            self.within = ""
