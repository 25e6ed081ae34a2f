from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from actions.models import Action, BusinessPlan, FurtherAction, Ownership, StrategicDriver
from actions.tables import published
from gscp.record import Actor, recording
from subgroups.models import Group, Partner, Post

PUBLISHED = Actor("Plan as published")
RATING_KEY = {
    "green_means": "On course to be complete by its date.",
    "amber_means": "At risk: it will be late or fall short unless something changes.",
    "red_means": "Off course: it is or will be late, or will fall short, and needs a decision.",
}


class Command(BaseCommand):
    help = "Record a published plan: what is missing is created by reference, what is there is never changed."

    def add_arguments(self, parser: CommandParser) -> None:
        fixtures = settings.BASE_DIR / "fixtures"
        parser.add_argument("table", nargs="?", type=Path, default=fixtures / "business-plan-2021-22.tsv")
        parser.add_argument(
            "--introduction", type=Path, default=fixtures / "business-plan-2021-22-introduction.txt"
        )
        parser.add_argument("--year", default="2021-22", help="The plan's year, as 2021-22.")

    def handle(self, table: Path, introduction: Path, year: str, **options: Any) -> None:
        try:
            rows = list(published.read_rows(table))
            with recording(PUBLISHED, f"As published in {table.name}"):
                plan = self.get_or_create_plan(year, introduction.read_text("utf-8").strip())
                added = [row.ref for row in rows if self.add_action(plan, row)]
        except (published.Unreadable, OSError, ValidationError, Group.DoesNotExist) as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        already_there = len(rows) - len(added)
        self.stdout.write(
            f"{plan}: {len(added)} actions recorded, {already_there} there already and left as they are."
        )

    def get_or_create_plan(self, year: str, introduction: str) -> BusinessPlan:
        plan = BusinessPlan.objects.filter(year=year).first()
        if plan is None:
            first, last = self.first_and_last_year(year)
            plan = BusinessPlan(
                year=year,
                title=f"Business Plan {first} / {last}",
                introduction=introduction,
                starts_on=date(first, 4, 1),
                ends_on=date(last, 3, 31),
                status=BusinessPlan.Status.LIVE,
                **RATING_KEY,
            )
            plan.save()
        return plan

    def first_and_last_year(self, year: str) -> tuple[int, int]:
        first, _, second = year.partition("-")
        if not (len(first) == 4 and first.isdigit() and second == f"{(int(first) + 1) % 100:02}"):
            raise CommandError(f"“{year}” is not a plan's year: give it as 2021-22.")
        return int(first), int(first) + 1

    def add_action(self, plan: BusinessPlan, row: published.Row) -> bool:
        """Returns False, and records nothing, if the plan has an action of this reference already."""
        if plan.actions.filter(ref=row.ref).exists():
            return False
        posts, partners = published.read_who(row.who, Post.objects.all(), Partner.objects.all())
        driver = plan.drivers.filter(text=row.driver).first()
        if driver is None:
            driver = StrategicDriver(plan=plan, kind=published.read_kind(row.driver), text=row.driver)
            driver.save()
        action = Action(
            plan=plan,
            ref=row.ref,
            driver=driver,
            title=row.title,
            text=row.text,
            priority=published.read_priority(row.priority),
            who=row.who,
            lead_post=posts[0] if posts else None,
            # Where the table names no post, its title names the responsible group.
            group=posts[0].group if posts else Group.objects.get_by_spelling(row.title),
        )
        action.save()
        for partner in partners:
            Ownership(action=action, partner=partner).save()
        if row.further:
            FurtherAction(action=action, text=row.further).save()
        return True
