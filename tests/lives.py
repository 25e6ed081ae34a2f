"""Lives of exceptions, requests and meetings at random, on the real record and on a plain model beside it.

`Life` does the same things to both, by every post, allowed or not. Where they differ, one of them is wrong.
tests/lives_model.py is the model; tests/lives_side_by_side.py does each thing to both and compares them.
"""

import sys
from datetime import timedelta
from io import StringIO
from itertools import product
from random import Random
from time import perf_counter

import hypothesis
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from subgroups.models import Meeting, Post, User
from tests.lives_model import (
    BUSINESS_MANAGER,
    CHAIRS,
    DECISIONS,
    EXECUTIVE,
    KINDS,
    MANAGEMENT_GROUP,
    MASH,
    MOVES,
    NAMES,
    SAFEGUARDING,
    SCRUTINEER,
    SUBGROUPS,
    MeetingKey,
    Report,
    Work,
)
from tests.lives_side_by_side import FORECASTS, SideBySide, tally
from tests.published import publish

# A step of a life is one number, by which all in it is chosen: so lives differ as much as they can, and to
# find the shortest life that fails, a step can be left out without changing the others.
CHANCE = st.integers(0, 2**64 - 1)


class Life(SideBySide):
    """One life: what happens to a few actions, all undone at its end."""

    @initialize(chance=CHANCE)
    def begin(self, chance: int):
        self.pick = Random(chance).choice
        works = [
            Work(
                group=self.pick([*SUBGROUPS, MANAGEMENT_GROUP]),
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
        """A group that has decisions to take or to correct meets, and takes some."""
        groups = [report.group for report in self.reports if report.state != "taken_back"]
        meeting = self.pick(groups or [EXECUTIVE]), self.model.today
        if groups and meeting not in self.model.called_off:
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
                own = [key for key in self.model.meetings if key[0] == report.group]
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
        seated = self.model.chairs[report.group] | {BUSINESS_MANAGER}
        return sorted(who for who in seated if self.model.answers_for(who, report))

    def call_a_meeting(self):
        group = self.pick([MANAGEMENT_GROUP, EXECUTIVE, "cem"])
        day = self.model.today + timedelta(self.pick(range(40)))
        if (group, day) not in self.model.called_off:
            self.record_meeting(group, day, None)

    def call_off(self):
        meetings = [key for key, present in self.model.meetings.items() if present is None]
        if meetings:
            group, day = self.pick(sorted(meetings))
            meeting = Meeting.objects.get(group=self.groups[group], date=day)
            meeting.called_off = True
            with self.on_record():
                meeting.save()
            self.model.called_off.add((group, day))

    def record_attendance(self):
        """Of one that has been held: for the first time, or again."""
        kept = sorted(self.model.meetings.keys() - self.model.called_off)
        held = [(group, day) for group, day in kept if day <= self.model.today]
        if held:
            self.record_meeting(*self.pick(held), self.pick([SAFEGUARDING, SAFEGUARDING[1:], []]))

    def time_passes(self):
        self.model.today += timedelta(self.pick(range(1, 60)))
        settings.DEMO_TODAY = self.model.today

    def establish_mash(self):
        if self.model.mash_since is None:
            mash = self.groups[MASH]
            mash.established_on = self.model.mash_since = self.model.today + timedelta(self.pick(range(40)))
            with self.on_record():
                mash.save()

    def appoint_vice_chair(self):
        """A second post in one pair of hands; a vice-chair acts as chair. Two hold one post and no other."""
        groups = [MANAGEMENT_GROUP, EXECUTIVE, *(work.group for work in self.model.actions)]
        who = self.pick([*NAMES, *["management.chair", "executive"] * 3])
        group = self.pick(groups)
        if who not in self.model.chairs[group]:
            post = Post(name=f"Vice-chair {self.head}", role="vice_chair", group=self.groups[group])
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
            self.model.chairs[group].add(who)

    def step_down(self):
        if self.second_posts:
            post, who = self.second_posts.pop(0)
            with self.on_record():
                post.hand_over(self.model.today, None)
            self.users[who] = User.objects.get(pk=self.users[who].pk)
            self.model.chairs[post.group.slug].remove(who)


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
    call_command("migrate", verbosity=0)
    publish(stdout=StringIO())
    started = perf_counter()
    for first in range(0, lives, batch):
        print(f"{connection.vendor}: live({batch}, {seed + first})", flush=True)
        live(batch, seed + first)
        print(f"{connection.vendor}: {tally['lives']} in {perf_counter() - started:.0f} s", flush=True)
    print(connection.vendor, *(f"{what} {times}" for what, times in sorted(tally.items())), sep="\n  ")
