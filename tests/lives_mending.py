"""What was entered for a chair, and what is mended: the part of the plain model that is about them.

A chair says that it is so, or that it is not. An update is corrected, and the words of a request are changed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from gscp import clock
from tests.lives_rows import Held, MeetingKey, Report, Update, Work
from tests.lives_shape import BUSINESS_MANAGER


class Mending:
    """What a Model knows of it."""

    shape: Any
    today: date
    chairs: dict[str, set[str]]
    meetings: dict[MeetingKey, Held]
    called_off: set[MeetingKey]
    papers: dict[MeetingKey, Any]
    asks_for: Any

    def speaks_for(self, who: str, slug: str, action: Work) -> bool:
        """Whether they ask about the action, if this group is responsible for it."""
        leads = who == action.lead and self.shape.in_place(self.shape.posts[who].group, self.today)
        return leads or who in self.chairs[self.acting(slug)]

    def asks(self, who: str, action: Work) -> bool:
        return self.speaks_for(who, action.group, action)

    def reports_on(self, who: str, action: Work) -> bool:
        return self.asks(who, action) or who == BUSINESS_MANAGER

    def is_for_chair(self, who: str, report: Report, step: Any) -> bool:
        """Decisions are entered for the chair of the group, all else for whoever may ask."""
        if step.move in ("answer", "done"):
            return not (report.checked or self.asks(who, report.action))
        decides = step.meeting is not None and step.move != "agree" and not step.needs_agreement
        return decides and who not in self.chairs[report.group]

    def to_confirm(self, report: Report) -> bool:
        asked = [step for step in report.steps if step.move in ("raise", "answer")]
        return any(step.on_behalf and not step.said for step in asked)

    # Saying that it is so, or not

    def may_say(self, who: str, report: Report, step: Any) -> bool:
        """The chair for whom it was entered, and of a decision nobody who answers for what it is about."""
        group = step.meeting[0] if step.meeting else step.answering
        seated = who in self.chairs[self.acting(group)]
        own = step.meeting is not None and self.answers_for(who, report)
        asked = step.on_behalf and not step.said and not step.taken_back
        return asked and seated and who != step.by and not own

    def say(self, who: str, report: Report, step: Any, word: str) -> None:
        step.said, step.said_by = word, who
        if word == "so" and step.move in ("raise", "answer"):
            report.askers.add(who)
        if word == "so" or step.meeting:
            return  # a decision stands until its group corrects it
        leads_to, states = {
            "raise": ("taken_back", ("waiting", "returned", "lapsed")),
            "answer": ("returned", ("waiting",)),
            "done": ("granted", ("done",)),
        }[step.move]
        if report.state in states:
            report.state = leads_to
            report.steps.append(type(step)("not-so", leads_to, report.group, day=self.today))

    # Changing what is asked

    def may_change(self, who: str, report: Report, forecast: date | None) -> bool:
        first, action = report.steps[0], report.action
        author = first.said_by if first.on_behalf else first.by
        own = who == author and first.said != "not so" and self.asks_for(who, report)
        for_chair = who == BUSINESS_MANAGER and first.on_behalf and not first.said
        differs = report.kind != "new_date" or forecast not in (
            report.forecast,
            action.agreed or action.original,
        )
        waits = report.undecided and not report.provisional
        return (own or for_chair) and waits and differs and not self.papers_have_it(report)

    def papers_have_it(self, report: Report) -> bool:
        """Whether papers closed for a meeting that can decide it as it stands."""
        last = [step for step in report.steps if not step.provisional and step.move != "change"][-1]
        return any(
            key[0] == report.group and key[1] >= last.day and closing <= clock.now() and key != last.meeting
            for key, closing in self.papers.items()
            if key not in self.called_off
        )

    def change(self, who: str, report: Report, forecast: date | None) -> None:
        report.forecast = forecast
        report.steps.append(
            type(report.steps[0])("change", report.state, report.group, day=self.today, by=who)
        )

    # Updates

    def may_report(self, who: str, action: Work) -> bool:
        return action.is_open and self.reports_on(who, action)

    def report(self, who: str, action: Work, rating: str) -> None:
        self.begin(action, rating)
        action.updates.append([Update(rating, who, not self.asks(who, action), action.group)])
        self.rate(action)

    def begin(self, action: Work, rating: str) -> None:
        if rating and not action.begun:
            action.begun = action.stage

    def rate(self, action: Work) -> None:
        """An action is in progress once something is said of it; as long as nothing else began it."""
        if action.rating and action.stage == "not_started":
            action.stage = "in_progress"
        moved = any(report.kind in ("completion", "reopening") for report in action.reports)
        if not action.rating and action.stage == "in_progress" and not moved:
            action.stage = action.begun or action.stage

    def may_correct(self, who: str, action: Work, version: Update) -> bool:
        counts = any(version is last for _, last in action.counting())
        own = who in (version.by, version.said_by) and self.speaks_for(who, version.answering, action)
        may = own or who == BUSINESS_MANAGER
        return may and counts and action.is_open

    def correct(self, who: str, action: Work, version: Update, rating: str) -> None:
        versions = next(one for one in action.updates if any(version is other for other in one))
        self.begin(action, rating)
        on_behalf = not self.speaks_for(who, version.answering, action)
        versions.append(Update(rating, who, on_behalf, action.group))
        self.rate(action)

    def may_say_of_update(self, who: str, action: Work, version: Update) -> bool:
        counts = any(version is last for _, last in action.counting())
        seated = who in self.chairs[self.acting(version.answering)]
        return counts and version.on_behalf and not version.said and seated and who != version.by

    def say_of_update(self, who: str, action: Work, version: Update, word: str) -> None:
        version.said, version.said_by = word, who
        if word == "not so":
            self.rate(action)
