import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client  # the application's own pages, as a browser would use them
from django.utils import timezone

from actions.models import (
    Action,
    AgencyAnswer,
    BusinessPlan,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    FurtherAction,
    PlanDecision,
    ProgressUpdate,
    Recommendation,
    StrategicDriver,
)
from gscp import clock
from gscp.record import Change, demonstration_day
from subgroups.models import DEMO_DOMAIN, Audit, Group, Measure, Meeting, Partner, Post, TrainingEvent, User

STORY = settings.BASE_DIR / "fixtures" / "played-year.json"
# The story writes {report 005:new_date} where a page has an id: ids differ from database to database.
FIND_ID: dict[str, Callable[..., int]] = {
    "report": lambda ref, kind: ExceptionReport.objects.filter(action__ref=ref, kind=kind).latest("pk").pk,
    "decision": lambda ref, kind: (
        ExceptionStep.objects.filter(report__action__ref=ref, report__kind=kind, meeting__isnull=False)
        .latest("pk")
        .pk
    ),
    "update": lambda ref: ProgressUpdate.objects.filter(action__ref=ref).latest("pk").pk,
    "action": lambda plan, ref: Action.objects.get(plan__label=plan, ref=ref).pk,
    "driver": lambda plan, kind: StrategicDriver.objects.filter(plan__label=plan, kind=kind).latest("pk").pk,
    "further": lambda plan, ref: FurtherAction.objects.get(action__plan__label=plan, action__ref=ref).pk,
    "plan": lambda label: BusinessPlan.objects.get(label=label).pk,
    "plan_decision": lambda kind: PlanDecision.objects.filter(kind=kind).latest("pk").pk,
    "meeting": lambda slug, day: Meeting.objects.get(group__slug=slug, date=day).pk,
    "partner": lambda kind: Partner.objects.get(kind=kind, succeeded_by=None).pk,
    "measure": lambda name: Measure.objects.get(name=name).pk,
    "measure_report": lambda name: ExceptionReport.objects.filter(measure__name=name).latest("pk").pk,
    "audit": lambda focus: Audit.objects.get(focus=focus).pk,
    "training": lambda title: TrainingEvent.objects.get(title=title).pk,
    "recommendation": lambda number: Recommendation.objects.get(number=number).pk,
    "answer": lambda number, kind: (
        AgencyAnswer.objects.get(recommendation__number=number, partner__kind=kind).pk
    ),
    "evidence": lambda ref: Evidence.objects.filter(report__action__ref=ref).latest("pk").pk,
    "post": lambda name: Post.objects.get(name=name).pk,
    "group": lambda slug: Group.objects.get(slug=slug).pk,
}


class Command(BaseCommand):
    help = (
        "Play the plan's year by the application's own forms, as every post (DEMO=1 only); "
        "a record that has begun is left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--day", action="store_true", help="Only say on which day the demonstration stands."
        )
        days = json.loads(STORY.read_text())["days"]
        parser.add_argument(
            "--until", choices=days, default=days[-1], help="Play what was recorded before this day."
        )

    def handle(self, day: bool, until: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("A year is played in a demonstration only: set DEMO=1.")
        story = json.loads(STORY.read_text())
        acts = [act for act in story["acts"] if act["on"] < until]
        stands_on = day_reached(story)
        if day:
            first = max(clock.today(), date.fromisoformat(stands_on)) if stands_on else clock.today()
            self.stdout.write(str(demonstration_day(first)))
        elif played_acts(story) and not stands_on:
            raise CommandError(
                "The year was interrupted, and a record is not taken back: begin a new database."
            )
        elif Change.objects.filter(actor_id__isnull=False).exists():  # what commands record has no user
            self.stdout.write("The record has begun: no year is played on it.")
        elif last_day() > acts[0]["on"]:
            raise CommandError(f"The record begins after the story’s first day, {acts[0]['on']}.")
        else:
            play(acts)
            share_password("qiip.chair", "qiip.chair.next")
            self.stdout.write(f"A year was played, {len(acts)} acts: all of it invented.")
            self.stdout.write(
                f"In it qiip.chair.next{DEMO_DOMAIN}, with the same password, follows qiip.chair."
            )


def played_acts(story: dict[str, Any]) -> int:
    """How many acts of the story are on record, each at its own minute."""
    at = {timezone.make_aware(datetime.fromisoformat(f"{act['on']} {act['time']}")) for act in story["acts"]}
    entries = Change.objects.filter(actor_id__isnull=False, clock__in=at)
    return entries.order_by().values("clock").distinct().count()


def day_reached(story: dict[str, Any]) -> str:
    """The day of the story to which it was played; "" if it was not played, or was interrupted."""
    played = played_acts(story)
    ends = {sum(act["on"] < day for act in story["acts"]): day for day in story["days"]}
    return ends.get(played, "")


def last_day() -> str:
    """The day of the last entry, as 2021-04-06; "" if there is none."""
    last = Change.objects.last()
    return timezone.localdate(last.at).isoformat() if last else ""


def play(acts: list[dict[str, Any]]) -> None:
    """Send the form of every act, signed in as its user, on its day and at its time.

    So what is late or old does not depend on the time at which it is played.

    Raises:
        CommandError: a page refused what was sent.
    """
    clients: dict[str, Client] = {}
    try:
        for act in acts:
            settings.DEMO_TODAY = date.fromisoformat(act["on"])
            settings.DEMO_TIME = time.fromisoformat(act["time"])
            name = act["as"]
            if name not in clients:
                clients[name] = Client(SERVER_NAME="localhost")
                user = User.objects.get(email=name + DEMO_DOMAIN)
                clients[name].force_login(user, backend="subgroups.accounts.PostBackend")
            send(clients[name], with_ids(act["at"]), act["send"], f"{act['on']}, {name}")
    finally:
        settings.DEMO_TIME = None


def send(client: Client, address: str, typed: dict[str, Any], who: str) -> None:
    """Fill in the form at the address and send it; once more, if it first shows what it would record."""
    page = client.get(address)
    for _ in range(2):
        if page.status_code != 200 or b"There is a problem" in page.content:
            break
        page = client.post(address, FormFields(page.content.decode()).values | dict(form_data(typed)))
        is_asked = "token" in FormFields(page.content.decode()).values  # the form comes back
        if page.status_code < 400 and not is_asked:
            return
    raise CommandError(f"{who}: {address} did not take {typed}.")


def form_data(typed: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and value of the fields a browser sends: three for a date, and an id for {report 005:new_date}."""
    for name, value in typed.items():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            for part, number in zip(("year", "month", "day"), value.split("-"), strict=True):
                yield f"{name}-{part}", number
        elif isinstance(value, list):
            yield name, [with_ids(item) for item in value]
        else:
            yield with_ids(name), with_ids(value)


def with_ids(text: str) -> str:
    return re.sub(r"\{(\w+) ([^}]*)\}", lambda match: str(FIND_ID[match[1]](*match[2].split(":"))), text)


def share_password(old: str, new: str) -> None:
    # A chair who takes over during the year has no password of the demonstration yet.
    former = User.objects.get(email=old + DEMO_DOMAIN)
    User.objects.filter(email=new + DEMO_DOMAIN).update(password=former.password)


class FormFields(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}  # by name, as the server sent them: of several ticked boxes a list
        self.open_field = ""  # the name of the textarea or select being read
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name, value = attributes.get("name"), attributes.get("value") or ""
        is_choice = attributes.get("type") in ("radio", "checkbox")
        if tag == "input" and name and "checked" in attributes and attributes.get("type") == "checkbox":
            self.values[name] = [*self.values.get(name, []), value]
        elif tag == "input" and name and (not is_choice or "checked" in attributes):
            self.values[name] = value
        elif tag in ("textarea", "select"):
            self.open_field = name or ""
        elif tag == "option" and "selected" in attributes:
            self.values[self.open_field] = value

    def handle_data(self, data: str) -> None:
        if self.open_field and self.lasttag == "textarea":
            self.values[self.open_field] = self.values.get(self.open_field, "") + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self.open_field = ""
