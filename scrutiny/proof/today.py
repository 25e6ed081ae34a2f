"""The rows of today compared with the latest history rows; and rows that belong to no entry of the ledger."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from gscp.record import Change, ChangeText, Redaction, Signature, Tracked, history_of, tracked_models
from scrutiny.models import Walk
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import ENTRY_NUMBERS, ROW_ERRORS, last_number


def findings() -> Iterator[Finding]:
    for model in tracked_models():
        for what, query in mismatch_queries(model).items():
            with connection.cursor() as cursor:
                cursor.execute(query)
                rows = cursor.fetchall()
            for number, pk in rows:
                yield Finding(number, f"{model._meta.label_lower} {pk}: {what}")
    for what, numbers in wrong_numbers():
        for (number,) in numbers.order_by():  # the default order of history rows joins their entries
            yield Finding(number, what)
    try:
        yield from wrong_notes()
    except ROW_ERRORS:
        yield Finding(last_number(), "the notes of earlier checks cannot be read.")


def wrong_notes() -> Iterator[Finding]:
    for number in sorted({walk.number for walk in Walk.objects.contradicted().signed()}):
        what = "a check that found nothing came to this change, and it is not there any more, or another is."
        yield Finding(number, what)
    for walk in Walk.objects.unsigned():
        yield Finding(walk.number, "a note of a check up to it is not signed with the record's key.")
    if missing := Walk.objects.missing():
        yield Finding(last_number(), f"notes of earlier checks are gone: {missing}.")


def wrong_numbers() -> Iterator[tuple[str, QuerySet]]:
    """Numbers of entries with which something is wrong that no line shows, and what."""
    is_integer = Q(number=Cast("number", models.BigIntegerField()))  # SQLite can store other values
    impossible = Change.objects.exclude(is_integer, number__range=ENTRY_NUMBERS)
    yield "no entry can have such a number.", impossible.values_list("number")
    histories: list[type[models.Model]] = [history_of(model) for model in tracked_models()]
    last = last_number()
    with_numbers: list[type[models.Model]] = [ChangeText, Signature, *histories]
    for model in with_numbers:  # the Walker checks the numbers from 1 to the last
        of_no_entry = model._base_manager.filter(
            ~Q(change_id__gte=1, change_id__lte=last) | Q(change_id=None)
        )
        yield "a row carries a number that no entry has.", of_no_entry.values_list("change_id")
    for model in histories if connection.vendor == "sqlite" else ():
        for f in model._meta.concrete_fields:
            if isinstance(f, models.BooleanField):
                neither = model._base_manager.exclude(**{f"{f.attname}__in": (True, False)})
                yield f"“{f.attname}” is neither true nor false.", neither.values_list("change_id")
    yield from wrong_redactions()


def wrong_redactions() -> Iterator[tuple[str, QuerySet]]:
    history: Any = history_of(Redaction)
    redactions = history.objects.all()
    same = redactions.filter(id=OuterRef("id"), entry=OuterRef("entry"), field=OuterRef("field"))
    asked = same.filter(state=Redaction.State.ASKED).order_by("change_id")
    decided = redactions.exclude(state=Redaction.State.ASKED)
    asker = Subquery(asked.values("history_user_id")[:1])
    by_one_person = Q(asker=None) | Q(history_user_id=None) | Q(history_user_id=F("asker"))
    decided_alone = decided.annotate(asker=asker).filter(by_one_person)
    yield "nobody else asked for this redaction.", decided_alone.values_list("change_id")
    text = ChangeText.objects.filter(change_id=OuterRef("entry"), field=OuterRef("field"))
    of_no_text = redactions.filter(Q(entry__gte=F("change_id")) | ~Exists(text))
    yield "the text of this redaction was not there.", of_no_text.values_list("change_id")


def mismatch_queries(model: type[Tracked]) -> dict[str, str]:
    """What is wrong, with a query for the numbers and keys of the rows that differ so from their history."""
    history_model: Any = history_of(model)
    table, history, key = model._meta.db_table, history_model._meta.db_table, model._meta.pk.column
    columns = [f.column for f in history_model.tracked_fields]
    differing, fixed = differ(columns), model.fixed_columns()
    past, today = f'"{history}" AS history', f'"{table}" AS present'
    same = f'history."{key}" = present."{key}"'
    return {
        "the row of today is not its history row.": (
            f'SELECT present."change_id", present."{key}" FROM {today} '
            f'LEFT JOIN {past} ON {same} AND history."change_id" = present."change_id" '
            f'WHERE history."{key}" IS NULL OR {differing}'
        ),
        "what it is part of has changed.": (
            f'SELECT history."change_id", history."{key}" FROM {past} JOIN {today} ON {same} '
            f"WHERE {differ(fixed) or 'FALSE'}"
        ),
        "the row of today is an earlier one.": (
            f'SELECT history."change_id", history."{key}" FROM {past} JOIN {today} ON {same} '
            f'WHERE history."change_id" > present."change_id"'
        ),
        "its row of today is gone.": (
            f'SELECT max(history."change_id"), history."{key}" FROM {past} LEFT JOIN {today} ON {same} '
            f'WHERE present."{key}" IS NULL GROUP BY history."{key}"'
        ),
    }


def differ(columns: list[str]) -> str:
    """In SQL: that one of these columns of `present` differs from that of `history`, byte for byte.

    Whoever holds the database can give a column another collation, type, cast or operator of equality.
    """
    if connection.vendor == "sqlite":
        different = (
            "present.{0} COLLATE BINARY IS NOT history.{0} OR typeof(present.{0}) <> typeof(history.{0})"
        )
        return " OR ".join(different.format(f'"{column}"') for column in columns)
    present, history = (", ".join(f'{row}."{c}"' for c in columns) for row in ("present", "history"))
    return f"pg_catalog.record_image_ne(ROW({present}), ROW({history}))" if columns else ""
