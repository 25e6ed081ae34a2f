"""Asking for a redaction and deciding on it: who may, with what reason, and what the forms refuse."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from gscp.record import TOMBSTONE, ChangeText, Redaction, recording, triggers
from scrutiny import forms
from subgroups.models import Meeting, Post, PostHolding
from tests import redacting
from tests.conftest import form_of
from tests.redacting import SECRET, found, text_of
from tests.test_update import GOOD

pytestmark = pytest.mark.django_db
reported, ask, decide = redacting.reported, redacting.ask, redacting.decide


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


def test_cancel_leads_back_to_the_page_one_came_from(reported, ask, sign_in):
    text = text_of(reported, "done")
    entry = f"/scrutiny/changes/{text.change_id}/"
    asking = sign_in("business.manager").get(f"{entry}take-out/done/")
    assert f'href="{entry}">Cancel</a>' in asking.content.decode()
    ask(text)
    redaction = f"/scrutiny/redactions/{Redaction.objects.get().pk}/"
    deciding = sign_in("executive").get(f"{redaction}decide/")
    assert f'href="{redaction}">Cancel</a>' in deciding.content.decode()


def test_the_page_of_a_redaction_names_who_decided_once_somebody_has(reported, ask, decide, sign_in):
    ask(text_of(reported, "done"))
    reader, page = sign_in("scrutineer"), f"/scrutiny/redactions/{Redaction.objects.get().pk}/"
    waiting = reader.get(page).content.decode()
    assert "Asked by" in waiting and "Decided by" not in waiting
    decide()
    assert "Decided by" in reader.get(page).content.decode()


def test_a_reason_that_repeats_the_text_is_refused_and_kept_nowhere(reported, ask, decide):
    text, told = text_of(reported, "done"), "This repeats words of what is to be taken out"
    assert told in ask(text, reason=f"It is {SECRET}").content.decode()
    assert not Redaction.objects.exists()
    ask(text)
    assert told in decide(reason=f"So it is: {SECRET}").content.decode()
    assert Redaction.objects.get().state == "asked"
    decide()
    assert found(SECRET) == []


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
        post = Post(name="Another Vice-chair", role="vice_chair", group=executive.group)
        post.save()
        PostHolding(post=post, user=manager, started_on=date(2021, 4, 1)).save()
    ask(text_of(reported, "done"))
    assert decide(by="business.manager").status_code == 403
    twice = recording(user("business.manager"), "I ask and I consent")
    with pytest.raises(IntegrityError, match="one person asks, another decides"), twice:
        Redaction.objects.get().consent()
    assert text_of(reported, "done").value == SECRET
    assert decide(by="executive").status_code == 302


@pytest.mark.parametrize("name", ["cem.chair", "management.chair", "scrutineer", "executive"])
def test_only_the_business_manager_asks(name, reported, sign_in):
    text = text_of(reported, "done")
    page = sign_in(name).get(f"/scrutiny/changes/{text.change_id}/").content.decode()
    assert "take out this text" not in page
    url = f"/scrutiny/changes/{text.change_id}/take-out/done/"
    assert sign_in(name).post(url, {"reason": "It names a child"}).status_code == 403


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


def test_a_tombstone_is_not_typed(sign_in, action, reported):
    manager = sign_in("business.manager")
    url = f"{action('002').get_absolute_url()}update/"
    page = manager.post(url, {"done": TOMBSTONE, "reason": TOMBSTONE}).content.decode()
    assert page.count("That is what stands where a text was taken out") >= 2


def test_the_page_of_an_entry_names_the_redactions_of_its_own_texts(reported, ask, sign_in, send):
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **GOOD)
    other = ChangeText.objects.filter(field="done").latest("pk")
    ask(text_of(reported, "done"))
    redaction = f"/scrutiny/redactions/{Redaction.objects.get().pk}/"
    reader = sign_in("scrutineer")
    for number, named in ((reported.change_id, True), (other.change_id, False)):
        assert (redaction in reader.get(f"/scrutiny/changes/{number}/").content.decode()) == named
