"""Texts of the record that contain some words: a redaction asks which of them go together."""

import re
from typing import Any

from django.db import connection, models

from gscp.record.change import TOMBSTONE, ChangeText, attach_names
from gscp.record.redaction import Redaction

COMPARED = 200  # characters of a longer text that another one must contain
# Word processors paste other spaces, such as one that does not break. Not each database's \s has them.
SPACES = "[\\s\u00a0\u2000-\u200b\u202f\u3000]+"


def parts_of(words: str) -> list[str]:
    return re.split(SPACES, words.strip()[:COMPARED])


def pattern(words: str) -> str:
    return SPACES.join(map(re.escape, parts_of(words)))


def containing(words: str) -> models.QuerySet[ChangeText]:
    """The texts that contain these words, in upper or lower case and with any spaces between them.

    A text that was taken out contains nothing, and one that was asked to be taken out is left out.
    """
    parts = parts_of(words)
    texts = ChangeText.objects.exclude(value__in=("", TOMBSTONE))
    if not any(parts):
        return texts.none()
    if connection.vendor == "sqlite":
        # Its REGEXP is a function of Python: LIKE, of letters it knows, first leaves few rows for it.
        for part in filter(str.isascii, parts):
            texts = texts.filter(value__icontains=part)
    asked = Redaction.objects.not_refused().filter(
        entry=models.OuterRef("change"), field=models.OuterRef("field")
    )
    return texts.filter(value__iregex=pattern(words)).exclude(models.Exists(asked))


def other_texts(text: ChangeText, words: str, most: int) -> list[ChangeText]:
    """The first texts that contain this one or these words, of copies entered in one act only the first."""
    # What contains the text contains words of it, too.
    one_is_enough = not words or re.search(pattern(words), text.value, re.IGNORECASE)
    found: Any = containing(words or text.value)
    if not one_is_enough:
        found |= containing(text.value)
    found = found.exclude(pk__in=text.copies().order_by().values("pk")).order_by()
    first_of_act = found.values("change__act", "value").annotate(first=models.Min("pk")).order_by("first")
    keys = list(first_of_act.values_list("first", flat=True)[:most])
    texts = list(ChangeText.objects.filter(pk__in=keys).select_related("change").order_by("pk"))
    attach_names(one.change for one in texts)
    return texts
