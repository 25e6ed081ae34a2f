"""The way back from an action to the list on which it was opened, as that list was filtered.

The list's query stands in the address of the action, under the name of the list. Of it only what the list can
be filtered by is taken, and it is put after the address of our own list. So no address leads anywhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from actions.filters import ActionFilter, OffPlanFilter
from actions.models import BusinessPlan

LONGEST = 1_000  # characters of a list's query, where filters take a few hundred


@dataclass(frozen=True)
class List:
    text: str
    address: str
    names: Collection[str]  # of what stands in its query
    is_of_plan: bool = False


LISTS = {
    "register": List("Back to the register", "plan_detail", {*ActionFilter.base_filters, "page"}, True),
    "glance": List("Back to the plan at a glance", "plan_glance", {*ActionFilter.base_filters, "page"}, True),
    "off-plan": List("Back to what is off plan", "off_plan", {*OffPlanFilter.base_filters, "page"}),
}


def kept(name: str, query: QueryDict) -> str:
    """What links from this list to actions have after their address, so that the way back is known."""
    known = urlencode({key: query[key] for key in query if key in LISTS[name].names})
    return f"?{urlencode({name: known})}" if known and len(known) <= LONGEST else ""


def way_back(query: QueryDict, plan: BusinessPlan) -> tuple[str, str] | None:
    """Text and address of the link back, where the action's address knows a list and its query."""
    name = next((name for name in LISTS if query.get(name)), None)
    filtered = str(query[name]) if name else ""
    if name is None or len(filtered) > LONGEST:
        return None
    to, typed = LISTS[name], QueryDict(filtered)
    known = {key: typed[key] for key in typed if key in to.names}
    address = reverse(to.address, args=[plan.label] if to.is_of_plan else [])
    return (to.text, f"{address}?{urlencode(known)}") if known else None
