"""Lives of exceptions, requests and meetings at random, on the real record and on a plain model beside it.

`Life` does the same things to both, by every post, allowed or not. Where they differ, one of them is wrong.
tests/lives_model.py is the model; tests/lives_side_by_side.py does each thing to both and compares them.
"""

import sys
from datetime import timedelta
from itertools import cycle, product
from random import Random
from time import perf_counter

import hypothesis
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from actions.forms.groups import pass_on_reports
from subgroups.models import Group, Post, QuorumPart, User
from tests.lives_model import DECISIONS, KINDS, MOVES, MeetingKey, Report, Work
from tests.lives_shape import BUSINESS_MANAGER, SCRUTINEER, SHAPES
from tests.lives_side_by_side import FORECASTS, SideBySide, settle, tally

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
                group=self.pick(list(self.shape.groups)),
                lead=self.pick(["", "", *self.shape.seated]),
                priority=self.pick(["high", "high", "medium", "low"]),
                stage=self.pick(["not_started", "in_progress"]),
                original=self.pick([FORECASTS[0]] * 3 + [None]),
            )
            for _ in range(self.pick([1, 2]))
        ]
        self.set_stage(works)
        for _ in range(self.pick([0, 1, 2])):
            self.appoint_vice_chair()

    @property
    def names(self) -> list[str]:
        return list(self.shape.posts)

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
            for who, kind in product(self.names, [*KINDS, "completion"])
            if self.model.may_ask(who, work, kind, forecast)
        ]
        if may:
            who, kind = self.pick(may)
            self.ask_of_both(who, work, kind, forecast, self.pick(["", "", "Seen sooner"]))

    def ask_anything(self):
        work = self.pick(self.model.actions)
        self.ask_of_both(self.pick(self.names), work, self.pick(KINDS), self.pick(FORECASTS), "Seen sooner")

    def move(self):
        """What may happen without a meeting."""
        self.move_to([move for move in MOVES if move not in (*DECISIONS, "take-back")])

    def take_back(self):
        self.move_to(["take-back"])

    def move_to(self, moves: list[str]):
        may = [row for row in product(self.names, self.reports, moves) if self.model.may_make(*row, None)]
        if may:
            self.move_both(*self.pick(may), None)

    def move_anyhow(self):
        if self.reports:
            meeting = self.pick([None, *self.model.meetings])
            self.move_both(self.pick(self.names), self.pick(self.reports), self.pick(MOVES), meeting)

    def say(self):
        """A chair says whether what was entered for them is so; or somebody else tries."""
        steps = [(report, step) for report in self.reports for step in report.steps if step.on_behalf]
        may = [(who, *both) for who in self.names for both in steps if self.model.may_say(who, *both)]
        word = self.pick(["so", "so", "not so"])
        if may:
            self.say_of_both(*self.pick(may), word)
        elif steps:
            self.say_of_both(self.pick(self.names), *self.pick(steps), word)

    def change(self):
        """Who asked changes the words of it; or somebody else tries."""
        forecast = self.pick(FORECASTS)
        rows = [row for row in product(self.names, self.reports) if self.model.may_change(*row, forecast)]
        if self.reports:
            anybody = (self.pick(self.names), self.pick(self.reports))
            self.change_both(*self.pick([*rows * 3, anybody]), forecast)

    def report(self):
        work = self.pick(self.model.actions)
        may = [who for who in self.names if self.model.may_report(who, work)]
        who = self.pick([*may * 3, self.pick(self.names)])
        self.report_both(who, work, self.pick(["", "green", "amber", "red"]))

    def correct_report(self):
        updates = [(work, one) for work in self.model.actions for said in work.updates for one in said]
        may = [(who, *both) for who in self.names for both in updates if self.model.may_correct(who, *both)]
        if updates:
            anybody = (self.pick(self.names), *self.pick(updates))
            self.correct_both(*self.pick([*may * 3, anybody]), self.pick(["green", "amber", "red"]))

    def say_of_update(self):
        updates = [(work, one) for work in self.model.actions for said in work.updates for one in said]
        may = [
            (who, *both) for who in self.names for both in updates if self.model.may_say_of_update(who, *both)
        ]
        if updates:
            anybody = (self.pick(self.names), *self.pick(updates))
            self.say_of_update_of_both(*self.pick([*may * 3, anybody]), self.pick(["so", "not so", "not so"]))

    def meet(self):
        """A group that has decisions to take or to correct meets, and takes some."""
        groups = [report.group for report in self.reports if report.state not in ("taken_back", "lapsed")]
        meeting = self.pick(groups or [self.shape.top]), self.model.today
        if groups and meeting not in self.model.called_off:
            self.record_meeting(
                *meeting, self.pick([self.shape.partners, *[self.some()] * 2]), self.pick(WHY)
            )
            self.decide(meeting)

    def some(self) -> list[str]:
        """Some of the partners, one at least, and often all but one or one alone."""
        partners = self.shape.partners
        one = self.pick(partners)
        but_one = [name for name in partners if name != one]
        return self.pick(
            [[one], but_one, but_one, [name for name in partners if self.pick([name, ""])] or [one]]
        )

    def decide_late(self):
        """Decisions are entered, or corrected, after the day of their meeting."""
        sitting = [key for key in self.model.meetings if any(self.model.sits(key, r) for r in self.reports)]
        if sitting:
            self.decide(self.pick(sitting))

    def decide(self, meeting: MeetingKey):
        for report in self.reports[-4:]:
            may = [
                (move, who)
                for move, who in product(DECISIONS, self.names)
                if self.model.may_make(who, report, move, meeting)
            ]
            if may and self.pick([True, True, False]):
                move = self.pick(sorted({move for move, _ in may}))
                who = self.pick([who for other, who in may if other == move])
                # Before that somebody else tries it, or they try something else, or at another meeting.
                own = [key for key in self.model.meetings if key[0] == report.group]
                other = self.pick(
                    [
                        (self.pick(self.torn(report) or self.names), report, move, meeting),
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

    def begin_another(self):
        if len(self.model.actions) < 3:
            group = self.pick([slug for slug, one in self.shape.groups.items() if one.until is None])
            self.add_work(Work(group=group, lead="", priority="low", stage="not_started", original=None))
            self.compare()

    def call_a_meeting(self):
        group = self.pick(list(self.shape.groups))
        day = self.model.today + timedelta(self.pick(range(40)))
        if (group, day) not in self.model.called_off:
            self.record_meeting(group, day, None)

    def call_off(self):
        decided = {step.meeting for report in self.reports for step in report.steps}
        if keys := sorted(self.model.meetings.keys() - self.model.called_off - decided):
            meeting = self.meeting(key := self.pick(keys))
            if not meeting.plan_decisions.exists():
                meeting.called_off = True
                with self.on_record():
                    meeting.save()
                self.model.called_off.add(key)

    def record_attendance(self):
        """Of one that has been held: for the first time, or again."""
        kept = sorted(self.model.meetings.keys() - self.model.called_off)
        held = [(group, day) for group, day in kept if day <= self.model.today]
        if held:
            self.record_meeting(
                *self.pick(held), self.pick([self.shape.partners, self.some(), []]), self.pick(WHY)
            )

    def time_passes(self):
        self.model.today += timedelta(self.pick(range(1, 60)))
        settings.DEMO_TODAY = self.model.today
        self.compare_due()

    def establish(self):
        waiting = [slug for slug, line in self.shape.groups.items() if line.since is None]
        if waiting:
            slug = self.pick(waiting)
            since = self.model.today + timedelta(self.pick(range(40)))
            self.shape.groups[slug].since = since
            self.change_group(slug, established_on=since)

    def end(self):
        """A group ends, and what is before it goes to the next above."""
        ending = [
            slug
            for slug in self.shape.groups
            if slug != self.shape.top and self.shape.in_place(slug, self.model.today)
        ]
        begun = [
            slug for slug in ending if (self.shape.groups[slug].since or self.model.today) < self.model.today
        ]
        if begun:
            slug = self.pick(begun)
            self.shape.groups[slug].until = self.model.today
            self.change_group(slug, ended_on=self.model.today)

    def stop_deciding(self):
        deciding = [slug for slug in self.shape.deciding if slug != self.shape.top]
        if deciding:
            slug = self.pick(deciding)
            self.shape.groups[slug].takes_decisions = self.shape.groups[slug].accepts_high = False
            # Who chairs a group that decides nothing needs nobody's consent.
            self.model.chairs[slug] |= self.model.waiting[slug]
            self.model.waiting[slug].clear()
            self.change_group(slug, takes_decisions=False, accepts_high=False)

    def report_elsewhere(self):
        """A group reports to another from now on; what was asked stays where it is."""
        slug = self.pick([slug for slug in self.shape.groups if slug != self.shape.top])
        above = self.pick([other for other in self.shape.groups if slug not in self.shape.line(other)])
        self.shape.groups[slug].above = above
        self.change_group(slug, reports_to=self.groups[above])

    def another_group_answers(self):
        """Another group comes to answer for an action, as was agreed: what was entered stays as it was."""
        there = [slug for slug, group in self.shape.groups.items() if group.until is None]
        work, slug = self.pick(self.model.actions), self.pick(there)
        self.let_answer(work, slug)

    def change_group(self, slug: str, **columns):
        """As the Business Manager's form does it."""
        group = Group.objects.get(slug=slug)
        for name, value in columns.items():
            setattr(group, name, value)
        with self.on_record():
            group.save()
            pass_on_reports(self.users[BUSINESS_MANAGER], "As agreed")
        self.model.pass_on()
        self.groups = {group.slug: group for group in Group.objects.all()}
        self.compare()

    def change_quorum(self):
        """From tomorrow on another rule; what was held or decided stays as it was."""
        slug, tomorrow = self.pick(self.shape.deciding), self.model.today + timedelta(1)
        named = self.some()
        parts = self.pick([[], [(self.pick(range(1, len(named) + 1)), named)]])
        held = [
            day
            for (group, day), held in self.model.meetings.items()
            if group == slug and held.present is not None
        ]
        if all(day < tomorrow for day in held):
            with self.on_record():
                rule = [(at_least, [self.partners[name] for name in names]) for at_least, names in parts]
                QuorumPart.set_rule(self.groups[slug], rule, tomorrow)
            self.shape.groups[slug].rules.append((tomorrow, parts))

    def appoint_vice_chair(self):
        """A second post in one pair of hands; a vice-chair acts as chair. Two hold one post and no other."""
        groups = [*self.shape.deciding, *(work.group for work in self.model.actions)]
        above = [name for slug in self.shape.deciding for name in self.shape.chairs(slug)]
        who = self.pick([*self.names, *above * 2])
        group = self.pick(groups)
        if who not in self.model.chairs[group] | self.model.waiting[group]:
            accepted = self.pick([True, True, False])
            post = Post(name=f"Vice-chair {self.head}", role="vice_chair", group=self.groups[group])
            try:
                with self.on_record():
                    post.save()
                    post.hand_over(self.model.today, self.users[who], accepted)
            except ValidationError:
                assert who in (BUSINESS_MANAGER, SCRUTINEER)
                return
            assert who not in (BUSINESS_MANAGER, SCRUTINEER)
            self.second_posts.append((post, who))
            is_in_force = accepted or not self.shape.groups[group].takes_decisions
            (self.model.chairs if is_in_force else self.model.waiting)[group].add(who)

    def accept(self):
        """Another holder accepts who came into a post that decides: until then they only read."""
        waiting = [both for both in self.second_posts if both[1] in self.model.waiting[both[0].group.slug]]
        if waiting:
            post, who = self.pick(waiting)
            holding, slug = post.holdings.get(), post.group.slug
            users = {name: User.objects.get(pk=user.pk) for name, user in self.users.items()}
            may = {name for name, user in users.items() if user.has_perm("accept_holder", holding)}
            assert may == self.model.acceptors(slug, who)
            if may:
                with self.on_record():
                    holding.accept()
                self.model.waiting[slug].remove(who)
                self.model.chairs[slug].add(who)

    def step_down(self):
        if self.second_posts:
            post, who = self.second_posts.pop(0)
            with self.on_record():
                post.hand_over(self.model.today, None)
            for held in (self.model.chairs, self.model.waiting):
                held[post.group.slug].discard(who)


WHY = ["", "", "It could not wait"]
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
    *["establish", "end", "stop_deciding", "begin_another"],
    *["report_elsewhere"] * 2,
    *["another_group_answers"] * 2,
    "change_quorum",
    *["appoint_vice_chair", "accept"],
    *["step_down"] * 2,
    *["say"] * 5,
    *["change"] * 2,
    *["report"] * 2,
    *["correct_report", "say_of_update"] * 2,
]


def live(name: str, lives: int, seed: int, life: type[Life] = Life) -> None:
    """So many lives of a partnership that is settled, the same ones for the same seed.

    Raises what differs, with the steps that lead there.
    """
    life = type("Life", (life,), {"shape_name": name})
    how = hypothesis.settings(
        max_examples=lives,
        stateful_step_count=28,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(life), settings=how)


def main() -> None:
    """Live on the database that DATABASE_URL names, in batches, each with a seed of its own; the
    partnerships take turns."""
    lives, batch, seed = map(int, sys.argv[1:])
    call_command("migrate", verbosity=0)
    started, names = perf_counter(), cycle(SHAPES)
    for first in range(0, lives, batch):
        name = next(names)
        settle(name)
        print(f"{connection.vendor}: live({name!r}, {batch}, {seed + first})", flush=True)
        live(name, batch, seed + first)
        print(f"{connection.vendor}: {tally['lives']} in {perf_counter() - started:.0f} s", flush=True)
    print(connection.vendor, *(f"{what} {times}" for what, times in sorted(tally.items())), sep="\n  ")
