"""A review stays one over the years, its thread costs a few queries, and its page says what was decided."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Confirmation, RecommendationOutcome, StrategicDriver
from scrutiny.papers import packs
from scrutiny.proof import reviews
from subgroups.models import Meeting, Partner
from tests import test_partners, test_plan_decisions, test_recommendations, test_year_end
from tests.answers import html_of, words_of
from tests.factories import close_plan, settle_further_actions

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # pages, and words of findings
review, recommend, name_action = (
    test_recommendations.review,
    test_recommendations.recommend,
    test_recommendations.name_action,
)
close, answered = test_recommendations.close, test_recommendations.answered
june, succession = test_plan_decisions.june, test_partners.succession
draft, live, end, confirm = (
    test_year_end.draft,
    test_year_end.live,
    test_year_end.end,
    test_year_end.confirm,
)


def test_a_review_whose_action_is_carried_forward_is_still_one(
    live, recommend, end, confirm, review, sign_in, manager
):
    one = recommend("1")
    assert end(["005"], "carried_forward", plan=live.pk).status_code == 302
    assert confirm().status_code == 302
    again = StrategicDriver.objects.get(plan=live, text=review.text)
    reader = sign_in("scrutineer")
    listed = html_of(reader.get("/reviews/"))
    assert f'href="/reviews/{review.pk}/"' in listed and f'href="/reviews/{again.pk}/"' not in listed
    page = words_of(reader.get(f"/reviews/{again.pk}/"))
    assert "Ask each child what they want" in page and "There is no recommendation yet" not in page
    assert f"005 of 2021-22 , 005 of {live.label}" in page
    assert one.get_absolute_url() in html_of(manager.get(f"/reviews/{again.pk}/"))


def test_what_a_meeting_withdrew_or_declined_is_said(
    recommend, name_action, end, confirm, asked, sign_in, send
):
    one = recommend("1")
    name_action(one, "006")
    assert end(["006"], "withdrawn").status_code == 302 and confirm().status_code == 302
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert "Decision Withdrawn" in page and "Not decided yet" not in page


def test_a_thread_costs_no_query_for_each_action(recommend, name_action, sign_in):
    one, reader = recommend("1"), sign_in("scrutineer")

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            reader.get(one.get_absolute_url())
        return len(asked)

    name_action(one, "001")
    queries()  # what is worked out once is kept from here on
    first = queries()
    for ref in ("002", "003", "004", "005", "006"):
        assert name_action(one, ref).status_code == 302
    queries()
    assert queries() <= first


def test_papers_have_a_review_whose_plan_is_closed(recommend, on_record, june, review):
    recommend("1")
    with on_record("The year is over"):
        settle_further_actions(review.plan)
        close_plan(review.plan)
    models = packs.latest_entries(Meeting.objects.get(pk=june.pk)).values_list("model", flat=True)
    assert {"actions.recommendation", "actions.agencyanswer"} <= set(models)


def test_a_decision_that_had_no_effect_is_found(recommend, close, on_record, june, user):
    one = recommend("1")
    assert close(one, "overtaken").status_code == 302
    decision = RecommendationOutcome.objects.get().decision
    with on_record():
        Confirmation.of(decision, user("management.chair")).save()
        decision.state = "in_force"
        decision.save()
    assert [finding.what for finding in reviews.findings()] == [
        f"actions.recommendation {one.pk}: what was decided makes it overtaken, and it did not become that."
    ]


def test_who_came_in_the_place_of_an_agency_that_was_asked_is_not_asked_again(
    recommend, succession, manager, it_is
):
    one = recommend("1")
    succession()
    it_is(2022, 7, 1)
    new = Partner.objects.get(name=test_partners.ICB)
    page = html_of(manager.get(f"/recommendations/{one.pk}/edit/"))
    assert f'value="{new.pk}"' not in page
