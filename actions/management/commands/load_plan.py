from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import capfirst

from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    FurtherAction,
    Milestone,
    Ownership,
    StrategicDriver,
    Theme,
)
from actions.models.plan import RATING_KEY
from actions.tables import published
from gscp.files import Unreadable, read_text
from gscp.record import Actor, recording_by_command
from subgroups.models import Group, Partner, Post

PUBLISHED = Actor("Plan as published")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no day: give it as 2021-04-01.") from error


def in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    # Of a field its name as well, which is the heading of its column or near it.
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return " ".join(
        message if name == NON_FIELD_ERRORS else f"{capfirst(name.replace('_', ' '))}: {message}"
        for name, messages in by_field.items()
        for message in messages
    )


class Command(BaseCommand):
    help = "Record a published plan: what is missing is created by reference, what is there is never changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", metavar="FILE", type=Path, help="The table: docs/plan-table.md.")
        parser.add_argument("--label", required=True, help="What stands in its address, such as 2021-22.")
        parser.add_argument("--first-day", required=True, type=day, help="As 2021-04-01.")
        parser.add_argument("--last-day", required=True, type=day, help="As 2022-03-31.")
        parser.add_argument("--title", help="As printed; otherwise “Business Plan” and the label.")
        parser.add_argument("--introduction", metavar="FILE", type=Path, help="What it says of itself.")

    def handle(self, table: Path, introduction: Path | None, **options: Any) -> None:
        try:
            rows = published.read_rows(table)
            about = read_text(introduction).strip() if introduction else ""
            with recording_by_command(PUBLISHED, f"As published in {table.name}"):
                plan = self.get_or_create_plan(about, **options)
                added = self.add_actions(plan, rows)
        except (Unreadable, ValidationError) as error:
            raise CommandError(f"Nothing was recorded. {in_words(error)}") from error
        self.stdout.write(
            f"{plan}: {added} actions recorded, {len(rows) - added} there already and left as they are."
        )

    def get_or_create_plan(
        self, introduction: str, *, label: str, title: str | None, first_day: date, last_day: date, **_: Any
    ) -> BusinessPlan:
        plan = BusinessPlan.objects.filter(label=label).first()
        if plan is None:
            plan = BusinessPlan(
                label=label,
                title=title or f"Business Plan {label}",
                introduction=introduction,
                first_day=first_day,
                last_day=last_day,
                status=BusinessPlan.Status.LIVE,
                **RATING_KEY,
            )
            plan.save()
        return plan

    def add_actions(self, plan: BusinessPlan, rows: list[published.Row]) -> int:
        """How many were added: those whose reference the plan did not have.

        Raises:
            Unreadable: a row cannot be read, or a record refuses what it says.
        """
        self.posts, self.partners = list(Post.objects.all()), list(Partner.objects.all())
        there = {action.ref: action for action in plan.actions.all()}
        is_adopted = not plan.is_draft and plan.plan_decisions.adoptions().in_force().exists()
        added, position = 0, 0
        for row in rows:
            if row.ref in there:
                position = there[row.ref].position
                continue
            # One that is added later has the place of the one printed before it, and stands after it.
            if not there:
                position += 1
            if is_adopted:
                raise Unreadable(f"A meeting adopted the {plan}: another one adds “{row.ref}” to it.")
            try:
                self.add_action(plan, row, position)
            except (Unreadable, ValidationError) as error:
                raise Unreadable(f"Line {row.line}, “{row.ref}”: {in_words(error)}") from error
            added += 1
        return added

    def add_action(self, plan: BusinessPlan, row: published.Row, position: int) -> None:
        posts, partners = published.read_who(row.who, self.posts, self.partners)
        for post in posts:
            ActionLead(post=post).clean()
        original_date, precision = published.read_due(row.due)
        action = Action(
            plan=plan,
            ref=row.ref,
            position=position,
            theme=self.theme(plan, row),
            driver=self.driver(plan, row),
            title=row.title,
            text=row.text,
            outcome=row.outcome,
            known_by=row.known_by,
            priority=published.read_priority(row.priority),
            who=row.who,
            group=self.responsible_group(row, posts),
            timescale=row.timescale,
            precision=precision,
            original_date=original_date,
        )
        action.save()
        for place, post in enumerate(posts, start=1):
            ActionLead(action=action, post=post, position=place).save()
        for partner in partners:
            Ownership(action=action, partner=partner).save()
        for due, text in published.read_milestones(row.milestones):
            Milestone(action=action, text=text, due=due).save()
        if row.further:
            FurtherAction(action=action, text=row.further).save()

    def theme(self, plan: BusinessPlan, row: published.Row) -> Theme | None:
        theme = plan.themes.filter(text=row.theme).first()
        if theme is None and row.theme:
            theme = Theme(plan=plan, text=row.theme, position=plan.themes.count() + 1)
            theme.save()
        return theme

    def driver(self, plan: BusinessPlan, row: published.Row) -> StrategicDriver:
        kind = published.read_kind(row.kind, row.driver)
        driver = plan.drivers.filter(text=row.driver, kind=kind).first()
        if driver is None:
            driver = StrategicDriver(plan=plan, kind=kind, text=row.driver)
            driver.save()
        return driver

    def responsible_group(self, row: published.Row, posts: list[Post]) -> Group:
        # Where the table names no group and no post, the title names the responsible group.
        if posts and posts[0].group and not row.group:
            return posts[0].group
        try:
            return Group.objects.get_by_spelling(row.group or row.title)
        except Group.DoesNotExist as error:
            raise Unreadable(str(error)) from error
