"""The record and its plain model (tests/lives_model.py): each thing is done to both and compared."""

from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time

import hypothesis
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.timezone import make_aware
from hypothesis import currently_in_test_context
from hypothesis.stateful import RuleBasedStateMachine

from actions.models import Action, ExceptionReport, ExceptionStep, chain
from gscp import clock
from gscp.record import Actor, Change, recording
from subgroups.models import DEMO_DOMAIN, Attendance, Group, Meeting, Partner, Post, User
from tests.factories import let_lead
from tests.lives_model import BUSINESS_MANAGER, NAMES, MeetingKey, Model, Report, Step, Work


@contextmanager
def undone():
    """A transaction that is undone at its end; recording() takes it for a test's and makes its own in it."""
    block = transaction.atomic()
    block._from_testcase = True  # as django.test does: what is durable may begin inside
    with block:
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


# What lives have come to so far; of each thing that was tried, how often it was done and how often refused.
tally: Counter[str] = Counter()

# Few days, so that the same one is asked for again.
FORECASTS = [date(2023, 9, 30), date(2023, 12, 31), date(2024, 3, 31)]


def note(what: str) -> None:
    """Printed with a drawn life that fails; a scripted one is read where it is written."""
    if currently_in_test_context():
        hypothesis.note(what)


class SideBySide(RuleBasedStateMachine):
    """A few actions on the record and in the model; all that is done to them is undone at its end."""

    def __init__(self):
        super().__init__()
        self.undone = ExitStack()
        self.undone.callback(setattr, settings, "DEMO_TODAY", settings.DEMO_TODAY)
        self.undone.enter_context(undone())
        self.groups = {group.slug: group for group in Group.objects.all()}
        self.users = {name: User.objects.get(email=name + DEMO_DOMAIN) for name in NAMES}
        self.partners = {partner.kind: partner for partner in Partner.objects.all()}

    def teardown(self):
        tally["lives"] += 1
        self.undone.close()

    # Their stage

    def set_stage(self, works: list[Work]):
        note(str(works))
        published = Action.objects.select_related("plan", "driver").order_by("pk")[0]
        led = {group.pk: group.posts.get(role="chair") for group in self.groups.values()}
        with recording(Actor("A life"), "Begins"):
            self.actions = [
                Action(
                    plan=published.plan,
                    driver=published.driver,
                    ref=f"L{number}",
                    text="Something to be done",
                    who="Somebody",
                    priority=work.priority,
                    group=self.groups[work.group],
                    status=work.stage,
                    original_date=work.original,
                )
                for number, work in enumerate(works)
            ]
            for action, work in zip(self.actions, works, strict=True):
                action.save()
                if work.lead:
                    let_lead(action, led[self.groups[work.lead].pk])
        kept = Meeting.objects.values_list("group__slug", "date")
        self.model = Model(clock.today(), works, list(kept))
        self.rows: list[int] = []  # of the reports, in the order in which they were asked for
        self.reports: list[Report] = []
        self.second_posts: list[tuple[Post, str]] = []
        self.head = Change.objects.last_number()

    # What both are made to do

    def attempt(self, what: str, who: str, do, expected: bool) -> None:
        """Do it on record; a refusal leaves no trace."""
        try:
            with recording(self.users[who], what):
                do(self.users[who])
            done = True
        except (ValidationError, PermissionDenied):
            done = False
        assert done == expected, f"{who}: {what} was {'done' if done else 'refused'}"
        tally[f"{what}: {'done' if done else 'refused'}"] += 1
        note(f"{self.model.today} {who}, {what}: {'done' if done else 'refused'}")
        head = Change.objects.last_number()
        assert (head > self.head) == done
        self.head = head

    def ask_of_both(self, who: str, work: Work, kind: str, forecast: date | None, impact: str):
        expected = self.model.may_ask(who, work, kind, forecast)
        report = ExceptionReport(
            action=self.action(work),
            kind=kind,
            forecast=forecast,
            evidence="https://gscp.example/minutes",
            impact=impact,
            impact_check_on=None if impact else FORECASTS[-1],
        )

        def ask(user):
            if not user.has_perm("ask", report):
                raise PermissionDenied
            report.ask(user)

        self.attempt(f"ask for {kind}", who, ask, expected)
        if expected:
            self.model.ask(who, work, kind, forecast, impact)
            self.rows.append(report.pk)
            self.reports.append(work.reports[-1])
            self.compare()

    def move_both(self, who: str, report: Report, move: str, key: MeetingKey | None) -> bool:
        expected = self.model.may_make(who, report, move, key)
        row = ExceptionReport.objects.for_pages().get(pk=self.rows[self.reports.index(report)])
        meeting = None
        if key:
            meetings = Meeting.objects.select_related("group").prefetch_related("attendances__partner")
            meeting = meetings.get(group__slug=key[0], date=key[1])

        def make(user):
            if not user.has_perm(chain.MOVES_BY_NAME[move].permission, row):
                raise PermissionDenied
            row.make_move(chain.MOVES_BY_NAME[move], user, "As discussed", meeting)

        self.attempt(move, who, make, expected)
        if expected:
            self.model.make(who, report, move, key)
            self.compare()
        return expected

    def action(self, work: Work) -> Action:
        actions = Action.objects.select_related("plan", "group__reports_to__reports_to")
        return actions.get(pk=self.actions[self.model.actions.index(work)].pk)

    def compare(self):
        """The record says what the model says, and every state is where its steps lead."""
        for row, work in zip(self.actions, self.model.actions, strict=True):
            row.refresh_from_db(fields=["status", "agreed_date", "original_date"])
            assert (row.status, row.agreed_date, row.original_date) == (
                work.status,
                work.agreed,
                work.original,
            )
        rows = ExceptionReport.objects.select_related("with_group").in_bulk(self.rows)
        taken: dict[int, list[ExceptionStep]] = {pk: [] for pk in self.rows}
        steps = ExceptionStep.objects.filter(report__in=self.rows).select_related(
            "meeting__group", "to_group"
        )
        for step in steps:
            taken[step.report_id].append(step)
        for pk, report in zip(self.rows, self.reports, strict=True):
            place = rows[pk].state, rows[pk].with_group_id
            assert place == chain.place_after(taken[pk])
            assert place_in_the_model(rows[pk]) == report.state
            assert [as_in_the_model(step) for step in taken[pk]] == report.steps

    def record_meeting(self, group: str, day: date, present: list[str] | None):
        with self.on_record():
            meeting = Meeting.objects.filter(group=self.groups[group], date=day).first()
            if meeting is None:
                papers_close = make_aware(datetime.combine(day, time(0)))
                meeting = Meeting(group=self.groups[group], date=day, papers_close=papers_close)
                meeting.save()
            if present is not None:
                rows = {row.partner_id: row for row in meeting.attendances.all()}
                for kind, partner in self.partners.items():
                    row = rows.get(partner.pk) or Attendance(meeting=meeting, partner=partner)
                    row.presence = "present" if kind in present else "absent"
                    row.save()
        known = self.model.meetings.get((group, day))
        self.model.meetings[group, day] = known if present is None else present

    @contextmanager
    def on_record(self):
        with recording(self.users[BUSINESS_MANAGER], "Kept by the Business Manager"):
            yield
        self.head = Change.objects.last_number()


def as_in_the_model(step: ExceptionStep) -> Step:
    meeting = (step.meeting.group.slug, step.meeting.date) if step.meeting else None
    return Step(step.move, place_in_the_model(step), meeting, step.provisional)


def place_in_the_model(row: ExceptionReport | ExceptionStep) -> str:
    """A state or, while it waits, the group."""
    state, group = (
        (row.state, row.with_group) if isinstance(row, ExceptionReport) else (row.to_state, row.to_group)
    )
    return group.slug.replace("-", "_") if state == "waiting" else state
