"""Redaction, the one removal: two people, a reason, a visible tombstone, and every hash still holds."""

import hashlib
import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from actions.models import Action, ExceptionReport, ProgressUpdate
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
from gscp.record.redaction import cut_log
from scrutiny import checker, forms
from scrutiny.proof import export
from scrutiny.proof.entry import entry_findings
from scrutiny.proof.walk import verify, walk
from scrutiny.views import redactions
from subgroups.models import Meeting, Post, PostHolding
from tests.conftest import form_of

pytestmark = pytest.mark.django_db
SECRET = "the name of a child, which may not stand here"


@pytest.fixture
def reported(action, user):
    """The chair of CEM reports progress on 005, in words that may not be kept; returns that update."""
    update = ProgressUpdate(done=SECRET, difference="None yet", rating="green", entered_by=user("cem.chair"))
    with recording(user("cem.chair"), "Progress"):
        action("005").report(update)
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
        action("005").report(update)
    text = text_of(update, "done")
    file = connection.settings_dict["NAME"]

    def kept(needle: str) -> list[str]:
        return [path for path in (file, f"{file}-wal") if needle.encode() in Path(path).read_bytes()]

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
    assert first.asking.reason == TOMBSTONE
    assert found("the school of somebody") == []


@pytest.mark.parametrize(
    ("text", "reason", "said_again"),
    [
        (SECRET, f"It is {SECRET}", True),
        (SECRET, "Since “The name of\na child” is in it", True),
        (SECRET, "It has the name of a school", False),
        ("Jane, of Gloucester", "It says jane of GLOUCESTER.", True),
        ("Jane, of Gloucester", "It says who is of Gloucester", False),
        ("None", "Nonetheless it may not be kept", False),
        ("…", "It … is nothing", False),
    ],
)
def test_a_reason_does_not_repeat_what_is_taken_out(text, reason, said_again):
    assert forms.repeats(reason, text) == said_again


def test_a_reason_that_repeats_the_text_is_refused_and_kept_nowhere(reported, ask, decide):
    text, told = text_of(reported, "done"), "This repeats words of what is to be taken out"
    assert told in ask(text, reason=f"It is {SECRET}").content.decode()
    assert not Redaction.objects.exists()
    ask(text)
    assert told in decide(reason=f"So it is: {SECRET}").content.decode()
    assert Redaction.objects.get().state == "asked"
    decide()
    assert found(SECRET) == []


def test_where_others_wrote_the_same_is_named_and_stays(reported, ask, decide, sign_in, user, monkeypatch):
    before = text_of(reported, "done")
    for difference in ("More", "Most"):
        again = ProgressUpdate(
            done=SECRET, difference=difference, rating="green", entered_by=user("cem.chair")
        )
        with recording(user("cem.chair"), "Progress"):
            Action.objects.get(ref="005").report(again)
    text = text_of(again, "done")
    ask(text)
    monkeypatch.setattr(redactions, "NAMED", 1)
    asking = f"/scrutiny/changes/{text.change_id}/take-out/done/"
    decision = f"/scrutiny/redactions/{Redaction.objects.get().pk}/decide/"
    assert "It waits to be decided" in sign_in("business.manager").get(asking, follow=True).content.decode()
    page = sign_in("executive").get(decision).content.decode()
    assert "What would stay" in page and "and 1 more" in page
    assert f'/scrutiny/changes/{before.change_id}/">What was done in change {before.change_id}</a>' in page
    decide()
    assert text_of(again, "done").value == TOMBSTONE
    assert ChangeText.objects.filter(value=SECRET).count() == 2
    asking = f"/scrutiny/changes/{before.change_id}/take-out/done/"
    page = sign_in("business.manager").get(asking).content.decode()
    assert "What would stay" in page and "more</dd>" not in page


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


def test_a_text_that_is_gone_cannot_be_decided_on(reported, ask, sign_in):
    ask(text_of(reported, "done"))
    url = f"/scrutiny/redactions/{Redaction.objects.get().pk}/"
    with transaction.atomic():
        triggers.remove()
        ChangeText.objects.filter(value=SECRET).delete()
        decided, read = (sign_in("executive").get(page).content.decode() for page in (f"{url}decide/", url))
        transaction.set_rollback(True)
    assert "A change cannot be read" in decided and "Redaction of a text in change" in read


def test_refused_with_a_reason_it_stays_and_may_be_asked_again(reported, ask, decide, sign_in):
    text = text_of(reported, "done")
    ask(text)
    assert decide("refuse", "It names nobody").status_code == 302
    assert text_of(reported, "done").value == SECRET
    assert "It names nobody" in sign_in("qiip.chair").get("/scrutiny/redactions/").content.decode()
    assert ask(text).status_code == 302
    decide()
    assert found(SECRET) == []


def test_nobody_consents_to_what_they_asked_for(reported, user, ask, decide, on_record, sign_in):
    """Nor does somebody who is both Business Manager and the Executive's vice-chair."""
    executive, manager = user("executive").posts[0], user("business.manager")
    with on_record():
        post = Post(name="Executive Vice-chair", role="vice_chair", subgroup=executive.subgroup)
        post.save()
        PostHolding(post=post, user=manager, started_on=date(2021, 4, 1)).save()
    ask(text_of(reported, "done"))
    assert decide(by="business.manager").status_code == 403
    twice = recording(user("business.manager"), "I ask and I consent")
    with pytest.raises(IntegrityError, match="one person asks, another decides"), twice:
        Redaction.objects.get().consent()
    assert text_of(reported, "done").value == SECRET
    assert decide(by="executive").status_code == 302


def test_nobody_asks_a_second_time_in_another_name(reported, user, ask):
    """Or the first could consent to it, as if the second had asked."""
    ask(text_of(reported, "done"))
    redaction = Redaction.objects.get()
    again = recording(user("executive"), "I ask as well")
    with pytest.raises(IntegrityError, match="one person asks, another decides"), again as recorded:
        recorded.save(redaction, [])


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
            recorded.save(redaction, redaction.differing())
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
    for entry, field in ((Change.objects.head_at() + 3, REASON), (1, "no_field")):
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


@pytest.mark.parametrize("name", ["cem.chair", "management.chair", "scrutineer", "executive"])
def test_only_the_business_manager_asks(name, reported, sign_in):
    text = text_of(reported, "done")
    page = sign_in(name).get(f"/scrutiny/changes/{text.change_id}/").content.decode()
    assert "take out this text" not in page
    url = f"/scrutiny/changes/{text.change_id}/take-out/done/"
    assert sign_in(name).post(url, {"reason": "It names a child"}).status_code == 403


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
        updates = manager.get(page).content.decode().split("Updates</h2>")[1].split("<h2")[0]
        return [re.sub(r'value="[^"]{30,}"', "", answer) for answer in (*answers, updates)]  # its tokens

    before = told()
    ask(text_of(last, "difference"))
    decide()
    assert last.difference in before[3]
    assert told() == [said.replace(last.difference, TOMBSTONE) for said in before]


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


def test_a_form_that_still_shows_what_was_taken_out_is_not_recorded(on_record, ask, decide, sign_in):
    meeting = Meeting.objects.get(date=date(2021, 6, 15))
    with on_record():
        meeting.note = SECRET
        meeting.save()
    manager, url = sign_in("business.manager"), f"{meeting.get_absolute_url()}edit/"
    form = form_of(manager.get(url)) | {"note": SECRET, "closing_time": "12:00", "reason": "Another time"}
    form |= {"date-day": "15", "date-month": "6", "date-year": "2021"}
    form |= {"papers_close-day": "8", "papers_close-month": "6", "papers_close-year": "2021"}
    ask(text_of(meeting, "note"))
    decide()
    response = manager.post(url, form)
    assert "Somebody changed this while you were writing" in response.content.decode()
    assert Meeting.objects.get(pk=meeting.pk).note == TOMBSTONE


def test_what_cannot_be_asked_for_is_said_and_changes_nothing(
    reported, ask, decide, sign_in, on_record, action
):
    text, manager = text_of(reported, "done"), sign_in("business.manager")
    assert "take out this text" in manager.get(f"/scrutiny/changes/{text.change_id}/").content.decode()
    for number, field in [(text.change_id, "rating"), (999_999, "done"), (text.change_id, "no_field")]:
        assert manager.get(f"/scrutiny/changes/{number}/take-out/{field}/").status_code == 404
    ask(text)
    page = manager.get(f"/scrutiny/changes/{text.change_id}/take-out/done/", follow=True)
    assert "was asked for before. It waits to be decided." in page.content.decode()
    with pytest.raises(ValidationError, match="asked for before. It waits"), on_record():
        Redaction.ask(text)
    decide()
    with pytest.raises(ValidationError, match="before. It was taken out"), on_record():
        Redaction.ask(text)
    subject = action("005")
    for title in ("A title", ""):
        with on_record():
            subject.title = title
            subject.save()
    with pytest.raises(ValidationError, match="no text here"), on_record():
        Redaction.ask(text_of(subject, "title"))
    assert Redaction.objects.count() == 1


def test_two_forms_open_at_once_have_one_effect(reported, sign_in, user):
    text = text_of(reported, "done")
    url = f"/scrutiny/changes/{text.change_id}/take-out/done/"
    manager = sign_in("business.manager")
    pages = [form_of(manager.get(url)) for _ in range(2)]
    assert manager.post(url, pages[0] | {"reason": "It names a child"}).status_code == 302
    response = manager.post(url, pages[1] | {"reason": "It names a child"})
    assert "asked for before" in response.content.decode()

    chair = sign_in("executive")
    url = f"/scrutiny/redactions/{Redaction.objects.get().pk}/decide/"
    pages = [form_of(chair.get(url)) for _ in range(2)]
    assert chair.post(url, pages[0] | {"decision": "refuse", "reason": "It does not"}).status_code == 302
    response = chair.post(url, pages[1] | {"decision": "consent", "reason": "So it does"})
    assert "Somebody changed this while you were writing" in response.content.decode()
    response = chair.post(url, form_of(response) | {"decision": "consent", "reason": "So it does"})
    assert "decided before: refused" in response.content.decode()
    assert Redaction.objects.get().state == "refused"
    assert text_of(reported, "done").value == SECRET


@pytest.fixture
def redacted(reported, ask, decide):
    """The text of an update taken out, and an action whose title nobody asked about."""
    ask(text_of(reported, "done"))
    decide()
    return reported


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
            number = Change.objects.head_at() + 1
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


def test_a_tombstone_is_not_typed(sign_in, action, reported):
    manager = sign_in("business.manager")
    url = f"{action('002').get_absolute_url()}update/"
    page = manager.post(url, {"done": TOMBSTONE, "reason": TOMBSTONE}).content.decode()
    assert page.count("That is what stands where a text was taken out") >= 2


def test_the_record_still_verifies_and_lists_what_was_taken_out(
    redacted, action, on_record, ask, decide, user, sign_in
):
    """Of a text that later rows carried on, too; both verifiers say so, and an unlawful one is found."""
    with on_record():
        carried = action("001")
        carried.text = SECRET
        carried.save()
    with on_record():
        carried.rating = "red"
        carried.save()
    entered = text_of(carried, "text")
    ask(entered)
    decide()
    last = Change.objects.last()
    page = sign_in("scrutineer").get("/scrutiny/verify/", {"head": ledger.head(last.number, last.hash)})
    assert "2 texts were taken out by consent" in page.content.decode()
    walked = verify()
    assert (walked.findings, (entered.change_id, "text") in walked.redactions) == ([], True)
    middle, last = entered.change_id, Change.objects.head_at()
    assert walk(middle, last).findings == [] and walk(0, middle).findings == []
    lines = list(export.lines())
    assert SECRET not in "".join(lines) and entered.salt not in "".join(lines)
    assert checker.check(lines) == ([], last, walked.head, len(walked.redactions))
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
    data, page = reader.get(f"{pack}data/").content, reader.get(pack).content.decode()
    assert "Taken out of the record since" not in page
    text = text_of(reported, "done")
    ask(text)
    decide()
    assert reader.get(f"{pack}data/").content == data
    again = reader.get(pack).content.decode()
    assert "Taken out of the record since" in again and f"change {text.change_id}" in again
    assert hashlib.sha256(data).hexdigest() in page and hashlib.sha256(data).hexdigest() in again
