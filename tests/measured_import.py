"""What it costs to import a plan of many rows: read, proposed, and recorded beside a bare insert."""

import csv
import io
from collections.abc import Callable
from itertools import cycle, islice
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from actions.models import Action, ActionLead, BusinessPlan, FurtherAction, OtherColumn, Ownership
from actions.tables.apart import understood_apart
from actions.tables.proposing import propose
from actions.tables.read import read
from actions.tables.recording import record_import
from actions.tables.wanted import OnRecord
from gscp.record import Actor, Change, ChangeText, history_of, recording, tracked_models
from tests.factories import draft_plan
from tests.published import TABLE

TABLES: list[type[models.Model]] = [Action, ActionLead, Ownership, FurtherAction, OtherColumn]
TIMES = 3


def imported(rows: int, bare: Callable, clock: Callable[[], float]) -> list[list]:
    """Three lines of a table: the stages before recording / reading alone, and recording / bare inserts."""
    file = table_of(rows)
    found: dict[str, list[float]] = {
        f"{rows:,} rows read, understood and proposed / read": [],
        f"{rows:,} rows recorded / bare insert of the plan's rows, processor time": [],
        f"{rows:,} rows recorded / bare insert of every row that recording writes, processor time": [],
    }
    before, recorded, recorded_by_all = found.values()
    for number in range(TIMES):
        with recording(Actor("Measurements"), "A draft to import into"):
            plan = draft_plan(f"measured-{number}")
        started = perf_counter()
        read(file, "plan.csv")
        alone = perf_counter() - started
        started = perf_counter()
        record = OnRecord()
        understood = understood_apart(file, "plan.csv", record.known, {}, (plan.first_day, plan.last_day))
        proposal = propose(understood, plan, {}, record)
        before.append((perf_counter() - started) / alone)
        assert len(proposal.added) == rows and not proposal.must_be_answered
        started = clock()
        with recording(Actor("Import of a plan"), "Measured") as act:
            record_import(proposal)
        spent = clock() - started
        recorded.append(spent / bare_insert(rows_of_plan(plan), bare, clock))
        if number == 0:  # while there is little to copy
            recorded_by_all.append(spent / bare_insert(rows_of_act(act.act), bare, clock))
    return [[name, *ratios_of(times)] for name, times in found.items()]


def ratios_of(found: list[float]) -> list[float]:
    return [min(found), sorted(found)[len(found) // 2], max(found)]


def table_of(rows: int) -> bytes:
    """The published plan's rows over and over, with numbers of their own and two columns more."""
    text = TABLE.read_text(encoding="utf-8-sig")
    headings, *printed = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if row]
    sent = io.StringIO()
    writer = csv.writer(sent)
    writer.writerow([*headings, "Timescale", "Budget"])
    for number, row in enumerate(islice(cycle(printed), rows), start=1):
        title = row[2] or "Multi Agency Safeguarding Hub"
        writer.writerow([f"{number:05}", row[1], title, *row[3:], "30 September 2022", "£100"])
    return sent.getvalue().encode()


Rows = dict[type[models.Model], list[dict[str, Any]]]


def rows_of_plan(plan: BusinessPlan) -> Rows:
    return {
        model: list(model._default_manager.filter(**({of: plan})).values())
        for model in TABLES
        for of in ["plan" if model is Action else "action__plan"]
    }


def rows_of_act(act: UUID) -> Rows:
    """Entries, rows, history rows and texts."""
    tracked = sorted(tracked_models(), key=lambda model: model is not Action)  # others refer to actions
    models = [*tracked, *map(history_of, tracked), ChangeText]
    rows = {model: list(model._default_manager.filter(change__act=act).values()) for model in models}
    entries = list(Change.objects.filter(act=act).values())
    return {Change: entries} | {model: found for model, found in rows.items() if found}


def bare_insert(rows: Rows, bare: Callable, clock: Callable[[], float]) -> float:
    """The time of an insert of the rows into copies of their tables, by Django's bulk_create()."""
    copies: dict[Any, Any] = {}
    for model in rows:
        to = {"action": copies.get(Action), "change": copies.get(Change)}
        copies[model] = bare(model, **{name: copy for name, copy in to.items() if copy})
    with transaction.atomic():
        for model in reversed(rows):
            copies[model].objects.all().delete()
    made = {model: [copies[model](**row) for row in rows[model]] for model in rows}
    started = clock()
    with transaction.atomic():
        for model in rows:
            copies[model].objects.bulk_create(made[model], batch_size=500)
    spent = clock() - started
    with connection.schema_editor() as editor:
        for model in reversed(rows):
            editor.delete_model(copies[model])
    return spent
