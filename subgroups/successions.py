"""Readings of a partner that another one has taken the place of count as those of that one."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from subgroups.models.partners import Partner
from subgroups.models.readings import Answer, Reading


def as_of_successors(
    readings: dict[int | None, Reading], day: date, partners: dict[Any, Partner]
) -> dict[int | None, Reading]:
    """By the agencies that hold on this day: a succession may be recorded after the figures of before it."""
    found: dict[int | None, list[Reading]] = defaultdict(list)
    for key, reading in readings.items():
        found[partners[key].successor_on(day).pk if key in partners else key].append(reading)
    # In one order, so that files hide the same counts of each measure of a register, and on each day.
    in_order = sorted(found.items(), key=lambda one: one[0] or 0)
    return {key: together(several, key) for key, several in in_order}


def together(several: list[Reading], agency: int | None) -> Reading:
    """One of them, or their sum: what was entered for agencies of which one took the other's place.

    Where one of them has no figure, there is none of them together.
    """
    counted = [one for one in several if one.answer != Answer.NOT_APPLICABLE] or several
    lacking = next((one for one in counted if one.counts is None), None)
    if lacking or len(counted) == 1:
        return lacking or counted[0]
    pairs = [one.counts for one in counted if one.counts]
    figures = {"numerator": str(sum(count for count, _ in pairs))}
    if pairs[0][1] is not None:
        figures["denominator"] = str(sum(whole or 0 for _, whole in pairs))
    of = {"measure": counted[0].measure, "period": counted[0].period, "partner_id": agency}
    said = " ".join(dict.fromkeys(one.commentary for one in counted if one.commentary))
    reading = Reading(**of, **figures, answer=Answer.FIGURE, commentary=said)
    reading.parts = tuple(counted)
    return reading
