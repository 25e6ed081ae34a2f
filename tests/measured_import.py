"""What it costs to import a plan of many rows: read, proposed, and recorded beside a bare insert."""

import csv
import io
from collections.abc import Callable
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from django.db import connection, models, transaction

from actions.models import Action, ActionLead, BusinessPlan, FurtherAction, OtherColumn, Ownership
from actions.tables.apart import understood_apart
from actions.tables.proposing import propose
from actions.tables.read import read
from actions.tables.recording import record_import
from actions.tables.wanted import OnRecord
from gscp.record import Actor, recording
from tests.factories import draft_plan
from tests.published import TABLE

TABLES: list[type[models.Model]] = [Action, ActionLead, Ownership, FurtherAction, OtherColumn]
TIMES = 3


def imported(rows: int, bare: Callable) -> list[list]:
    """Two lines of a table: the stages before recording / reading alone, and recording / a bare insert."""
    file = table_of(rows)
    before, recorded = [], []
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
        started = perf_counter()
        with recording(Actor("Import of a plan"), "Measured"):
            record_import(proposal)
        recorded.append((perf_counter() - started) / bare_insert(plan, bare))
    names = [f"{rows:,} rows read, understood and proposed / read", f"{rows:,} rows recorded / bare insert"]
    return [[name, *ratios_of(found)] for name, found in zip(names, (before, recorded), strict=True)]


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


def bare_insert(plan: BusinessPlan, bare: Callable) -> float:
    """The time of an insert of the plan's rows into copies of their tables, by Django's bulk_create()."""
    rows: dict[Any, list[dict[str, Any]]] = {}
    copies: dict[Any, Any] = {}
    for model in TABLES:
        of_plan = {"plan": plan} if model is Action else {"action__plan": plan}
        rows[model] = list(model._default_manager.filter(**of_plan).values())
        copies[model] = bare(model, **({} if model is Action else {"action": copies[Action]}))
    with transaction.atomic():
        for model in reversed(TABLES):
            copies[model].objects.all().delete()
    made = {model: [copies[model](**row) for row in rows[model]] for model in TABLES}
    started = perf_counter()
    with transaction.atomic():
        for model in TABLES:
            copies[model].objects.bulk_create(made[model], batch_size=500)
    spent = perf_counter() - started
    with connection.schema_editor() as editor:
        for model in reversed(TABLES):
            editor.delete_model(copies[model])
    return spent
