"""Who asked is told for thirty days what a meeting decided."""

from datetime import date

import pytest

from tests.answers import html_of, words_of
from tests.test_every_page import check_words, wrong_markup

# Once: the page is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
HEADING = "Decided or lapsed in the last 30 days"


@pytest.fixture
def june(asked, attend, it_is):
    report = asked()
    it_is(2021, 6, 15)
    attend("/meetings/management-group/2021-06-15/", "council", "police", "health")
    return report


def due(sign_in, name="cem.chair"):
    return words_of(sign_in(name).get("/due/"))


def test_who_asked_is_told_the_decision_its_reason_and_what_follows(
    june, decide, sign_in, tmp_path, on_record, action
):
    with on_record():
        subject = action("005")
        subject.original_date = date(2021, 9, 30)
        subject.save()
    assert HEADING not in due(sign_in), "it waits"
    assert decide("refuse", june, reason="It can be done in time").status_code == 302
    told = due(sign_in).split(HEADING)[1]
    assert "Exception report on Action 005 of 2021-22: refused, Management Group, 15 June 2021" in told
    assert "It can be done in time" in told
    assert "Today the action is not started, due on 30 September 2021." in told
    assert HEADING not in due(sign_in, "qiip.chair"), "it is not theirs"
    read = {"due": html_of(sign_in("cem.chair").get("/due/"))}
    check_words(read)
    assert wrong_markup(read, tmp_path) == []


def test_what_is_still_to_do_and_whose_word_is_missing_are_said(june, decide, sign_in):
    decide("grant", june, by="business.manager")
    told = due(sign_in).split(HEADING)[1]
    assert "granted, Management Group, 15 June 2021" in told
    assert "Not reported done yet." in told and "Not confirmed by the chair yet." in told


def test_of_a_corrected_decision_the_last_one_counts(june, decide, sign_in):
    decide("refuse", june, reason="It can be done in time")
    decide("correct", june, reason="Entered on the wrong line")
    assert HEADING not in due(sign_in), "it waits again"
    decide("grant", june, reason="It cannot be done in time")
    told = due(sign_in).split(HEADING)[1]
    assert "It cannot be done in time" in told and "It can be done in time" not in told


def test_a_question_and_a_decision_not_in_force_are_told_elsewhere(june, decide, sign_in):
    decide("return", june, reason="Why?")
    assert HEADING not in due(sign_in)


def test_it_stays_for_thirty_days_from_the_day_it_was_entered(june, decide, it_is, sign_in):
    decide("refuse", june)
    for day, is_told in ((15, True), (16, False)):
        it_is(2021, 7, day)
        assert (HEADING in due(sign_in)) is is_told


def test_what_is_corrected_can_be_entered_at_the_same_meeting_and_its_page_says_so(
    june, decide, it_is, sign_in
):
    still = "If its meeting of 15 June 2021 decided it, that can still be entered there."
    at = june.get_absolute_url()
    assert still not in words_of(sign_in("management.chair").get(at)), "it is that of today"
    it_is(2021, 6, 17)
    assert still in words_of(sign_in("cem.chair").get(at))
    decide("refuse", june)
    assert still not in words_of(sign_in("management.chair").get(at))
    decide("correct", june, reason="Entered on the wrong line")
    assert still in words_of(sign_in("management.chair").get(at))
