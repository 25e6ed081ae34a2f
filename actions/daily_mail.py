"""The one mail a day that tells somebody what is due from them, and the Business Manager's of the week.

It is written from what their first page shows. It names actions by their numbers, and says nothing that was
typed. A mail is written if it has a line that is new, or that was not told for a week; then it has all lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from actions import reporting
from actions.models import DayOfMail, ExceptionReport, MailChoice, Watch
from actions.models.mailing import note_told, told_lately
from actions.views.homes import Groups, due_facts, for_chair
from actions.views.todo import missing_facts
from gscp import clock
from gscp.dates import day_in_words
from gscp.mail.writing import site, write
from gscp.permissions import CHAIRS, is_business_manager
from gscp.record import Change
from subgroups.models import Group, Meeting, Post, PostHolding, User

DAYS_BEFORE = (21, 7, 1)  # that papers close
PAPERS_TOLD = timedelta(days=7)  # before a meeting
DIGEST_ON = 0  # Monday
NAMED = 12  # things that are named in one line
# What can be stopped, and how a mail says so.
STOPS = {"papers": "Stop being told of meetings", "watched": "Stop being told what I watch"}
STOP_SALT = "actions.daily_mail.stop"
# What the mail of the week takes from the Business Manager's page.
WEEKLY = ("Not reported yet", "Posts nobody holds", "Groups without a coming meeting")


@dataclass(frozen=True)
class Line:
    """`what` names it from mail to mail. `choice` is the one that switches it off, if it is no duty."""

    what: str
    text: str
    path: str
    choice: str = ""


# Who is told


def holders(role: str, group: Group) -> list[User]:
    held = PostHolding.objects.in_force_on(clock.today()).filter(post__role=role, post__group=group)
    return [one.user for one in held.select_related("user")]


def chaired_for_mail(person: User) -> Groups:
    """The groups whose chair's mail this person gets.

    A vice-chair gets it while nobody holds the post of the chair, or the chair hands it on.
    """
    found = []
    for post in person.posts:
        if post.group and post.role in CHAIRS:
            chairs = holders(Post.Role.CHAIR, post.group)
            vice_chairs = holders(Post.Role.VICE_CHAIR, post.group)
            hands_on = [one for one in chairs if MailChoice.of(one).has_delegated]
            if post.role == Post.Role.CHAIR:
                found += [] if vice_chairs and person in hands_on else [post.group]
            else:
                found += [post.group] if not chairs or hands_on else []
    return tuple(found)


# What they are told


def lines_for(person: User) -> list[Line]:
    """What waits for this person, what is most urgent first."""
    chaired, choice = chaired_for_mail(person), MailChoice.of(person)
    others = tuple(post for post in person.posts if post.role not in CHAIRS)
    lines = [*due_lines(chaired, others), *decision_lines(chaired), *own_lines(person)]
    lines += meeting_lines(person) if choice.papers else []
    lines += watch_lines(person) if choice.watched else []
    return lines


def due_lines(chaired: Groups, posts: tuple[Post, ...]) -> Iterator[Line]:
    """What the page “Due from you” has for who chairs these groups, or leads from these posts."""
    if not chaired and not reporting.led_actions(posts):
        return
    facts, page = due_facts(chaired, posts, ""), reverse("due")
    for one in facts["in_short"]:
        if one.meeting and one.to_report and (stage := stage_of(one.meeting)):
            yield Line(f"report {one.meeting.pk} {stage}", to_report(one), page)
    yield from about("returned", "A question has come back to you", facts["returned"], page)
    yield from about("confirm", "Entered for you to confirm", facts["unconfirmed"], page)
    yield from about("asked", "Asked for you, to confirm", facts["requests_unconfirmed"], page)
    yield from about("promised", "Promised, and not done yet", facts["granted_not_done"], page)
    for entry in facts["to_enter"]:
        number = counted(entry.count + entry.earlier, "figure")
        text = f"{number} to enter for the scorecard of the {entry.group}, by {day_in_words(entry.due)}"
        href = reverse("readings_enter", args=[entry.group.slug])
        yield Line(f"figures {entry.group.pk} {entry.due}", text, href)
    for event in facts["impact_to_ask"]:
        text = f"Ask what difference the training of {day_in_words(event.held_on)} made"
        yield Line(f"impact {event.pk}", text, reverse("training_impact", args=[event.pk]))


def stage_of(meeting: Meeting) -> str:
    """The days of DAYS_BEFORE to which it has come, "late" once papers have closed, or ""."""
    if meeting.papers_closed:
        return "late"
    left = (timezone.localdate(meeting.papers_close) - clock.today()).days
    return next((str(days) for days in reversed(DAYS_BEFORE) if left <= days), "")


def to_report(one: Any) -> str:
    meeting = one.meeting
    closing = day_in_words(timezone.localdate(meeting.papers_close))
    when = (
        f"papers closed on {closing}: it is late" if meeting.papers_closed else f"papers close on {closing}"
    )
    return f"{counted(one.to_report, 'action')} to report for the {meeting}; {when}"


def decision_lines(chaired: Groups) -> Iterator[Line]:
    """What waits for the word of these groups, or of their chair."""
    for group in chaired:
        asked = ExceptionReport.objects.waiting_for(group).values_list("pk", flat=True)
        if group.decides() and asked:
            text = f"{counted(len(asked), 'decision')} asked of the {group}"
            page = reverse("decisions" if group.is_top else "exceptions")
            yield Line(f"decide {group.pk} {max(asked)}", text, page)
    facts, page = for_chair(chaired, ""), reverse("exceptions")
    yield from about("decided", "Decisions entered for you to confirm", facts["unconfirmed"], page)
    yield from about("plan", "On the plan, for you to confirm", facts["plan_decisions"], page)
    yield from about("impact-check", "Impact to check", facts["to_check"], page)
    yield from about("sent-back", "What you asked came back with a question", facts["sent_back"], page)


def own_lines(person: User) -> Iterator[Line]:
    for group, count in reporting.figures_to_confirm(person):
        text = f"{counted(count, 'figure')} to confirm on the scorecard of the {group}"
        yield Line(
            f"figures-confirm {group.pk} {count}", text, reverse("readings_confirm", args=[group.slug])
        )
    agree = reporting.decisions_to_agree(person)
    yield from about("agree", "Decided, and waits for you to agree", agree, reverse("decisions"))


def meeting_lines(person: User) -> Iterator[Line]:
    groups = {post.group_id for post in person.posts if post.group_id}
    soon = Meeting.objects.upcoming().filter(group__in=groups, date__lte=clock.today() + PAPERS_TOLD)
    for meeting in soon.select_related("group").order_by("date", "pk"):
        what, text = f"meeting {meeting.pk} {meeting.date}", f"{meeting}: its page leads to the papers"
        yield Line(what, text, meeting.get_absolute_url(), "papers")


def watch_lines(person: User) -> Iterator[Line]:
    for watch in Watch.objects.of(person):
        if number := watch.changes().count():
            last = watch.changes().order_by("-number").values_list("number", flat=True)[0]
            text = f"{counted(number, 'change')} of {named(watch.about)}, which you watch"
            yield Line(f"watch {watch.pk} {last}", text, watch.about.get_absolute_url(), "watched")


def about(kind: str, text: str, rows: Iterable[Any], page: str) -> Iterator[Line]:
    """One line for all of a kind; a new one of them makes it a new line."""
    found = list(rows)
    if found:
        names = list(dict.fromkeys(filter(None, map(named, found))))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        of = f": {', '.join(names[:NAMED])}{more}" if names else ""
        yield Line(f"{kind} {max(one.pk for one in found)}", f"{text}{of}", page)


def named(row: Any) -> str:
    """An action's number, whatever of it this is; nothing that was typed."""
    action = getattr(row, "action", None) or getattr(getattr(row, "report", None), "action", None) or row
    return f"action {action.ref}" if hasattr(action, "ref") else ""


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# The mails


def write_daily(person: User) -> bool:
    """Whether a mail was written: nobody wrote today's yet, and there is something to tell."""
    today = clock.today()
    with transaction.atomic():
        if not DayOfMail.objects.get_or_create(person=person, kind="daily", on=today)[1]:
            return False
        lines = lines_for(person)
        if {line.what for line in lines} <= told_lately(person, today):
            return False
        send_lines(person, lines)
        note_told(person, [line.what for line in lines], today)
        if any(line.choice == "watched" for line in lines):
            Watch.objects.of(person).update(told=Change.objects.last_number())
    return True


def send_lines(person: User, lines: list[Line]) -> None:
    choices = {line.choice for line in lines}
    stops = [(words, site(stop_path(person, name))) for name, words in STOPS.items() if name in choices]
    addressed = [(line.text, site(line.path)) for line in lines]
    headers = {}
    if "" not in choices:  # nothing in it is a duty: mail programs may offer to stop it (RFC 8058)
        headers["List_Unsubscribe"] = ", ".join(f"<{address}>" for _, address in stops)
        headers["List_Unsubscribe_Post"] = "List-Unsubscribe=One-Click"
    told = {"lines": addressed, "stops": stops}
    write(person, "daily", "daily", told, link_path=reverse("home"), **headers)


def stop_path(person: User, choice: str) -> str:
    return reverse("mail_stop", args=[signing.dumps([person.pk, choice], salt=STOP_SALT)])


def write_weekly(person: User) -> bool:
    """Whether the mail of the week was written, to a Business Manager on a Monday."""
    today = clock.today()
    if not is_business_manager(person) or today.weekday() != DIGEST_ON:
        return False
    with transaction.atomic():
        if not DayOfMail.objects.get_or_create(person=person, kind="weekly", on=today)[1]:
            return False
        found = [(heading, len(tasks)) for heading, tasks in missing_facts()["sections"] if heading in WEEKLY]
        silent = [(str(row.group), row.count) for row in reporting.groups_to_report()]
        if not found and not silent:
            return False
        told = {"sections": found, "silent": silent}
        write(person, "weekly", "weekly", told, link_path=reverse("missing"))
    return True
