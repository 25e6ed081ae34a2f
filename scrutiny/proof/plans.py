"""Plans compared with what was decided about them.

Somebody with the database's password can write on the record behind the forms, line and hash included. What
changes a published plan has a record of its own beside it, in the same act. That is a decision of a meeting,
confirmed by its chair, or the correction of a slip. scrutiny/proof/plan_rules.py says what may change what.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from django.db.models import Q

from actions.models import Action, BusinessPlan, PlanDecision
from gscp.record import Change
from scrutiny.proof import came, entered
from scrutiny.proof.decided import Decided
from scrutiny.proof.findings import Finding
from scrutiny.proof.plan_rules import NEW, RULES, Rule
from scrutiny.proof.published import Plans, Saved, Status, saved_rows
from scrutiny.proof.rows import ROW_ERRORS, last_number

DECIDES: dict[str, str] = {  # by the status that a plan comes to have, the kind of decision that gives it
    BusinessPlan.Status.LIVE: PlanDecision.Kind.PUBLICATION,
    BusinessPlan.Status.CLOSED: PlanDecision.Kind.CLOSING,
}
FREE = [  # no meeting decides that a plan is begun, or a draft of it discarded
    (BusinessPlan.Status.DRAFT, BusinessPlan.Status.DRAFT),
    (BusinessPlan.Status.DRAFT, BusinessPlan.Status.DISCARDED),
]
YOUNGER_COLUMN = "earlier_new_dates"


def findings() -> Iterator[Finding]:
    try:
        yield from Comparison().findings()
    except ROW_ERRORS:
        yield Finding(last_number(), "plans cannot be compared with what was decided about them.")


class Comparison:
    def __init__(self) -> None:
        self.plans, self.decided = Plans(), Decided()

    def findings(self) -> Iterator[Finding]:
        for plan, statuses in self.plans.statuses.items():
            for number, what in self.wrong_statuses(plan, statuses):
                yield Finding(number, f"actions.businessplan {plan}: {what}")
        for model, rules in RULES.items():
            for saved in saved_rows(model, [name for name in rules if name != NEW], self.plans):
                for what in self.wrong_with(saved, rules):
                    yield Finding(saved.number, f"{model._meta.label_lower} {saved.row.id}: {what}")
        for one in chain(entered.findings(self.decided), came.findings(self.decided, self.plans)):
            if not self.is_older(int(one.number)):
                yield one

    def wrong_statuses(self, plan: int, statuses: list[Status]) -> Iterator[tuple[int, str]]:
        """Of the statuses that the plan came to have without a decision: the entry, and what is wrong."""
        before: str = BusinessPlan.Status.DRAFT
        for status in statuses:
            is_decided = (plan, DECIDES.get(status.name), status.act) in self.decided.kinds
            is_published_elsewhere = status is statuses[0] and self.published_elsewhere(plan, status)
            if not (is_decided or is_published_elsewhere or (before, status.name) in FREE):
                what = f"it became {status.name}, and no decision says so that its chair confirmed."
                yield status.number, what
            before = status.name

    def published_elsewhere(self, plan: int, first: Status) -> bool:
        """Whether it was recorded as it had been published: by a command, or before there were decisions."""
        return self.plans.was_loaded(plan) or self.is_older(first.number)

    def wrong_with(self, saved: Saved, rules: dict[str, Rule]) -> Iterator[str]:
        if saved.plan_status in BusinessPlan.FROZEN:
            yield f"it was saved, and its plan was {saved.plan_status} before."
            return
        is_new = saved.before is None
        names = [NEW] if is_new else [name for name in rules if name != NEW and saved.changed(name)]
        for name in names:
            rule = rules.get(name)  # none for a new record that housekeeping adds
            if rule and not rule.allows(saved, name, self.decided) and not self.is_older(saved.number):
                yield f"{what_happened(saved, name)}, and {rule.lack}."

    def is_older(self, number: int) -> bool:
        """Whether it was recorded before there were decisions about plans."""
        return number <= self.last_older

    @cached_property
    def last_older(self) -> int:
        """The last entry of an action of before there were such decisions; 0 if none.

        The lines of then lack a column that came with them. One that lacks it later is no older.
        """
        actions = Change.objects.filter(model=Action._meta.label_lower).order_by("number")
        has_column = Q(line__contains=f'"{YOUNGER_COLUMN}":')
        older = actions.exclude(has_column)
        if younger := actions.filter(has_column).first():
            older = older.filter(number__lt=younger.number)
        last = older.last()
        return last.number if last else 0


def what_happened(saved: Saved, name: str) -> str:
    if name == "status":
        return f"it became “{saved.row.status}”"
    return f"its “{name}” changed" if name != NEW else "it was added"
