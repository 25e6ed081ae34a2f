"""The ledger: its entries, and the free texts that are kept beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import orjson
from django.apps import apps
from django.db import models
from django.utils.functional import cached_property

from gscp.record.names import Names

# The reason is a free text like any other: it is committed under the name of its history column.
REASON = "history_change_reason"
# It replaces a redacted text; short enough for every text column.
TOMBSTONE = "[taken out of the record]"
CLOCKS_DIFFER_BY = timedelta(minutes=1)  # those of two servers that nobody has set


LIKE_TOMBSTONE = "That is what stands where a text was taken out: write something else."


def letters(text: str) -> str:
    # Without accents, brackets, spaces and invisible characters.
    return "".join(filter(str.isalnum, normalize("NFKD", text).casefold()))


LETTERS_OF_TOMBSTONE = letters(TOMBSTONE)


def is_like_tombstone(text: str) -> bool:
    # Most texts begin with another letter: that is enough to know.
    for sign in text:
        if first := first_letter(sign):
            return first == LETTERS_OF_TOMBSTONE[0] and letters(text) == LETTERS_OF_TOMBSTONE
    return False


@lru_cache(1_000)
def first_letter(sign: str) -> str:
    return letters(sign)[:1]


class ChangeQuerySet(models.QuerySet["Change"]):
    def last_number(self, moment: datetime | None = None) -> int:
        """The number of the last entry at this moment, or now; 0 before the first."""
        if moment is None:
            return self.aggregate(models.Max("number"))["number__max"] or 0
        # Ledger time never runs backwards, so the latest by time is the one with the highest number.
        last = self.filter(at__lte=moment).order_by("-at", "-number").values_list("number", flat=True)
        return last.first() or 0

    def of_rows(self, rows: models.QuerySet[Any]) -> "ChangeQuerySet":
        """Those of the saves of these rows of a tracked model."""
        return self.filter(model=rows.model._meta.label_lower, object_id__in=rows.order_by().values("pk"))

    def with_texts(self) -> list["Change"]:
        """These entries with free texts, the texts those replaced, and names: four queries, however many."""
        changes: list[Change] = list(self)
        attach_texts(changes)
        return changes


class Change(models.Model):
    """One entry of the ledger: one save of one row of a tracked model.

    Numbers have no gaps, and order all changes. Names of people, posts, partners and groups stand in it as
    references; the properties and methods that end in words have them as they were then. `plan`, `action`
    and `group` are ids to filter by; `about_model` and `about_id` name what a report is about. Free texts,
    the reason among them, are in ChangeText.
    """

    number = models.BigIntegerField(primary_key=True)
    # Never before that of the last entry: where the clock was set back, `at` waits for it.
    at = models.DateTimeField(db_index=True)
    clock = models.DateTimeField()  # as it was read
    act = models.UUIDField(db_index=True)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    object_name = models.CharField(max_length=200)
    created = models.BooleanField()
    plan = models.BigIntegerField(null=True)
    action = models.BigIntegerField(null=True)
    group = models.BigIntegerField(null=True)
    about_model = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200)
    actor_post = models.TextField(blank=True)
    differences = models.JSONField()
    line = models.TextField()
    hash = models.CharField(max_length=64)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["action", "number"]),
            models.Index(fields=["group", "number"]),
            models.Index(fields=["about_model", "about_id", "number"]),
            models.Index(fields=["model", "object_id", "number"]),
        ]

    def __str__(self) -> str:
        return f"Change {self.number}"

    @property
    def clock_was_behind(self) -> bool:
        # An earlier entry has a later moment: a clock was ahead then, or has been set back since.
        return self.at - self.clock >= CLOCKS_DIFFER_BY

    @property
    def reason(self) -> str:
        return self.own_texts[REASON].value if REASON in self.own_texts else ""

    @property
    def object_in_words(self) -> str:
        return self.in_words(self.object_name)

    @property
    def actor_in_words(self) -> str:
        return self.in_words(self.actor_name)

    @property
    def actor_post_in_words(self) -> str:
        return self.in_words(self.actor_post)

    def in_words(self, text: str) -> str:
        return self.names.in_words(text, self.number)

    @cached_property
    def names(self) -> Names:  # for many entries call with_texts() or attach_names() first
        return Names.in_texts(texts_with_references([self]))

    @cached_property
    def own_texts(self) -> dict[str, "ChangeText"]:
        """Its free texts, by field."""
        return {text.field: text for text in self.texts.all()}

    @cached_property
    def former_texts(self) -> dict[tuple[int | None, str], str]:
        return texts_replaced_by([self])

    @cached_property
    def row(self) -> dict[str, Any]:
        """What its line has of each column: of a free text its commitment. {} if the line is damaged."""
        try:
            row = orjson.loads(self.line)["row"]
        except (ValueError, KeyError, TypeError):
            return {}
        return row if isinstance(row, dict) else {}

    @cached_property
    def labels_asked(self) -> Mapping[str, str]:
        """By field, what its writer was asked, where that is not the column's own name.

        Looked up whenever it is shown: an entry made before its form had such a label has the column's.
        """
        try:
            model: Any = apps.get_model(self.model)
        except (LookupError, ValueError):  # only damage names another model
            return {}
        return model.labels_asked(self.row) if hasattr(model, "labels_asked") else {}

    def compared(self) -> list[dict[str, Any]]:
        """The differences in words, {field, label, old, new}; for many entries call with_texts() first."""
        return [
            difference
            | {"label": self.labels_asked.get(difference["field"], difference["label"])}
            | (
                {"old": self.former_texts.get((text.replaces, text.field), ""), "new": text.value}
                if "new" not in difference and (text := self.own_texts.get(difference["field"]))
                else {key: self.in_words(difference[key]) for key in ("old", "new") if key in difference}
            )
            for difference in self.differences
        ]


class ChangeText(models.Model):
    """A free text as it was entered; the entry's line holds only a commitment to it.

    It is kept once, with the entry that entered it. `replaces` is the number of the entry that has the text
    before it, if there was one.
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="texts", db_index=False)
    field = models.CharField(max_length=60)
    salt = models.CharField(max_length=32)
    value = models.TextField(blank=True)
    replaces = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "field"], name="gscp_one_text_a_field")]

    def __str__(self) -> str:
        return f"{self.label} in change {self.change_id}"

    @property
    def label(self) -> str:
        # Only the reason is not in its entry's differences.
        labels = {difference["field"]: difference["label"] for difference in self.change.differences}
        recorded = labels.get(self.field, "Reason")
        return self.change.labels_asked.get(self.field, recorded)

    def copies(self) -> models.QuerySet["ChangeText"]:
        # What the same act entered in these words. This text is one of them.
        copies = ChangeText.objects.filter(value=self.value, change__act=self.change.act)
        return copies.select_related("change").order_by("change_id", "field")


def attach_texts(changes: Sequence[Change]) -> None:
    """Reads for all of these at once their free texts, the texts those replaced, and names."""
    # Not by prefetching: Django makes a manager for each entry, at each look at its texts.
    by_number: dict[int, dict[str, ChangeText]] = {change.number: {} for change in changes}
    for text in ChangeText.objects.filter(change__in=by_number) if changes else ():
        by_number[text.change_id][text.field] = text
    for change in changes:
        change.own_texts = by_number[change.number]
        for text in change.own_texts.values():
            text.change = change
    attach_names(changes)
    former = texts_replaced_by(changes)
    for change in changes:
        change.former_texts = former


def attach_names(changes: Iterable[Change]) -> None:
    """Reads the names for all of these at once."""
    changes = list(changes)
    names = Names.in_texts(texts_with_references(changes))
    for change in changes:
        change.names = names


def texts_with_references(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield from (change.object_name, change.actor_name, change.actor_post)
        for difference in change.differences:
            yield from (difference[key] for key in ("old", "new") if key in difference)


def texts_replaced_by(changes: Sequence[Change]) -> dict[tuple[int | None, str], str]:
    """The texts that these entries' texts replaced, by the number of their entry and the field."""
    replaced = {text.replaces for change in changes for text in change.own_texts.values() if text.replaces}
    former = ChangeText.objects.filter(change__in=replaced) if replaced else ()
    return {(text.change_id, text.field): text.value for text in former}
