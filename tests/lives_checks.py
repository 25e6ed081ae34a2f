"""Impact checks: the part of the plain model that is about them.

Who checks is a chair of a deciding group above who did it. What is found not to be embedded is asked to be
reopened in the same act, by who checked: it is theirs to answer for and to take back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.lives_rows import MeetingKey, Report, Step, Work


class Checks:
    """What a Model knows of it."""

    today: date
    chairs: dict[str, set[str]]
    meetings: dict[MeetingKey, Any]
    called_off: set[MeetingKey]
    asks: Any
    reports_on: Any
    acting: Any
    first_group: Any
    checks_impact: Any

    def can_be_checked_on(self, who: str, action: Work, day: date) -> bool:
        """A check comes after the completion, which the next meeting of the group decides at the earliest."""
        askers = {who} if self.asks(who, action) else self.chairs[self.acting(action.group)]
        group = self.first_group(askers, action)
        coming = [
            on for slug, on in self.meetings.keys() - self.called_off if slug == group and on >= self.today
        ]
        return day >= min(coming, default=self.today) and day >= self.today

    def may_say_of_check(self, report: Report, said: str | date) -> bool:
        """A new day of a check is another one, and has not passed."""
        return not isinstance(said, date) or (said >= self.today and said != report.check_on)

    def follow_check(self, who: str, report: Report) -> None:
        """Reopening is asked of a complete action, if it is not asked already."""
        action = report.action
        if (
            report.steps[-1].finding != "not"
            or action.stage != "complete"
            or action.is_undecided("reopening")
        ):
            return
        group = self.first_group({who}, action)
        first = Step("raise", "waiting", group, day=self.today, by=who)
        first.answering = action.group
        action.reports.append(Report(action, "reopening", {who}, None, "", group, "waiting", [first]))
        action.reports[-1].checked = report

    def asks_for(self, who: str, report: Report) -> bool:
        """Who may take it back: of what a check asked, who may check."""
        return self.checks_impact(who, report.checked) if report.checked else self.asks(who, report.action)

    def answers_questions(self, who: str, report: Report) -> bool:
        return (
            self.checks_impact(who, report.checked) if report.checked else self.reports_on(who, report.action)
        )
