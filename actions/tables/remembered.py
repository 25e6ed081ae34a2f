"""What was answered of earlier files of a draft, for another: read from what stands on record since."""

from collections.abc import Iterable
from typing import Any

from actions.models import Action
from actions.tables.columns import is_place
from actions.tables.people import Names
from actions.tables.timescales import IMPOSSIBLE, UNREAD, read_timescale
from actions.tables.wanted import OnRecord

# The parts of answers that hold for printed words, wherever these stand; a column is known by its heading.
BY_WORDS = ("columns", "names", "dates", "priorities", "ratings", "statuses", "groups")


def remembered(actions: Iterable[Action], record: OnRecord, before: dict[str, Any]) -> dict[str, Any]:
    """Answers for words that would be asked about: those of the file before, then what is on record."""
    names = Names(record.known, {})
    people: dict[str, Any] = {}
    days: dict[str, Any] = {}
    unlike: set[str] = set()  # words of which two actions say different things
    for action in actions:
        read = names.read(action.who)
        if read.unknown or read.likely:
            bodies = [{"body": one.body} for one in read.people if one.body and one.certain]
            note(people, action.who, [*named(action), *bodies] or {}, unlike)
        plan = action.plan
        period = (plan.first_day, plan.last_day)
        certainty = read_timescale(action.timescale, "", period).certainty
        day = day_of(action)
        if certainty == IMPOSSIBLE or (certainty == UNREAD and day):
            note(days, action.timescale, day, unlike)
    found = {"names": people, "dates": days}
    columns = {key: one for key, one in (before.get("columns") or {}).items() if not is_place(key)}
    before = before | {"columns": columns}
    answers = {}
    for part in BY_WORDS:
        on_record = {words: one for words, one in found.get(part, {}).items() if words not in unlike}
        if both := on_record | (before.get(part) or {}):
            answers[part] = both
    if before.get("group"):
        answers["group"] = before["group"]
    return answers


def answers_again(before: dict[str, Any]) -> dict[str, Any]:
    """For the same file. An action that a row was said to be may have that row's number since."""
    return {part: one for part, one in before.items() if part != "same"}


def note(found: dict[str, Any], words: str, answer: Any, unlike: set[str]) -> None:
    if words and found.setdefault(words, answer) != answer:
        unlike.add(words)


def named(action: Action) -> list[dict[str, str]]:
    leads = [{"post": lead.post.name} for lead in action.current_leads]
    return leads + [{"partner": one.partner.name} for one in action.current_ownerships]


def day_of(action: Action) -> dict[str, Any]:
    day = action.original_date.isoformat() if action.original_date else None
    return {"date": day, "precision": action.precision} if day or action.precision else {}
