"""Where the steps of a report lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.models.chain import PUT_BACK


def place_after(steps: Iterable[Any]) -> tuple[str, int | None]:
    """The state that these ExceptionSteps lead to in their order, and the id of the group it is then with.

    Provisional ones change nothing.
    """
    place: tuple[str, int | None] = ("", None)
    for step in steps:
        if not step.provisional:
            place = step.to_state, step.to_group_id
    return place


def provisional_after(steps: Iterable[Any]) -> Any:
    """The ExceptionStep that waits to be ratified or agreed to after these; None if none does.

    Each step replaces it, but for a lapse that was put back before the same group.
    """
    left = list(steps)
    while left and left[-1].move == PUT_BACK and left[-1].to_group_id == left[-2].to_group_id:
        del left[-2:]
    return left[-1] if left and left[-1].provisional else None
