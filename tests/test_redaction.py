"""Redaction, the one removal: two people, a reason, a visible tombstone, and every hash still holds."""

import hashlib
import re
import subprocess

import pytest
from django.db import connection

from actions.models import Action, ExceptionReport, ProgressUpdate
from gscp.record import REASON, TOMBSTONE, Change, ChangeText, Redaction, ledger, recording
from gscp.record.redaction import cut_log
from scrutiny.views import redactions
from tests import redacting
from tests.redacting import SECRET, found, text_of

pytestmark = pytest.mark.django_db
reported, ask, decide = redacting.reported, redacting.ask, redacting.decide


def hashes_hold():
    before = ledger.GENESIS
    for change in Change.objects.order_by("number"):
        assert change.hash == ledger.chained(before, change.line)
        before = change.hash


def test_a_text_is_taken_out_of_everything_and_its_proof_stays(reported, ask, decide, sign_in):
    text = text_of(reported, "done")
    salt, chain = text.salt, list(Change.objects.values_list("number", "line", "hash"))
    assert found(SECRET) == [
        "actions_historicalprogressupdate.done",
        "actions_progressupdate.done",
        "gscp_changetext.value",
    ]
    assert ask(text).status_code == 302
    waiting = sign_in("executive").get("/decisions/").content.decode()
    assert "1 redaction asked for" in waiting
    assert decide().status_code == 302

    assert found(SECRET) == found(salt) == []
    assert ProgressUpdate.objects.get(pk=reported.pk).done == TOMBSTONE
    assert list(reported.history.values_list("done", flat=True)) == [TOMBSTONE]
    assert chain == list(Change.objects.values_list("number", "line", "hash"))[: len(chain)]
    hashes_hold()
    assert Redaction.objects.done_pairs() == {(text.change_id, "done")}
    for name in ("scrutineer", "cem.chair"):
        page = sign_in(name).get(f"/scrutiny/changes/{text.change_id}/").content.decode()
        assert "What was done: taken out of the record on 1 April 2021: So it does" in page
        page = sign_in(name).get("/plans/2021-22/actions/005/").content.decode()
        assert TOMBSTONE in page


@pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL keeps rows as they were until a VACUUM"
)
@pytest.mark.parametrize("long", [1, 200])
def test_nothing_of_it_is_left_in_the_files_of_sqlite(long, committed, action, user, ask, decide):
    secret = f"{SECRET} " * long
    update = ProgressUpdate(done=secret, difference="None", rating="green", entered_by=user("cem.chair"))
    with recording(user("cem.chair"), "Progress"):
        action("005").record_update(update)
    text = text_of(update, "done")
    file = connection.settings_dict["NAME"]

    def kept(needle: str) -> list[str]:
        # By another process: where one closes a file that SQLite has open in it, its locks on it are gone
        # (sqlite.org/howtocorrupt.html, 2.2), and a later test's lock would hold nobody back.
        read = [(path, subprocess.check_output(["cat", path])) for path in (file, f"{file}-wal")]
        return [path for path, written in read if needle.encode() in written]

    assert kept(SECRET) == kept(text.salt) == [f"{file}-wal"]
    cut_log()
    assert kept(SECRET) == kept(text.salt) == [file]
    ask(text)
    decide()
    assert found(SECRET) == kept(SECRET) == kept(text.salt) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite's log is ours to cut")
def test_a_log_that_somebody_reads_is_told_of(committed, ask, decide, reported, caplog, monkeypatch):
    text = text_of(reported, "done")
    ask(text)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    connection.close()
    reader = connection.copy()
    with reader.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT count(*) FROM gscp_change")
        decide()
    reader.close()
    assert "still in SQLite's log" in caplog.text
    assert text_of(reported, "done").value == TOMBSTONE


def test_a_text_that_was_replaced_is_taken_out_where_it_stood(action, on_record, ask, decide):
    for title in (SECRET, "Harmless"):
        with on_record():
            subject = action("005")
            subject.title = title
            subject.save()
    harmless = text_of(subject, "title")
    former = ChangeText.objects.get(change=harmless.replaces, field="title")
    ask(former)
    decide()
    assert found(SECRET) == []
    assert action("005").title == "Harmless"
    assert action("005").change_id == subject.change_id, "the row holds another text: it does not change"
    titles = list(subject.history.order_by("change").values_list("title", flat=True))
    assert titles[-2:] == [TOMBSTONE, "Harmless"]
    assert titles[0] not in (TOMBSTONE, "Harmless"), "what was published stays"
    hashes_hold()


def test_history_rows_that_carried_the_text_on_lose_it_too(action, on_record, ask, decide):
    with on_record():
        subject = action("005")
        subject.title = SECRET
        subject.save()
    with on_record():
        subject.rating = "amber"
        subject.save()
    ask(text_of(subject, "title"))
    decide()
    assert found(SECRET) == []
    assert action("005").title == TOMBSTONE
    assert action("005").rating == "amber"


def test_a_reason_is_taken_out_of_every_entry_of_its_act_and_with_its_copies(
    user, sign_in, send, action, ask, decide
):
    """The reason of a move is kept with the step as well: it was typed once, and goes once."""
    with recording(user("cem.chair"), "Off plan"):
        report = ExceptionReport(action=action("005"), kind="exception", what="Late")
        report.ask(user("cem.chair"))
    response = send(sign_in("cem.chair"), f"/exceptions/{report.pk}/take-back/", reason=SECRET)
    assert response.status_code == 302
    reasons = ChangeText.objects.filter(value=SECRET)
    assert {text.field for text in reasons} == {REASON, "reason"}
    assert reasons.filter(field=REASON).count() > 1
    salts = list(reasons.values_list("salt", flat=True))
    places = {f'{text.change_id}/">{text.label} in change {text.change_id}</a>' for text in reasons}
    first = reasons.filter(field=REASON).first()
    form = sign_in("business.manager").get(f"/scrutiny/changes/{first.change_id}/take-out/{REASON}/")
    assert all(place in form.content.decode() for place in places), (
        "what would go is named before it is asked"
    )
    ask(first)
    assert "1 redaction asked for" in sign_in("scrutineer").get("/scrutiny/").content.decode()
    page = f"/scrutiny/redactions/{Redaction.objects.earliest('pk').pk}/"
    assert all(place in sign_in("executive").get(f"{page}decide/").content.decode() for place in places), (
        "and before it is decided"
    )
    decide()
    for needle in (SECRET, *salts):
        assert found(needle) == []
    hashes_hold()
    for name in ("business.manager", "scrutineer", "executive", "qiip.chair"):
        read = sign_in(name).get("/scrutiny/redactions/").content.decode()
        assert read.count(f'href="{page}"') == read.count("<article") == 1
        for told in (read, sign_in(name).get(page).content.decode()):
            assert all(place in told for place in places)
            assert "It names a child" in told and "So it does" in told
            assert "Business Manager" in told and "Executive Chair" in told
    assert (
        f'href="{page}"'
        in sign_in("scrutineer").get(f"/scrutiny/changes/{first.change_id}/").content.decode()
    )
    assert 'href="/scrutiny/redactions/"' in sign_in("scrutineer").get("/scrutiny/").content.decode()


def test_the_reason_of_a_redaction_can_be_taken_out_as_well(reported, ask, decide):
    ask(text_of(reported, "done"), reason="It names the school of somebody")
    ask(text_of(Redaction.objects.get(), REASON))
    decide(reason="Nobody needs to know that")
    [first] = Redaction.objects.asked()
    assert first.request_entry.reason == TOMBSTONE
    assert found("the school of somebody") == []


def test_where_others_wrote_the_same_is_named_and_stays(reported, ask, decide, sign_in, user, monkeypatch):
    before = text_of(reported, "done")
    for difference in ("More", "Most"):
        again = ProgressUpdate(
            done=SECRET, difference=difference, rating="green", entered_by=user("cem.chair")
        )
        with recording(user("cem.chair"), "Progress"):
            Action.objects.get(ref="005").record_update(again)
    text = text_of(again, "done")
    ask(text)
    monkeypatch.setattr(redactions, "NAMED", 1)
    asking = f"/scrutiny/changes/{text.change_id}/take-out/done/"
    decision = f"/scrutiny/redactions/{Redaction.objects.get().pk}/decide/"
    assert "It waits to be decided" in sign_in("business.manager").get(asking, follow=True).content.decode()
    page = sign_in("executive").get(decision).content.decode()
    assert "What would stay" in page and "more than these 1" in page
    assert f'/scrutiny/changes/{before.change_id}/">What was done in change {before.change_id}</a>' in page
    decide()
    assert text_of(again, "done").value == TOMBSTONE
    assert ChangeText.objects.filter(value=SECRET).count() == 2
    asking = f"/scrutiny/changes/{before.change_id}/take-out/done/"
    page = sign_in("business.manager").get(asking).content.decode()
    assert page.count('name="also"') == 1, "the one that nobody has asked for"


def test_people_read_which_text_it_was_in_their_own_words(reported, ask, decide, sign_in):
    reason = ChangeText.objects.get(change=text_of(reported, "done").change_id, field=REASON)
    ask(reason)
    decide()
    named = f"Redaction of “Reason” in change {reason.change_id}"
    reader = sign_in("scrutineer")
    for url in (
        "/scrutiny/redactions/",
        "/scrutiny/changes/",
        f"/scrutiny/redactions/{Redaction.objects.last().pk}/",
    ):
        page = reader.get(url).content.decode()
        assert named in page and REASON not in page
    export = b"".join(reader.get("/scrutiny/changes/export.csv").streaming_content).decode()
    assert named in export and REASON not in export


def test_what_was_taken_out_was_reported_when_and_by_whom_it_was(played, ask, decide, sign_in):
    """A redaction is no report: who was silent stays silent, and the words of others stay theirs."""
    manager, last = (
        sign_in("business.manager"),
        ProgressUpdate.objects.filter(action__ref="005").latest("change"),
    )
    lists = ["/plans/2021-22/", "/missing/", "/exceptions/found/"]
    page = "/plans/2021-22/actions/005/"

    def told() -> list[str]:
        answers = [manager.get(page).content.decode().split("</header>")[1] for page in lists]
        updates = manager.get(page).content.decode().split("Progress</h2>")[1].split("<h2")[0]
        return [re.sub(r'value="[^"]{30,}"', "", answer) for answer in (*answers, updates)]  # its tokens

    before = told()
    ask(text_of(last, "difference"))
    decide()
    assert last.difference in before[3]
    assert told() == [said.replace(last.difference, TOMBSTONE) for said in before]


def test_a_pack_lists_only_what_it_holds(action, on_record, ask, decide, it_is, sign_in):
    """Not what had been replaced before papers closed; but what is no part of an action, too."""
    subject = action("001")
    for title in ("The first title", "The title in the pack"):
        with on_record():
            subject.title = title
            subject.save()
    replaced = ChangeText.objects.get(value="The first title")
    it_is(2021, 6, 9)
    ask(replaced)
    decide()
    page = sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/").content.decode()
    assert "Taken out of the record since" not in page
    ask(ChangeText.objects.get(value="The title in the pack"))
    decide()
    page = sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/").content.decode()
    assert "Taken out of the record since" in page


def test_a_pack_keeps_its_digest_and_lists_what_was_taken_out(reported, ask, decide, it_is, sign_in):
    it_is(2021, 6, 9)
    reader, pack = sign_in("scrutineer"), "/meetings/management-group/2021-06-15/pack/"
    data, page = b"".join(reader.get(f"{pack}data/")), reader.get(pack).content.decode()
    assert "Taken out of the record since" not in page
    text = text_of(reported, "done")
    ask(text)
    decide()
    assert b"".join(reader.get(f"{pack}data/")) == data
    again = reader.get(pack).content.decode()
    assert "Taken out of the record since" in again and f"change {text.change_id}" in again
    assert hashlib.sha256(data).hexdigest() in page and hashlib.sha256(data).hexdigest() in again
