"""Who a “who” names: posts, groups and partners on record, in any of their spellings.

Published plans join several names by a comma, a slash, “and”, a line, or by nothing at all, and names hold
commas and “and” themselves. So known names are looked for, the longest first; only the rest is split.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from actions.tables.understood import Known, Person
from actions.tables.wording import plain, without_accents

# A name begins and ends at the edge of a word; also where small letters meet a capital, as in “ChairGlouc…”.
BEGINS = r"(?:(?<![^\W_])|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))"
ENDS = r"(?:(?![^\W_])|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))"
# What parts two owners for certain, and what may also stand within one name.
LINE = re.compile(r"\s*(?:\n+\s*(?:[•●▪*]|[-–](?=\s))?|;|\||[•●▪])\s*")
LIST = re.compile(r"\s*,\s*(?:and\s+|&\s*)?|\s*/\s*|\s+and\s+|\s*&\s*|\s*\+\s*|\s+with\s+", re.IGNORECASE)
EDGES = " \t\n:-–—()[],.;/&•"
ROLE = re.compile(
    r"\b(chair|vice-?chair|head|director|manager|leads?|officer|co-?ordinator|nurse|doctor|gp|inspector|"
    r"superintendent|constable|sergeant|dci|dsu|dcs|lado|principal|advis[eo]r|consultant|executive|chief|deputy|"
    r"commissioner|administrator|practitioner|worker|scrutineer|secretary|teacher|headteacher|analyst|trainer|"
    r"team|services?|unit|group|subgroup|board|council|police|constabulary|health|education|schools?|probation|"
    r"ccg|icb|trust|nhs|agency|agencies|partners?|partnership|department|authority|social care)\b",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Cllr|Rev|DI|DCI|DS|Supt|Insp)\.?\s+)?"
    r"[A-Z][\w'’-]*\.?(?:\s+[A-Z][\w'’-]*\.?){0,3}"
)
NOBODY = {
    "tbc",
    "tba",
    "n a",
    "na",
    "none",
    "vacant",
    "to be confirmed",
    "to be agreed",
    "tbd",
    "nobody",
    "unknown",
    "",
}


MOST_COMPARED = 500
LONGEST_READ = 2_000  # a longer text is no list of owners


@dataclass(slots=True)
class Piece:
    start: int
    end: int
    known: Known | None = None
    is_sure: bool = True
    parted_by: str = "line"  # from the piece before: line, list, weak


@dataclass(slots=True)
class Read:
    """The owners that one cell names."""

    people: list[Person]
    unknown: list[str] = field(default_factory=list)  # printed words that name nobody on record
    likely: list[str] = field(default_factory=list)  # read as somebody by part of the words


class Names:
    """The names on record, and what was answered about others."""

    def __init__(self, known: Iterable[Known], answers: dict[str, Any]) -> None:
        self.answers = {plain(text): answer for text, answer in answers.items()}
        self.spellings: list[tuple[str, Known, bool]] = []
        rows = list(known)
        for row in rows:
            self.spellings += [(name, row, True) for name in (row.name, *row.aliases) if plain(name)]
        taken = {plain(name) for name, _, _ in self.spellings}
        for row in rows:
            for name in likely_spellings(row):
                if plain(name) not in taken:
                    self.spellings.append((name, row, False))
        self.spellings.sort(key=lambda each: -len(each[0]))
        self.by_plain = {plain(name): (row, sure) for name, row, sure in reversed(self.spellings)}
        self.pattern = re.compile(
            "|".join(f"({spelled(name, sure)})" for name, _, sure in self.spellings) or r"(?!)"
        )
        self.read_before: dict[str, Read] = {}
        self.comparisons = MOST_COMPARED

    def read(self, text: str) -> Read:
        if text not in self.read_before:
            self.read_before[text] = self.read_anew(text)
        return self.read_before[text]

    def read_anew(self, text: str) -> Read:
        if plain(text) in self.answers:
            return Read(self.answered(text))
        if len(text) > LONGEST_READ:
            return Read([Person(text, certain=False)], [text])
        same_length = without_accents(text)
        pieces: list[Piece] = []
        place = 0
        for match in self.pattern.finditer(same_length):
            pieces += unknown_pieces(text, place, match.start())
            _, row, sure = self.spellings[(match.lastindex or 1) - 1]
            pieces.append(Piece(match.start(), match.end(), row, sure))
            place = match.end()
        pieces += unknown_pieces(text, place, len(text))
        for before, piece in zip(pieces, pieces[1:], strict=False):
            piece.parted_by = parting(text[before.end : piece.start])
        return self.people_of(text, joined_unknown(text, pieces))

    def people_of(self, text: str, pieces: list[Piece]) -> Read:
        """One owner for each piece; what only a colon, a dash or nothing parts is one together."""
        people: list[Person] = []
        begins = 0
        for piece in pieces:
            person = self.person_of(text[piece.start : piece.end], piece)
            if people and piece.parted_by == "weak" and can_join(people[-1], person):
                printed = text[begins : piece.end]
                people[-1] = joined(people[-1], person, with_bracket(text, piece.end, printed))
            else:
                begins = piece.start
                people.append(person)
        named = [self.answered(each.text) if plain(each.text) in self.answers else [each] for each in people]
        people = [person for each in named for person in each]
        doubtful = [person for person in people if not person.certain]
        return Read(
            people,
            unknown=[person.text for person in doubtful if not names_anybody(person)],
            likely=[person.text for person in doubtful if names_anybody(person)],
        )

    def person_of(self, printed: str, piece: Piece) -> Person:
        if piece.known:
            return named(printed, piece.known, piece.is_sure)
        if plain(printed) in self.answers:
            return self.answered(printed)[0]
        if close := self.alike(printed):
            return named(printed, close, False)
        return Person(printed, certain=False)

    def alike(self, printed: str) -> Known | None:
        """The name that these words are but for a letter or two; that takes long, so not for thousands."""
        if not 6 < len(printed) < 150 or not self.comparisons:
            return None
        self.comparisons -= 1
        close = get_close_matches(plain(printed), self.by_plain, 1, 0.9)
        return self.by_plain[close[0]][0] if close else None

    def answered(self, text: str) -> list[Person]:
        """Whom these words were said to name: one, or several."""
        answer = self.answers[plain(text)] or {}
        several = answer if isinstance(answer, list) and answer else [answer or {}]
        return [Person(text, one.get("post"), one.get("body"), one.get("partner"), True) for one in several]


CHAIR = re.compile(r"(.+?)[\s,:-]+((?:vice|deputy|co)?[- ]?chair)", re.IGNORECASE)
GROUP = re.compile(r"(.{4,}?) (?:sub-?\s?group|group|board)", re.IGNORECASE)


def likely_spellings(row: Known) -> list[str]:
    """Other ways in which a plan may write a name: “Chair of the MASH Subgroup”, “MASH”."""
    found: list[str] = []
    for name in (row.name, *row.aliases):
        if row.kind == "post" and (match := CHAIR.fullmatch(name)):
            chair = match[2]
            for group in filter(None, (match[1], short_name(match[1]))):
                found += [f"{chair} {joined}{group}" for joined in ("of ", "of the ", ", ", "")]
                found += [f"{group} {chair}{end}" for end in ("", "person", "man", "woman")]
                found.append(f"{group}'s {chair}")
        if row.kind == "body" and (short := short_name(name)):
            found.append(short)
    return found


def short_name(group: str) -> str:
    """“MASH” of “MASH Subgroup”; none of “Management Group”, since that word alone may be anything."""
    match = GROUP.fullmatch(group)
    is_telling = match and (" " in match[1] or sum(map(str.isupper, match[1])) > 1)
    return match[1] if match and is_telling else ""


CHAIR_FIRST = re.compile(r"(?:(?:vice|deputy|co)[- ]?)?chair (of )?", re.IGNORECASE)
NOT_AFTER, NOT_BEFORE = "(?i:(?<!group )(?<!board ))", r"(?!\s*(?i:(?:vice|deputy|co)?[- ]?chair))"


def spelled(name: str, is_sure: bool) -> str:
    """An expression for a name however its words are parted and “and” is written.

    “Chair, QiiP Subgroup” names its chair: but not in “CEM Subgroup Chair, QiiP Subgroup Chair”, nor over
    two lines. A slash parts two owners, unless the name on record has one there.
    """
    words = plain(name).split()
    parts = [r"(?:and|&)" if word == "and" else re.escape(word) for word in words]
    chair_first = None if is_sure else CHAIR_FIRST.match(plain(name) + " ")
    is_in_a_line = chair_first and not chair_first[1]
    between = r"[ \t\xa0" if is_in_a_line else r"[\s"
    inner = (between + r",.:'\"()_" + ("/" if is_sure else "") + "-]*?").join(parts)
    inner = inner.replace("subgroup", r"sub[\s-]*group")
    if chair_first:
        return f"{BEGINS}{NOT_AFTER}(?i:{inner}){NOT_BEFORE}{ENDS}"
    return f"{BEGINS}(?i:{inner}){ENDS}"


def unknown_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The pieces between two known names, parted at all that may part owners."""
    pieces, place = [], start
    for match in re.finditer(rf"{LINE.pattern}|{LIST.pattern}", text[start:end], re.IGNORECASE):
        pieces.append((place, start + match.start()))
        place = start + match.end()
    pieces.append((place, end))
    stripped = []
    for first, last in pieces:
        piece = text[first:last]
        left = len(piece) - len(piece.lstrip(EDGES))
        right = len(piece.rstrip(EDGES))
        words = piece[left:right].casefold()
        if right > left and words not in ("and", "with", "the", "of", "for", "s"):
            right += is_bracket_open(piece[left:right]) and piece[right : right + 1] == ")"
            stripped.append(Piece(first + left, first + right))
    return stripped


def parting(between: str) -> str:
    if LINE.search(between):
        return "line"
    return "list" if LIST.search(between) or re.search(r"[,/&]|\band\b", between) else "weak"


def is_complete(words: str) -> bool:
    """Whether words may be an owner by themselves: a role, a person, an agency's letters."""
    return bool(ROLE.search(words) or PERSON.fullmatch(words))


def joined_unknown(text: str, pieces: list[Piece]) -> list[Piece]:
    """“Head of Safeguarding, Quality and Improvement” is one role: its parts are no owners by themselves."""
    result: list[Piece] = []
    run: list[Piece] = []
    for piece in [*pieces, None]:
        if piece and not piece.known and (not run or piece.parted_by == "list"):
            run.append(piece)
            continue
        result += joined_run(text, run)
        run = []
        if piece and not piece.known:
            run = [piece]
        elif piece:
            result.append(piece)
    return result


def joined_run(text: str, run: list[Piece]) -> list[Piece]:
    words = [text[piece.start : piece.end] for piece in run]
    has_role = [bool(ROLE.search(each)) for each in words]
    if len(run) < 2 or all(has_role) or (not any(has_role) and all(map(is_complete, words))):
        return run
    return [replace(run[0], end=run[-1].end)]


def named(printed: str, row: Known, is_sure: bool) -> Person:
    person = Person(printed, certain=is_sure)
    setattr(person, row.kind, row.name)
    return person


KINDS = ("post", "body", "partner")


def names_anybody(person: Person) -> bool:
    return bool(person.post or person.body or person.partner)


def can_join(first: Person, second: Person) -> bool:
    """A post and its partner are one owner; two posts are two."""
    return not any(getattr(first, kind) and getattr(second, kind) for kind in KINDS) and not (
        first.body and second.post or first.post and second.body
    )


def joined(first: Person, second: Person, printed: str) -> Person:
    values = {kind: getattr(first, kind) or getattr(second, kind) for kind in KINDS}
    return Person(printed, **values, certain=first.certain and second.certain)


def with_bracket(text: str, end: int, printed: str) -> str:
    """“QiiP Chair (NHS” ends with the bracket that follows it."""
    return printed + ")" if is_bracket_open(printed) and text[end : end + 1] == ")" else printed


def is_bracket_open(text: str) -> bool:
    return text.count("(") > text.count(")")


def is_nobody(text: str) -> bool:
    return plain(text) in NOBODY


def looks_like_person(text: str) -> bool:
    has_digit = any(map(str.isdigit, text))  # “End Q2”
    return bool(PERSON.fullmatch(text)) and " " in text and not has_digit and not ROLE.search(text)
