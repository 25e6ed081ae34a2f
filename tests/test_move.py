"""The administrator moves from SQLite to PostgreSQL, and has the seal mailed to somebody outside."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from gscp import archive
from scrutiny.proof.signatures import Keys
from tests.postgres import postgresql

pytestmark = pytest.mark.usefixtures("committed")


def told(*arguments) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.run_in("sqlite")  # it is the database that is moved
def test_everything_moves_and_the_seal_is_the_same(report):
    report("005", rating="amber")
    seal = archive.seal_now()
    with postgresql("fsync=off") as url:
        said = told("move_to_postgresql", url)
        assert f"The seal is {seal} on both sides" in said
        assert re.search(r"[1-9][\d,]* rows of \d+ tables", said)
        with pytest.raises(CommandError, match="This database has a record"):
            told("move_to_postgresql", url)
    assert archive.seal_now() == seal


def test_it_goes_to_postgresql_alone():
    with pytest.raises(CommandError, match="It goes from SQLite"):
        told("move_to_postgresql", "sqlite:///elsewhere")


def test_the_seal_is_mailed_with_the_fingerprint_of_the_first_key():
    told("mail_seal", "auditor@outside.example")
    [message] = mail.outbox
    assert message.to == ["auditor@outside.example"]
    assert archive.seal_now() in message.body
    assert Keys.on_record().fingerprint in message.body
