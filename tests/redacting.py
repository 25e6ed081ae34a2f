"""What the tests of redaction share: a text that may not be kept, who asks, who decides, and where it stands.

A file of tests takes the fixtures that it uses by name (`ask = redacting.ask`), since conftest.py has another
decide() for all the others.
"""

import json

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from actions.models import ProgressUpdate
from gscp.record import ChangeText, Redaction, recording, triggers

SECRET = "the name of a child, which may not stand here"


@pytest.fixture
def reported(action, user):
    """The chair of CEM reports progress on 005, in words that may not be kept; returns that update."""
    update = ProgressUpdate(done=SECRET, difference="None yet", rating="green", entered_by=user("cem.chair"))
    with recording(user("cem.chair"), "Progress"):
        action("005").record_update(update)
    return update


@pytest.fixture
def ask(sign_in, send):
    """ask(text): the Business Manager asks for it to be taken out."""

    def asked(text, reason="It names a child"):
        url = f"/scrutiny/changes/{text.change_id}/take-out/{text.field}/"
        return send(sign_in("business.manager"), url, reason=reason)

    return asked


@pytest.fixture
def decide(sign_in, send):
    """decide(decision): the Executive's chair decides on the latest."""

    def decided(decision="consent", reason="So it does", by="executive"):
        url = f"/scrutiny/redactions/{Redaction.objects.latest('pk').pk}/decide/"
        return send(sign_in(by), url, decision=decision, reason=reason)

    return decided


def text_of(row, field) -> ChangeText:
    """The text of this field that was entered last."""
    model = row._meta.label_lower
    texts = ChangeText.objects.filter(change__model=model, change__object_id=row.pk, field=field)
    return texts.latest("change")


def found(needle: str) -> list[str]:
    """Where in the whole database it stands: every column of every table, as text."""
    places = []
    with connection.cursor() as cursor:
        for table, columns in triggers.existing_tables().items():
            for column in columns:
                cast = f'CAST("{column}" AS text)'
                pieces = (needle, json.dumps(needle)[1:-1])
                for piece in dict.fromkeys(pieces):
                    query = f'SELECT count(*) FROM "{table}" WHERE {cast} LIKE %s'  # noqa: S608 names of ours
                    cursor.execute(query, [f"%{piece}%"])
                    if cursor.fetchone()[0]:
                        places.append(f"{table}.{column}")
    if any(needle in str(session.get_decoded()) for session in Session.objects.all()):
        places.append("a session")
    return sorted(set(places))


@pytest.fixture
def redacted(reported, ask, decide):
    """The text of an update taken out, and an action whose title nobody asked about."""
    ask(text_of(reported, "done"))
    decide()
    return reported
