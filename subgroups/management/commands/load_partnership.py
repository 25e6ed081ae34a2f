from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp.files import Unreadable
from gscp.record import Actor, recording_by_command
from subgroups import partnership_file
from subgroups.models import Group, Named, Partner, Partnership, Post, QuorumPart


class Command(BaseCommand):
    help = "Record the partners, groups and posts that a file names; what is there is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="JSON: docs/partnership-file.md.")

    def handle(self, file: Path, **options: Any) -> None:
        self.number_recorded = 0
        top = Group.objects.top()
        try:
            data = partnership_file.read(file)
            with recording_by_command(Actor("Partnership as published"), f"As named in {file.name}"):
                self.load(data, date.fromisoformat(data["known_since"]))
        except Unreadable as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        self.stdout.write(
            f"Partnership: {self.number_recorded} recorded."
            if self.number_recorded
            else "Partnership: all there already."
        )
        if top and top != Group.objects.top():
            self.stdout.write(f"The top group is now the {Group.objects.top()}: appoint who chairs it.")

    def load(self, data: dict[str, Any], known_since: date) -> None:
        there = Partnership.objects.first()
        if there and there.name != data["partnership"]["name"]:
            raise Unreadable(f"Another partnership is on record here: {there}.")
        if not there:
            self.add_partnership(data["partnership"])
        for row in data["partners"]:
            self.add(Partner, row, kind=row["kind"], started_on=known_since)
        for row in data["groups"]:
            is_new = self.add(
                Group,
                row,
                slug=row["slug"],
                takes_decisions=row.get("takes_decisions", False),
                accepts_high=row.get("accepts_high", False),
                reports_to=self.group(row.get("reports_to")),
                established_on=known_since if row["in_place"] else None,
                chair_may_proceed=row.get("chair_may_proceed", False),
            )
            if is_new:
                self.add_quorum(row, known_since)
        for row in data["posts"]:
            self.add(
                Post,
                row,
                role=row["role"],
                group=self.group(row.get("group")),
                partner=self.partner(row["partner"]) if "partner" in row else None,
            )

    def add_partnership(self, row: dict[str, Any]) -> None:
        try:
            Partnership(**row).save()
        except ValidationError as error:
            raise Unreadable(f"The partnership: {' '.join(error.messages)}") from error
        self.number_recorded += 1

    def add_quorum(self, row: dict[str, Any], known_since: date) -> None:
        rule = [
            (part["at_least"], [self.partner(name) for name in part["of"]]) for part in row.get("quorum", [])
        ]
        try:
            QuorumPart.set_rule(Group.objects.get(name=row["name"]), rule, known_since)
        except ValidationError as error:
            raise Unreadable(f"The quorum of “{row['name']}”: {' '.join(error.messages)}") from error

    def partner(self, name: str) -> Partner:
        try:
            return Partner.objects.get_by_spelling(name)
        except Partner.DoesNotExist as error:
            raise Unreadable(str(error)) from error

    def add(self, model: type[Named], row: dict[str, Any], **values: Any) -> bool:
        if model.objects.filter(name=row["name"]).exists():
            return False
        try:
            model(name=row["name"], aliases="\n".join(row.get("aliases", [])), **values).save()
        except ValidationError as error:
            raise Unreadable(f"“{row['name']}”: {' '.join(error.messages)}") from error
        self.number_recorded += 1
        return True

    def group(self, slug: str | None) -> Group | None:
        """The group that the file names by its slug; None if it names none."""
        group = Group.objects.filter(slug=slug).first() if slug else None
        if slug and group is None:
            raise Unreadable(f"There is no group “{slug}”: what is named comes first.")
        return group
