"""The words of the register: in what was published, and in what people typed since.

A word is looked for as gscp.words.folded() writes it, in texts folded the same way. So “OLA's” finds “OLA’s”,
and “élodie” finds “ÉLODIE”. In texts of ASCII alone both databases find a word as folded() would; all other
texts are folded here.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import groupby
from operator import attrgetter, or_
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Length

from actions.models import (
    Action,
    Amendment,
    BusinessPlan,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    FurtherAction,
    Milestone,
    ProgressUpdate,
    Review,
)
from actions.models.chain import RAISE
from actions.models.update import counts_no_more
from gscp.dates import day_in_words
from gscp.facts import fact
from gscp.record import REASON, TOMBSTONE, history_of
from gscp.words import folded, folded_words, lower_first
from subgroups.models import Partner

MOST_WORDS = 20
BEFORE, AFTER = 6, 12  # words shown around one that was found


class Octets(Func):
    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


class Keys(Func):
    """Any number of keys as one value: a statement of SQLite may not have more than some 32,000."""

    template = "(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(%(expressions)s AS json)))"
    output_field = IntegerField()

    def __init__(self, keys: list[int]) -> None:
        super().__init__(Value(json.dumps(keys)))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(SELECT value FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True)
class Source:
    """Texts that belong to an action: rows of a model, the way to their action, and where they stand."""

    rows: Callable[[], QuerySet[Any]]
    fields: tuple[str, ...]
    action: str = "action"
    moment: Any = ""  # a column, or an expression
    kind: str = ""
    where: str = ""
    of: str = "actions"  # the kind of record in actions/hits.py that has these texts

    def holds(self, word: str) -> Q:
        return reduce(or_, (contains(field, word) for field in self.fields))

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


def with_reasons(rows: QuerySet[Any]) -> QuerySet[Any]:
    # Made anew each time: a query changes the relation that it is given.
    reason = FilteredRelation("change__texts", condition=Q(change__texts__field=REASON))
    return rows.annotate(given=reason).order_by()


def replaced_words() -> QuerySet[Any]:
    """Rows of actions as they were once their plan was published, and before their words were changed.

    History has those of later moments, too: a row that is older than the action's own is of then.
    """
    history = history_of(Action)._base_manager
    plans = history_of(BusinessPlan)._base_manager.filter(
        id=OuterRef("plan_id"), status=BusinessPlan.Status.LIVE
    )
    published = Subquery(plans.order_by("change_id").values("change_id")[:1])
    later = history.filter(id=OuterRef("id"), change_id__gt=OuterRef("change_id"))
    now = Action.objects.filter(pk=OuterRef("id"), change_id__gt=OuterRef("change_id")).order_by()
    amended = Amendment.objects.slips_or_in_force().order_by().values("action")
    rows = history.filter(Exists(now), id__in=amended).annotate(of_action=F("id"), published=published)
    return rows.filter(~Exists(later.filter(change_id__lte=OuterRef("published")).order_by())).order_by()


ASKED = Subquery(
    ExceptionStep.objects.filter(report=OuterRef("pk"), move=RAISE)
    .order_by("change_id")
    .values("change__clock")[:1]
)
REPORTED = Coalesce("first__change__clock", "change__clock")  # of an update
PUBLISHED = Source(
    Action.objects.order_by,
    ("ref", "title", "text", "who", "outcome", "known_by", "timescale", "driver__text", "theme__text"),
    action="pk",
)
REPORTED_TEXTS = ("done", "difference", "next_step", "blocker", "unblocker", "what_was_wrong")
# What an action's page shows of it beside its words of today.
CHANGED = (
    Source(
        replaced_words,
        PUBLISHED.fields[1:],
        action="of_action",
        where="Before it was changed",
    ),
    Source(
        lambda: with_reasons(Amendment.objects.filter(decision=None)),
        ("given__value",),
        moment="change__clock",
        where="Slip corrected on {day}",
    ),
)
OF_ACTIONS = (
    PUBLISHED,
    *CHANGED,
    Source(FurtherAction.objects.order_by, ("text", "fate_reason"), where="Further action"),
    Source(Milestone.objects.order_by, ("text",), where="Milestone"),
    Source(Review.objects.order_by, ("found",), moment="change__clock", where="Review of {day}"),
)
OF_UPDATES = (
    Source(
        lambda: ProgressUpdate.objects.standing().order_by(),
        REPORTED_TEXTS,
        moment=REPORTED,
        where="Update of {day}",
        of="updates",
    ),
    Source(
        lambda: with_reasons(ProgressUpdate.objects.standing().filter(nil_return=False)),
        ("given__value",),
        moment=REPORTED,
        where="Update of {day}",
        of="updates",
    ),
    Source(
        lambda: with_reasons(ProgressUpdate.objects.replaced()),
        (*REPORTED_TEXTS, "given__value", "confirmation__why"),
        moment=REPORTED,
        where="Update of {day}, which counts no more",
        of="updates",
    ),
)
# The same texts, whether an update counts or not: statements that are put together and run in half the time.
OF_UPDATES_TO_FIND = (
    Source(ProgressUpdate.objects.order_by, REPORTED_TEXTS, of="updates"),
    Source(
        lambda: with_reasons(ProgressUpdate.objects.filter(Q(nil_return=False) | counts_no_more())),
        ("given__value",),
        of="updates",
    ),
    Source(
        lambda: ProgressUpdate.objects.filter(confirmation__is_so=False).order_by(),
        ("confirmation__why",),
        of="updates",
    ),
)
OF_REQUESTS = (
    Source(
        lambda: ExceptionReport.objects.exclude(action=None).annotate(asked=ASKED).order_by(),
        ("what", "cause", "effect", "recovery", "asked_for", "evidence", "impact", "impact_check_by"),
        moment="asked",
        kind="kind",
        where="Asked on {day}, {kind}",
        of="requests",
    ),
    Source(
        lambda: ExceptionStep.objects.exclude(report__action=None).order_by(),
        ("reason",),
        action="report__action",
        moment="change__clock",
        kind="report__kind",
        where="Said on {day}, {kind}",
        of="decisions",
    ),
    Source(
        lambda: (
            ExceptionStep.objects.filter(confirmation__is_so=False).exclude(report__action=None).order_by()
        ),
        ("confirmation__why",),
        action="report__action",
        moment="confirmation__change__clock",
        kind="report__kind",
        where="Said on {day} not to be so, {kind}",
        of="decisions",
    ),
)

OF_ACTION = Coalesce("update__action", "report__action")  # of evidence
OF_EVIDENCE = (
    Source(
        lambda: Evidence.objects.filter(audit=None).annotate(of_action=OF_ACTION).order_by(),
        ("text", "link", "file_name"),
        action="of_action",
        moment="change__clock",
        where="Evidence of {day}",
        of="evidence",
    ),
)

SOURCES = (*OF_ACTIONS, *OF_UPDATES, *OF_REQUESTS, *OF_EVIDENCE)
SEARCHED = (*OF_ACTIONS, *OF_UPDATES_TO_FIND, *OF_REQUESTS, *OF_EVIDENCE)


def contains(field: str, word: str) -> Q:
    """The word is in this text, as the database compares it, and the text was not taken out of the record."""
    found = Q(**{f"{field}__icontains": word})
    return found & ~Q(**{field: TOMBSTONE}) if word in folded(TOMBSTONE) else found


class Place(NamedTuple):
    where: str
    piece: str


def words_of(typed: str) -> list[str]:
    return list(dict.fromkeys(folded_words(typed)))[:MOST_WORDS]


@fact
def other_texts(place: int) -> tuple[tuple[int, int, str], ...]:
    """Of one of SEARCHED: row, action and folded text, where databases do not compare as folded() does."""
    source = SEARCHED[place].measured()
    rows = source.rows().filter(source.with_other_signs()).values_list("id", source.action, *source.fields)
    return tuple(
        (key, action, "\n".join(folded(text) for text in texts if text and not text.isascii()))
        for key, action, *texts in rows
    )


def has_word(word: str) -> Q:
    """The actions with this folded word in a text that belongs to them."""
    others = (row for place in range(len(SEARCHED)) for row in other_texts(place))
    found = Q(pk__in=Keys(sorted({action for _, action, text in others if word in text})))
    if word.isascii():
        for source in SEARCHED:
            found |= source.found_by_database(word)
    return found


def rows_with(place: int, words: Sequence[str], most: int | None = None) -> Iterator[tuple[int, int, str]]:
    """Of one of SEARCHED, each row that holds one of these folded words, with its action: once for each.

    With `most`, where one word is looked for, so many of the newest rows that the database finds.
    """
    source, plain = SEARCHED[place], [word for word in words if word.isascii()]
    if plain:
        rows = source.rows().filter(reduce(or_, map(source.holds, plain)))
        flags = {
            f"has_{n}": Case(When(source.holds(word), then=1), default=0) for n, word in enumerate(plain)
        }
        if len(plain) > 1:
            rows = rows.annotate(**flags)
        elif most:
            rows = rows.order_by("-id")[:most]
        columns = flags if len(plain) > 1 else ()
        for key, action, *has in rows.values_list("id", source.action, *columns):
            found = zip(plain, has or [1], strict=True)
            yield from ((key, action, word) for word, has_it in found if has_it)
    for key, action, text in other_texts(place):
        yield from ((key, action, word) for word in words if word in text)


def kept_texts(*texts: str) -> list[str]:
    """Those that are not empty and were not taken out of the record."""
    return [text for text in texts if text not in ("", TOMBSTONE)]


def families() -> dict[int, list[Partner]]:
    """Of each partner, itself with its predecessors and successors, as they took each other's place."""
    by_last: dict[int, list[Partner]] = defaultdict(list)
    for partner in sorted(partners(), key=attrgetter("started_on", "pk")):
        by_last[partner.successor_on(date.max).pk].append(partner)
    return {partner.pk: family for family in by_last.values() for partner in family}


def partners_called(word: str) -> set[int]:
    """Keys of the partners with this folded word in a spelling, and of their predecessors and successors."""
    return {
        key
        for key, family in families().items()
        if any(word in folded(spelling) for one in family for spelling in one.spellings)
    }


@fact
def partners() -> list[Partner]:
    return Partner.objects.with_successors()


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


def piece_of(text: str, words: Collection[str]) -> str:
    """The first of these words with those around it."""
    parts = text.split()
    at = next((place for place, part in enumerate(parts) if has_one(part, words)), 0)
    first, last = max(0, at - BEFORE), at + AFTER
    start, end = "… " * (first > 0), " …" * (last < len(parts))
    return f"{start}{' '.join(parts[first:last])}{end}"


def has_one(part: str, words: Collection[str]) -> bool:
    return any(word in folded(part) for word in words)


def marked(text: str, words: Collection[str]) -> list[tuple[str, bool]]:
    """The text in pieces: whether each is made of parts with one of these words."""
    parts = re.findall(r"\s+|\S+", text)
    return [("".join(run), is_hit) for is_hit, run in groupby(parts, lambda part: has_one(part, words))]
