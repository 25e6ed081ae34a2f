"""What sentences name, looked up at once for all that a page tells."""

from collections.abc import Iterable
from typing import Any

from actions.models import Action, ExceptionReport, ExceptionStep
from actions.models.plan import plans_by_key
from gscp.record import Change
from subgroups import sentences
from subgroups.models import Measure
from subgroups.sentences import columns_of


class Known(sentences.Known):
    """What sentences say of other records than those of their act: a few queries for any number of acts."""

    def __init__(self, entries: Iterable[Change]):
        entries = list(entries)
        super().__init__(entries)
        actions = {change.action for change in entries if change.action}
        actions |= self.ids(entries, "carried_to_id")
        reports = self.ids(entries, "report_id")
        steps = self.ids(entries, "points_to_id")
        self.actions: dict[int, tuple[str, int]] = {
            pk: (ref, plan) for pk, ref, plan in columns_of(Action, actions, "ref", "plan")
        }
        of_reports = list(columns_of(ExceptionReport, reports, "kind", "forecast", "measure"))
        self.reports: dict[int, tuple[str, Any]] = {pk: (kind, day) for pk, kind, day, _ in of_reports}
        about = {pk: measure for pk, _, _, measure in of_reports if measure}
        names = dict(columns_of(Measure, set(about.values()), "name"))
        self.measures: dict[int, str] = {pk: names[measure] for pk, measure in about.items()}
        self.moves: dict[int, str] = dict(columns_of(ExceptionStep, steps, "move"))
        self.plans = plans_by_key()

    def ref(self, change: Change) -> str:
        """The action's number, with its plan where there are several; or the name of the measure."""
        if measure := self.measures.get(change.row.get("report_id", 0)):
            return f"“{measure}”"
        return self.ref_of(change.action or 0)

    def ref_of(self, action: int) -> str:
        ref, plan = self.actions.get(action, ("an action", 0))
        return f"{ref} of {self.plans[plan].label}" if len(self.plans) > 1 and plan in self.plans else ref
