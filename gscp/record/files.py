"""Files that rows of the record name by their hash, and the removal of those that no row names any more."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from gscp import store
from gscp.record.change import TOMBSTONE
from gscp.record.fields import FileHash
from gscp.record.tracked import Tracked, tracked_models
from gscp.record.turns import nobody_writes

MAY_BE_BEGUN = timedelta(hours=1)  # by a form whose row is not written yet


def hash_columns() -> list[tuple[type[Tracked], str]]:
    return [
        (model, field.name)
        for model in tracked_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileHash)
    ]


def named_files(*among: str) -> set[str]:
    """The hashes that rows of today name; of these, if some are given."""
    found: set[str] = set()
    for model, column in hash_columns():
        rows = model._base_manager.exclude(**{f"{column}__in": ("", TOMBSTONE)})
        if among:
            rows = rows.filter(**{f"{column}__in": among})
        found.update(rows.values_list(column, flat=True))
    return found


def remove_unnamed(hashes: Iterable[str]) -> int:
    """Remove those of these files that no row names; how many those were.

    Nobody can write meanwhile: a row for the same bytes is there before this looks, or finds them gone.
    """
    removed = 0
    for one in hashes:
        with nobody_writes():
            if not named_files(one):
                store.remove(one)
                removed += 1
    return removed


def clear_files() -> int:
    """Remove what forms left behind that were not recorded; how many files those were."""
    before = timezone.now() - MAY_BE_BEGUN
    named = named_files()
    return remove_unnamed([name for name, since in store.names() if since < before and name not in named])
