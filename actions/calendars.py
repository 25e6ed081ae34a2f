"""Meetings, closings and due days as a calendar (RFC 5545). No text that was typed, and no person's name."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from actions import findings, reporting
from actions.models import Action
from gscp import clock
from gscp.mail.writing import site
from subgroups.models import Meeting, User

# A calendar takes each copy as a whole, and the same plan gives the same bytes.
NEVER_CHANGES = datetime(2000, 1, 1, tzinfo=UTC)
BACK = timedelta(days=90)  # meetings that are over


def calendar_of(person: User) -> bytes:
    """Meetings and closings of the groups of this person, and when their actions are due."""
    groups = {post.group_id for post in person.posts if post.group_id}
    reported_to = {
        group.reported_to().pk for group in reporting.groups_acted_for(tuple(person.chaired_groups))
    }
    since = clock.today() - BACK
    meetings = Meeting.objects.not_called_off().filter(group__in=groups | reported_to, date__gte=since)
    events = [event for meeting in meetings.select_related("group") for event in events_of(meeting)]
    return calendar([*events, *map(due_event, due_actions(person))])


def meeting_calendar(meeting: Meeting) -> bytes:
    return calendar(events_of(meeting))


def due_actions(person: User) -> list[Action]:
    rows = [row for row in findings.of_live_plans() if row.has("open")]
    own = reporting.of_reporter(rows, tuple(person.chaired_groups), tuple(person.posts))
    actions = Action.objects.select_related("plan").filter(pk__in=[row.action for row in own])
    return [action for action in actions.order_by("pk") if action.due]


def events_of(meeting: Meeting) -> list[Event]:
    page = site(meeting.get_absolute_url())
    held = event(f"meeting-{meeting.pk}", meeting.date, str(meeting.group), page)
    closing = timezone.localtime(meeting.papers_close)
    closes = event(f"papers-{meeting.pk}", closing, f"Papers close for the {meeting.group}", page)
    return [held, closes]


def due_event(action: Action) -> Event:
    words = f"Action {action.ref} of {action.plan.label} is due"
    return event(f"due-{action.pk}", action.due, words, site(action.get_absolute_url()))


def event(name: str, when: date | datetime, summary: str, address: str) -> Event:
    """Of a whole day, or at a moment. Its name is the same each time, so a calendar moves what has moved."""
    found = Event()
    found.add("uid", f"{name}@{settings.SITE_ADDRESS.partition('://')[2]}")
    found.add("dtstamp", NEVER_CHANGES)
    found.add("dtstart", when)
    found.add("summary", summary)
    found.add("url", address)
    return found


def calendar(events: Iterable[Event]) -> bytes:
    found = Calendar()
    found.add("prodid", "-//Safeguarding plan tracker//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", "Business plan")
    for one in events:
        found.add_component(one)
    return found.to_ical()
