"""What forms about an action have in common."""

from datetime import date

from actions.models import Action
from gscp import clock
from gscp.forms import RecordForm
from gscp.record import Change, ChangeQuerySet


class ActionForm(RecordForm):
    subject: Action

    def changes_to_have_seen(self) -> ChangeQuerySet:  # everything that concerns the action
        if self.subject.plan is None:  # a measure, about which something is asked
            return super().changes_to_have_seen()
        return Change.objects.filter(action=self.subject.pk)

    def check_day(self, name: str, day: date | None, *, may_be_past: bool = False) -> None:
        """Refuse a day before the plan starts or long after it ends."""
        if day is None:
            return
        plan = self.subject.plan
        if plan is None:
            if day < clock.today():
                self.add_error(name, "The date must be today or later.")
        elif day < plan.first_day:
            self.add_error(name, "That is before the plan starts. Check the year.")
        elif not may_be_past and day < clock.today():
            self.add_error(name, "The date must be today or later.")
        elif day.year > plan.last_day.year + 5:
            self.add_error(name, "That is more than five years after the plan. Check the year.")
