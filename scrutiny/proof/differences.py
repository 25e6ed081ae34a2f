"""The differences of an entry compared with its row and the row before.

Fields and values are checked, labels are not: they are what the writer saw, and may be worded anew. The words
of a choice are wrong only where they are the label of another one today.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import models

from gscp.record import FreeText, day_on_record, moment_on_record

REFERENCE = re.compile(r"\{([a-z]+\.[a-z]+):([0-9]+)\}")
EMPTY = (None, "")
Row = dict[str, Any]  # by column, as lines have the values


def difference_findings(
    differences: Any, fields: Sequence[models.Field], before: Row, row: Row
) -> Iterator[str]:
    """What is wrong with them. `fields` are those that can differ; `before` is empty for a new record."""
    try:
        named = {difference["field"]: difference for difference in differences}
        labelled = all(isinstance(difference["label"], str) for difference in differences)
    except (TypeError, KeyError):
        yield "its differences are none."
        return
    expected = {f.name: f for f in fields if is_changed(before.get(f.attname), row.get(f.attname))}
    if len(named) < len(differences) or not labelled:
        yield "its differences are none."
    if other := sorted(named.keys() ^ expected.keys()):
        yield f"its differences are of other fields than those that changed: {', '.join(other)}."
    for name in named.keys() & expected.keys():
        f, difference = expected[name], named[name]
        if isinstance(f, FreeText):
            right = difference.keys() == {"field", "label"}
        else:
            right = difference.keys() == {"field", "label", "old", "new"} and all(
                says(f, difference[which], values.get(f.attname))
                for which, values in (("old", before), ("new", row))
            )
        if not right:
            yield f"its differences give other values of “{name}” than its row and the row before."


def is_changed(old: Any, new: Any) -> bool:
    return old != new and not (old in EMPTY and (new in EMPTY or new is False))


@cache
def labels_of(f: models.Field) -> dict[str, str]:
    return {str(choice): str(label) for choice, label in f.flatchoices}


day_in_words = lru_cache(day_on_record)


def says(f: models.Field, words: Any, value: Any) -> bool:
    """Whether these words stand for that value of the field."""
    if value in EMPTY or words == "":
        return value in EMPTY and words == ""
    if isinstance(f, models.ForeignKey):
        label = f.related_model._meta.label_lower
        referred = [pk for model, pk in REFERENCE.findall(words) if model == label]
        return not referred or str(value) in referred
    if labels := labels_of(f):
        return words == labels.get(str(value), value) or words not in labels.values()
    if isinstance(f, models.BooleanField):
        return words == ("Yes" if value else "No")
    if isinstance(f, models.DateTimeField):
        return words == moment_on_record(datetime.fromisoformat(value))
    if isinstance(f, models.DateField):
        return words == day_in_words(date.fromisoformat(value))
    return words == str(value)
