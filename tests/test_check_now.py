"""The check that a reader asks for in a browser: one at a time, outside the record, in plain words."""

import re
import time
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from gscp.record import Change, triggers
from scrutiny import checking
from scrutiny.checking import BEAT, LONGEST_SILENCE, check, latest, running, start, state_of, telling
from scrutiny.models import RecordCheck, Walk
from scrutiny.proof import plain_words
from tests.postgres import address_of_database
from tests.test_refusals import sql
from tests.written_down import head

pytestmark = pytest.mark.django_db
PAGE = "/scrutiny/check/"
NOTHING_WRONG = "<strong>Nothing is wrong.</strong>"


def in_one_line(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def altered():
    """One row of today altered behind the record."""
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'green' WHERE slug = '003'")
    connection.check_constraints()
    triggers.install()


def test_the_scrutineer_has_it_checked_and_leaves_no_trace_on_the_record(sign_in, started):
    reader, last = sign_in("scrutineer"), Change.objects.last_number()
    before = reader.get("/scrutiny/").content.decode()
    assert "Check the whole record now" in before and NOTHING_WRONG not in before
    assert reader.post(PAGE).url == PAGE
    assert len(started) == 1
    assert f"So far 0 of {last} changes." in in_one_line(reader.get(PAGE)), (
        "and it can be left and come back to"
    )
    check(started[0])
    for page in (PAGE, "/scrutiny/"):
        told = in_one_line(reader.get(page))
        sentence = f"Checked just now: all {last} changes are as they were written, in order, and signed."
        assert f"{NOTHING_WRONG} {sentence}" in told
    assert Change.objects.last_number() == last and not Walk.objects.exists()


def test_one_runs_at_a_time(sign_in, started):
    assert start() and not start()
    told = sign_in("qiip.chair").post(PAGE, follow=True).content.decode()
    assert "A check is running already." in told and len(started) == 1
    check(started[0])
    assert start() and len(started) == 2


def test_a_process_that_fell_silent_is_given_up_and_writes_no_answer_later(sign_in, started):
    start()
    RecordCheck.objects.update(heard_at=timezone.now() - LONGEST_SILENCE - timedelta(seconds=1))
    assert "The last check came to no end." in sign_in("scrutineer").get(PAGE).content.decode()
    assert start()
    check(started[0])
    assert state_of(latest()) == "running", "the answer of the first is not that of the second"
    check(started[1])
    assert state_of(latest()) == "sound"


def test_the_last_answer_is_there_until_there_is_another(sign_in, started, altered):
    start()
    check(started[0])
    reader, wrong = sign_in("scrutineer"), "<strong>1 thing is wrong.</strong>"
    start()
    for page in ("/scrutiny/", PAGE):
        told = in_one_line(reader.get(page))
        now, before = "The record is being checked.", "This is the answer of the check before:"
        assert told.index(now) < told.index(before) and told.count(wrong) == 1
    assert "Check the whole record now" not in told
    checking.give_up(started[1])
    told = in_one_line(reader.get(PAGE))
    assert "The last check came to no end." in told and told.count("Check the whole record now") == 1
    assert wrong in told
    start()
    check(started[2])
    told = in_one_line(reader.get(PAGE))
    assert told.count(wrong) == 1 and "answer of the check before" not in told


def test_what_is_wrong_is_told_in_plain_words(sign_in, started, altered):
    start()
    check(started[0])
    last = Change.objects.filter(model="actions.action").values_list("number", flat=True)
    told = in_one_line(sign_in("scrutineer").get(PAGE))
    assert "<strong>1 thing is wrong.</strong>" in told and NOTHING_WRONG not in told
    number = int(re.search(r">Change (\d+)</a>: What pages show today is not what was recorded\.", told)[1])
    assert number in last and "the row of today is not its history row." in told


def test_what_was_recorded_after_it_is_counted(sign_in, started, on_record, action):
    reader = sign_in("scrutineer")
    start()
    check(started[0])
    assert "after this check" not in in_one_line(reader.get(PAGE))
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    assert "1 change was recorded after this check." in in_one_line(reader.get(PAGE))


def test_what_goes_after_a_check_is_told(sign_in, started, on_record, action):
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    start()
    check(started[0])
    assert state_of(latest()) == "sound"
    triggers.remove()
    sql(f"UPDATE gscp_change SET hash = '{'0' * 64}' WHERE number = {Change.objects.last_number()}")
    told = in_one_line(sign_in("scrutineer").get(PAGE))
    assert "Changes have gone from the record." in told and NOTHING_WRONG not in told
    connection.check_constraints()
    triggers.install()


@pytest.mark.parametrize(
    "forged",
    ["findings = 0, found = ''", "number = number - 1", "signature = ''", "key = 'nobody'", "redacted = 9"],
)
def test_an_answer_that_the_record_s_key_has_not_signed_is_none(forged, sign_in, started, altered):
    start()
    check(started[0])
    sql(f"UPDATE scrutiny_recordcheck SET {forged}")
    told = in_one_line(sign_in("scrutineer").get(PAGE))
    assert "The answer of the last check proves nothing." in told and NOTHING_WRONG not in told


def test_a_fault_of_our_own_is_no_answer(sign_in, started, monkeypatch):
    def fails(*args, **options):
        raise OperationalError("no room")

    start()
    monkeypatch.setattr(checking, "verify", fails)
    with pytest.raises(OperationalError):
        check(started[0])
    assert "The last check came to no end." in sign_in("scrutineer").get(PAGE).content.decode()
    assert start()


def test_it_vouches_for_a_seal(sign_in, started, on_record, action):
    reader, early = sign_in("scrutineer"), head()

    def told(said):
        return in_one_line(reader.get(f"/scrutiny/verify/?head={quote(said)}"))

    assert "To know whether each change before it is unchanged too, check the whole record." in told(early)
    start()
    check(started[0])
    assert "Everything before it was unchanged when the record was checked on" in told(early)
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    assert "To know whether each change before it is unchanged too, check the whole record." in told(head())
    call_command("verify_history")
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'green' WHERE slug = '003'")
    connection.check_constraints()
    triggers.install()
    start()
    check(started[1])
    assert "The last check found that something in the record is wrong." in told(early)


def test_only_its_own_address_lets_the_scrutineer_write(sign_in, started):
    """And only by a POST: the page itself is shown on a connection that refuses writes."""
    reader = sign_in("scrutineer")
    for address in ("/scrutiny/", "/scrutiny/verify/", "/scrutiny/compare/"):
        assert reader.post(address).status_code == 405
    assert reader.get(PAGE).status_code == 200 and not started


def test_while_it_runs_it_says_how_far_it_is(committed, monkeypatch):
    monkeypatch.setattr(checking, "BEAT", BEAT / 20)
    run = uuid4()
    now = timezone.now()
    RecordCheck(run=run, asked_at=now, heard_at=now).save()
    with telling(run) as reached:
        reached.append(120)
        until = time.monotonic() + 10
        while not running(run).get().reached and time.monotonic() < until:
            time.sleep(0.02)
    told = running(run).get()
    assert told.reached == 120 and told.heard_at > now


def test_a_process_of_its_own_checks(committed, patched, monkeypatch):
    """The one that a browser's button starts: the record is read in another process than this."""
    patched.undo()
    monkeypatch.setenv("DATABASE_URL", address_of_database())
    monkeypatch.setenv("RECORD_KEY", settings.RECORD_KEY)
    assert start()
    until = time.monotonic() + 60
    while state_of(latest()) == "running" and time.monotonic() < until:
        time.sleep(0.2)
    assert state_of(latest()) == "sound" and latest().number == Change.objects.last_number()


def test_every_sentence_is_of_a_finding_that_a_check_can_make():
    """So that a finding worded anew does not fall back to the general sentence unseen."""
    source = "".join(
        path.read_text()
        for path in (settings.BASE_DIR / "scrutiny" / "proof").glob("*.py")
        if path.name != "plain_words.py"
    )
    assert [part for part, _ in plain_words.SENTENCES if part not in source] == []
    assert plain_words.in_plain_words("Entry 7: something else.") == [
        (7, plain_words.OTHER, "something else.")
    ]
