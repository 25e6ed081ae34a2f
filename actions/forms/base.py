"""What forms about an action have in common."""

from datetime import date

from actions.models import Action
from gscp import clock
from gscp.forms import RecordForm
from gscp.record import Change, ChangeQuerySet


class ActionForm(RecordForm):
    """A form about an action: its reader should have seen everything that concerns it."""

    subject: Action

    def timeline(self) -> ChangeQuerySet:
        return Change.objects.filter(action=self.subject.pk)

    def check_day(self, name: str, day: date | None, *, to_come: bool = True) -> None:
        """Refuse a day before the plan or long after it; with `to_come`, also one before today."""
        if day is None:
            return
        plan = self.subject.plan
        if day < plan.starts_on:
            self.add_error(name, "That is before the plan starts. Check the year.")
        elif to_come and day < clock.today():
            self.add_error(name, "The date must be today or later.")
        elif day.year > plan.ends_on.year + 5:
            self.add_error(name, "That is more than five years after the plan. Check the year.")
