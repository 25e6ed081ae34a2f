"""A chair reports progress: one form, and everything that can be wrong with it."""

import re

import pytest

from actions.models import Action, ProgressUpdate
from gscp import personal
from gscp.record import Change
from tests.answers import words_of
from tests.conftest import form_of

# Once: what a form reads, asks and refuses is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
URL, NIL_RETURN = (f"/plans/2021-22/actions/005/{form}/" for form in ("update", "nil-return"))
GOOD = {
    "done": "Briefed every locality on the strategy",
    "difference": "Too early to say; known by September",
    "rating": "amber",
    "reason": "Two agencies have not nominated a lead",
    "next_step": "Nominations",
    "blocker": "No lead nominated by two agencies",
}


@pytest.mark.run_in("sqlite", "postgresql")  # an entry of the ledger
def test_a_chair_s_update_stands_on_the_record(sign_in, send, action):
    response = send(sign_in("cem.chair"), URL, **GOOD)
    assert response.url == "/plans/2021-22/actions/005/"
    subject = action("005")
    assert (subject.rating, subject.status) == ("amber", "in_progress")
    update = subject.updates.get()
    assert update.done == GOOD["done"] and update.on_behalf is False
    assert (
        update.change.actor_post_in_words
        == "Child Exploitation and Missing Subgroup Chair, Gloucestershire Constabulary"
    )
    made, moved = Change.objects.filter(act=update.change.act).with_texts()
    assert {"field": "rating", "label": "Rating", "old": "", "new": "Amber"} in moved.compared()
    assert made.reason == moved.reason == GOOD["reason"]


def test_a_nil_return_is_a_deliberate_act(sign_in, send, action):
    send(sign_in("cem.chair"), URL, **GOOD)
    assert send(sign_in("cem.chair"), NIL_RETURN).status_code == 302
    assert action("005").updates.first().nil_return is True
    assert action("005").rating == "amber", "nothing to report leaves the rating as it was"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Say what was done. If there is nothing to report, send a nil return instead."),
        (GOOD | {"difference": ""}, "Say what difference it made for children"),
        (GOOD | {"difference": "."}, "Say what difference it made for children"),
        (GOOD | {"done": "..."}, "Say what was done"),
        (GOOD | {"reason": "-"}, "Give the reason for the rating."),
        (GOOD | {"rating": ""}, "Choose a rating."),
        (GOOD | {"rating": "purple"}, "Choose “Rating” from its list."),
        (GOOD | {"reason": ""}, "Give the reason for the rating."),
        (GOOD | {"blocker": "", "unblocker": "The Executive"}, "Say what is in the way"),
        (GOOD | {"done": "x" * 1_000_000}, "must be 10,000 characters or fewer"),
        (GOOD | {"done": "a\x00b"}, "“What was done” holds a character that nobody can type"),
        (GOOD | {"rating": "red\x00"}, "Choose “Rating” from its list."),
        (
            GOOD | {"forecast-day": "31", "forecast-month": "2", "forecast-year": "2022"},
            "must be a real date",
        ),
        (
            GOOD | {"forecast-day": "1", "forecast-month": "1", "forecast-year": "0"},
            "must be a real date|must have a year|must include a",
        ),
        (
            GOOD | {"forecast-day": "1", "forecast-month": "1", "forecast-year": "99999"},
            "must be a real date|must have a year|must include a",
        ),
        (
            GOOD | {"forecast-day": "one", "forecast-month": "", "forecast-year": ""},
            "must be a real date|must have a year|must include a",
        ),
        (
            GOOD | {"forecast-day": "31", "forecast-month": "3", "forecast-year": "2021"},
            "That is before the plan starts",
        ),
        (
            GOOD | {"forecast-day": "1", "forecast-month": "1", "forecast-year": "2121"},
            "more than five years",
        ),
        (GOOD | {"token": "not a token"}, "This form is not complete any more"),
        (GOOD | {"token": ""}, "This form is not complete any more"),
        (GOOD | {"seen": "-1"}, "This form is not complete any more"),
        (GOOD | {"seen": "9" * 40}, "This form is not complete any more"),
    ],
)
def test_bad_input_gets_a_message_and_keeps_what_was_typed(typed, message, sign_in, send):
    before = Change.objects.last_number()
    response = send(sign_in("cem.chair"), URL, **typed)
    assert response.status_code == 200
    page = response.content.decode()
    assert any(words in page for words in message.split("|"))
    assert "There is a problem" in page
    for value in (typed.get("next_step"), typed.get("forecast-year")):
        assert not value or value in page
    assert Change.objects.last_number() == before


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "raw_unicode_escape"])
def test_text_in_an_encoding_that_hides_surrogates_is_refused(charset, sign_in):
    chair = sign_in("cem.chair")
    group = b'--x\r\nContent-Disposition: form-data; name="done"\r\n\r\n\\ud800\r\n--x--\r\n'
    content_type = f"multipart/form-data; boundary=x; charset={charset}"
    assert chair.generic("POST", URL, group, content_type).status_code == 400
    content_type = f"text/plain; charset={charset}"
    assert chair.get("/plans/2021-22/?text=%5Cud800", CONTENT_TYPE=content_type).status_code == 400


@pytest.mark.run_in("sqlite", "postgresql")  # what a column takes
def test_lone_surrogates_become_what_can_be_stored(sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    group = "&".join(f"{k}={v}" for k, v in form.items()).encode() + b"&unblocker=%ED%A0%80"
    response = chair.generic("POST", URL, group, "application/x-www-form-urlencoded")
    assert response.status_code == 302
    assert "\ufffd" in ProgressUpdate.objects.get().unblocker


@pytest.mark.run_in("sqlite", "postgresql")  # an act is found by SQL
def test_a_form_sent_twice_has_one_effect(sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    responses = [chair.post(URL, form) for _ in range(2)]
    assert [response.status_code for response in responses] == [302, 302]
    assert ProgressUpdate.objects.count() == 1


def test_the_same_words_again_are_no_news(sign_in, send, action):
    chair = sign_in("cem.chair")
    assert send(chair, URL, **GOOD).status_code == 302
    again = send(chair, URL, **GOOD)
    assert "This is word for word the last update, of 1 April 2021" in again.content.decode()
    assert action("005").updates.count() == 1


@pytest.mark.run_in("sqlite", "postgresql")  # entries since are found by SQL
def test_a_stale_form_shows_both_texts_and_keeps_what_was_typed(sign_in, send):
    chair = sign_in("cem.chair")
    mine = form_of(chair.get(URL)) | GOOD
    theirs = GOOD | {
        "done": "Entered by the Business Unit",
        "rating": "red",
        "reason": "Heard at the meeting",
    }
    assert send(sign_in("business.manager"), URL, **theirs).status_code == 302
    response = chair.post(URL, mine)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Somebody changed this while you were writing" in page
    assert "Entered by the Business Unit" in page and "Heard at the meeting" in page
    assert GOOD["done"] in page
    assert ProgressUpdate.objects.count() == 1
    # Having read both, the chair sends it again.
    assert chair.post(URL, mine | form_of(response)).status_code == 302
    assert ProgressUpdate.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        ("Spoke about 943 476 5919", "an NHS number"),
        ("Spoke about 9434765919 again", "an NHS number"),
        ("She was born on 3 May 2012", "a date of birth"),
        ("DOB: 03/05/12", "a date of birth"),
        ("seen 2012-05-03", "a date of birth"),
        ("seen on 3rd May 2012", "a date of birth"),
        ("lives at gl1 2tg", "a postcode"),
        ("lives at GL12TG", "a postcode"),
        ("lives at GL1  2TG", "a postcode"),
        ("Spoke about 943–476–5919", "an NHS number"),
        ("Spoke about 943.476.5919", "an NHS number"),
        ("Spoke about 943 - 476 - 5919", "an NHS number"),
    ],
)
def test_text_that_could_identify_a_child_asks_first(text, looks_like, sign_in, action):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD | {"done": text}
    response = chair.post(URL, form)
    page = response.content.decode()
    assert f"This looks like {looks_like}" in page and text in page
    assert "none of this identifies a child" in page
    assert ProgressUpdate.objects.count() == 0
    # A tick alone is no confirmation of something else.
    unsaid = form | form_of(response) | {"confirmed": "on"}
    assert (
        "Say why it may stand." in words_of(chair.post(URL, unsaid)) and not ProgressUpdate.objects.exists()
    )
    again = unsaid | {"why_it_stands": "It is invented for a test"}
    changed = chair.post(URL, again | {"blocker": "GL50 1AA"})
    assert changed.status_code == 200 and ProgressUpdate.objects.count() == 0
    assert chair.post(URL, again).status_code == 302
    assert action("005").updates.get().done == text


@pytest.mark.parametrize(
    "text", ["943\u00a0476\u00a05919", "943\u202f476\u202f5919", "GL1\u00a02TG", "GL1\u20092TG"]
)
def test_text_from_a_word_processor_is_read_like_any_other(text):
    assert personal.identifying_details(f"Seen: {text}")


@pytest.mark.parametrize(
    "text",
    [
        "Met on 14 March 2021 and 2 February 2021",
        "Telephone 01452 426565",
        "6 of 10 in 2020/21",
        "Working Together 2018",
        "Order 9434765918",
        "1 ſep 2010",
    ],
)
def test_ordinary_text_asks_nothing(text, sign_in, send):
    assert send(sign_in("cem.chair"), URL, **GOOD | {"done": text}).status_code == 302


def test_the_business_manager_enters_on_behalf_until_the_chair_confirms(sign_in, send, action):
    send(sign_in("business.manager"), URL, **GOOD)
    update = action("005").updates.get()
    assert update.on_behalf is True
    chair = sign_in("cem.chair")
    assert "Entered on your behalf" in chair.get("/due/").content.decode()
    confirm = f"/updates/{update.pk}/confirm/"
    assert send(chair, confirm).status_code == 302
    assert update.confirmation.change.actor_in_words == "Child Exploitation and Missing Subgroup Chair"
    assert "is confirmed" in chair.get(confirm, follow=True).content.decode()
    assert "Confirmed by" in chair.get("/plans/2021-22/actions/005/").content.decode()


def test_a_confirmation_confirms_one_update(sign_in, send, action):
    for done in ("Briefed the first locality", "Briefed the second locality"):
        send(sign_in("business.manager"), URL, **GOOD | {"done": done})
    later, earlier = action("005").updates.all()
    chair = sign_in("cem.chair")
    form = form_of(chair.get(f"/updates/{earlier.pk}/confirm/"))
    assert chair.post(f"/updates/{earlier.pk}/confirm/", form).status_code == 302
    again = chair.post(f"/updates/{later.pk}/confirm/", form)
    assert "Somebody changed this while you were writing" in again.content.decode()
    assert not hasattr(action("005").updates.get(pk=later.pk), "confirmation")


def test_what_is_closed_takes_no_update(sign_in, action, on_record):
    with on_record():
        subject = action("005")
        subject.status = Action.Status.COMPLETE
        subject.save()
    chair = sign_in("cem.chair")
    for page in (URL, URL.replace("update/", "nil-return/")):
        told = words_of(chair.get(page, follow=True))
        assert "Action 005 is complete: nothing is reported on it." in told and "Page not found" not in told


def test_what_was_typed_before_the_action_was_closed_is_not_lost(sign_in, action, on_record):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    with on_record():
        subject = action("005")
        subject.status = Action.Status.COMPLETE
        subject.save()
    told = chair.post(URL, form)
    assert told.status_code == 200 and GOOD["done"] in told.content.decode()
    page = words_of(told)
    assert "Action 005 is complete: nothing is reported on it." in page
    assert "Copy what you wrote: it is not recorded." in page
    for said in ("Somebody changed this", "You can still report", "is due on", "Record update", "nil return"):
        assert said not in page, said
    assert ProgressUpdate.objects.count() == 0


def test_dates_typed_before_the_action_was_closed_come_back_with_a_message(sign_in, action, on_record):
    manager, url = sign_in("business.manager"), "/plans/2021-22/actions/005/dates/"
    day = {"original_date-day": "30", "original_date-month": "9", "original_date-year": "2021"}
    form = form_of(manager.get(url)) | day | {"reason": "As agreed in April"}
    with on_record():
        subject = action("005")
        subject.status = Action.Status.COMPLETE
        subject.save()
    told = manager.post(url, form)
    assert told.status_code == 200 and "As agreed in April" in told.content.decode()
    again = manager.post(url, form | form_of(told)).content.decode()
    assert "Action 005 is complete: it is given no dates." in again and "As agreed in April" in again
    assert action("005").original_date is None and manager.get(url).status_code == 302


def test_the_first_dates_are_set_once_and_with_a_reason(sign_in, send, action):
    manager, url = sign_in("business.manager"), "/plans/2021-22/actions/005/dates/"
    day = {"original_date-day": "30", "original_date-month": "9", "original_date-year": "2021"}
    assert "Fill in “Reason”." in send(manager, url, **day).content.decode()
    early = day | {"original_date-year": "2020", "reason": "Agreed"}
    assert "before the plan starts" in send(manager, url, **early).content.decode()
    assert "Give a date." in send(manager, url, reason="Agreed").content.decode()
    assert send(manager, url, reason="Agreed on 1 April", **day).status_code == 302
    assert str(action("005").original_date) == "2021-09-30"
    other = day | {"original_date-year": "2022", "reason": "Moved"}
    send(manager, url, **other)
    assert str(action("005").original_date) == "2021-09-30", "the original date is never overwritten"


def test_the_updates_on_an_action_come_in_pages(sign_in, report):
    for number in range(12):
        report("005", rating="green", done=f"Met the {number:02}th provider")
    reader = sign_in("cem.chair")

    def told(address):
        updates = reader.get(address).content.decode()  # its history does not repeat them
        return set(re.findall(r"Met the (\d\d)th provider", updates))

    first, second = told("/plans/2021-22/actions/005/"), told("/plans/2021-22/actions/005/?page=2")
    assert len(first) == 10 and "11" in first and second == {"00", "01"}
