"""Lives of exceptions, requests and meetings at random, on the real record and on a plain model beside it.

`Model` is the chain as the domain has it, in plain Python: written from the words, not from the tables in
actions/models/chain.py, and no part of the database. `Life` does the same things to both, by every post,
allowed or not. Where they differ, one of them is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import StringIO
from itertools import product
from random import Random
from time import perf_counter

import hypothesis
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.timezone import make_aware
from hypothesis import currently_in_test_context
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from actions.models import Action, ExceptionReport, ExceptionStep, chain
from gscp import clock
from gscp.record import Actor, Change, recording
from subgroups.models import DEMO_DOMAIN, Attendance, Meeting, Partner, Post, Subgroup, User

MANAGEMENT_GROUP, EXECUTIVE, MASH = "management-group", "executive", "mash"
BUSINESS_MANAGER, SCRUTINEER = "business.manager", "scrutineer"
CHAIRS = {
    "executive": EXECUTIVE,
    "management.chair": MANAGEMENT_GROUP,
    "mash.chair": MASH,
    "cem.chair": "cem",
    "qiip.chair": "qiip",
    "resolution.chair": "resolution",
}
NAMES = [*CHAIRS, BUSINESS_MANAGER, SCRUTINEER]
SUBGROUPS = [MASH, "cem", "qiip", "resolution"]
WITH_A_BODY = {"management_group": MANAGEMENT_GROUP, "executive": EXECUTIVE}
KINDS = ["exception", "new_date", "completion", "reopening", "withdrawal"]
DECISIONS = ["return", "escalate", "grant", "refuse", "ratify", "correct"]
MOVES = [*DECISIONS, "answer", "take-back", "done", "check-impact"]
SAFEGUARDING = ["council", "police", "health"]

MeetingKey = tuple[str, date]


@dataclass
class Step:
    move: str
    from_state: str
    to: str
    meeting: MeetingKey | None = None
    provisional: bool = False
    day: date = field(default=date.min, compare=False)


@dataclass(eq=False)
class Report:
    action: Work
    kind: str
    askers: set[str]  # who asked for it, or answered for it
    forecast: date | None
    impact: str
    body: str  # the one it is with, or that decided it or asked its question
    state: str
    steps: list[Step]

    def __repr__(self):
        return f"{self.kind} {self.state}"

    @property
    def undecided(self) -> bool:
        return self.state in (*WITH_A_BODY, "returned")

    @property
    def provisional(self) -> Step | None:
        return self.steps[-1] if self.steps[-1].provisional else None


@dataclass(eq=False)
class Work:
    """An action. `stage` is its status but for what is proposed; `granted` and `dated` hold what was
    decided on stage and date and still stands, each with what it took the place of."""

    subgroup: str
    lead: str
    priority: str
    stage: str
    original: date | None
    agreed: date | None = None
    reports: list[Report] = field(default_factory=list)
    granted: list[tuple[Report, str]] = field(default_factory=list)
    dated: list[tuple[Report, date | None]] = field(default_factory=list)

    def __repr__(self):
        return f"{self.subgroup}, led by {self.lead or 'nobody'}, {self.priority}, {self.status}"

    @property
    def is_open(self) -> bool:
        return self.stage in ("not_started", "in_progress")

    @property
    def status(self) -> str:
        """An open action is proposed complete exactly while a completion is undecided."""
        return "proposed_complete" if self.is_open and self.is_undecided("completion") else self.stage

    def is_undecided(self, kind: str, but: Report | None = None) -> bool:
        return any(r.undecided and r.kind == kind for r in self.reports if r is not but)


class Model:
    """Who may do what when, and what follows from it."""

    def __init__(self, today: date, actions: list[Work], meetings: list[MeetingKey]):
        self.today = today
        self.actions = actions
        self.meetings: dict[MeetingKey, list[str] | None] = dict.fromkeys(meetings)
        self.called_off: set[MeetingKey] = set()
        self.mash_since: date | None = None
        self.chairs = {body: {name} for name, body in CHAIRS.items()}

    @property
    def reports(self) -> list[Report]:
        return [report for action in self.actions for report in action.reports]

    # Who

    def acting(self, action: Work) -> str:
        """The body whose chair acts for the responsible subgroup: the one above while it is not in place."""
        in_place = action.subgroup != MASH or (self.mash_since and self.mash_since <= self.today)
        return action.subgroup if in_place else MANAGEMENT_GROUP

    def asks(self, who: str, action: Work) -> bool:
        return who in self.chairs[self.acting(action)] and who != SCRUTINEER

    def answers_for(self, who: str, report: Report) -> bool:
        leads = CHAIRS.get(who) == report.action.lead
        return who in report.askers or leads or who in self.chairs[self.acting(report.action)]

    def decides(self, who: str, report: Report) -> bool:
        seated = who in self.chairs[report.body] or who == BUSINESS_MANAGER
        return seated and who != SCRUTINEER and not self.answers_for(who, report)

    def checks_impact(self, who: str, report: Report) -> bool:
        seated = who in self.chairs[MANAGEMENT_GROUP] | self.chairs[EXECUTIVE]
        return seated and who != SCRUTINEER and not self.answers_for(who, report)

    def is_managements_own(self, action: Work) -> bool:
        return MANAGEMENT_GROUP in (self.acting(action), action.lead)

    # Asking

    def fits(self, action: Work, kind: str) -> bool:
        """What is closed can be reopened, and everything else is asked of what is open."""
        return action.is_open != (kind == "reopening")

    def may_ask(self, who: str, action: Work, kind: str, forecast: date | None) -> bool:
        due = action.agreed or action.original
        dated = kind != "new_date" or (due is not None and due != forecast)
        free = not action.is_undecided(kind)
        return self.asks(who, action) and self.fits(action, kind) and free and dated

    def ask(self, who: str, action: Work, kind: str, forecast: date | None, impact: str) -> None:
        own = self.is_managements_own(action) or who in self.chairs[MANAGEMENT_GROUP]
        body, state = (EXECUTIVE, "executive") if own else (MANAGEMENT_GROUP, "management_group")
        steps = [Step("raise", "", state, day=self.today)]
        action.reports.append(Report(action, kind, {who}, forecast, impact, body, state, steps))
        if kind == "completion":
            action.stage = "in_progress"

    # Moving

    def may_make(self, who: str, report: Report, move: str, meeting: MeetingKey | None) -> bool:
        state, kind = report.state, report.kind
        if report.provisional and move in ("answer", "done", "check-impact"):
            return False  # it would pass over what waits to be ratified
        if meeting and move not in DECISIONS:
            return False
        if move == "answer":
            return state == "returned" and self.asks(who, report.action)
        if move == "take-back":
            return report.undecided and self.asks(who, report.action)
        if move == "done":
            reports = self.asks(who, report.action) or who == BUSINESS_MANAGER
            return (state, kind) == ("granted", "exception") and reports
        if move == "check-impact":
            unsaid = (state, kind) == ("granted", "completion") and not report.impact
            return unsaid and self.checks_impact(who, report)
        return (
            self.decides(who, report)
            and self.is_open(report, move)
            and meeting is not None
            and self.sits(meeting, report)
            and self.can_follow(report, move, self.is_quorate(meeting))
        )

    def is_open(self, report: Report, move: str) -> bool:
        """Whether its body can decide so as it stands."""
        if move == "ratify":
            own = report.state == "management_group" and self.is_managements_own(report.action)
            return report.provisional is not None and not own
        if move == "correct":
            return report.state in ("returned", "granted", "refused", "done")
        if report.state not in WITH_A_BODY:
            return False
        if report.state == "executive":
            return move != "escalate"
        if self.is_managements_own(report.action):
            return move == "escalate"
        high_completion = report.kind == "completion" and report.action.priority == "high"
        return not (move == "grant" and high_completion)

    def sits(self, meeting: MeetingKey, report: Report) -> bool:
        """The meeting is the last its body has held, somebody was present, and it could have known of this:
        what came to the body, or was done, after it, is for another."""
        body, day = meeting
        since = [step.day for step in report.steps if not step.provisional and step.meeting != meeting][-1]
        held = [
            key[1]
            for key in self.meetings.keys() - self.called_off
            if key[0] == body and (self.meetings[key] or key[1] == self.today)
        ]
        attended = bool(self.meetings[meeting])
        return body == report.body and since <= day and attended and day in held and day == max(held)

    def is_quorate(self, meeting: MeetingKey) -> bool:
        return set(self.meetings[meeting] or ()) == set(SAFEGUARDING)

    def can_follow(self, report: Report, move: str, quorate: bool) -> bool:
        """Whether what is decided can be done; of what is provisional that is asked when it is ratified."""
        if not quorate:
            return move != "ratify"
        meant = report.provisional if move == "ratify" else None
        if move == "correct" or (meant and meant.move == "correct"):
            return self.can_be_undone(report)
        if move == "grant" or (meant and meant.move == "grant"):
            return report.kind == "exception" or self.fits(report.action, report.kind)
        return True

    def can_be_undone(self, report: Report) -> bool:
        """No other of its kind is undecided, and nothing later stands on what it changed."""
        action = report.action
        if action.is_undecided(report.kind, but=report):
            return False
        if report.state in ("granted", "done") and report.kind == "new_date":
            return action.dated[-1][0] is report
        if report.state in ("granted", "done") and report.kind != "exception":
            return action.granted[-1][0] is report and action.status == action.stage
        return True

    def make(self, who: str, report: Report, move: str, meeting: MeetingKey | None) -> None:
        provisional = meeting is not None and not self.is_quorate(meeting)
        before = next(state for state, body in WITH_A_BODY.items() if body == report.body)
        meant = report.provisional.move if move == "ratify" and report.provisional else move
        to = {
            "return": "returned",
            "escalate": "executive",
            "grant": "granted",
            "refuse": "refused",
            "correct": before,
            "answer": before,
            "take-back": "taken_back",
            "done": "done",
            "check-impact": "done",
        }[meant]
        report.steps.append(Step(move, report.state, to, meeting, provisional, self.today))
        if provisional:
            return
        if meant == "correct" and report.state in ("granted", "done"):
            self.undo(report)
        report.state = to
        if meant == "answer":
            report.askers.add(who)
        if meant == "escalate":
            report.body = EXECUTIVE
        if meant == "grant":
            self.grant(report)

    def grant(self, report: Report) -> None:
        action = report.action
        after = {"completion": "complete", "reopening": "in_progress", "withdrawal": "withdrawn"}
        if report.kind == "new_date":
            action.dated.append((report, action.agreed))
            action.agreed = report.forecast
        elif report.kind in after:
            action.granted.append((report, action.stage))
            action.stage = after[report.kind]

    def undo(self, report: Report) -> None:
        action = report.action
        if report.kind == "new_date":
            _, action.agreed = action.dated.pop()
        elif report.kind != "exception":
            _, action.stage = action.granted.pop()


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


# A step of a life is one number, by which all in it is chosen: so lives differ as much as they can, and to
# find the shortest life that fails, a step can be left out without changing the others.
CHANCE = st.integers(0, 2**64 - 1)


def note(what: str) -> None:
    """Printed with a drawn life that fails; a scripted one is read where it is written."""
    if currently_in_test_context():
        hypothesis.note(what)


class Life(RuleBasedStateMachine):
    """One life: what happens to a few actions, all undone at its end."""

    def __init__(self):
        super().__init__()
        self.undone = ExitStack()
        self.undone.callback(setattr, settings, "DEMO_TODAY", settings.DEMO_TODAY)
        self.undone.enter_context(undone())
        self.bodies = {body.slug: body for body in Subgroup.objects.all()}
        self.users = {name: User.objects.get(email=name + DEMO_DOMAIN) for name in NAMES}
        self.partners = {partner.kind: partner for partner in Partner.objects.all()}

    def teardown(self):
        tally["lives"] += 1
        self.undone.close()

    # Its stage

    @initialize(chance=CHANCE)
    def begin(self, chance: int):
        self.pick = Random(chance).choice
        works = [
            Work(
                subgroup=self.pick([*SUBGROUPS, MANAGEMENT_GROUP]),
                lead=self.pick(["", *CHAIRS.values()]),
                priority=self.pick(["high", "high", "medium", "low"]),
                stage=self.pick(["not_started", "in_progress"]),
                original=self.pick([FORECASTS[0]] * 3 + [None]),
            )
            for _ in range(self.pick([1, 2]))
        ]
        self.set_stage(works)
        for _ in range(self.pick([0, 1, 2])):
            self.appoint_vice_chair()

    def set_stage(self, works: list[Work]):
        note(str(works))
        published = Action.objects.select_related("plan", "driver").order_by("pk")[0]
        led = {body.pk: body.posts.get(role="chair") for body in self.bodies.values()}
        with recording(Actor("A life"), "Begins"):
            self.actions = [
                Action(
                    plan=published.plan,
                    driver=published.driver,
                    ref=f"L{number}",
                    text="Something to be done",
                    who="Somebody",
                    priority=work.priority,
                    subgroup=self.bodies[work.subgroup],
                    lead_post=led[self.bodies[work.lead].pk] if work.lead else None,
                    status=work.stage,
                    original_date=work.original,
                )
                for number, work in enumerate(works)
            ]
            for action in self.actions:
                action.save()
        kept = Meeting.objects.values_list("subgroup__slug", "date")
        self.model = Model(clock.today(), works, list(kept))
        self.rows: list[int] = []  # of the reports, in the order in which they were asked for
        self.reports: list[Report] = []
        self.second_posts: list[tuple[Post, str]] = []
        self.head = Change.objects.head_at()

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
        head = Change.objects.head_at()
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
            meetings = Meeting.objects.select_related("subgroup").prefetch_related("attendances__partner")
            meeting = meetings.get(subgroup__slug=key[0], date=key[1])

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
        actions = Action.objects.select_related("plan", "subgroup__reports_to__reports_to", "lead_post")
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
        rows = ExceptionReport.objects.in_bulk(self.rows)
        taken: dict[int, list[ExceptionStep]] = {pk: [] for pk in self.rows}
        steps = ExceptionStep.objects.filter(report__in=self.rows).select_related("meeting__subgroup")
        for step in steps:
            taken[step.report_id].append(step)
        for pk, report in zip(self.rows, self.reports, strict=True):
            assert rows[pk].state == report.state == chain.state_after(taken[pk])
            assert [as_in_the_model(step) for step in taken[pk]] == report.steps
            for number, step in enumerate(taken[pk]):
                assert step.from_state == chain.state_after(taken[pk][:number])

    # What happens

    @rule(chance=CHANCE)
    def next(self, chance: int):
        """One rule for all that happens: of several, Hypothesis leaves half out of each life, and without
        meetings nothing is ever decided."""
        self.pick = Random(chance).choice
        getattr(self, self.pick(HAPPENS))()

    def ask(self):
        """What may be asked is asked."""
        work, forecast = self.pick(self.model.actions), self.pick(FORECASTS)
        may = [
            (who, kind)
            for who, kind in product(NAMES, [*KINDS, "completion"])
            if self.model.may_ask(who, work, kind, forecast)
        ]
        if may:
            who, kind = self.pick(may)
            self.ask_of_both(who, work, kind, forecast, self.pick(["", "", "Seen sooner"]))

    def ask_anything(self):
        work = self.pick(self.model.actions)
        self.ask_of_both(self.pick(NAMES), work, self.pick(KINDS), self.pick(FORECASTS), "Seen sooner")

    def move(self):
        """What may happen without a meeting."""
        self.move_to([move for move in MOVES if move not in (*DECISIONS, "take-back")])

    def take_back(self):
        self.move_to(["take-back"])

    def move_to(self, moves: list[str]):
        may = [row for row in product(NAMES, self.reports, moves) if self.model.may_make(*row, None)]
        if may:
            self.move_both(*self.pick(may), None)

    def move_anyhow(self):
        if self.reports:
            meeting = self.pick([None, *self.model.meetings])
            self.move_both(self.pick(NAMES), self.pick(self.reports), self.pick(MOVES), meeting)

    def meet(self):
        """A body that has decisions to take or to correct meets, and takes some."""
        bodies = [report.body for report in self.reports if report.state != "taken_back"]
        meeting = self.pick(bodies or [EXECUTIVE]), self.model.today
        if bodies and meeting not in self.model.called_off:
            self.record_meeting(*meeting, self.pick([SAFEGUARDING] * 2 + [SAFEGUARDING[:2]]))
            self.decide(meeting)

    def decide_late(self):
        """Decisions are entered, or corrected, after the day of their meeting."""
        sitting = [key for key in self.model.meetings if any(self.model.sits(key, r) for r in self.reports)]
        if sitting:
            self.decide(self.pick(sitting))

    def decide(self, meeting: MeetingKey):
        for report in self.reports[-4:]:
            may = [
                (move, who)
                for move, who in product(DECISIONS, NAMES)
                if self.model.may_make(who, report, move, meeting)
            ]
            if may and self.pick([True, True, False]):
                move = self.pick(sorted({move for move, _ in may}))
                who = self.pick([who for other, who in may if other == move])
                # Before that somebody else tries it, or they try something else, or at another meeting.
                own = [key for key in self.model.meetings if key[0] == report.body]
                other = self.pick(
                    [
                        (self.pick(self.torn(report) or NAMES), report, move, meeting),
                        (who, report, self.pick(["grant", "grant", *DECISIONS]), meeting),
                        (who, report, move, self.pick([*own * 3, *self.model.meetings])),
                    ]
                )
                if not self.move_both(*other):
                    self.move_both(who, report, move, meeting)

    def torn(self, report: Report) -> list[str]:
        """Who could decide it, if it were not their own."""
        seated = self.model.chairs[report.body] | {BUSINESS_MANAGER}
        return sorted(who for who in seated if self.model.answers_for(who, report))

    def call_a_meeting(self):
        body = self.pick([MANAGEMENT_GROUP, EXECUTIVE, "cem"])
        day = self.model.today + timedelta(self.pick(range(40)))
        if (body, day) not in self.model.called_off:
            self.record_meeting(body, day, None)

    def call_off(self):
        meetings = [key for key, present in self.model.meetings.items() if present is None]
        if meetings:
            body, day = self.pick(sorted(meetings))
            meeting = Meeting.objects.get(subgroup=self.bodies[body], date=day)
            meeting.called_off = True
            with self.on_record():
                meeting.save()
            self.model.called_off.add((body, day))

    def record_attendance(self):
        """Of one that has been held: for the first time, or again."""
        kept = sorted(self.model.meetings.keys() - self.model.called_off)
        held = [(body, day) for body, day in kept if day <= self.model.today]
        if held:
            self.record_meeting(*self.pick(held), self.pick([SAFEGUARDING, SAFEGUARDING[1:], []]))

    def record_meeting(self, body: str, day: date, present: list[str] | None):
        with self.on_record():
            meeting = Meeting.objects.filter(subgroup=self.bodies[body], date=day).first()
            if meeting is None:
                papers_close = make_aware(datetime.combine(day, time(0)))
                meeting = Meeting(subgroup=self.bodies[body], date=day, papers_close=papers_close)
                meeting.save()
            if present is not None:
                rows = {row.partner_id: row for row in meeting.attendances.all()}
                for kind, partner in self.partners.items():
                    row = rows.get(partner.pk) or Attendance(meeting=meeting, partner=partner)
                    row.present = kind in present
                    row.save()
        known = self.model.meetings.get((body, day))
        self.model.meetings[body, day] = known if present is None else present

    def time_passes(self):
        self.model.today += timedelta(self.pick(range(1, 60)))
        settings.DEMO_TODAY = self.model.today

    def establish_mash(self):
        if self.model.mash_since is None:
            mash = self.bodies[MASH]
            mash.established_on = self.model.mash_since = self.model.today + timedelta(self.pick(range(40)))
            with self.on_record():
                mash.save()

    def appoint_vice_chair(self):
        """A second post in one pair of hands; a vice-chair acts as chair. Two hold one post and no other."""
        bodies = [MANAGEMENT_GROUP, EXECUTIVE, *(work.subgroup for work in self.model.actions)]
        who = self.pick([*NAMES, *["management.chair", "executive"] * 3])
        body = self.pick(bodies)
        if who not in self.model.chairs[body]:
            post = Post(name=f"Vice-chair {self.head}", role="vice_chair", subgroup=self.bodies[body])
            try:
                with self.on_record():
                    post.save()
                    post.hand_over(self.model.today, self.users[who])
            except ValidationError:
                assert who in (BUSINESS_MANAGER, SCRUTINEER)
                return
            assert who not in (BUSINESS_MANAGER, SCRUTINEER)
            self.second_posts.append((post, who))
            self.users[who] = User.objects.get(pk=self.users[who].pk)  # as at their next request
            self.model.chairs[body].add(who)

    def step_down(self):
        if self.second_posts:
            post, who = self.second_posts.pop(0)
            with self.on_record():
                post.hand_over(self.model.today, None)
            self.users[who] = User.objects.get(pk=self.users[who].pk)
            self.model.chairs[post.subgroup.slug].remove(who)

    @contextmanager
    def on_record(self):
        with recording(self.users[BUSINESS_MANAGER], "Kept by the Business Manager"):
            yield
        self.head = Change.objects.head_at()


# What may happen next in a life, by weight.
HAPPENS = [
    *["ask"] * 5,
    "ask_anything",
    *["move"] * 4,
    "take_back",
    "move_anyhow",
    *["meet"] * 6,
    "decide_late",
    "call_a_meeting",
    "call_off",
    "record_attendance",
    *["time_passes"] * 2,
    "establish_mash",
    "appoint_vice_chair",
    *["step_down"] * 2,
]


def as_in_the_model(step: ExceptionStep) -> Step:
    meeting = (step.meeting.subgroup.slug, step.meeting.date) if step.meeting else None
    return Step(step.move, step.from_state, step.to_state, meeting, step.provisional)


def live(lives: int, seed: int) -> None:
    """So many lives, the same ones for the same seed; raises what differs, with the steps that lead there."""
    how = hypothesis.settings(
        max_examples=lives,
        stateful_step_count=20,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(Life), settings=how)


def main() -> None:
    """Live on the database that DATABASE_URL names, in batches, each with a seed of its own."""
    lives, batch, seed = map(int, sys.argv[1:])
    for command in ("migrate", "load_partnership", "load_plan", "load_demo"):
        call_command(command, verbosity=0, stdout=StringIO())
    started = perf_counter()
    for first in range(0, lives, batch):
        print(f"{connection.vendor}: live({batch}, {seed + first})", flush=True)
        live(batch, seed + first)
        print(f"{connection.vendor}: {tally['lives']} in {perf_counter() - started:.0f} s", flush=True)
    print(connection.vendor, *(f"{what} {times}" for what, times in sorted(tally.items())), sep="\n  ")
