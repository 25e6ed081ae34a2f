"""A check that finds it not embedded opens the recommendation again, and asks to reopen its action."""

import pytest

from actions.models import ExceptionReport, Recommendation, RecommendationOutcome
from scrutiny.proof.walk import verify
from subgroups.models import Meeting
from tests import test_impact_checks, test_recommendations, test_year_end
from tests.answers import words_of

pytestmark = pytest.mark.django_db
propose, complete, make = test_impact_checks.propose, test_impact_checks.complete, test_impact_checks.make
review, recommend = test_recommendations.review, test_recommendations.recommend
name_action, confirm = test_recommendations.name_action, test_year_end.confirm


@pytest.fixture
def implemented(recommend, name_action, complete, make, send, manager, confirm):
    """Recommendation 1 is closed as implemented: 006 is complete, and its check found it partly embedded."""
    one = recommend("1")
    assert name_action(one, "006").status_code == 302
    url = f"/recommendations/{one.pk}/outcome/"
    june = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    typed = {"meeting": june.pk, "outcome": "implemented", "reason": "As was checked", "risk": ""}
    assert "The impact of Action 006 of 2021-22 is not tested yet: no check found it" in words_of(
        send(manager, url, **typed)
    )
    assert make(complete, "check-impact", finding="partly").status_code == 302
    assert send(manager, url, **typed).status_code == 302
    assert confirm().status_code == 302
    return Recommendation.objects.get()


def test_a_check_that_fails_later_opens_both_again_and_both_closures_stay_in_view(
    implemented, complete, make, sign_in, it_is, decide, attend, send
):
    assert implemented.state == "implemented"
    it_is(2021, 6, 28)
    answer = make(complete, "check-impact", finding="not")
    assert answer.status_code == 302
    implemented.refresh_from_db()
    assert implemented.state == "open"
    reopened = RecommendationOutcome.objects.get(decision=None)
    assert reopened.step.finding == "not" and reopened.outcome == "reopened"
    asked = ExceptionReport.objects.get(kind="reopening")
    assert asked.state == "waiting" and asked.action.ref == "006"
    page = words_of(sign_in("scrutineer").get(implemented.get_absolute_url()))
    assert "Implemented" in page and "Opened again" in page and "Not embedded" in page
    june = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    url = f"/recommendations/{implemented.pk}/outcome/"
    typed = {"meeting": june.pk, "reason": "As was checked", "risk": ""}
    manager = sign_in("business.manager")
    assert make(complete, "check-impact", by="executive", finding="partly").status_code == 302
    not_decided = "It is asked to reopen Action 006 of 2021-22, and that is not decided yet."
    opened = "Recommendation 1 was opened again on 28 June 2021 only, after this meeting."
    for outcome in ("implemented", "overtaken"):
        assert opened in words_of(send(manager, url, outcome=outcome, **typed))
    it_is(2021, 6, 29)
    attend("/meetings/executive/2021-06-29/", "council", "police", "health")
    executives = Meeting.objects.get(group__slug="executive", date="2021-06-29")
    later = typed | {"meeting": executives.pk, "outcome": "implemented"}
    assert not_decided in words_of(send(manager, url, **later))
    executive = executives.get_absolute_url()
    assert decide("grant", asked, by="executive", agenda=executive).status_code == 302
    page = words_of(sign_in("scrutineer").get(implemented.get_absolute_url()))
    assert "Request to reopen" in page and "Proposal of completion" in page
    assert "In progress" in page
    assert not verify().findings
    then = words_of(sign_in("scrutineer").get(f"/scrutiny/as-at/2021-06-27{implemented.get_absolute_url()}"))
    assert "Closed: implemented" in then and "Opened again" not in then
