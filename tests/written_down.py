"""What somebody outside may hold of the record: its head, written down, and an export of it."""

from io import StringIO

from django.core.management import call_command

from gscp.record import Change, ledger


def exported() -> list[str]:
    out = StringIO()
    call_command("export_ledger", stdout=out)
    return out.getvalue().splitlines(keepends=True)


def head() -> str:
    last = Change.objects.last()
    return ledger.head(last.number, last.hash)
