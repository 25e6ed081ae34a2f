import hashlib
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from actions.management.commands.load_plan import in_words
from actions.models import BusinessPlan
from actions.models.plan_decision import why_not_imported
from actions.tables.apart import understood_apart
from actions.tables.cells import Refused
from actions.tables.proposing import Proposal, propose
from actions.tables.recording import record_import
from actions.tables.understood import Doubt, Understood
from actions.tables.wanted import OnRecord
from actions.tables.wording import shortened
from gscp.record import Actor, recording_by_command

IMPORT = Actor("Import of a plan")


class Command(BaseCommand):
    help = "Read a plan from a table: docs/plan-table.md. Without --commit it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", metavar="FILE", type=Path, help="XLSX, ODS, DOCX, CSV or TSV.")
        parser.add_argument("--plan", required=True, metavar="LABEL", help="Of the plan, such as 2022-23.")
        parser.add_argument("--commit", action="store_true", help="Record what the file adds and changes.")
        parser.add_argument("--json", action="store_true", help="Print what was understood, as JSON.")
        parser.add_argument("--answers", metavar="FILE", type=Path, help="Answers to doubts, as JSON.")

    def handle(self, table: Path, plan: str, commit: bool, **options: Any) -> None:
        found = BusinessPlan.objects.filter(label=plan).first()
        self.check_plan(found, plan, commit)
        data = read_bytes(table)
        answers = read_answers(options["answers"])
        period = (found.first_day, found.last_day) if found else None
        try:
            understood = understood_apart(data, table.name, OnRecord().known, answers, period)
        except Refused as refused:
            raise CommandError(f"Nothing was recorded. {refused}") from refused
        if commit:
            reason = f"Imported from “{table.name}” (SHA-256 {hashlib.sha256(data).hexdigest()})"
            proposal = self.record(understood, plan, answers, reason)
        else:
            proposal = propose(understood, found, answers, OnRecord())
        if options["json"]:
            understood.doubts = proposal.doubts
            printed = understood.as_json() | not_in_file(proposal)
            self.stdout.write(json.dumps(printed, ensure_ascii=False))
        else:
            self.tell(proposal, is_recorded=commit and not proposal.must_be_answered)
        if proposal.must_be_answered and (commit or not options["json"]):
            raise CommandError("Nothing was recorded: some of this must be answered first.")

    def check_plan(self, plan: BusinessPlan | None, label: str, commit: bool) -> None:
        if plan is None and commit:
            raise CommandError(f"There is no plan “{label}”: begin its draft in the browser.")
        if plan and (why := why_not_imported(plan)):
            raise CommandError(why)

    def record(self, understood: Understood, label: str, answers: dict[str, Any], reason: str) -> Proposal:
        """Record it, unless something must be answered: what it changes is asked in the same act."""
        try:
            with recording_by_command(IMPORT, reason):
                proposal = propose(understood, BusinessPlan.objects.get(label=label), answers, OnRecord())
                if proposal.count and not proposal.must_be_answered:
                    record_import(proposal)
        except ValidationError as error:
            raise CommandError(f"Nothing was recorded. {in_words(error)}") from error
        return proposal

    def tell(self, proposal: Proposal, *, is_recorded: bool) -> None:
        for doubt in proposal.doubts:
            self.stdout.write(in_a_line(doubt))
        for changed in proposal.changed:
            for one in changed.differences:
                self.stdout.write(f"{changed.action.ref}, {one.label}: “{one.old}” -> “{one.new}”")
        if proposal.missing:
            named = ", ".join(f"“{one.ref}” {shortened(one.title or one.text)}" for one in proposal.missing)
            self.stdout.write(f"Not in this file, and left as they are: {named}")
        did = "recorded" if is_recorded else "would be recorded"
        self.stdout.write(
            f"{len(proposal.added)} new actions and {len(proposal.changed)} changed ones {did}, "
            f"{len(proposal.same)} left as they are."
        )


def in_a_line(doubt: Doubt) -> str:
    must = "To be answered" if doubt.must else "To be confirmed"
    cells = f" [{', '.join(doubt.cells)}]" if doubt.cells else ""
    return f"{must}, {doubt.kind}: {' '.join(doubt.message.split())}{cells}"


def not_in_file(proposal: Proposal) -> dict[str, Any]:
    """The actions of the plan that the file does not have; empty where it has them all."""
    actions = [{"ref": one.ref, "title": one.title, "action": one.text} for one in proposal.missing]
    return {"not_in_file": actions} if actions else {}


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path.name} cannot be opened: {error.strerror}.") from error


def read_answers(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        answers = json.loads(read_bytes(path))
    except ValueError as error:
        raise CommandError(f"{path.name} holds no JSON: {error}") from error
    if not isinstance(answers, dict):
        raise CommandError(f"{path.name} holds no answers: they are an object of JSON.")
    return answers
