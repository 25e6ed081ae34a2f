import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gscp.record import Actor, recording
from subgroups.models import Group, Named, Partner, Partnership, Post, QuorumPart


class Command(BaseCommand):
    help = "Record the partners, groups and posts that a file names; what is there is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="JSON: docs/partnership-file.md.")

    def handle(self, file: Path, **options: Any) -> None:
        data = json.loads(file.read_text("utf-8"))
        self.number_recorded = 0
        with recording(Actor("Partnership as published"), "As named in the published plan"):
            self.load(data, date.fromisoformat(data["known_since"]))
        self.stdout.write(
            f"Partnership: {self.number_recorded} recorded."
            if self.number_recorded
            else "Partnership: all there already."
        )

    def load(self, data: dict[str, Any], known_since: date) -> None:
        if not Partnership.objects.exists():
            Partnership(**data["partnership"]).save()
            self.number_recorded += 1
        for row in data["partners"]:
            self.add(Partner, row, kind=row["kind"], started_on=known_since)
        for row in data["groups"]:
            is_new = self.add(
                Group,
                row,
                slug=row["slug"],
                takes_decisions=row.get("takes_decisions", False),
                accepts_high=row.get("accepts_high", False),
                reports_to=Group.objects.filter(slug=row.get("reports_to", "")).first(),
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
                group=Group.objects.filter(slug=row.get("group", "")).first(),
                partner=Partner.objects.filter(name=row.get("partner", "")).first(),
            )

    def add_quorum(self, row: dict[str, Any], known_since: date) -> None:
        rule = [
            (part["at_least"], [Partner.objects.get_by_spelling(name) for name in part["of"]])
            for part in row.get("quorum", [])
        ]
        QuorumPart.set_rule(Group.objects.get(name=row["name"]), rule, known_since)

    def add(self, model: type[Named], row: dict[str, Any], **values: Any) -> bool:
        if model.objects.filter(name=row["name"]).exists():
            return False
        model(name=row["name"], aliases="\n".join(row.get("aliases", [])), **values).save()
        self.number_recorded += 1
        return True
