"""What the database refuses of a redaction: one person alone, and a tombstone for any other text."""

import pytest
from django.db import IntegrityError, connection, transaction

from actions.models import Action, ProgressUpdate
from gscp.record import REASON, TOMBSTONE, Actor, Change, ChangeText, Redaction, recording
from tests import redacting
from tests.redacting import text_of

pytestmark = pytest.mark.django_db
reported, ask, decide, redacted = redacting.reported, redacting.ask, redacting.decide, redacting.redacted


def test_nobody_asks_a_second_time_in_another_name(reported, user, ask):
    """Or the first could consent to it, as if the second had asked."""
    ask(text_of(reported, "done"))
    redaction = Redaction.objects.get()
    again = recording(user("executive"), "I ask as well")
    with pytest.raises(IntegrityError, match="one person asks, another decides"), again as recorded:
        recorded.save(redaction, [])


def test_a_redaction_is_decided_once_whoever_writes_it(redacted, user):
    redaction, state = Redaction.objects.get(), Redaction._meta.get_field("state")
    redaction.state = Redaction.State.REFUSED
    anew = recording(user("management.chair"), "It should have stayed")
    with pytest.raises(IntegrityError, match="one person asks, another decides"), anew as recorded:
        recorded.save(redaction, [state])
    assert Redaction.objects.get().state == Redaction.State.DONE


def test_a_row_takes_a_tombstone_only_for_what_was_redacted(reported, ask, decide):
    rows = ProgressUpdate.objects.filter(pk=reported.pk)
    for earlier in (True, False):
        for change in (
            {"difference": TOMBSTONE},
            {"done": "Other words"},
            {"done": TOMBSTONE, "rating": "red"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
        if earlier:
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(done=TOMBSTONE)
            ask(text_of(reported, "done"))
            decide()
    assert rows.get().done == TOMBSTONE


def test_only_the_tombstone_of_a_done_redaction_is_let_through(redacted, action, user):
    history, entry = redacted.history.model.objects, Redaction.objects.get().entry
    texts = ChangeText.objects.filter(change=entry)
    attempts = {
        "another word": lambda: texts.filter(field="done").update(value="Nothing"),
        "the tombstone, keeping a salt": lambda: texts.filter(field="done").update(salt="00"),
        "another field's text": lambda: texts.filter(field="difference").update(value=TOMBSTONE, salt=""),
        "its reason": lambda: texts.filter(field=REASON).update(value=TOMBSTONE, salt=""),
        "a history row's word": lambda: history.update(done="Nothing"),
        "a history row's other text": lambda: history.update(difference=TOMBSTONE),
        "a history row's reason": lambda: history.update(history_change_reason=TOMBSTONE),
        "a history row's reason, to nothing": lambda: history.update(history_change_reason=None),
        "a history row's rating": lambda: history.update(rating="red"),
        "what it said is undone": lambda: Redaction.objects.update(state="refused"),
        "another text is named": lambda: Redaction.objects.update(field="difference"),
        "a redaction nobody asked for": lambda: Redaction.objects.bulk_create(
            [Redaction(entry=entry, field="difference", state="done", change_id=entry)]
        ),
    }
    for name, attempt in attempts.items():
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
            pytest.fail(name)


def test_the_text_of_another_object_or_time_is_not_let_through(redacted, action, on_record):
    """A redaction reaches from the entry it names up to where its text was replaced, and no further."""
    with on_record():
        subject = action("005")
        subject.title = "First"
        subject.save()
    first = text_of(subject, "title")
    with on_record():
        subject.title = "Second"
        subject.save()
    with recording(Actor("Business Manager", pk=1), "It names a child"):
        Redaction.ask(first)
    rows = Action.history.filter(id=subject.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.filter(change=first.change_id).update(title=TOMBSTONE)
    with recording(Actor("Executive chair", pk=2), "So it does"):
        Redaction.objects.latest("pk").consent()
    assert [row.title for row in rows.order_by("change")][-2:] == [TOMBSTONE, "Second"]
    for others in (rows.filter(title="Second"), rows.filter(change__lt=first.change_id)):
        with pytest.raises(IntegrityError), transaction.atomic():
            others.update(title=TOMBSTONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.history.filter(ref="001").update(title=TOMBSTONE)


def test_one_person_alone_takes_nothing_out_whatever_the_row_of_today_says(action, on_record):
    """Its history has to say that another person decided; that row is let in for another person alone."""
    subject = action("005")
    with on_record():
        subject.title = "First"
        subject.save()
    text = text_of(subject, "title")
    with recording(Actor("Business Manager", pk=1), "It names a child"):
        Redaction.ask(text)
    asked = Redaction.objects.latest("pk")
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        with connection.cursor() as cursor:
            number = Change.objects.last_number() + 1
            cursor.execute(
                "UPDATE gscp_redaction SET state = 'done', change_id = %s WHERE id = %s", [number, asked.pk]
            )
        ChangeText.objects.filter(pk=text.pk).update(value=TOMBSTONE, salt="")
    text.refresh_from_db()
    assert text.value == "First"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL's tables inherit")
def test_a_table_that_inherits_brings_no_consent(action, on_record):
    subject = action("005")
    with on_record():
        subject.title = "First"
        subject.save()
    text = text_of(subject, "title")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE forged () INHERITS (public.gscp_historicalredaction)")
        cursor.execute(
            "INSERT INTO forged (id, entry, field, state, change_id, history_id, history_date, history_type) "
            "VALUES (1, %s, 'title', 'done', 1, 1, now(), '~')",
            [text.change_id],
        )
        ChangeText.objects.filter(pk=text.pk).update(value=TOMBSTONE, salt="")
