"""A review recommends, agencies answer, actions come of it, and a group above those that act closes it."""

from csv import DictReader
from io import StringIO

# ruff: noqa: F811  (fixtures of other modules)
import pytest

from actions.models import (
    AgencyAnswer,
    BusinessPlan,
    ExceptionReport,
    PlanDecision,
    Recommendation,
    RecommendedAction,
    ReviewAnswers,
)
from gscp.record import Change
from scrutiny.proof import decisions, plans, reviews
from subgroups.models import Meeting, Partner
from tests.answers import words_of
from tests.evidence import added
from tests.factories import close_plan, settle_further_actions
from tests.test_meetings import days
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last
from tests.test_year_end import confirm  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(action):
    return action("005").driver


@pytest.fixture
def recommend(review, manager, send):
    """recommend("1") records that the review recommends it, to all three agencies."""

    def recommended(number, **typed):
        agencies = [one.pk for one in Partner.objects.all()]
        what = {"number": number, "text": "Ask each child what they want", "scope": "local", "source": "6.2"}
        url = f"/reviews/{review.pk}/recommendations/new/"
        answer = send(manager, url, **what | {"agencies": agencies} | typed)
        assert answer.status_code == 302, words_of(answer)
        return Recommendation.objects.get(number=number)

    return recommended


@pytest.fixture
def answered(sign_in, send):
    """answered(recommendation, "police", "accepted") is what that agency says, entered by the manager."""

    def said(recommendation, kind, answer, by="business.manager", reason="It is right"):
        row = AgencyAnswer.objects.get(recommendation=recommendation, partner__kind=kind)
        return send(sign_in(by), f"/answers/{row.pk}/", answer=answer, reason=reason)

    return said


@pytest.fixture
def name_action(manager, send, action):
    """name_action(recommendation, "005") says that the action comes from it."""

    def named(recommendation, ref, **typed):
        good = {"is_specific": "yes", "is_measurable": "yes", "lacking": ""}
        url = f"/recommendations/{recommendation.pk}/actions/new/"
        return send(manager, url, **{"action": action(ref).pk} | good | typed)

    return named


@pytest.fixture
def close(sign_in, send, june):
    """close(recommendation, "overtaken") is what the Management Group decided in June, to be confirmed."""

    def closed(recommendation, outcome, meeting=june, **typed):
        what = {"meeting": meeting.pk, "outcome": outcome, "reason": "As the meeting said", "risk": ""}
        url = f"/recommendations/{recommendation.pk}/outcome/"
        return send(sign_in("business.manager"), url, **what | typed)

    return closed


@pytest.fixture
def completed(action, asked, sign_in, send, attend, it_is):
    """completed("005") is complete by a decision of the Executive, with its impact."""

    def done(ref="005", **typed):
        said = {"what": "Done", "evidence": "The report", "impact": "Children are asked"} | typed
        url = f"/plans/2021-22/actions/{ref}/completion/"
        answer = send(sign_in("cem.chair"), url, **said)
        assert answer.status_code == 302, words_of(answer)
        return ExceptionReport.objects.get(action__ref=ref, kind="completion", state="waiting")

    return done


def state(recommendation) -> str:
    return Recommendation.objects.get(pk=recommendation.pk).state


def test_each_agency_answers_and_no_answer_is_no_refusal(recommend, answered, review, sign_in):
    one = recommend("1")
    assert last() == "The Business Manager recorded recommendation 1 of a review."
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert page.count("No answer recorded yet") == 3 and "3 of 3 not recorded yet" in page
    assert answered(one, "police", "in_part", by="cem.chair", reason="Not at night").status_code == 302
    assert answered(one, "health", "not_accepted", by="cem.chair").status_code == 403, "of another agency"
    assert answered(one, "council", "", reason="").status_code == 200, "an answer is one, with its reason"
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert "Gloucestershire Constabulary Accepted in part Not at night" in page
    assert last() == (
        "The Child Exploitation and Missing Subgroup Chair recorded the answer of Gloucestershire "
        "Constabulary to Recommendation 1: accepted in part, because “Not at night”."
    )


@pytest.mark.run_in("sqlite")  # what a form refuses
def test_a_number_stands_once_and_agencies_are_named(recommend, review, manager, send):
    recommend("1")
    url = f"/reviews/{review.pk}/recommendations/new/"
    again = send(manager, url, number="1", text="Other", scope="local", agencies=[Partner.objects.first().pk])
    assert "The review has a recommendation 1 already." in words_of(again)
    nobody = send(manager, url, number="2", text="Other", scope="local")
    assert "Tick the agencies that have to answer it." in words_of(nobody)
    assert Recommendation.objects.count() == 1 and AgencyAnswer.objects.count() == 3


def test_a_meeting_agrees_the_answers_and_a_later_one_undoes_that(
    recommend,
    answered,
    review,
    manager,
    send,
    confirm,
    june,
    sign_in,
):
    one = recommend("1")
    for kind in ("council", "police", "health"):
        answered(one, kind, "accepted")
    page = f"/reviews/{review.pk}/"
    url = f"{page}agree/"
    assert send(manager, url, meeting=june.pk, reason="Agreed").status_code == 302
    assert "agreed the answers to a review of 2021-22 at its meeting of 15 June" in last()
    assert confirm().status_code == 302
    shown = words_of(manager.get(page))
    assert "The answers together Management Group, 15 June 2021 : agreed" in shown
    assert answered(one, "health", "not_accepted", reason="No money").status_code == 302
    assert "agreed then, and changed since" in words_of(manager.get(page))
    assert "where it answered otherwise before" in last()
    assert [*decisions.findings(), *plans.findings(), *reviews.findings()] == []


@pytest.mark.run_in("sqlite")  # what a form refuses
def test_the_answers_that_are_confirmed_are_those_of_the_meeting(
    recommend,
    answered,
    review,
    manager,
    send,
    confirm,
    june,
):
    one = recommend("1")
    send(manager, f"/reviews/{review.pk}/agree/", meeting=june.pk, reason="Agreed")
    answered(one, "police", "accepted")
    answer = confirm()
    assert "An answer, or what it answers, changed after this was entered." in words_of(answer)
    assert ReviewAnswers.objects.get().decision.state == "waiting"


def test_what_an_action_lacks_is_said_in_words(recommend, name_action, action, sign_in):
    one = recommend("1")
    missing = name_action(one, "005", is_measurable="no")
    assert "Say what is missing." in words_of(missing)
    assert name_action(one, "005", is_measurable="no", lacking="No number").status_code == 302
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert "It does not say how we will know." in page and "No number" in page
    assert "It has no date." in page and "No post leads it." not in page
    back = words_of(sign_in("scrutineer").get(action("005").get_absolute_url()))
    assert "Comes from: recommendation 1 of" in back
    found = Change.objects.filter(about_model="actions.recommendation", about_id=one.pk)
    assert found.filter(model=RecommendedAction._meta.label_lower).get().action == action("005").pk


def test_no_doer_closes_it_and_it_is_implemented_once_tested(
    recommend,
    name_action,
    completed,
    close,
    confirm,
    decide,
    it_is,
    attend,
    sign_in,
):
    one = recommend("1")
    assert name_action(one, "005").status_code == 302
    still_open = "It is not implemented yet. Action 005 of 2021-22 is still open."
    assert still_open in words_of(close(one, "implemented"))
    completion = completed()
    assert decide("escalate", completion).status_code == 302
    it_is(2021, 6, 29)
    attend("/meetings/executive/2021-06-29/", "council", "police", "health")
    agenda = "/meetings/executive/2021-06-29/"
    assert decide("grant", completion, by="executive", agenda=agenda).status_code == 302
    executive = Meeting.objects.get(group__slug="executive", date="2021-06-29")
    assert "no evidence of its completion shows it" in words_of(close(one, "implemented", meeting=executive))
    url = f"{completion.get_absolute_url()}evidence/"
    added(sign_in("cem.chair"), url, link="https://www.example.org/survey", shows="impact")
    june = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    too_early = words_of(close(one, "implemented", meeting=june))
    assert "Action 005 of 2021-22 was complete on 29 June 2021 only." in too_early
    answer = close(one, "implemented", meeting=executive)
    assert answer.status_code == 302, words_of(answer)
    assert state(one) == "open", "until the chair confirms it"
    assert (
        sign_in("cem.chair").get(f"{PlanDecision.objects.get().get_absolute_url()}confirm/").status_code
        == 403
    )
    assert confirm(by="executive").status_code == 302
    assert state(one) == "implemented"
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert "Closed: implemented" in page and "Impact Told with the completion" in page
    assert [*decisions.findings(), *plans.findings(), *reviews.findings()] == []
    assert decide("correct", completion, by="executive", agenda=agenda).status_code == 302
    why = "It was closed as implemented, and it is not so any more. Action 005 of 2021-22 is still open."
    assert why in words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    gaps = words_of(sign_in("scrutineer").get("/reviews/gaps/"))
    assert "not so any more 1 recommendation. Recommendation 1 of" in gaps


@pytest.mark.run_in("sqlite")  # what a form refuses
def test_not_implemented_names_the_risk_that_is_accepted(
    recommend,
    close,
    confirm,
    sign_in,
):
    one = recommend("1")
    refused = words_of(close(one, "not_implemented"))
    assert "Say which risk the group accepts." in refused
    assert "Gloucestershire Constabulary: no answer recorded yet" in refused
    assert close(one, "not_implemented", risk="Children are not asked").status_code == 302
    assert "closed recommendation 1, not implemented, and accepted the risk" in last()
    assert "waits for a chair already" in words_of(close(one, "overtaken"))
    assert confirm().status_code == 302
    page = words_of(sign_in("scrutineer").get(one.get_absolute_url()))
    assert "The risk that the Management Group accepted: “Children are not asked”" in page
    assert "Closed: not implemented" in page
    assert close(one, "reopened").status_code == 302 and confirm().status_code == 302
    assert state(one) == "open"


@pytest.mark.run_in("sqlite")  # pages
def test_the_gaps_are_listed_and_the_statement_counts(recommend, answered, name_action, review, sign_in):
    one, two = recommend("1"), recommend("2", text="Train everybody")
    for kind in ("council", "police", "health"):
        answered(one, kind, "done")
        answered(two, kind, "accepted")
    page = words_of(sign_in("scrutineer").get("/reviews/gaps/"))
    assert "0 answers not recorded yet." in page
    assert "1 open, where an agency accepts it or has not answered." in page
    assert "Recommendation 2 of" in page and "Recommendation 1 of" not in page
    statement = words_of(sign_in("scrutineer").get("/plans/2021-22/statement/"))
    assert "Open: 2" in statement and "New dates asked for 0" in statement
    listed = words_of(sign_in("scrutineer").get("/reviews/"))
    assert "2, 2 open" in listed


def test_a_recommendation_closed_without_a_decision_is_found(recommend, on_record):
    one = recommend("1")
    with on_record():
        one.state = "implemented"
        one.save()
    assert [finding.what for finding in reviews.findings()] == [
        f"actions.recommendation {one.pk}: it became implemented, and no decision in force says so."
    ]


@pytest.mark.run_in("sqlite")  # words of pages
def test_search_finds_what_a_recommendation_and_its_answers_say(recommend, answered, sign_in):
    one = recommend("1", text="Ask about cannabis farms")
    answered(one, "police", "not_accepted", reason="Unicorn reasons")
    for words in ("cannabis", "recommendation 1 unicorn"):
        page = words_of(sign_in("scrutineer").get("/search/", {"q": words}))
        assert "Recommendations of reviews" in page and "Recommendation 1" in page


@pytest.mark.run_in("sqlite")  # a file
def test_recommendations_and_answers_are_a_file(recommend, answered, name_action, sign_in):
    one = recommend("1")
    answered(one, "police", "in_part", reason="Not at night")
    name_action(one, "005")
    page = sign_in("scrutineer").get("/reviews/export.csv").content.decode("utf-8-sig")
    rows = {row["Agency"]: row for row in DictReader(StringIO(page))}
    assert len(rows) == 3 and rows["Gloucestershire County Council"]["Answer"] == "No answer recorded yet"
    police = rows["Gloucestershire Constabulary"]
    assert (police["#"], police["Answer"], police["Why"]) == ("1", "Accepted in part", "Not at night")
    assert (police["Actions"], police["State"]) == ("005 of 2021-22", "Open")


@pytest.mark.run_in("sqlite")  # figures of a page
def test_a_new_date_asked_for_after_the_old_one_passed_is_counted_apart(
    action, on_record, it_is, sign_in, send
):
    it_is(2021, 6, 7)
    with on_record("As agreed"):
        for ref, day in (("005", "2021-05-31"), ("006", "2021-06-30")):
            subject = action(ref)
            subject.original_date = day
            subject.save()
    why = {"cause": "Nobody", "effect": "They wait", "recovery": "Ask again"} | days(forecast=(30, 9, 2021))
    for who, ref in (("cem.chair", "005"), ("qiip.chair", "006")):
        assert send(sign_in(who), f"/plans/2021-22/actions/{ref}/new-date/", **why).status_code == 302
    page = words_of(sign_in("scrutineer").get("/plans/2021-22/statement/"))
    assert "New dates asked for 2 Before the date had passed: 1. After it: 1." in page


@pytest.mark.run_in("sqlite")  # figures of a page
def test_reports_are_counted_in_time_late_and_missing(report, it_is, sign_in):
    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 6, 10)
    report("006", rating="green")
    it_is(2021, 6, 20)
    page = words_of(sign_in("scrutineer").get("/plans/2021-22/statement/"))
    assert "Reports due for meetings 6 In time: 1. Late, after papers closed: 1. Missing: 4." in page


def test_after_its_plan_is_closed_it_is_answered_and_closed_and_its_words_stay(
    recommend, answered, close, confirm, on_record, manager, send, review, sign_in
):
    one = recommend("1")
    with on_record("The year is over"):
        plan = BusinessPlan.objects.get()
        settle_further_actions(plan)
        close_plan(plan)
    kept, known = (
        f"{plan} is closed: it is kept as it is.",
        list(plans.findings()),
    )  # closed without a meeting
    words = {
        "number": "2",
        "text": "Another",
        "scope": "local",
        "source": "",
        "agencies": [1],
        "reason": "A slip",
    }
    for url in (f"/reviews/{review.pk}/recommendations/new/", f"/recommendations/{one.pk}/edit/"):
        assert kept in words_of(send(manager, url, **words))
    assert answered(one, "police", "accepted").status_code == 302
    assert close(one, "overtaken").status_code == 302 and confirm().status_code == 302
    assert state(one) == "overtaken" and Recommendation.objects.count() == 1
    assert [*decisions.findings(), *reviews.findings()] == [] and list(plans.findings()) == known
