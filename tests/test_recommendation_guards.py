"""What is settled about a recommendation takes no change, and who ever acted on it does not close it."""

import pytest
from django.core.exceptions import ValidationError

from actions.models import ActionLead, AgencyAnswer, PlanDecision, Recommendation, RecommendedAction
from scrutiny.proof.walk import verify
from subgroups.models import Group, Meeting
from tests import test_exceptions, test_plan_decisions, test_recommendations, test_year_end
from tests.answers import html_of, words_of
from tests.conftest import form_of

pytestmark = pytest.mark.django_db
review, recommend, answered = (
    test_recommendations.review,
    test_recommendations.recommend,
    test_recommendations.answered,
)
name_action, close, state = (
    test_recommendations.name_action,
    test_recommendations.close,
    test_recommendations.state,
)
appoint_vice_chair = test_exceptions.appoint_vice_chair
june, confirm, at_executive = (
    test_plan_decisions.june,
    test_year_end.confirm,
    test_year_end.at_executive,
)
WORDS = {"number": "1", "text": "Ask some children", "scope": "local", "source": "6.2", "reason": "A slip"}
GOOD = {"is_specific": "yes", "is_measurable": "yes", "lacking": "", "comes_from_it": "yes"}


@pytest.fixture
def agree(review, manager, send, june):
    """agree() enters that the Management Group agreed the answers in June."""

    def entered():
        return send(manager, f"/reviews/{review.pk}/agree/", meeting=june.pk, reason="Agreed")

    return entered


def test_a_group_whose_action_was_taken_off_does_not_close_it(
    recommend, name_action, action, close, confirm, send, manager, at_executive
):
    one = recommend("1")
    assert action("004").group.slug == "management-group"
    assert name_action(one, "004").status_code == 302
    of_group = f"/recommended-actions/{RecommendedAction.objects.get().pk}/"
    off = GOOD | {"comes_from_it": "no", "reason": "A slip"}
    assert send(manager, of_group, **off).status_code == 302
    offered = words_of(manager.get(f"/recommendations/{one.pk}/outcome/"))
    assert "Executive, 29 June 2021" in offered and "Management Group, 15 June 2021" not in offered
    june = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    assert close(one, "overtaken", meeting=june).status_code == 200
    assert close(one, "overtaken", meeting=at_executive).status_code == 302
    assert confirm(by="executive").status_code == 302 and state(one) == "overtaken"
    assert not verify().findings


@pytest.mark.run_in("sqlite")  # what a form refuses
@pytest.mark.parametrize("how", ["answered", "led"])
def test_a_group_whose_action_went_to_another_group_does_not_close_it(
    how, recommend, name_action, action, close, on_record, post, june, manager
):
    one, acted = recommend("1"), action("005")
    assert name_action(one, "005").status_code == 302
    with on_record("As agreed"):
        if how == "answered":
            own, acted.group = acted.group, Group.objects.get(slug="management-group")
            acted.save()
            acted.group = own
            acted.save()
        else:
            chair = post("Management Group Chair")
            ActionLead(action=acted, post=chair, position=2, ended_on="2021-06-14").save()
    assert close(one, "overtaken").status_code == 200
    assert "Management Group, 15 June 2021" not in words_of(
        manager.get(f"/recommendations/{one.pk}/outcome/")
    )
    assert not PlanDecision.objects.exists()


@pytest.mark.run_in("sqlite")  # what forms refuse
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_what_is_closed_or_waits_takes_no_change_by_its_address(
    is_confirmed, recommend, answered, name_action, close, confirm, manager, action
):
    one = recommend("1")
    name_action(one, "005")
    own, row = f"/recommendations/{one.pk}/", RecommendedAction.objects.get()
    answer = AgencyAnswer.objects.first()
    agreed = {"answer": "accepted", "reason": "It is right"}
    forms = {
        f"{own}edit/": WORDS,
        f"{own}actions/new/": GOOD | {"action": action("006").pk},
        f"/recommended-actions/{row.pk}/": GOOD | {"comes_from_it": "no", "reason": "A slip"},
        f"/answers/{answer.pk}/": agreed,
        f"{own}evidence/": {"shows": "activity", "text": "Minutes", "link": "https://www.example.org/"},
    }
    read_before = {url: form_of(manager.get(url)) for url in forms}
    assert close(one, "overtaken").status_code == 302
    if is_confirmed:
        assert confirm().status_code == 302
    why = "Recommendation 1 is closed." if is_confirmed else "waits for its chair."
    for url, typed in forms.items():
        sent = manager.post(url, read_before[url] | typed)
        sent = words_of(manager.post(url, form_of(sent) | typed))  # as one that knows that it was closed
        assert why in sent and "There is a problem" in sent, url
        assert why in words_of(manager.get(url, follow=True)), url
    one.refresh_from_db()
    assert one.text == "Ask each child what they want" and RecommendedAction.objects.get().stands
    assert not AgencyAnswer.objects.exclude(answer="").exists() and not one.evidence_added.exists()
    page = words_of(manager.get(own))
    assert "Name an action" not in page and "Correct it" not in page


@pytest.mark.parametrize("what", ["actions", "answers"])
def test_a_page_to_confirm_that_was_read_before_something_changed_is_not_accepted(
    what, recommend, answered, agree, name_action, close, confirm, sign_in, manager, send, on_record, action
):
    one = recommend("1")
    name_action(one, "005")
    assert (close(one, "overtaken") if what == "actions" else agree()).status_code == 302
    decision = PlanDecision.objects.get()
    url, chair = f"{decision.get_absolute_url()}confirm/", sign_in("management.chair")
    read_before = form_of(chair.get(url))
    with on_record():
        if what == "actions":
            changed = action("005")
            changed.original_date = "2021-12-31"
        else:
            changed = Recommendation.objects.get(pk=one.pk)
            changed.text = "Ask some children"
        changed.save()
    answer = chair.post(url, read_before)
    assert answer.status_code == 200 and "changed" in words_of(answer)
    assert PlanDecision.objects.get().state == "waiting"
    # Read again, an outcome is confirmed. Of answers to other words that is no help: they are agreed anew.
    assert confirm().status_code == (302 if what == "actions" else 200)


@pytest.mark.run_in("sqlite")  # words of pages
def test_other_words_undo_that_the_answers_were_agreed(
    recommend, answered, agree, confirm, send, manager, review
):
    one, page = recommend("1"), f"/reviews/{review.pk}/"
    answered(one, "police", "accepted")
    assert agree().status_code == 302 and confirm().status_code == 302
    assert "15 June 2021 : agreed" in words_of(manager.get(page))
    assert send(manager, f"/recommendations/{one.pk}/edit/", **WORDS).status_code == 302
    assert "agreed then, and changed since" in words_of(manager.get(page))


@pytest.mark.run_in("sqlite")  # words of pages
def test_an_answer_recorded_for_an_agency_says_so_until_the_agency_confirms_it(
    recommend, answered, agree, confirm, sign_in, send, manager, review
):
    one = recommend("1")
    first = AgencyAnswer.objects.get(partner__kind="police")
    assert ">None<" not in html_of(manager.get(f"/answers/{first.pk}/")), "that is no answer"
    answered(one, "police", "accepted")
    assert agree().status_code == 302 and confirm().status_code == 302
    row, own = AgencyAnswer.objects.get(partner__kind="police"), f"/recommendations/{one.pk}/"
    assert "Recorded for it by Business Manager on 15 June 2021" in words_of(sign_in("scrutineer").get(own))
    chair, url = sign_in("cem.chair"), f"/answers/{row.pk}/"
    assert "Confirm or change for Gloucestershire Constabulary" in words_of(chair.get(own))
    assert "This was recorded for you." in words_of(chair.get(url))
    assert send(chair, url, answer="accepted", reason="It is right").status_code == 302
    assert "Recorded for it" not in words_of(sign_in("scrutineer").get(own))
    assert "15 June 2021 : agreed" in words_of(manager.get(f"/reviews/{review.pk}/")), "it is the same answer"


@pytest.mark.run_in("sqlite")  # words of pages
def test_what_came_after_the_meeting_that_agreed_it_is_told(
    recommend, answered, agree, close, june, it_is, manager, sign_in
):
    it_is(2021, 6, 20)
    one = recommend("1")
    answered(one, "police", "accepted")
    answered(one, "health", "accepted")
    told = "Came on record after this meeting: 2 of 2 answers."
    assert agree().status_code == 302
    decision = PlanDecision.objects.get()
    for url in (decision.get_absolute_url(), f"{decision.get_absolute_url()}confirm/"):
        assert told in words_of(sign_in("management.chair").get(url))
    assert close(one, "overtaken").status_code == 302
    closing = PlanDecision.objects.latest("pk").get_absolute_url()
    told = "Came on record after this meeting: recommendation 1."
    assert told in words_of(sign_in("management.chair").get(closing))


def test_what_has_recommendations_stays_a_review(recommend, review, on_record):
    recommend("1")
    review.kind = "duty"
    with pytest.raises(ValidationError, match="so it stays a review"), on_record():
        review.save()


@pytest.mark.parametrize(("ref", "who"), [("001", "resolution.chair"), ("005", "cem.chair")])
def test_who_chairs_a_group_that_acts_on_it_or_leads_does_not_confirm_from_another_post(
    ref, who, recommend, name_action, close, confirm, appoint_vice_chair
):
    one = recommend("1")
    assert name_action(one, ref).status_code == 302 and close(one, "overtaken").status_code == 302
    appoint_vice_chair("management-group", who)
    refused = words_of(confirm(by=who))
    assert f"You act on Action {ref}, which comes from it: somebody else confirms this." in refused
    assert confirm().status_code == 302 and state(one) == "overtaken"
