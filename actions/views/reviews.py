"""Reviews: what they recommend, what agencies answer, what comes of it, and what is missing."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url

from actions import gaps
from actions.forms.reviews import (
    AgreeAnswersForm,
    AnswerForm,
    OutcomeForm,
    RecommendationForm,
    RecommendedActionForm,
)
from actions.models import (
    AgencyAnswer,
    BusinessPlan,
    Recommendation,
    RecommendedAction,
    ReviewAnswers,
    StrategicDriver,
)
from actions.models.outcome import not_so_any_more
from actions.models.recommendation import actions_named_by, named_reviews, with_recommendations
from actions.models.recommendation import reviews as all_reviews
from actions.sentences import latest_acts
from actions.thread import strands_of
from actions.views.evidence import newest_of
from actions.views.shared import plan_to_read
from gscp.forms import RecordForm
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may
from gscp.record import Change

MOST_ACTS = 20


def review_of(pk: int) -> StrategicDriver:
    return with_recommendations(get_object_or_404(named_reviews(), pk=pk))


def new_recommendation_of(pk: int) -> Recommendation:
    return Recommendation(driver=review_of(pk))


def recommendation_of(pk: int) -> Recommendation:
    listed = Recommendation.objects.filter(driver__plan__in=BusinessPlan.objects.listed())
    return get_object_or_404(listed.for_pages(), pk=pk)


def answer_of(pk: int) -> AgencyAnswer:
    answers = AgencyAnswer.objects.select_related("recommendation__driver__plan", "partner")
    return get_object_or_404(answers, pk=pk)


def new_action_of(pk: int) -> RecommendedAction:
    return RecommendedAction(recommendation=recommendation_of(pk))


def recommended_action_of(pk: int) -> RecommendedAction:
    rows = RecommendedAction.objects.select_related(
        "recommendation__driver__plan", "action__plan", "action__group"
    )
    return get_object_or_404(rows, pk=pk)


@may("read")
def reviews(request) -> HttpResponse:
    rows = []
    drivers = list(all_reviews().prefetch_related("recommendations"))
    named_by = actions_named_by(drivers)
    for driver in drivers:
        found = list(driver.recommendations.all())
        rows.append((driver, found, sum(one.is_open for one in found), named_by[driver.pk]))
    return render(request, "actions/reviews.html", {"rows": rows})


@may("read")
def review_gaps(request) -> HttpResponse:
    context = {
        "unanswered": list(gaps.without_answer()),
        "without_action": list(gaps.without_action()),
        "not_so_any_more": gaps.not_so_any_more(),
        "closed": gaps.closed_with_gaps(),
        "without_driver": list(gaps.without_driver()),
    }
    return render(request, "actions/review_gaps.html", context)


@may("read", plan_to_read)
def plan_statement(request, plan) -> HttpResponse:
    context = {
        "plan": plan,
        "reported": gaps.reported_on(plan),
        "closed": gaps.closed(plan),
        "redated": gaps.redated(plan),
        "checks": gaps.checks_moved(plan),
        "recommended": gaps.recommended(plan),
    }
    return render(request, "actions/plan_statement.html", context)


@may("read", review_of)
def review_detail(request, driver) -> HttpResponse:
    recommendations = list(driver.recommendations.for_pages())
    agreed = ReviewAnswers.objects.standing().filter(driver=driver).for_pages().first()
    context = {
        "driver": driver,
        "recommendations": recommendations,
        "actions": actions_named_by([driver])[driver.pk],
        "unanswered": sum(len(one.unanswered) for one in recommendations),
        "agreed": agreed,
        "may_keep": request.user.has_perm("keep_plan"),
    }
    return render(request, "actions/review_detail.html", context)


@may("read", recommendation_of)
def recommendation(request, recommendation) -> HttpResponse:
    user, strands = request.user, strands_of(recommendation)
    parts = [part for strand in strands for part in strand.parts]
    own = Q(about_model=recommendation._meta.label_lower, about_id=recommendation.pk)
    entries = Change.objects.filter(own | Q(action__in=[part.action.pk for part in parts]))
    answers, settled = recommendation.answers.all(), recommendation.why_settled
    outcomes = list(recommendation.outcomes.for_pages())
    context = {
        "recommendation": recommendation,
        "driver": recommendation.driver,
        "answers": [(one, not settled and user.has_perm("answer_recommendation", one)) for one in answers],
        "strands": strands,
        "not_so_any_more": not_so_any_more(recommendation),
        "outcomes": outcomes,
        "evidence": newest_of(Q(recommendation=recommendation)),
        "may_add_evidence": not settled and user.has_perm("add_evidence", recommendation),
        "waiting": next((one for one in outcomes if one.decision and one.decision.is_waiting), None),
        "history": latest_acts(entries, MOST_ACTS),
        "may_keep": user.has_perm("keep_plan"),
        "may_change": not settled and user.has_perm("keep_plan"),
    }
    return render(request, "actions/recommendation.html", context)


def review_page(
    request: HttpRequest, form: RecordForm, driver: StrategicDriver, about: Recommendation | None = None
) -> HttpResponse:
    to = about or resolve_url("review", driver.pk)
    return form_page(request, form, "actions/review_form.html", to=to, driver=driver, recommendation=about)


def why_no_form(request: HttpRequest, recommendation: Recommendation) -> str:
    """Why it is not offered to change anything of it; "" of what was sent, which its form answers."""
    return "" if request.method == "POST" else recommendation.why_settled


@may("keep_plan", new_recommendation_of, has_form=True)
def recommendation_new(request, recommendation) -> HttpResponse:
    form = form_sent(RecommendationForm, request, subject=recommendation)
    return review_page(request, form, recommendation.driver)


@may("keep_plan", recommendation_of, has_form=True)
def recommendation_edit(request, recommendation) -> HttpResponse:
    if why := why_no_form(request, recommendation):
        return already_done(request, recommendation, why)
    form = form_sent(RecommendationForm, request, subject=recommendation)
    return review_page(request, form, recommendation.driver, recommendation)


@may("answer_recommendation", answer_of, has_form=True)
def agency_answer(request, answer) -> HttpResponse:
    if why := why_no_form(request, answer.recommendation):
        return already_done(request, answer.recommendation, why)
    form = form_sent(AnswerForm, request, subject=answer)
    return review_page(request, form, answer.recommendation.driver, answer.recommendation)


@may("keep_plan", new_action_of, has_form=True)
def recommended_action_new(request, recommended) -> HttpResponse:
    if why := why_no_form(request, recommended.recommendation):
        return already_done(request, recommended.recommendation, why)
    form = form_sent(RecommendedActionForm, request, subject=recommended)
    return review_page(request, form, recommended.recommendation.driver, recommended.recommendation)


@may("keep_plan", recommended_action_of, has_form=True)
def recommended_action_edit(request, recommended) -> HttpResponse:
    if why := why_no_form(request, recommended.recommendation):
        return already_done(request, recommended.recommendation, why)
    form = form_sent(RecommendedActionForm, request, subject=recommended)
    return review_page(request, form, recommended.recommendation.driver, recommended.recommendation)


@may("keep_plan", review_of, has_form=True)
def review_agree(request, driver) -> HttpResponse:
    if not driver.recommendations.exists():
        to = resolve_url("review", driver.pk)
        return already_done(request, to, "This review has no recommendation yet.")
    form = form_sent(AgreeAnswersForm, request, subject=driver)
    return review_page(request, form, driver)


@may("keep_plan", recommendation_of, has_form=True)
def recommendation_outcome(request, recommendation) -> HttpResponse:
    form = form_sent(OutcomeForm, request, subject=recommendation)
    return review_page(request, form, recommendation.driver, recommendation)
