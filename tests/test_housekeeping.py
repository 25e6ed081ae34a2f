"""Milestones, what became of further actions, reviews, and a first date that was mistyped."""

from datetime import date

import pytest

from actions import findings
from actions.models import FurtherAction, Milestone, Review
from gscp.record import Change
from tests.answers import words_of
from tests.test_sentences import last

pytestmark = pytest.mark.django_db
AT_005 = "/plans/2021-22/actions/005/"


def day(name: str, value: str) -> dict:
    year, month, number = value.split("-")
    return {f"{name}-day": number, f"{name}-month": month, f"{name}-year": year}


@pytest.mark.run_in("sqlite")  # a form
def test_a_milestone_is_added_and_ticked(manager, send, action):
    send(manager, f"{AT_005}milestones/new/", text="Leads named", **day("due", "2021-09-30"), reason="Agreed")
    milestone = Milestone.objects.get()
    assert milestone.due == date(2021, 9, 30) and "added a milestone of 005" in last()
    assert f'href="{AT_005}milestones/{milestone.pk}/"' in manager.get(AT_005).content.decode()
    page = f"{AT_005}milestones/{milestone.pk}/"
    assert "cannot be done on a day to come" in words_of(
        send(manager, page, **day("done_on", "2021-12-01"), reason="Done")
    )
    send(manager, page, **day("done_on", "2021-04-01"), reason="The minutes say so", text="Other words")
    milestone.refresh_from_db()
    assert (milestone.text, milestone.done_on) == ("Leads named", date(2021, 4, 1)), "its words are published"
    assert "recorded that a milestone of 005 is done" in last()
    assert "Done 1 April 2021" in words_of(manager.get(AT_005))
    assert manager.get(f"/plans/2021-22/actions/006/milestones/{milestone.pk}/").status_code == 404


@pytest.mark.run_in("sqlite")  # a form
def test_what_became_of_a_further_action(manager, send, action):
    further = FurtherAction.objects.filter(action__ref="005").first()
    page = f"{AT_005}further-actions/{further.pk}/"
    settled = day("fate_on", "2021-04-01")
    said = words_of(send(manager, page, fate="taken_up", **settled, reason="Begun"))
    assert "Name the action if it was taken up as one" in said
    said = words_of(send(manager, page, fate="done", reason="Begun"))
    assert "Give the day on which that was settled" in said
    taken_up = action("006")
    send(
        manager, page, fate="taken_up", taken_up_as=taken_up.pk, **settled, reason="It goes with the schools"
    )
    further.refresh_from_db()
    assert (further.taken_up_as, further.fate_reason) == (taken_up, "It goes with the schools")
    assert "Taken up as an action: Action 006" in words_of(manager.get(AT_005))


def test_a_review_date_that_has_passed_is_off_plan_until_it_is_reviewed(
    manager, send, action, on_record, it_is, sign_in
):
    with on_record():
        subject = action("005")
        subject.review_date = date(2021, 6, 30)
        subject.save()
    it_is(2021, 6, 30)
    assert findings.of_live_plans().counts()["review_passed"] == 0
    it_is(2021, 7, 1)
    assert findings.of_live_plans().counts()["review_passed"] == 1
    assert "It was to be reviewed on 30 June 2021" in words_of(sign_in("cem.chair").get(AT_005))
    assert f'href="{AT_005}review/"' in manager.get("/missing/").content.decode()
    page = f"{AT_005}review/"
    said = words_of(send(manager, page, found="Still needed", **day("next_on", "2021-06-01")))
    assert "The date must be today or later" in said
    assert "Fill in “What was found”" in words_of(
        send(manager, page, found="", **day("next_on", "2021-12-01"))
    )
    send(manager, page, found="Still needed: six agencies", **day("next_on", "2021-12-01"))
    assert action("005").review_date == date(2021, 12, 1) and Review.objects.get().found
    assert last() == (
        "The Business Manager reviewed 005, next on 1 December. What was found: “Still needed: six agencies”."
    )
    assert findings.of_live_plans().counts()["review_passed"] == 0
    found = words_of(manager.get("/plans/2021-22/?text=six+agencies"))
    assert "Review of 1 July 2021: “Still needed: six agencies”" in found
    assert "Reviewed 1 July 2021; next on 1 December 2021" in words_of(manager.get(AT_005))


@pytest.mark.run_in("sqlite")  # a form
def test_a_first_date_is_corrected_until_the_first_update(manager, send, action, report):
    send(manager, f"{AT_005}dates/", **day("original_date", "2022-09-30"), reason="From the minutes")
    page = f"{AT_005}first-date/"
    assert f'href="{page}"' in manager.get(AT_005).content.decode()
    said = words_of(send(manager, page, **day("original_date", "2012-09-30"), reason="The year was wrong"))
    assert "That is before the plan starts" in said
    send(manager, page, **day("original_date", "2021-09-30"), reason="The year was wrong")
    assert action("005").original_date == date(2021, 9, 30)
    report("005", rating="amber")
    before = Change.objects.count()
    sent = day("original_date", "2021-12-30") | {"reason": "Again"}
    assert "its first date stays" in words_of(manager.post(page, sent, follow=True))
    assert Change.objects.count() == before and f'href="{page}"' not in manager.get(AT_005).content.decode()


@pytest.mark.run_in("sqlite")  # a form
def test_a_first_date_stays_while_a_new_one_is_asked_for(manager, send, action, sign_in, on_record):
    with on_record():
        subject = action("005")
        subject.original_date = date(2021, 9, 30)
        subject.save()
    why = {"cause": "Nobody was asked", "effect": "Children wait", "recovery": "Ask them"}
    response = send(sign_in("cem.chair"), f"{AT_005}new-date/", **day("forecast", "2021-12-30"), **why)
    assert response.status_code == 302
    said = words_of(manager.get(f"{AT_005}first-date/", follow=True))
    assert "A request for a new date is undecided. The date stays until it is decided." in said
