"""The chain as the domain has it, in plain Python: who may do what when, and what follows from it.

Written from the words, not from the code, and no part of the database. What tests/lives.py does to the
record, it does to this model as well. tests/lives_shape.py has the partnership that both live in.
"""

from __future__ import annotations

from datetime import date, datetime

from tests.lives_checks import Checks
from tests.lives_due import Due
from tests.lives_mending import Mending
from tests.lives_rows import Held, MeetingKey, Report, Step, Work
from tests.lives_shape import BUSINESS_MANAGER, SCRUTINEER, Part, Shape

KINDS = ["exception", "new_date", "completion", "reopening", "withdrawal"]
DECISIONS = ["return", "escalate", "grant", "refuse", "ratify", "correct"]
MOVES = [*DECISIONS, "agree", "answer", "take-back", "done", "check-impact", "move-impact-check"]
DECIDED = ("returned", "granted", "refused", "done")


class Model(Mending, Checks, Due):
    """Who may do what when, and what follows from it."""

    def __init__(self, today: date, shape: Shape, actions: list[Work], meetings: list[MeetingKey]):
        self.today = today
        self.shape = shape
        self.actions = actions
        self.meetings = {key: Held() for key in meetings}
        self.called_off: set[MeetingKey] = set()
        self.papers: dict[MeetingKey, datetime] = {}  # when they close
        self.announced: dict[MeetingKey, datetime] = {}  # when the meeting was recorded
        self.chairs = {slug: set(shape.chairs(slug)) for slug in shape.groups}
        self.waiting: dict[str, set[str]] = {slug: set() for slug in shape.groups}  # to be accepted as chairs

    @property
    def reports(self) -> list[Report]:
        return [report for action in self.actions for report in action.reports]

    # The line of reporting

    def acting(self, slug: str) -> str:
        """The group whose chair acts for this one: while it is not in place, the nearest above that is."""
        return next(above for above in self.shape.line(slug) if self.shape.in_place(above, self.today))

    def deciding_above(self, slug: str) -> list[str]:
        return [above for above in self.shape.line(slug)[1:] if self.shape.decides(above, self.today)]

    def answers(self, slug: str, action: Work) -> bool:
        """A group answers for an action that is its own, for which it acts, or that its chair leads."""
        leads = bool(action.lead) and self.shape.posts[action.lead].chairs == slug
        return leads or slug in (action.group, self.acting(action.group))

    def nearest(self, groups: list[str], action: Work) -> str:
        """The first that does not answer for it or, if all do, the highest."""
        return next((slug for slug in groups if not self.answers(slug, action)), groups[-1])

    def next_above(self, report: Report) -> str | None:
        above = self.deciding_above(report.group)
        return self.nearest(above, report.action) if above else None

    def is_stuck(self, report: Report) -> bool:
        """Its group answers for the action itself, and there is one above."""
        return report.group != self.shape.top and self.answers(report.group, report.action)

    def is_own_of_top(self, report: Report) -> bool:
        return report.group == self.shape.top and self.answers(report.group, report.action)

    # Who

    def acceptors(self, slug: str, who: str) -> set[str]:
        """The others in a post of the group; without any, the chairs of the nearest above that has some."""
        seated = {name for name, post in self.shape.posts.items() if post.group == slug}
        others = (seated | self.chairs[slug]) - {who}
        above = [self.chairs[group] - {who} for group in self.deciding_above(slug)]
        return next((names for names in [others, *above] if names), set())

    def asked_or_leads(self, who: str, report: Report) -> bool:
        return who in report.askers or who == report.action.lead

    def answers_for(self, who: str, report: Report) -> bool:
        reports_on_it = who in self.chairs[self.acting(report.action.group)]
        return self.asked_or_leads(who, report) or (reports_on_it and not self.is_own_of_top(report))

    def decides(self, who: str, report: Report) -> bool:
        seated = who in self.chairs[report.group] or who == BUSINESS_MANAGER
        return seated and who != SCRUTINEER and not self.answers_for(who, report)

    def checks_impact(self, who: str, report: Report) -> bool:
        doer = self.acting(report.action.group)
        above = self.deciding_above(doer) or [doer]
        return any(who in self.chairs[slug] for slug in above) and not self.answers_for(who, report)

    def agrees(self, who: str, report: Report) -> bool:
        """The holder of another post of the top group, who neither entered it nor asked nor leads.

        Its meeting had a quorum, as far as is known by now.
        """
        decided = report.provisional
        if decided is None or decided.meeting is None or not self.is_own_of_top(report):
            return False
        quorate = self.meetings[decided.meeting].present and not self.lacking(decided.meeting)
        free = who != decided.by and not self.asked_or_leads(who, report)
        return bool(quorate) and who in self.chairs[report.group] and free

    # Asking

    def fits(self, action: Work, kind: str) -> bool:
        """What is closed can be reopened, and everything else is asked of what is open."""
        return action.is_open != (kind == "reopening")

    def may_ask(self, who: str, action: Work, kind: str, forecast: date | None) -> bool:
        due = action.agreed or action.original
        dated = kind != "new_date" or (due is not None and due != forecast)
        free = not action.is_undecided(kind)
        asks = self.asks(who, action) or who == BUSINESS_MANAGER  # for the chair
        return asks and self.fits(action, kind) and free and dated

    def ask(self, who: str, action: Work, kind: str, forecast: date | None, impact: str) -> None:
        """It reaches the nearest deciding group above that has no part in it; else the top one."""
        for_chair = not self.asks(who, action)
        group = self.first_group(self.chairs[self.acting(action.group)] if for_chair else {who}, action)
        first = Step("raise", "waiting", group, day=self.today, by=who, on_behalf=for_chair)
        first.answering = action.group
        known = set() if for_chair else {who}  # it is the chair who asks, once they say that it is so
        action.reports.append(Report(action, kind, known, forecast, impact, group, "waiting", [first]))
        if kind == "completion":
            action.stage = "in_progress"

    def first_group(self, askers: set[str], action: Work) -> str:
        above = self.deciding_above(action.group)
        free = [slug for slug in above if not askers & self.chairs[slug] and not self.answers(slug, action)]
        return free[0] if free else self.shape.top

    # Moving

    def may_make(self, who: str, report: Report, move: str, meeting: MeetingKey | None) -> bool:
        if move in DECISIONS:
            return (
                meeting is not None
                and self.decides(who, report)
                and self.is_open(report, move)
                and self.sits(meeting, report)
                and self.can_be_decided(who, report, move, meeting)
            )
        return meeting is None and self.may_move(who, report, move)

    def may_move(self, who: str, report: Report, move: str) -> bool:
        state, kind = report.state, report.kind  # without a meeting
        if move == "agree":
            may = report.lacks_agreement and self.agrees(who, report)
            return may and self.can_follow(report, report.meant)
        if move == "take-back":
            return report.undecided and self.asks_for(who, report)
        if report.provisional:
            return False  # it would pass over what waits to be ratified or agreed to
        if move == "answer":
            return state == "returned" and self.answers_questions(who, report)
        if move == "done":
            return (state, kind) == ("granted", "exception") and self.reports_on(who, report.action)
        if kind != "completion" or not self.checks_impact(who, report):
            return False
        if move == "check-impact" and state in ("granted", "done") and report.action.stage == "complete":
            return True  # again, too
        return state == "granted" and not report.impact

    def is_open(self, report: Report, move: str) -> bool:
        """Whether its group can decide so as it stands."""
        if move == "ratify":
            return report.lacks_quorum and not self.is_stuck(report)
        if move == "correct":
            return report.state in DECIDED and not self.is_stuck(report)
        if report.state != "waiting":
            return False
        if move == "escalate":
            return self.next_above(report) is not None
        if move in ("grant", "refuse") and self.to_confirm(report):
            return False  # it may be nobody's wish
        return not self.is_stuck(report) and not (move == "grant" and self.is_for_those_above(report))

    def is_for_those_above(self, report: Report) -> bool:
        """The end of High priority, which a group above decides and this one does not."""
        high = report.kind in ("completion", "withdrawal") and report.action.priority == "high"
        accepting = [slug for slug in self.deciding_above(report.group) if self.shape.accepts_high(slug)]
        return high and bool(accepting) and not self.shape.accepts_high(report.group)

    def sits(self, meeting: MeetingKey, report: Report) -> bool:
        """The meeting is the last its group has held, somebody was present, and it could have known of this:
        what came to the group, or was done, after it, is for another."""
        group, day = meeting
        since = [step.day for step in report.steps if not step.provisional and step.meeting != meeting][-1]
        held = [
            key[1]
            for key in self.meetings.keys() - self.called_off
            if key[0] == group and (self.meetings[key].present or key[1] == self.today)
        ]
        decides = group == report.group and self.shape.decides(group, self.today)
        attended = bool(self.meetings[meeting].present)
        return decides and since <= day and attended and day in held and day == max(held)

    def lacking(self, meeting: MeetingKey) -> list[Part]:
        """The parts of the quorum that were missed, by the rule of the meeting's own day."""
        present = set(self.meetings[meeting].present or ())
        return [part for part in self.shape.rule(*meeting) if len(present & set(part[1])) < part[0]]

    def counts(self, meeting: MeetingKey) -> bool:
        """Whether what it decides is in force at once."""
        return not self.lacking(meeting) or bool(self.meetings[meeting].why_it_went_on)

    def can_be_decided(self, who: str, report: Report, move: str, meeting: MeetingKey) -> bool:
        """What is provisional is checked when it comes into force."""
        if self.is_own_of_top(report):
            free = [name for name in self.chairs[report.group] if not self.asked_or_leads(name, report)]
            return not self.lacking(meeting) and any(name != who for name in free)
        if not self.counts(meeting):
            return move != "ratify"
        return self.can_follow(report, report.meant if move == "ratify" else move)

    def can_follow(self, report: Report, meant: str) -> bool:
        if meant == "correct":
            return self.can_be_undone(report)
        if meant == "grant":
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

    def make(
        self, who: str, report: Report, move: str, meeting: MeetingKey | None, said: str | date = ""
    ) -> None:
        own = move in DECISIONS and self.is_own_of_top(report)
        provisional = own or (meeting is not None and not self.counts(meeting))
        to = {
            "return": "returned",
            "escalate": "waiting",
            "grant": "granted",
            "refuse": "refused",
            "correct": "waiting",
            "answer": "waiting",
            "take-back": "taken_back",
            "done": "done",
            "check-impact": "done",
            "move-impact-check": "granted",
        }
        group, meant = report.group, move
        if move == "escalate":
            group = self.next_above(report) or group
        last = report.provisional
        if last and move in ("ratify", "agree"):
            meant, group = last.meant, last.group
            if meant == "escalate" and not self.shape.decides(group, self.today):  # it ended meanwhile
                group = self.next_above(report) or group
        if last and move == "agree":
            meeting = last.meeting
        step = Step(move, to[meant], group, meeting, provisional, own, self.today, who, meant)
        step.gives_effect_to = last if move in ("ratify", "agree") else None
        step.on_behalf, step.answering = self.is_for_chair(who, report, step), report.action.group
        report.steps.append(step)
        if move == "move-impact-check":  # which changes nothing else
            step.was_on, report.check_on = report.check_on, said
        elif not provisional:
            self.take_effect(report, step)
            self.let_lapse(report.action, step)
        if move == "check-impact":
            step.finding = said
            self.follow_check(who, report)

    def take_effect(self, report: Report, step: Step) -> None:
        if step.meant == "correct":
            corrected = self.in_force([s for s in report.steps if s is not step])
            corrected.taken_back = True
            if corrected.gives_effect_to:
                corrected.gives_effect_to.taken_back = True
            if report.state in ("granted", "done"):
                self.undo(report)
        report.state, report.group = step.to, step.group
        if step.meant == "correct":
            self.put_back(report.action, corrected)
        if step.meant in ("answer", "take-back") and not step.on_behalf:
            report.askers.add(step.by)
        if step.meant == "grant":
            self.grant(report)

    def in_force(self, steps: list[Step]) -> Step:
        """The last decision that took effect."""
        return [step for step in steps if step.meeting and not step.provisional][-1]

    def let_lapse(self, action: Work, step: Step) -> None:
        """What is closed waits for nobody, and what is open is not reopened.

        Only an exception may still matter when the action is complete. What lapses does so because of the
        decision that closed or opened the action, even if that is an old one.
        """
        decision = self.in_force(action.granted[-1][0].steps) if action.granted else step
        for report in action.reports:
            stays = (report.kind, action.stage) == ("exception", "complete")
            if report.undecided and not self.fits(action, report.kind) and not stays:
                report.state = "lapsed"
                report.steps.append(Step("lapse", "lapsed", report.group, day=self.today, because=decision))

    def put_back(self, action: Work, decision: Step) -> None:
        """What lapsed with a decision that was wrong stands again where it stood: of a kind only what was
        asked last."""
        for report in reversed(action.reports):
            lapsed = report.state == "lapsed" and report.steps[-1].because is decision
            if lapsed and not action.is_undecided(report.kind):
                report.state = [s for s in report.steps if not s.provisional][-2].to
                if not self.shape.decides(report.group, self.today) or self.is_stuck(report):
                    report.group = self.next_above(report) or report.group
                report.steps.append(Step("put-back", report.state, report.group, day=self.today))

    def pass_on(self) -> None:
        """What waits with a group that decides no longer, or that has come to answer for the action itself,
        goes to the next above, and none is lost."""
        for report in self.reports:
            waits = report.undecided or report.provisional
            if waits and (not self.shape.decides(report.group, self.today) or self.is_stuck(report)):
                report.group = self.nearest(self.deciding_above(report.group), report.action)
                report.steps.append(Step("pass-on", report.state, report.group, day=self.today))

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
