"""The words of the register: in what was published, and in what people typed since.

A word is looked for as gscp.words.folded() writes it, in texts folded the same way. So “OLA's” finds “OLA’s”,
and “élodie” finds “ÉLODIE”. In texts of ASCII alone both databases find a word as folded() would; all other
texts are folded here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length

from actions.models import (
    Action,
    ExceptionReport,
    ExceptionStep,
    FurtherAction,
    Milestone,
    ProgressUpdate,
    Review,
)
from actions.models.chain import RAISE
from gscp.dates import day_in_words
from gscp.facts import fact
from gscp.record import REASON, ChangeText
from gscp.words import folded, lower_first

MOST_WORDS = 20
BEFORE, AFTER = 6, 12  # words shown around one that was found


class Octets(Func):
    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


@dataclass(frozen=True)
class Source:
    """Texts that belong to an action: rows of a model, the way to their action, and where they stand."""

    rows: Callable[[], QuerySet[Any]]
    fields: tuple[str, ...]
    action: str = "action"
    moment: str = ""
    kind: str = ""
    where: str = ""

    def holds(self, word: str) -> Q:
        return reduce(or_, (Q(**{f"{field}__icontains": word}) for field in self.fields))

    def found_by_database(self, word: str) -> Q:
        """The actions with a row that holds the word as the database sees it."""
        if self.action == "pk":
            return self.holds(word)
        return Q(Exists(self.rows().filter(self.holds(word), **{self.action: OuterRef("pk")}).order_by()))

    def texts(self, which: Q) -> Iterator[tuple[int, str, str]]:
        """Of these rows: the action, the text, and where it stands."""
        extra = [name for name in (self.kind, self.moment) if name]
        for key, *values in self.rows().filter(which).values_list(self.action, *self.fields, *extra):
            of_row = dict(zip(extra, values[len(self.fields) :], strict=True))
            where = self.where.format(
                kind=lower_first(ExceptionReport(kind=of_row.get(self.kind, "")).get_kind_display()),
                day=day_in_words(of_row.get(self.moment)),
            )
            for text in values[: len(self.fields)]:
                if text:
                    yield key, text, where

    def with_other_signs(self) -> Q:
        """Rows with a text that is not of ASCII alone."""
        return reduce(or_, (Q(**{f"{name}_octets__gt": F(f"{name}_length")}) for name in self.names))

    @property
    def names(self) -> list[str]:
        return [field.replace("__", "_") for field in self.fields]

    def measured(self) -> Source:
        """The same, each row with the length of each text in signs and in octets."""
        lengths = {
            f"{name}_{what}": function(field)
            for name, field in zip(self.names, self.fields, strict=True)
            for what, function in (("octets", Octets), ("length", Length))
        }
        return Source(
            lambda: self.rows().annotate(**lengths),
            self.fields, self.action, self.moment, self.kind, self.where,
        )  # fmt: skip


REASON_GIVEN = Subquery(
    ChangeText.objects.filter(change=OuterRef("change_id"), field=REASON).values("value")[:1]
)
ASKED = Subquery(
    ExceptionStep.objects.filter(report=OuterRef("pk"), move=RAISE)
    .order_by("change_id")
    .values("change__clock")[:1]
)
PUBLISHED = Source(
    Action.objects.order_by,
    ("ref", "title", "text", "who", "outcome", "known_by", "timescale", "driver__text", "theme__text"),
    action="pk",
)
SOURCES = (
    PUBLISHED,
    Source(FurtherAction.objects.order_by, ("text", "fate_reason"), where="Further action"),
    Source(Milestone.objects.order_by, ("text",), where="Milestone"),
    Source(Review.objects.order_by, ("found",), moment="change__clock", where="Review of {day}"),
    Source(
        ProgressUpdate.objects.order_by,
        ("done", "difference", "next_step", "blocker", "unblocker"),
        moment="change__clock",
        where="Update of {day}",
    ),
    Source(
        lambda: ProgressUpdate.objects.filter(nil_return=False).annotate(given=REASON_GIVEN).order_by(),
        ("given",),
        moment="change__clock",
        where="Update of {day}",
    ),
    Source(
        lambda: ExceptionReport.objects.annotate(asked=ASKED).order_by(),
        ("what", "cause", "effect", "recovery", "asked_for", "evidence", "impact"),
        moment="asked",
        kind="kind",
        where="Asked on {day}, {kind}",
    ),
    Source(
        ExceptionStep.objects.order_by,
        ("reason",),
        action="report__action",
        moment="change__clock",
        kind="report__kind",
        where="Said on {day}, {kind}",
    ),
)


class Place(NamedTuple):
    where: str
    piece: str


def words_of(typed: str) -> list[str]:
    return list(dict.fromkeys(folded(typed).split()))[:MOST_WORDS]


@fact
def texts_with_other_signs() -> tuple[tuple[int, str], ...]:
    """Folded texts, each with its action: those that the databases do not compare as folded() does."""
    found: dict[int, list[str]] = defaultdict(list)
    for source in SOURCES:
        measured = source.measured()
        for key, text, _ in measured.texts(measured.with_other_signs()):
            if not text.isascii():
                found[key].append(folded(text))
    return tuple((key, "\n".join(texts)) for key, texts in sorted(found.items()))


def has_word(word: str) -> Q:
    """The actions with this folded word in a text that belongs to them."""
    found = Q(pk__in=[key for key, text in texts_with_other_signs() if word in text])
    if word.isascii():
        for source in SOURCES:
            found |= source.found_by_database(word)
    return found


@fact
def places(keys: tuple[int, ...], words: tuple[str, ...]) -> dict[int, list[Place]]:
    """Of each of these actions, where those of the words stand that its published row does not have."""
    published: dict[int, str] = defaultdict(str)
    for key, text, _ in PUBLISHED.texts(Q(pk__in=keys)):
        published[key] += folded(text) + "\n"
    wanted = {key: {word for word in words if word not in published[key]} for key in keys}
    found: dict[int, list[Place]] = defaultdict(list)
    for source in SOURCES[1:] if any(wanted.values()) else ():
        for key, text, where in source.texts(Q(**{f"{source.action}__in": keys})):
            here = {word for word in wanted[key] if word in folded(text)}
            if here:
                found[key].append(Place(where, piece_of(text, here)))
                wanted[key] -= here
    return found


def piece_of(text: str, words: set[str]) -> str:
    """The first of these words with those around it."""
    parts = text.split()
    at = next((place for place, part in enumerate(parts) if any(word in folded(part) for word in words)), 0)
    first, last = max(0, at - BEFORE), at + AFTER
    start, end = "… " * (first > 0), " …" * (last < len(parts))
    return f"{start}{' '.join(parts[first:last])}{end}"
