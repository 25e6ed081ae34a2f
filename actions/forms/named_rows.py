"""Rows of an imported table that a person names by their numbers: to leave them out, or as actions."""

import re
from collections.abc import Iterator

from django import forms
from django.core.exceptions import ValidationError

from actions.tables.understood import PlanRow
from actions.tables.wording import list_of, shortened

HINT = "Write their numbers with commas between, such as 13, 15."
# By field: its label, and what such a row is read as.
FIELDS = {
    "no_action": ("Rows that are no action: leave them out", "legend"),
    "an_action": ("Rows that are an action", "action"),
}


def row_label(row: PlanRow, length: int = 80) -> str:
    texts = [row.ref, row.title, row.theme, row.action, row.printed_who, *row.extra.values()]
    return f"Row {row.key}: {shortened(' | '.join(filter(None, texts)), length)}"


def fields() -> Iterator[tuple[str, forms.CharField]]:
    for name, (label, _) in FIELDS.items():
        yield name, forms.CharField(label=label, help_text=HINT, required=False, max_length=1000)


def rows_named(typed: str, rows: list[PlanRow]) -> list[PlanRow]:
    """Raises ValidationError where there is no such row, or it cannot be read otherwise."""
    found = []
    for name in filter(None, (each.strip() for each in re.split(r"[,;\n]", typed))):
        named = [row for row in rows if name in (row.key, str(row.row))]
        if not named:
            raise ValidationError(f"There is no row {shortened(name)} in the file.")
        if len(named) > 1:
            keys = " or ".join(list_of([row.key for row in named], 4).rsplit(" and ", 1))
            raise ValidationError(f"There are several rows {shortened(name)}: write {keys}.")
        if named[0].is_fixed:
            raise ValidationError(f"Row {named[0].key} holds headings, or stands outside the plan's table.")
        found += named
    return found


def kinds_of(cleaned: dict[str, list[PlanRow]]) -> dict[str, str]:
    """By row: what it is said to be."""
    return {row.key: kind for name, (_, kind) in FIELDS.items() for row in cleaned.get(name) or ()}
