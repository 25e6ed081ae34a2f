"""The record and its plain model (tests/lives_model.py): each thing is done to both and compared."""

from contextlib import ExitStack, contextmanager
from datetime import date
from io import StringIO

import hypothesis
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import currently_in_test_context
from hypothesis.stateful import RuleBasedStateMachine

from actions import findings
from actions.forms.groups import pass_on_reports
from actions.models import (
    Action,
    BusinessPlan,
    Confirmation,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    StrategicDriver,
    asking,
    chain,
    impact,
    places,
)
from gscp import clock
from gscp.permissions import chairs_or_leads
from gscp.record import Actor, Change, Tracked, recording
from scrutiny.proof import plans
from subgroups.models import DEMO_DOMAIN, Group, Meeting, Partner, Post, User
from tests.factories import let_answer, let_lead
from tests.lives_meetings import Meetings, tally
from tests.lives_model import BUSINESS_MANAGER, MeetingKey, Model, Report, Step, Work
from tests.lives_rows import Update
from tests.lives_shape import SHAPES, Shape
from tests.rows_of_record import models_of_the_record, without_triggers


@contextmanager
def undone():
    """A transaction that is undone at its end; recording() takes it for a test's and makes its own in it."""
    block = transaction.atomic()
    block._from_testcase = True  # as django.test does: what is durable may begin inside
    with block:
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


CHECKS = {"check-impact": impact.record, "move-impact-check": impact.move_check}
# Few days, so that the same one is asked for again.
FORECASTS = [date(2023, 9, 30), date(2023, 12, 31), date(2024, 3, 31)]


def note(what: str) -> None:
    """Printed with a drawn life that fails; a scripted one is read where it is written."""
    if currently_in_test_context():
        hypothesis.note(what)


def settle(name: str) -> None:
    """A partnership by its file is on record, with its sign-ins and an empty plan, and nothing else."""
    # Sequences go on where they were: PostgreSQL would not undo it if they began anew.
    with transaction.atomic(), without_triggers():
        for model in models_of_the_record():
            model._base_manager.all()._raw_delete(connection.alias)
    partnership, demo = SHAPES[name]
    call_command("load_partnership", partnership, stdout=StringIO())
    call_command("load_demo", demo, stdout=StringIO())
    with recording(Actor("A life"), "A plan"):
        plan = BusinessPlan(
            label="a-plan",
            title="A plan",
            first_day=date(2021, 4, 1),
            last_day=date(2030, 3, 31),
            status="live",
            **dict.fromkeys(("green_means", "amber_means", "red_means"), "As agreed"),
        )
        plan.save()
        StrategicDriver(plan=plan, kind="audit", text="An audit").save()


class SideBySide(Meetings, RuleBasedStateMachine):
    """A few actions on the record and in the model; all that is done to them is undone at its end."""

    shape_name = "gloucestershire"

    def __init__(self):
        super().__init__()
        self.shape = Shape.read(self.shape_name)
        self.undone = ExitStack()
        self.undone.callback(setattr, settings, "DEMO_TODAY", settings.DEMO_TODAY)
        self.undone.enter_context(undone())
        self.groups = {group.slug: group for group in Group.objects.all()}
        users = {user.email: user for user in User.objects.all()}
        self.users = {name: users[name + DEMO_DOMAIN] for name in self.shape.posts}
        self.partners = {partner.name: partner for partner in Partner.objects.all()}

    def teardown(self):
        tally["lives"] += 1
        with self.undone:
            wrong = [str(finding) for finding in plans.findings()]
        assert wrong == [], "verification takes what happens by rule for a change behind the forms"

    # Their stage

    def set_stage(self, works: list[Work]):
        note(str(works))
        kept = {(m.group.slug, m.date): m for m in Meeting.objects.select_related("group", "change")}
        self.model = Model(clock.today(), self.shape, [], list(kept))
        for key, meeting in kept.items():
            self.model.papers[key], self.model.announced[key] = meeting.papers_close, meeting.change.clock
        self.written: dict[Update, int] = {}  # the row of each version of an update
        self.actions: list[Action] = []
        self.rows: list[int] = []  # of the reports, in the order in which they were asked for
        self.reports: list[Report] = []
        self.second_posts: list[tuple[Post, str]] = []
        self.script: dict[str, str | date] = {}  # by move, what is said with it
        for work in works:
            self.add_work(work)

    def add_work(self, work: Work) -> Work:
        driver = StrategicDriver.objects.select_related("plan").order_by("pk")[0]
        action = Action(
            plan=driver.plan,
            driver=driver,
            ref=f"L{len(self.actions)}",
            text="Something to be done",
            who="Somebody",
            priority=work.priority,
            group=self.groups[work.group],
            status=work.stage,
            original_date=work.original,
        )
        with recording(Actor("A life"), "Begins"):
            action.save()
            if work.lead:
                let_lead(action, Post.objects.get(name=self.shape.posts[work.lead].name))
        self.actions.append(action)
        self.model.actions.append(work)
        work.look(action.change.clock)
        self.head = Change.objects.last_number()
        return work

    # What both are made to do

    def attempt(self, what: str, who: str, permission: str, subject: Tracked, do, expected: bool):
        """Do it on record, if they may, as a page does; a refusal leaves no trace."""
        user = User.objects.get(pk=self.users[who].pk)  # with the posts and groups of this request
        try:
            if not user.has_perm(permission, subject):
                raise PermissionDenied
            with recording(user, what):
                do(user)
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
        on = None if impact else FORECASTS[-1]
        expected = self.model.may_ask(who, work, kind, forecast) and (
            kind != "completion" or on is None or self.model.can_be_checked_on(who, work, on)
        )
        report = ExceptionReport(
            action=self.action(work),
            kind=kind,
            forecast=forecast,
            evidence="https://gscp.example/minutes",
            impact=impact,
            impact_check_on=on,
            impact_check_by="Somebody else",
            impact_check_how="audit",
        )
        self.attempt(f"ask for {kind}", who, "ask", report, report.ask, expected)
        if expected:
            self.model.ask(who, work, kind, forecast, impact)
            work.reports[-1].check_on = on
            self.note_asked(report.pk, work)
            self.compare()

    def note_asked(self, pk: int, work: Work):
        self.rows.append(pk)
        self.reports.append(work.reports[-1])

    def move_both(self, who: str, report: Report, move: str, key: MeetingKey | None) -> bool:
        said = self.what_is_said(move)
        expected = self.model.may_make(who, report, move, key) and self.model.may_say_of_check(report, said)
        row = ExceptionReport.objects.for_pages().get(pk=self.rows[self.reports.index(report)])
        its_move = chain.MOVES_BY_NAME[move]

        def make(user):
            meeting = self.meeting(key) if key else None  # read for those alone who may
            if said and not meeting:
                CHECKS[move](row, user, "As discussed", said)
            else:
                row.make_move(its_move, user, "As discussed", meeting)

        self.attempt(move, who, its_move.permission, row, make, expected)
        if expected:
            self.model.make(who, report, move, key, said)
            if report.action.reports[-1] not in self.reports:  # the check asks to reopen the action
                self.note_asked(ExceptionReport.objects.latest("pk").pk, report.action)
            self.compare()
        return expected

    def what_is_said(self, move: str) -> str | date:
        """Of an impact check what it found, or its new day; each in turn, if no script says which."""
        may_be = {"check-impact": ["embedded", "partly", "not"], "move-impact-check": FORECASTS}.get(move)
        return self.script.get(move) or may_be[self.head % len(may_be)] if may_be else ""

    def say_of_both(self, who: str, report: Report, step: Step, word: str):
        """The chair says of a step that it is so, or that it is not."""
        expected = self.model.may_say(who, report, step)
        place = next(place for place, one in enumerate(report.steps) if one is step)
        rows = ExceptionStep.objects.filter(report=self.rows[self.reports.index(report)])
        row = rows.select_related("report__action__plan", "meeting__group").order_by("change_id")[place]
        # The page of what is not on behalf, or has had its answer, is not there.
        asked = row.on_behalf and not row.is_confirmed
        self.attempt(f"{step.move} is {word}", who, "confirm", row, self.saying(row, asked, word), expected)
        if expected:
            self.model.say(who, report, step, word)
            self.compare()

    def saying(self, row: ExceptionStep | ProgressUpdate, asked: bool, word: str):
        def say(user):
            if not asked:
                raise PermissionDenied
            Confirmation.of(row, user, "" if word == "so" else "Not what was said").take_effect()

        return say

    def change_both(self, who: str, report: Report, forecast: date | None):
        """Who asked changes the words of it."""
        expected = self.model.may_change(who, report, forecast)
        row = ExceptionReport.objects.for_pages().get(pk=self.rows[self.reports.index(report)])

        def change(user):
            row.forecast = forecast
            name = next(iter(row.terms.fields))
            if name != "forecast":
                setattr(row, name, f"In other words {self.head}")
            asking.change_words(row, user, "A slip")

        self.attempt("change", who, "change_request", row, change, expected)
        if expected:
            self.model.change(who, report, forecast)
            self.compare()

    def report_both(self, who: str, work: Work, rating: str):
        """An update, or without a rating a nil return."""
        action, expected = self.action(work), self.model.may_report(who, work)
        self.attempt("report", who, "report", action, self.reporting(action, rating), expected)
        if expected:
            self.model.report(who, work, rating)
            made = ProgressUpdate.objects.latest("change")
            self.written[work.updates[-1][-1]], work.updates[-1][-1].at = made.pk, made.change.clock
            self.compare()

    def correct_both(self, who: str, work: Work, version: Update, rating: str):
        action, expected = self.action(work), self.model.may_correct(who, work, version)
        row = ProgressUpdate.objects.select_related("action__group").get(pk=self.written[version])
        do = self.reporting(action, rating, row)
        self.attempt("correct a report", who, "correct_update", row, do, expected)
        if expected:
            self.model.correct(who, work, version, rating)
            versions = next(one for one in work.updates if version in one)
            self.written[versions[-1]] = ProgressUpdate.objects.latest("change").pk
            self.compare()

    def reporting(self, action: Action, rating: str, corrected: ProgressUpdate | None = None):
        def report(user):
            said = {"done": f"Met {self.head}", "rating": rating} if rating else {"nil_return": True}
            own = chairs_or_leads.test(user, corrected or action)
            update = ProgressUpdate(entered_by=user, on_behalf=not own, **said)
            if corrected:
                update.what_was_wrong = "A slip"
                action.record_correction(update, corrected)
            else:
                action.record_update(update)

        return report

    def say_of_update_of_both(self, who: str, work: Work, version: Update, word: str):
        expected = self.model.may_say_of_update(who, work, version)
        row = ProgressUpdate.objects.select_related("action__group").get(pk=self.written[version])
        say = self.saying(row, row.on_behalf and not row.is_confirmed, word)
        self.attempt(f"update is {word}", who, "confirm", row, say, expected)
        if expected:
            self.model.say_of_update(who, work, version, word)
            self.compare()

    def let_answer(self, work: Work, slug: str):
        """Another group is responsible from now on, as the top group agreed."""
        with self.on_record():
            let_answer(self.action(work), slug)
            pass_on_reports(self.users[BUSINESS_MANAGER], "As agreed")
        work.group = slug
        self.model.pass_on()
        self.compare()

    def compare_reported(self):
        """What was reported last, and rated, counts on pages and in the pass of the rules."""
        keys = [action.pk for action in self.actions]
        beside = {row[0]: row for row in findings.select(findings.BESIDE, f'"id" {findings.one_of(keys)}')}
        for key, work in zip(keys, self.model.actions, strict=True):
            counting = work.counting()
            standing = ProgressUpdate.objects.filter(action=key).in_order()
            assert [row.pk for row in standing] == [self.written[last] for _, last in counting]
            counted = [pk for pk, _ in ProgressUpdate.objects.keys_that_count({key: None})]
            assert counted == [row.pk for row in reversed(standing)]
            _, reported_in, rated_id, *_ = beside[key]
            firsts = [self.written[versions[0]] for versions, _ in counting]
            rated = [self.written[last] for _, last in counting if last.rating]
            number = ProgressUpdate.objects.get(pk=firsts[-1]).change_id if firsts else None
            assert (reported_in, rated_id) == (number, rated[-1] if rated else None)

    def action(self, work: Work) -> Action:
        actions = Action.objects.select_related("plan", "group")
        return actions.get(pk=self.actions[self.model.actions.index(work)].pk)

    def meeting(self, key: MeetingKey) -> Meeting:
        return Meeting.objects.with_attendance().get(group__slug=key[0], date=key[1])

    def compare_due(self):
        now, rows = clock.now(), {row.action: row for row in findings.of_live_plans()}
        for action, work in zip(self.actions, self.model.actions, strict=True):
            work.look(now)
            row, place = rows[action.pk], self.model.place(work, now)
            found = [name for name in ("due", "not_expected") if row.has(name)] or ["reported"]
            assert found * row.has("open") == [place] * bool(place)
            assert row.has("silent") == self.model.is_silent(work, now)
            tally[f"{place or 'closed'}{', silent' * row.has('silent')}"] += 1

    def compare(self):
        """The record says what the model says, and every state is where its steps lead."""
        actions = Action.objects.in_bulk([action.pk for action in self.actions])
        for action, work in zip(self.actions, self.model.actions, strict=True):
            row = actions[action.pk]
            dates = row.agreed_date, row.original_date
            assert (row.status, row.rating, *dates) == (
                work.status,
                work.rating,
                work.agreed,
                work.original,
            )
        self.compare_reported()
        self.compare_due()
        rows = ExceptionReport.objects.select_related("with_group").in_bulk(self.rows)
        taken: dict[int, list[ExceptionStep]] = {pk: [] for pk in self.rows}
        steps = ExceptionStep.objects.filter(report__in=self.rows).select_related(
            "meeting__group", "to_group"
        )
        for step in steps:
            taken[step.report_id].append(step)
        for pk, report in zip(self.rows, self.reports, strict=True):
            row = rows[pk]
            assert (row.state, row.with_group_id) == places.place_after(taken[pk])
            assert (row.state, row.with_group.slug) == (report.state, report.group)
            assert [as_in_the_model(step) for step in taken[pk]] == report.steps
            assert row.with_group.decides() or not report.undecided, "it is before nobody"

    @contextmanager
    def on_record(self):
        with recording(self.users[BUSINESS_MANAGER], "Kept by the Business Manager"):
            yield
        self.head = Change.objects.last_number()


def as_in_the_model(step: ExceptionStep) -> Step:
    meeting = (step.meeting.group.slug, step.meeting.date) if step.meeting else None
    place = step.to_state, step.to_group.slug
    flags = step.provisional, step.needs_agreement
    found = {"finding": step.finding, "was_on": step.check_was_on}
    return Step(step.move, *place, meeting, *flags, on_behalf=step.on_behalf, **found)
