"""Who leads and who owns an action, as rows of the history have it; of partners the ones in their place."""

from collections.abc import Iterable
from typing import Any

from actions.models import ActionLead, Ownership
from actions.models.amendment import LEADS, OWNERS
from gscp.record import Tracked, history_of
from subgroups.models import Partner

MODELS: dict[str, type[Tracked]] = {LEADS: ActionLead, OWNERS: Ownership}


class Who:
    def __init__(self) -> None:
        self.successors = dict(Partner._base_manager.values_list("pk", "succeeded_by"))

    def at(self, action: int, number: int) -> dict[str, list[int]]:
        """The keys of the posts that led it at this entry, in their order, and of its owners."""
        found = {}
        for name, model in MODELS.items():
            rows = history_of(model)._base_manager.filter(action_id=action, change_id__lte=number)
            latest = {row.id: row for row in rows.order_by("change_id")}
            found[name] = self.named(name, [row for row in latest.values() if row.ended_on is None])
        return found

    def named(self, name: str, rows: Iterable[Any]) -> list[int]:
        """Those of them that these rows name: a partner that was succeeded counts as its successor."""
        if name == LEADS:
            return [
                row.post_id for row in sorted(rows, key=lambda row: (row.position, row.id)) if row.post_id
            ]
        return sorted({self.last_of(row.partner_id) for row in rows if row.partner_id})

    def last_of(self, partner: int) -> int:
        passed: set[int] = set()
        while (successor := self.successors.get(partner)) and partner not in passed:
            passed.add(partner)
            partner = successor
        return partner
