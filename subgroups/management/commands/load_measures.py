from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp.files import Unreadable
from gscp.record import Actor, recording_by_command
from subgroups import measures_file
from subgroups.models import Group, Measure, MeasureAgency, Partner, Post, Target


class Command(BaseCommand):
    help = "Record the measures of groups that a file names; what is there is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="JSON: docs/measures-file.md.")

    def handle(self, file: Path, **options: Any) -> None:
        try:
            rows = measures_file.read(file)
            with recording_by_command(Actor("Measures as published"), f"As named in {file.name}"):
                number = sum(load(row) for row in rows)
        except Unreadable as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        self.stdout.write(f"Measures: {number} recorded." if number else "Measures: all there already.")


def load(row: dict[str, Any]) -> bool:
    """Record the measure, with its agencies and targets; False if its group has one of this name."""
    group = Group.objects.filter(slug=row["group"]).first()
    if group is None:
        raise Unreadable(f"“{row['name']}”: there is no group “{row['group']}”.")
    if group.measures.filter(name=row["name"]).exists():
        return False
    agencies = [found(Partner, row, name) for name in row.get("agencies", [])]
    supplier = found(Post, row, row["supplied_by"]) if "supplied_by" in row else None
    given = {name: row[name] for name in COLUMNS if name in row}
    measure = Measure(
        group=group,
        position=group.measures.count() + 1,
        by_agency=bool(agencies),
        supplied_by=supplier,
        first_day=date.fromisoformat(row["first_day"]),
        baseline=str(row.get("baseline", "")),
        **given,
    )
    try:
        measure.save()
        for partner in agencies:
            MeasureAgency(measure=measure, partner=partner).save()
        for target in row.get("targets", []):
            if not (period := measure.period(date.fromisoformat(target["from"]))):
                raise Unreadable(f"“{row['name']}”: it has no period that holds {target['from']}.")
            Target(measure=measure, period=period.first_day, value=target["value"]).save()
    except ValidationError as error:
        raise Unreadable(f"“{row['name']}”: {' '.join(error.messages)}") from error
    return True


COLUMNS = (
    "name", "definition", "numerator", "denominator", "unit", "better", "frequency", "tolerance",
    "days_to_supply", "origin", "source",
)  # fmt: skip


def found(model: type[Partner | Post], row: dict[str, Any], name: str) -> Any:
    try:
        return model.objects.get_by_spelling(name)
    except model.DoesNotExist as error:
        raise Unreadable(f"“{row['name']}”: {error}") from error
