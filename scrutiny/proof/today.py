"""The rows of today, held against the latest history rows; and whatever no entry of the ledger speaks of."""

from collections.abc import Iterator

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from gscp.record import Change, ChangeText, Redaction, Tracked, history_of, tracked_models
from gscp.record.sql import select
from scrutiny.models import Walk
from scrutiny.proof.rows import NUMBERS, last_number


def strange() -> Iterator[tuple[int, str]]:
    """What is wrong, and with which entry."""
    for model in tracked_models():
        for what, query in unlike(model).items():
            for number, pk in select(query):
                yield number, f"{model._meta.label_lower} {pk}: {what}"
    for what, rows in strays():
        for (number,) in rows.order_by():  # a history row's own order is that of its entry, if it has one
            yield number, what


def strays() -> Iterator[tuple[str, QuerySet]]:
    """What no line tells of: an end cut off, numbers of no entry, and redactions that are none."""
    seen = Walk.objects.belied().values_list("number").distinct()
    yield "a walk that found nothing came to this entry, and it is not there any more, or another is.", seen
    whole = Q(number=Cast("number", models.BigIntegerField()))  # which SQLite's need not be
    none = Change.objects.exclude(whole, number__range=NUMBERS)
    yield "no entry can have such a number.", none.values_list("number")
    histories = [history_of(model) for model in tracked_models()]
    last = last_number()
    for beside in (ChangeText, *histories):  # the numbers between are walked
        beyond = beside._base_manager.filter(~Q(change_id__gte=1, change_id__lte=last) | Q(change_id=None))
        yield "a row carries a number that no entry has.", beyond.values_list("change_id")
    for model in histories if connection.vendor == "sqlite" else ():
        for f in model._meta.concrete_fields:
            if isinstance(f, models.BooleanField):
                neither = model._base_manager.exclude(**{f"{f.attname}__in": (True, False)})
                yield f"“{f.attname}” is neither true nor false.", neither.values_list("change_id")
    redactions = history_of(Redaction).objects.all()
    same = redactions.filter(id=OuterRef("id"), entry=OuterRef("entry"), field=OuterRef("field"))
    asked = same.filter(state=Redaction.State.ASKED).order_by("change_id")
    decided = redactions.exclude(state=Redaction.State.ASKED)
    asker = Subquery(asked.values("history_user_id")[:1])
    alone = Q(asker=None) | Q(history_user_id=None) | Q(history_user_id=F("asker"))
    by_one = decided.annotate(asker=asker).filter(alone)
    yield "nobody else asked for this redaction.", by_one.values_list("change_id")
    text = ChangeText.objects.filter(change_id=OuterRef("entry"), field=OuterRef("field"))
    of_nothing = redactions.filter(Q(entry__gte=F("change_id")) | ~Exists(text))
    yield "the text of this redaction was not there.", of_nothing.values_list("change_id")


def unlike(model: type[Tracked]) -> dict[str, str]:
    """Queries for the numbers and keys of rows that are not what their history says."""
    # As text, or an operator that somebody made for its type would compare for PostgreSQL.
    differ = "{} IS NOT {}" if connection.vendor == "sqlite" else "{}::text IS DISTINCT FROM {}::text"
    table, history, key = model._meta.db_table, history_of(model)._meta.db_table, model._meta.pk.column
    columns = [f.column for f in history_of(model).tracked_fields]
    differs = " OR ".join(differ.format(f'present."{c}"', f'history."{c}"') for c in columns)
    past, today = f'"{history}" AS history', f'"{table}" AS present'
    same = f'history."{key}" = present."{key}"'
    return {
        "the row of today is not its history row.": (
            f'SELECT present."change_id", present."{key}" FROM {today} '
            f'LEFT JOIN {past} ON {same} AND history."change_id" = present."change_id" '
            f'WHERE history."{key}" IS NULL OR {differs}'
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
