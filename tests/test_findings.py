"""What the rules find is read anew only for actions with new entries, and is as a whole pass has it."""

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from actions.findings import of_live_plans
from actions.models import Action, BusinessPlan, ProgressUpdate, StrategicDriver
from gscp import clock, facts
from gscp.record import Actor, recording
from subgroups.models import Group, Meeting, Post, PostHolding
from tests import redacting
from tests.factories import ActionFactory, let_lead
from tests.lives import Life, live
from tests.lives_side_by_side import settle

pytestmark = pytest.mark.django_db
reported, ask, decide = redacting.reported, redacting.ask, redacting.decide
SOMEBODY = Actor("Somebody")


def whole_pass() -> tuple:
    kept, facts.kept = facts.kept, facts.Kept(2**20)
    try:
        return of_live_plans()
    finally:
        facts.kept = kept


def is_as_a_whole_pass() -> None:
    assert of_live_plans() == whole_pass()


def actions_read(captured) -> list[bool]:
    """Of each pass that was made: whether it was of some actions only."""
    passes = [query["sql"] for query in captured if "rated_id" in query["sql"]]
    return ['action."id" IN' in sql for sql in passes]


def rated(action: Action, rating: str) -> None:
    with recording(SOMEBODY, "Rated"):
        action.rating = rating
        action.save()


def test_only_what_was_changed_is_read_anew(action):
    of_live_plans()
    with CaptureQueriesContext(connection) as captured:
        rated(action("005"), "red")
        assert next(row for row in of_live_plans() if row.action == action("005").pk).has("red")
    assert actions_read(captured) == [True]
    is_as_a_whole_pass()
    with CaptureQueriesContext(connection) as captured, recording(SOMEBODY, "A name"):
        post = Post.objects.exclude(group=None)[0]
        post.name = "Another name"
        post.save()
    with CaptureQueriesContext(connection) as captured:
        is_as_a_whole_pass()
    assert actions_read(captured) == [False], "the whole pass alone: what was recorded concerns no action"


def test_what_was_rolled_back_is_read_anew(action):
    of_live_plans()
    before = transaction.savepoint()
    rated(action("005"), "red")
    of_live_plans()
    transaction.savepoint_rollback(before)
    is_as_a_whole_pass()
    rated(action("006"), "red")
    is_as_a_whole_pass()


def test_a_redaction_has_all_read_anew(reported, ask, decide):
    of_live_plans()
    ask(redacting.text_of(reported, "done"))
    decide()
    with CaptureQueriesContext(connection) as captured:
        of_live_plans()
    assert actions_read(captured) == [False]


class Acts:
    """What may change what the rules find, at random, on the published plan."""

    def __init__(self, random: Random):
        self.random = random
        driver = StrategicDriver.objects.select_related("plan").order_by("pk")[0]
        copied = {f.attname: getattr(driver.plan, f.attname) for f in BusinessPlan._meta.concrete_fields}
        with recording(SOMEBODY, "A second plan"):
            self.second = BusinessPlan(**copied | {"id": None, "change_id": None, "label": "second"})
            self.second.save()
            StrategicDriver(plan=self.second, kind=driver.kind, text="An audit").save()

    def some(self, model):
        return self.random.choice(list(model.objects.order_by("pk")))

    def report(self):
        update = ProgressUpdate(
            rating=self.random.choice(["red", "amber", "green"]),
            done=f"Met {self.random.random()}",
            difference="None yet",
            blocker=self.random.choice(["", "A gap"]),
            forecast=self.random.choice([None, clock.today() + timedelta(days=900)]),
            entered_by=PostHolding.objects.order_by("pk")[0].user,
        )
        self.some(Action).record_update(update)

    def edit(self):
        action = self.some(Action)
        action.rating = self.random.choice(["", "red", "green"])
        action.position = self.random.randrange(1, 9)
        action.group = self.some(Group)
        action.status = self.random.choice([*Action.OPEN, Action.Status.COMPLETE])
        action.agreed_date = self.random.choice([None, clock.today(), clock.today() - timedelta(days=1)])
        action.save()

    def add(self):
        driver = self.some(StrategicDriver)
        ActionFactory.build(plan=driver.plan, driver=driver, group=self.some(Group)).save()

    def lead(self):
        posts = Post.objects.exclude(group=None).order_by("pk")
        let_lead(self.some(Action), *self.random.sample(list(posts), 2))

    def leave(self):
        held = self.random.choice(list(PostHolding.objects.current_on(clock.today()).order_by("pk")))
        held.ended_on = clock.today()
        held.save()

    def move_group(self):
        group = self.some(Group)
        group.established_on = self.random.choice([None, clock.today() - timedelta(days=1)])
        group.save()

    def call(self):
        day = clock.today() + timedelta(days=self.random.randrange(2, 60))
        group = self.some(Group)
        if not Meeting.objects.filter(group=group, date=day).exists():
            Meeting(group=group, date=day, papers_close=clock.now() + timedelta(days=1)).save()

    def close_or_open_second(self):
        if not self.second.is_closed:
            for action in self.second.actions.open():
                action.status = Action.Status.WITHDRAWN
                action.save()
        self.second.status = "live" if self.second.is_closed else "closed"
        self.second.save()


@pytest.mark.parametrize("seed", range(3))
def test_after_anything_it_is_as_a_whole_pass_has_it(seed, it_is):
    it_is(2021, 6, 7)
    acts = Acts(Random(seed))
    names = ["report", "edit", "add", "lead", "leave", "move_group", "call", "close_or_open_second"]
    of_live_plans()
    with CaptureQueriesContext(connection) as captured:
        for step in range(40):
            if step % 5 == 4:
                day = clock.today() + timedelta(days=acts.random.randrange(1, 20))
                it_is(day.year, day.month, day.day)
            else:
                act = acts.random.choice(names)
                # What is refused leaves no trace.
                with suppress(ValidationError), recording(SOMEBODY, act):
                    getattr(acts, act)()
            is_as_a_whole_pass()
    assert sum(actions_read(captured)) > 10, "most were read one by one"


class LookedAt(Life):
    def compare(self):
        super().compare()
        is_as_a_whole_pass()


def test_in_a_life_it_is_as_a_whole_pass_has_it():
    settle("gloucestershire")
    live("gloucestershire", 5, seed=16, life=LookedAt)
