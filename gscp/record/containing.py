"""Texts of the record that contain some words: a redaction asks which of them go together."""

from collections.abc import Iterator
from itertools import islice

from django.db import models

from gscp.record.change import TOMBSTONE, ChangeText, attach_names
from gscp.record.redaction import Redaction
from gscp.words import folded

COMPARED = 200  # characters of a longer text that another one must contain


def containing(*looked_for: str, leaving_out: models.Q | None = None) -> Iterator[int]:
    """The keys of the texts that contain one of these, in order; of copies entered in one act the first.

    A text that was taken out contains nothing, and one that was asked to be taken out is left out. They are
    compared here: no database folds a text as the other one does. Each is read by itself, however many.
    """
    parts = [part for words in looked_for if (part := folded(words)[:COMPARED].strip())]
    asked = Redaction.objects.not_refused().filter(
        entry=models.OuterRef("change"), field=models.OuterRef("field")
    )
    texts = ChangeText.objects.exclude(value__in=("", TOMBSTONE)).exclude(models.Exists(asked))
    if leaving_out:
        texts = texts.exclude(leaving_out)
    found = set()
    for pk, act, value in texts.order_by("pk").values_list("pk", "change__act", "value").iterator():
        text = folded(value)
        if any(part in text for part in parts) and (act, value) not in found:
            found.add((act, value))
            yield pk


def other_texts(text: ChangeText, words: str, most: int) -> list[ChangeText]:
    """The first texts that contain this one or these words, of copies entered in one act only the first."""
    copies = models.Q(pk__in=list(text.copies().values_list("pk", flat=True)))
    keys = list(islice(containing(text.value, words, leaving_out=copies), most))
    texts = list(ChangeText.objects.filter(pk__in=keys).select_related("change").order_by("pk"))
    attach_names(one.change for one in texts)
    return texts
