"""What both verifiers make of a record with redactions: a lawful one is sound, an unlawful one is found."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from actions.models import Milestone, ProgressUpdate
from gscp.record import (
    REASON,
    TOMBSTONE,
    Actor,
    Change,
    ChangeText,
    Redaction,
    history_of,
    ledger,
    recording,
    triggers,
)
from scrutiny import checker
from scrutiny.proof import export
from scrutiny.proof.entry import entry_findings
from scrutiny.proof.walk import verify, walk
from tests import redacting
from tests.redacting import SECRET, text_of

pytestmark = pytest.mark.django_db
reported, ask, decide, redacted = redacting.reported, redacting.ask, redacting.decide, redacting.redacted


def test_no_entry_of_a_record_is_doubted_but_one_whose_text_is_back(played, action, on_record, ask, decide):
    subject = action("001")
    for title in ("A title", ""):
        with on_record():
            subject.title = title
            subject.save()
    gone = text_of(subject, REASON)
    ask(gone)
    decide()
    doubted = {c.number: list(entry_findings(c)) for c in Change.objects.all().with_texts()}
    assert set(map(tuple, doubted.values())) == {()} and 1 in doubted
    triggers.remove()
    ChangeText.objects.filter(pk=gone.pk).update(value=SECRET)
    [back] = Change.objects.filter(number=gone.change_id).with_texts()
    assert list(entry_findings(back)) == ["“Reason” is not the text that its line commits to."]


@pytest.mark.parametrize(
    ("asker", "decider"), [("executive", "executive"), ("executive", None), (None, "executive")]
)
def test_one_person_alone_is_found_with_the_triggers_off(asker, decider, reported, user):
    """Even where a second one seems to have asked later."""

    def by(name):
        return recording(user(name) if name else Actor("Nobody"), "By one person")

    triggers.remove()
    text = text_of(reported, "done")
    with by(asker):
        Redaction.ask(text)
    redaction = Redaction.objects.get()
    with by("business.manager") as recorded:
        recorded.save(redaction, [])
    with by(decider):
        redaction.consent()
    assert "nobody else asked for this redaction." in {finding.what for finding in verify().findings}
    wrong, *_ = checker.check(export.lines())
    assert any("no two people asked for it and consented" in what for what in wrong), wrong


def test_who_asked_for_one_text_did_not_ask_for_another(reported, user, ask):
    """With the triggers on nobody can say so; with them off it is found."""
    ask(text_of(reported, "done"))
    redaction, other = Redaction.objects.get(), text_of(reported, "difference")

    def decide_on_another():
        with recording(user("executive"), "I consent") as recorded:
            redaction.field, redaction.state = "difference", Redaction.State.DONE
            recorded.save(redaction, redaction.changed_fields())
            redaction._take_out()

    with pytest.raises(IntegrityError, match="one person asks, another decides"):
        decide_on_another()
    assert text_of(reported, "difference").value == other.value
    triggers.remove()
    redaction = Redaction.objects.get()
    decide_on_another()
    assert "nobody else asked for this redaction." in {finding.what for finding in verify().findings}
    wrong, *_ = checker.check(export.lines())
    assert any("nobody else asked for this redaction" in what for what in wrong), wrong


def test_nothing_can_be_taken_out_before_it_is_entered(reported, user):
    for entry, field in ((Change.objects.last_number() + 3, REASON), (1, "no_field")):
        asks = recording(user("business.manager"), "It will name a child")
        with pytest.raises(IntegrityError, match="one person asks, another decides"), asks:
            Redaction(entry=entry, field=field).save()
    triggers.remove()
    with recording(user("business.manager"), "It names a child"):
        Redaction(entry=1, field="no_field").save()
    assert "the text of this redaction was not there." in {finding.what for finding in verify().findings}
    wrong, *_ = checker.check(export.lines())
    assert any("the text of this redaction was not there" in what for what in wrong), wrong


def test_what_was_taken_out_and_put_back_is_found(reported, ask, decide):
    """As from an old backup, by somebody who switched the triggers off."""
    text = text_of(reported, "done")
    ask(text)
    decide()
    assert verify().findings == []
    triggers.remove()
    ChangeText.objects.filter(pk=text.pk).update(value=SECRET, salt=text.salt)
    for rows in (ProgressUpdate.objects, ProgressUpdate.history):
        rows.filter(id=reported.pk).update(done=SECRET)
    assert [str(finding) for finding in verify().findings] == [
        f"Entry {text.change_id}: “done” was taken out, and stands here again."
    ]
    said = list(export.lines())
    decided = Redaction.objects.get().change_id
    again = f"Entry {decided}: by it a text was taken out, and that stands here again."
    assert SECRET not in "".join(said), "nor is it in an export"
    assert checker.check(said)[0][-1] == again
    shown = json.loads(said[text.change_id])
    shown["texts"] = [
        {"field": "done", "salt": text.salt, "value": SECRET} if one["field"] == "done" else one
        for one in shown["texts"]
    ]
    said[text.change_id] = ledger.canonical(shown)
    assert checker.check(said)[0] == [again]
    # Nor does it help to say afterwards that it was refused.
    with recording(Actor("Test"), "Undone"):
        redaction = Redaction.objects.get()
        redaction.state = Redaction.State.REFUSED
        redaction.save()
    assert "“done” was taken out, and stands here again" in str(verify().findings[0])


def test_the_record_still_verifies_and_lists_what_was_taken_out(
    redacted, action, on_record, ask, decide, user, sign_in
):
    """Of a text that later rows carried on, too; both verifiers say so, and an unlawful one is found."""
    with on_record():
        carried = Milestone(action=action("001"), text=SECRET)
        carried.save()
    with on_record():
        carried.done_on = date(2021, 4, 1)
        carried.save()
    entered = text_of(carried, "text")
    ask(entered)
    decide()
    last = Change.objects.last()
    page = sign_in("scrutineer").get("/scrutiny/verify/", {"head": ledger.head(last.number, last.hash)})
    assert "2 texts were taken out of the record" in page.content.decode()
    walked = verify()
    assert (walked.findings, (entered.change_id, "text") in walked.redactions) == ([], True)
    middle, last = entered.change_id, Change.objects.last_number()
    assert walk(middle, last).findings == [] and walk(0, middle).findings == []
    lines = list(export.lines())
    assert SECRET not in "".join(lines) and entered.salt not in "".join(lines)
    assert checker.check(lines) == ([], last, walked.head, len(walked.redactions), 0, [])
    other = ChangeText.objects.exclude(value__in=["", TOMBSTONE]).first()
    with transaction.atomic():
        triggers.remove()
        ChangeText.objects.filter(pk=other.pk).update(value=TOMBSTONE, salt="")
        assert {finding.number for finding in verify().findings} == {other.change_id}
        wrong, *_ = checker.check(export.lines())
        assert len(wrong) == 1
        transaction.set_rollback(True)
    with transaction.atomic():
        triggers.remove()
        rows = history_of(Redaction).objects.filter(state="done")
        rows.update(history_user_id=user("business.manager").pk)  # who asked
        assert any("nobody else asked for this redaction" in str(finding) for finding in verify().findings)
        transaction.set_rollback(True)
