"""What pages say of an exception report, beside its columns."""

from __future__ import annotations

from datetime import date
from typing import Any

from actions.models.action import Action
from actions.models.carried import is_carried, live_plan
from actions.models.chain import CHECK_IMPACT, DECIDED, MOVE_CHECK, Kind, State
from actions.models.impact import WHY_REOPENED, times, to_check, too_late_in_words
from actions.models.step import ExceptionStep
from gscp.dates import day_in_words
from gscp.words import lower_first


class Told:
    """What pages say of an ExceptionReport: what it asks, where it stands, what of it is still to be done."""

    kind: Any
    state: Any
    about: Any
    with_group: Any
    terms: Any
    forecast: Any
    asked_for: Any
    cause: Any
    what: Any
    after_check_id: Any
    impact: Any
    impact_check_on: Any
    impact_check_by: Any
    impact_check_how: Any
    impact_check_measure: Any
    steps: Any
    get_state_display: Any
    get_impact_check_how_display: Any

    @property
    def labelled_values(self) -> list[tuple[str, str]]:
        """Of each field that is filled in: its label on the form, and its text."""
        texts = ((label, self.in_words(name)) for name, label in self.terms.fields.items())
        return [(label, text) for label, text in texts if text]

    def in_words(self, name: str) -> Any:
        value = self.get_impact_check_how_display() if name == "impact_check_how" else getattr(self, name)
        return day_in_words(value) if isinstance(value, date) else value

    @property
    def summary(self) -> str:
        text = self.asked_for or self.cause or self.what or (self.after_check_id and WHY_REOPENED) or ""
        return f"{day_in_words(self.forecast)}: {text}" if self.kind == Kind.NEW_DATE else text

    @property
    def state_in_words(self) -> str:
        return ", ".join(filter(None, [self.place_in_words, self.outstanding]))

    @property
    def place_in_words(self) -> str:
        return f"With the {self.with_group}" if self.state == State.WAITING else self.get_state_display()

    @property
    def lacks_impact(self) -> bool:
        return not self.impact

    @property
    def impact_can_be_found(self) -> bool:
        """Whether a check is still to be made, or can be made again: its action is complete."""
        is_to_come = self.lacks_impact and self.state == State.GRANTED
        return is_to_come or bool(self.about.status == Action.Status.COMPLETE)

    @property
    def outstanding(self) -> str:
        """What is still to be done of what was granted; "" if nothing is."""
        if self.state != State.GRANTED:
            return ""
        if self.kind == Kind.EXCEPTION:
            return "not reported done yet"
        if self.kind == Kind.COMPLETION and self.impact_check_on and not self.impact:
            return to_check(self.impact_check_on)
        return ""

    @property
    def how_it_is_checked(self) -> str:
        """By whom and how; "" of an older one, which does not say."""
        how = self.get_impact_check_how_display() if self.impact_check_how else ""
        if self.impact_check_measure:
            how = f"The measure “{self.impact_check_measure}”"
        by = self.impact_check_by and f"by {self.impact_check_by}"
        return ", ".join(filter(None, [by, lower_first(how) and f"by {lower_first(how)}"]))

    @property
    def goes_on_in(self) -> str:
        """In a sentence, where the action goes on if this is granted; "" where it opens again itself."""
        if self.state in DECIDED and self.state != State.RETURNED or not is_carried(self):
            return ""
        plan = live_plan()
        if plan is None:
            return "Its plan is closed, and no plan is live: this can be granted once one is."
        return f"Its plan is closed: if this is granted, it goes on as a new action of {plan}."

    @property
    def check_moves(self) -> list[ExceptionStep]:
        """The steps by which the day of the check was moved."""
        return [step for step in self.steps.all() if step.move == MOVE_CHECK]

    @property
    def check_moved_in_words(self) -> str:
        """How often its day was moved, and how often of that only after it had passed; "" if never."""
        moves = self.check_moves
        late = sum(step.moved_too_late for step in moves)
        return f"moved {times(len(moves))}{too_late_in_words(late, len(moves))}" if moves else ""

    @property
    def impact_found(self) -> ExceptionStep | None:
        """The step that records what was found."""
        return next((step for step in reversed(list(self.steps.all())) if step.move == CHECK_IMPACT), None)
