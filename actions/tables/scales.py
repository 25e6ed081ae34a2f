"""Priorities, ratings and statuses of other scales, read into the three of the tracker."""

import re
from dataclasses import dataclass

from actions.tables.wording import CHECKED, NOT_CHECKED, plain

SURE, LIKELY, UNKNOWN = "sure", "likely", "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a printed word is read as. A colour may tell a status instead: blue means complete."""

    value: str = ""
    certainty: str = UNKNOWN
    status: str = ""  # of a rating


PRIORITIES = ("High", "Medium", "Low")
RATINGS = ("Green", "Amber", "Red")
STATUSES = (
    "Not started", "In progress", "Proposed complete", "Complete", "Withdrawn", "Carried forward", "Merged",
    "Split", "Taken out of the draft",
)  # fmt: skip

SURE_PRIORITIES = {
    "high": "High", "h": "High", "medium": "Medium", "m": "Medium", "med": "Medium", "low": "Low", "l": "Low",
    "high priority": "High", "medium priority": "Medium", "low priority": "Low",
}  # fmt: skip
LIKELY_PRIORITIES = {
    "urgent": "High", "critical": "High", "very high": "High", "essential": "High", "top": "High",
    "hi": "High",
    "major": "High", "immediate": "High", "moderate": "Medium", "normal": "Medium", "standard": "Medium",
    "minor": "Low", "very low": "Low", "desirable": "Low", "p1": "High", "p2": "Medium", "p3": "Low",
    "high 1": "High", "1 high": "High", "2 medium": "Medium", "3 low": "Low", "medium 2": "Medium",
    "low 3": "Low",
    "gold": "High", "silver": "Medium", "bronze": "Low", "must": "High", "should": "Medium", "could": "Low",
}  # fmt: skip
NUMBERS = {"1": "High", "2": "Medium", "3": "Low"}
NUMBERED = re.compile(r"(?:[1-5] )?(.+?)(?: [1-5])?")  # “1 - Immediate”, “Urgent (1)”, as plain() writes them
URGENCY = re.compile(
    r"(?:[1-5] )?(?:immediate|urgent|critical|essential|soon|later|next|short|medium|long|longer|high|low|"
    r"must|should|could|within (?:\d+|a|one|two|three|six))\b"
)
# Long, medium and short terms, where no H or High stands beside them.
TERMS, LEVELS = {"l", "m"}, {"h", "high", "low", "medium"}

SURE_RATINGS = {
    "green": "Green", "g": "Green", "amber": "Amber", "a": "Amber", "red": "Red", "r": "Red",
}  # fmt: skip
LIKELY_RATINGS = {
    "yellow": "Amber", "orange": "Amber", "on track": "Green", "on target": "Green", "on course": "Green",
    "at risk": "Amber", "slight delay": "Amber", "minor delay": "Amber", "some concerns": "Amber",
    "off track": "Red", "delayed": "Red", "behind": "Red", "behind schedule": "Red", "off target": "Red",
    "overdue": "Red", "not on track": "Red",
}  # fmt: skip
STATUS_OF_COLOUR = {
    "blue": "Complete", "b": "Complete", "grey": "Not started", "white": "Not started", "purple": "Complete",
}  # fmt: skip
COLOURS = {"🟢": "Green", "🟡": "Amber", "🟠": "Amber", "🔴": "Red"}
BLUE = "🔵"

SURE_STATUSES = {
    "not started": "Not started", "not yet started": "Not started", "in progress": "In progress",
    "proposed complete": "Proposed complete", "complete": "Complete", "completed": "Complete",
    "withdrawn": "Withdrawn", "carried forward": "Carried forward", "merged": "Merged", "split": "Split",
    "taken out of the draft": "Taken out of the draft",
}  # fmt: skip
LIKELY_STATUSES = {
    "ongoing": "In progress", "on going": "In progress", "started": "In progress", "underway": "In progress",
    "under way": "In progress", "open": "In progress", "live": "In progress", "active": "In progress",
    "on track": "In progress", "commenced": "In progress", "continuing": "In progress", "wip": "In progress",
    "partially complete": "In progress", "partly complete": "In progress", "in process": "In progress",
    "to be started": "Not started", "to start": "Not started", "pending": "Not started", "new": "Not started",
    "planned": "Not started", "not due": "Not started", "not commenced": "Not started",
    "to do": "Not started",
    "outstanding": "Not started", "yet to start": "Not started",
    "overdue": "In progress", "delayed": "In progress", "behind schedule": "In progress",
    "at risk": "In progress", "off track": "In progress",
    "done": "Complete", "closed": "Complete", "achieved": "Complete", "finished": "Complete",
    "yes": "Complete",
    "delivered": "Complete", "met": "Complete", "y": "Complete", "action complete": "Complete",
    "cancelled": "Withdrawn", "dropped": "Withdrawn", "removed": "Withdrawn", "superseded": "Withdrawn",
    "no longer required": "Withdrawn", "abandoned": "Withdrawn", "stopped": "Withdrawn",
    "deferred": "Carried forward", "rolled over": "Carried forward", "rolled forward": "Carried forward",
    "c f": "Carried forward", "moved to next year": "Carried forward", "carry forward": "Carried forward",
    "no": "Not started", "n": "Not started",
}  # fmt: skip


def priority_of(text: str) -> Reading:
    word = plain(text)
    if word in SURE_PRIORITIES:
        return Reading(SURE_PRIORITIES[word], SURE)
    numbered = NUMBERED.fullmatch(word)
    known = SURE_PRIORITIES | LIKELY_PRIORITIES
    value = known.get(word) or known.get(numbered[1] if numbered else "", "")
    return Reading(value, LIKELY if value else UNKNOWN)


def is_urgency(text: str) -> bool:
    """Whether it says how soon, as “1 - Immediate” and “Within 6 months” do, known as a level or not."""
    return bool(URGENCY.match(plain(text)))


def priority_among(text: str, column: set[str]) -> Reading:
    """As priority_of(); L and M beside S may be terms, and alone they are not sure."""
    reading, words = priority_of(text), {plain(each) for each in column}
    if plain(text) in TERMS and not words & LEVELS:
        return Reading() if "s" in words else Reading(reading.value, LIKELY)
    return reading


def rating_of(text: str) -> Reading:
    word = plain(text)
    if word in SURE_RATINGS:
        return Reading(SURE_RATINGS[word], SURE)
    if word in LIKELY_RATINGS:
        return Reading(LIKELY_RATINGS[word], LIKELY)
    if word in STATUS_OF_COLOUR:
        return Reading("", LIKELY, STATUS_OF_COLOUR[word])
    if word in SURE_STATUSES:
        return Reading("", LIKELY, SURE_STATUSES[word])
    # “Green – on track”, “🟢 Green”: exactly one colour, at its beginning.
    named = {SURE_RATINGS[each] for each in word.split() if each in ("green", "amber", "red")}
    named |= {colour for sign, colour in COLOURS.items() if sign in text}
    begins = word.split(" ")[0] in ("green", "amber", "red", "") or word == ""
    if len(named) == 1 and begins:
        return Reading(named.pop(), LIKELY)
    if BLUE in text and not word:
        return Reading("", LIKELY, STATUS_OF_COLOUR["blue"])
    return Reading()


PERCENT = re.compile(r"(\d{1,3})\s?%(?:\s+(?:completed?|done|achieved))?", re.IGNORECASE)


def status_of_percent(text: str) -> str:
    """“50% complete” is in progress; "" of what is no percentage of something done."""
    match = PERCENT.fullmatch(text.strip())
    if not match or int(match[1]) > 100:
        return ""
    return {0: "Not started", 100: "Complete"}.get(int(match[1]), "In progress")


BEGINS = re.compile(rf"\s*({'|'.join(SURE_STATUSES)})\s*[-–—:.,;(\n]\s*\S", re.IGNORECASE)


def status_of(text: str) -> Reading:
    word = plain(text)
    if word in SURE_STATUSES:
        return Reading(SURE_STATUSES[word], SURE)
    sign = text.strip("\ufe0f ")  # a tick may have a colour of its own
    if sign in CHECKED or sign in NOT_CHECKED:
        return Reading("Complete" if sign in CHECKED else "Not started", LIKELY)
    if told := status_of_percent(text):
        return Reading(told, LIKELY)
    if match := BEGINS.match(text):
        return Reading(SURE_STATUSES[match[1].casefold()], LIKELY)
    return Reading(LIKELY_STATUSES.get(word, ""), LIKELY if word in LIKELY_STATUSES else UNKNOWN)


READERS = {"priority": priority_of, "rating": rating_of, "status": status_of}
REMARK = re.compile(r"\s*(?P<first>[^(:;–—]{1,40}?)(?:\s*[(:;–—]|\s-\s)\s*(?P<rest>\S.*)")
FORMER = re.compile(r"(?:was|previously|formerly|from)\b", re.IGNORECASE)
MAY_BE_ANY = {"yes", "y", "no", "n", "met"}  # “No – waiting”: what is not so is not known


def with_remark(name: str, text: str) -> Reading:
    """A priority, rating or status, also where a remark follows it: “A – slipping”, “Amber (was Green)”."""
    read = READERS[name]
    reading = read(text)
    match = REMARK.fullmatch(text)
    if reading.certainty == UNKNOWN and match and plain(match["first"]) not in MAY_BE_ANY:
        first = read(match["first"])
        # “Green – red” is neither.
        named = {read(each).value for each in (match["rest"], *plain(match["rest"]).split())}
        is_one = FORMER.match(match["rest"]) or named <= {"", first.value}
        if first.certainty != UNKNOWN and is_one:
            reading = Reading(first.value, LIKELY, first.status)
    return reading


def level_of(name: str, text: str) -> Reading:
    """As with_remark(); where a rating is looked for, a status tells at least that: “Not due”."""
    reading = with_remark(name, text)
    if reading.certainty == UNKNOWN and name == "rating":
        status = status_of(text).value
        return Reading("", LIKELY, status) if status else reading
    return reading
