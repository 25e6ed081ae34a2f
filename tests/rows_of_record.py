"""The rows of the record, all together: read, put back as they were, and changed behind its triggers."""

from contextlib import contextmanager

from django.core.management.color import no_style
from django.db import connection, models, transaction

from gscp import facts
from gscp.record import Change, ChangeText, Signature, history_of, triggers
from tests import shared_facts


def models_of_the_record() -> list[type[models.Model]]:
    tracked = [model for one in triggers.tracked_models() for model in (one, history_of(one))]
    return [Change, ChangeText, Signature, *tracked]


def everything() -> dict[type[models.Model], list[dict]]:
    """Every row of the record."""
    return {model: list(model._base_manager.order_by("pk").values()) for model in models_of_the_record()}


def reset_sequences():
    """PostgreSQL's go on where they were, whatever is rolled back."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models_of_the_record()):
            cursor.execute(statement)


def put_back(rows: dict[type[models.Model], list[dict]], inserts: list[tuple] | None = None) -> None:
    """The record as everything() had it, in place of what stands.

    `inserts` is a list to be filled, and given with the same rows the next time: to make the statements takes
    longer than to run them.
    """
    inserts = [] if inserts is None else inserts
    with transaction.atomic(), triggers_put_aside():
        for model in rows:
            model._base_manager.all()._raw_delete(connection.alias)
        if inserts:
            with connection.cursor() as cursor:
                for statement, values in inserts:
                    cursor.execute(statement, values)
        else:
            with connection.execute_wrapper(kept_in(inserts)):
                for model, kept in rows.items():
                    model._base_manager.bulk_create([model(**row) for row in kept], batch_size=500)
    reset_sequences()


def kept_in(inserts: list[tuple]):
    def execute(run, statement, values, many, context):
        if statement.startswith("INSERT"):
            inserts.append((statement, values))
        return run(statement, values, many, context)

    return execute


@contextmanager
def without_triggers():
    """What is done here has no entry. So what is worked out of it, in this test, is for no other test."""
    if facts.kept is shared_facts.SHARED:
        facts.kept = facts.Kept(shared_facts.MOST_BYTES)
    with triggers_put_aside():
        yield


@contextmanager
def triggers_put_aside():
    """For rows that were recorded once, with the entries that tell of them."""
    if connection.vendor == "postgresql":  # which need not make them anew; foreign keys are let be as well
        ours = list(triggers.expected_triggers())
        off = ["SET LOCAL session_replication_role = replica"]
        off += [f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in {one.table for one in ours}]
        on = [f'ALTER TABLE "{one.table}" ENABLE ALWAYS TRIGGER "{one.name}"' for one in ours]
        connection.check_constraints()  # PostgreSQL alters no table that has keys to check yet
        with connection.cursor() as cursor:
            cursor.execute("; ".join(off))
            yield
            cursor.execute("; ".join([*on, "SET LOCAL session_replication_role = origin"]))
    else:
        triggers.remove()
        yield
        connection.check_constraints()
        triggers.install()
