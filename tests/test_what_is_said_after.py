"""What a banner says of a request or a decision: where it goes, when, and whether it is in force."""

from datetime import date

import pytest

from actions.models import Confirmation
from tests.answers import said, words_of
from tests.conftest import AGENDA, ASK
from tests.groups import move

# Once: words of banners.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
WHOLE = ("council", "police", "health")
NOT_IN_FORCE = "Not in force until a meeting with enough partners agrees it."


@pytest.fixture
def decided(sign_in, send, attend, asked, it_is):
    """decided("council") is the page after a grant at a meeting with these partners."""

    def granted(*kinds):
        report = asked()
        it_is(2021, 6, 15)
        attend(AGENDA, *kinds)
        chair = sign_in("management.chair")
        send(chair, f"{AGENDA}decide/{report.pk}/", move="grant", reason="As discussed")
        return words_of(chair.get(AGENDA)), report

    return granted


def test_a_request_says_where_it_went_and_when_it_is_decided(sign_in, send):
    chair, form = sign_in("cem.chair"), "/plans/2021-22/actions/005/exception/"
    assert "It goes to the Management Group." in words_of(chair.get(form))
    again = send(chair, form, **ASK | {"cause": ""})
    assert again.status_code == 200 and "It goes to the Management Group." in words_of(again)
    send(chair, form, **ASK)
    told = said(chair.get("/plans/2021-22/actions/005/"))
    assert "Exception report on Action 005 sent to the Management Group. It meets on 15 June 2021." in told


def test_who_asks_the_top_group_about_its_own_action_reads_what_that_means(own, sign_in, meeting, send):
    means = "The Executive answers for this action itself, and no group is above it."
    chair = sign_in("executive")
    form = "/plans/2021-22/actions/006/exception/"
    assert means in words_of(chair.get(form))
    send(chair, form, **ASK)
    assert means in said(chair.get("/plans/2021-22/actions/006/"))
    manager, held = sign_in("business.manager"), meeting("executive")
    report = own.exception_reports.get()
    send(manager, f"{held.get_absolute_url()}decide/{report.pk}/", move="grant", reason="As discussed")
    waits = "Not in force until the holder of another post of the Executive agrees."
    assert waits in said(manager.get(held.get_absolute_url()))


def test_a_decision_without_enough_partners_says_that_it_is_not_in_force(decided):
    page, _ = decided("council")
    assert f"Decision on Exception report on Action 005 recorded: granted. {NOT_IN_FORCE}" in page


def test_a_decision_with_enough_partners_does_not(decided):
    page, _ = decided(*WHOLE)
    assert "recorded: granted." in page and "Not in force" not in page


def test_to_ratify_is_offered_where_enough_partners_are_present_only(decided, sign_in, it_is, attend):
    _, report = decided("council")
    chair, offered = sign_in("management.chair"), 'value="ratify"'
    september = "/meetings/management-group/2021-09-14/"
    assert offered not in said(chair.get(f"{AGENDA}decide/{report.pk}/"))
    it_is(2021, 9, 14)
    attend(september, *WHOLE)
    assert offered in said(chair.get(f"{september}decide/{report.pk}/"))


def test_what_is_decided_and_not_in_force_is_not_said_to_be_undecided(decided, sign_in):
    _, report = decided("council")
    chair = sign_in("cem.chair")
    page = words_of(chair.get(report.get_absolute_url()))
    assert "Granted, but not in force." in page and "A meeting with enough partners has to agree it." in page
    assert "The Management Group decides" not in page
    asks = words_of(chair.get("/plans/2021-22/actions/005/"))
    assert "this is asked already, and no decision on it is in force yet." in asks
    chairs = sign_in("management.chair")
    note = "Granted, but not in force, on 15 June 2021. A meeting with enough partners has to agree it."
    for page in ("/exceptions/", "/meetings/management-group/2021-09-14/"):
        assert note in words_of(chairs.get(page))


def test_who_answers_a_question_is_whoever_answers_for_the_action(
    member, action, ask, user, meeting, sign_in
):
    """Somebody who leads it asked, and chairs nothing."""
    report = ask(action("005"), "cem.member", "exception", **ASK)
    move(report, "return", user("management.chair"), meeting("management-group", date(2021, 6, 15)))
    page = words_of(sign_in("cem.member").get(report.get_absolute_url()))
    assert "Whoever answers for the action answers the question." in page


def test_a_question_that_was_put_in_force_later_stands_where_it_is_answered(
    asked, sign_in, it_is, attend, send
):
    """The decision without enough partners is not in force: what puts it in force asks the question."""
    report, september = asked(), "/meetings/management-group/2021-09-14/"
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    chair = sign_in("management.chair")
    send(chair, f"{AGENDA}decide/{report.pk}/", move="return", reason="Which agencies?")
    assert "Which agencies?" not in words_of(chair.get(AGENDA)).split("What is asked for")[0]
    it_is(2021, 9, 14)
    attend(september, *WHOLE)
    send(chair, f"{september}decide/{report.pk}/", move="ratify", reason="Enough were there")
    page = words_of(sign_in("cem.chair").get(report.get_absolute_url()))
    assert ": “Which agencies?” Whoever answers" in page


def test_a_decision_that_was_taken_back_waits_for_nobody_s_word(asked, it_is, attend, decide, sign_in, send):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, *WHOLE)
    assert decide("grant", report, by="business.manager").status_code == 302
    step = report.steps.get(move="grant")
    chair = sign_in("management.chair")
    assert "Entered on your behalf" in words_of(chair.get("/exceptions/"))
    assert decide("correct", report).status_code == 302
    page = words_of(chair.get("/exceptions/"))
    assert "Entered on your behalf" not in page
    assert "Ask the chair of the Management Group" not in words_of(
        sign_in("business.manager").get("/missing/")
    )
    for word in ("confirm", "not-so"):
        answer = send(chair, f"/decisions/{step.pk}/{word}/")
        assert answer.url == report.get_absolute_url()
    assert "Granted: Exception report on Action 005: it was corrected since." in words_of(
        chair.get(answer.url)
    )
    assert not Confirmation.objects.exists()


def test_a_decision_put_in_force_is_said_to_be_so_to_who_confirms_it(asked, sign_in, it_is, attend, send):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    manager, chair = sign_in("business.manager"), sign_in("management.chair")
    send(manager, f"{AGENDA}decide/{report.pk}/", move="refuse", reason="Not yet")
    attend(AGENDA, *WHOLE, reason="They were there")
    send(manager, f"{AGENDA}decide/{report.pk}/", move="ratify", reason="Enough were there")
    page = words_of(chair.get(report.get_absolute_url()))
    assert "Refused by the Management Group" in page and "Refused, but not in force by" not in page
    step = report.steps.get(move="refuse")
    answer = send(chair, f"/decisions/{step.pk}/not-so/", why="It was granted")
    told = "Refused: Exception report on Action 005: you said that it is not so. It stays in force until"
    assert told in words_of(chair.get(answer.url))
