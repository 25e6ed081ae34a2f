"""How a spreadsheet shows a number: as a date, with zeros before it, as percent."""

import re
from datetime import date, datetime, timedelta

# The formats that a file names by number alone, as they look in the United Kingdom.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "dd/mm/yyyy", 15: "d-mmm-yy",
    16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "hh:mm", 21: "hh:mm:ss",
    22: "dd/mm/yyyy hh:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss", 49: "@",
}  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# What stands as it is in a format, and what does not show: "text", \x, _x, *x, [Red], [$£-809].
LITERAL = r'"[^"]*"|\\.|_.|\*.|\[[^][]*\]'
PART_OF_DATE = re.compile(rf"({LITERAL})|(AM/PM|A/P|y+|m+|d+|h+|s+)|(.)", re.IGNORECASE | re.DOTALL)
NUMBER = re.compile(r"[#0?][#0?, ]*(?:\.[#0?]+)?")
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def shown(value: float, code: str, is_1904: bool) -> tuple[str, str]:
    """How a number looks in this format, and the day it stands for, as 2021-09-30, or ""."""
    section = section_for(value, code)
    if is_date_format(section):
        moment = moment_of(value, is_1904)
        if moment is not None:
            day = moment.date().isoformat() if has_day(section) else ""
            return date_text(moment, section), day
    return number_text(value, section), ""


def section_for(value: float, code: str) -> str:
    """A format may have parts for positive numbers, negative ones and zero, separated by semicolons."""
    sections = re.findall(rf"(?:{LITERAL}|[^;])+|(?<=;)(?=;|$)", code) or ["General"]
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


def without_literals(section: str) -> str:
    return re.sub(LITERAL, "", section)


def is_date_format(section: str) -> bool:
    if "general" in section.lower() or ELAPSED.search(section):
        return False
    return bool(re.search("[dmyhs]", without_literals(section), re.IGNORECASE))


def has_day(section: str) -> bool:
    return bool(re.search("[dy]", without_literals(section), re.IGNORECASE))


def moment_of(serial: float, is_1904: bool) -> datetime | None:
    """The moment that a number of days means; None for what is none, as 29 February 1900."""
    try:
        if is_1904:
            first = date(1904, 1, 1)
        else:
            # Excel counts a 29 February 1900, which there never was.
            first = date(1899, 12, 30) if serial >= 61 else date(1899, 12, 31)
            if 60 <= serial < 61:
                return None
        days = int(serial // 1)
        seconds = round((serial - days) * 86_400)
        return datetime(first.year, first.month, first.day) + timedelta(days=days, seconds=seconds)  # noqa: DTZ001
    except (OverflowError, ValueError):
        return None


def date_text(moment: datetime, section: str) -> str:
    tokens = [match.groups() for match in PART_OF_DATE.finditer(section)]
    has_half = any(part and part.upper() in ("AM/PM", "A/P") for _, part, _ in tokens)
    texts: list[str] = []
    last = ""
    for place, (literal, part, other) in enumerate(tokens):
        if literal:
            texts.append(literal_text(literal))
        elif other:
            texts.append("" if other == "@" else other)
        else:
            after = next((p for _, p, _ in tokens[place + 1 :] if p), "")
            is_minute = part[0] in "mM" and (last[:1] in ("h", "H") or after[:1] in ("s", "S"))
            texts.append(date_part(moment, part.lower(), is_minute, has_half))
            last = part
    return "".join(texts).strip()


def literal_text(literal: str) -> str:
    if literal.startswith('"'):
        return literal[1:-1]
    if literal.startswith("[$"):
        return literal[2:-1].partition("-")[0]
    return literal[1:] if literal.startswith("\\") else ""


def date_part(moment: datetime, part: str, is_minute: bool, has_half: bool) -> str:
    if part in ("am/pm", "a/p"):
        return "am" if moment.hour < 12 else "pm"
    kind, length = part[0], len(part)
    if kind == "y":
        return f"{moment.year % 100:02}" if length <= 2 else str(moment.year)
    if kind == "m" and not is_minute and length >= 3:
        name = MONTHS[moment.month - 1]
        return {3: name[:3], 5: name[:1]}.get(length, name)
    if kind == "d" and length >= 3:
        name = WEEKDAYS[moment.weekday()]
        return name[:3] if length == 3 else name
    hour = (moment.hour % 12 or 12) if has_half else moment.hour
    number = {
        "d": moment.day, "h": hour, "s": moment.second, "m": moment.minute if is_minute else moment.month,
    }[kind]  # fmt: skip
    return f"{number:02}" if length > 1 else str(number)


def number_text(value: float, section: str) -> str:
    """The number with the decimals, zeros and signs of the format; plainly where the format is another."""
    plain = without_literals(section)
    pattern = NUMBER.search(plain)
    if "general" in section.lower() or not pattern or re.search(r"[eE/]", plain):
        return general(value)
    whole, _, decimals = pattern[0].partition(".")
    if "%" in plain:
        value *= 100
    digits = f"{abs(value):,.{len(decimals)}f}" if "," in whole else f"{abs(value):.{len(decimals)}f}"
    if "#" in decimals or "?" in decimals:
        least = decimals.count("0")
        kept = digits.rstrip("0")
        digits = digits[: max(len(kept), len(digits) - len(decimals) + least)].rstrip(".")
    before, dot, after = digits.partition(".")
    digits = before.rjust(whole.count("0"), "0") + dot + after
    sign = "-" if value < 0 and float(digits.replace(",", "")) and section[:1] != "(" else ""
    return (sign + around(section, digits)).strip()


def around(section: str, digits: str) -> str:
    """The digits among the literal text of the format."""
    texts, is_placed = [], False
    for match in re.finditer(rf"({LITERAL})|({NUMBER.pattern})|(.)", section, re.DOTALL):
        literal, number, other = match.groups()
        if literal:
            texts.append(literal_text(literal))
        elif number:
            texts.append("" if is_placed else digits)
            is_placed = True
        else:
            texts.append(other)
    return "".join(texts)


def general(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}"
