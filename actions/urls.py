from django.urls import path

from actions.models.chain import MOVES, TERMS
from actions.views import (
    bulk,
    chain,
    endings,
    evidence,
    groups,
    help,
    homes,
    housekeeping,
    importing,
    keeping,
    meetings,
    off_plan,
    plan_decisions,
    plans,
    registers,
    reviews,
    saving,
    scorecards,
    search,
    todo,
)

PLAN = "plans/<slug:label>/"
ACTION = f"{PLAN}actions/<slug:slug>/"
EXCEPTION = "exceptions/<number:pk>/"
REGISTER = "groups/<slug:slug>/register/"
SCORECARD = "groups/<slug:slug>/scorecard/"
MEETING = "meetings/<slug:slug>/<meeting:address>/"

urlpatterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/current/", plans.plan_current, name="plan_current"),
    path("plans/new/", keeping.plan_new, name="plan_new"),
    path(f"{PLAN}edit/", keeping.plan_edit, name="plan_edit"),
    path(f"{PLAN}discard/", keeping.plan_discard, name="plan_discard"),
    path(f"{PLAN}import/", importing.plan_import, name="plan_import"),
    path(f"{PLAN}import/record/", importing.plan_import_record, name="plan_import_record"),
    path(f"{PLAN}reorder/", keeping.plan_reorder, name="plan_reorder"),
    path(f"{PLAN}drivers/new/", keeping.driver_new, name="driver_new"),
    path(f"{PLAN}drivers/<number:pk>/", keeping.driver_edit, name="driver_edit"),
    path(f"{PLAN}themes/new/", keeping.theme_new, name="theme_new"),
    path(f"{PLAN}themes/<number:pk>/", keeping.theme_edit, name="theme_edit"),
    path(f"{PLAN}bulk/", bulk.plan_bulk, name="plan_bulk"),
    path(f"{PLAN}publish/", plan_decisions.plan_publish, name="plan_publish"),
    path("plan-decisions/<number:pk>/", plan_decisions.plan_decision, name="plan_decision"),
    path(
        "plan-decisions/<number:pk>/confirm/",
        plan_decisions.plan_decision_confirm,
        name="plan_decision_confirm",
    ),
    path(
        "plan-decisions/<number:pk>/not-so/",
        plan_decisions.plan_decision_not_so,
        name="plan_decision_not_so",
    ),
    path(
        "plan-decisions/<number:pk>/take-back/",
        plan_decisions.plan_decision_take_back,
        name="plan_decision_take_back",
    ),
    path(f"{PLAN}end/", endings.plan_end, name="plan_end"),
    path(f"{PLAN}end/further-actions/", endings.plan_take_up, name="plan_take_up"),
    path(f"{PLAN}statement/", reviews.plan_statement, name="plan_statement"),
    path(f"{PLAN}close/", endings.plan_close, name="plan_close"),
    path(f"{PLAN}actions/new/", keeping.action_new, name="action_new"),
    path(f"{PLAN}actions/new/audits/<number:pk>/", keeping.action_new_from_audit, name="action_from_audit"),
    path("plans/<slug:label>/", plans.plan_detail, name="plan_detail"),
    path("plans/<slug:label>/export.<slug:form>", saving.plan_export, name="plan_export"),
    path("plans/<slug:label>/glance/", plans.plan_glance, name="plan_glance"),
    path(ACTION, plans.action_detail, name="action_detail"),
    path(f"{ACTION}lineage/", endings.action_lineage, name="action_lineage"),
    path(f"{ACTION}edit/", keeping.action_edit, name="action_edit"),
    path(f"{ACTION}take-out/", keeping.action_take_out, name="action_take_out"),
    path(f"{ACTION}milestones/new/", housekeeping.milestone_new, name="milestone_new"),
    path(f"{ACTION}milestones/<number:pk>/", housekeeping.milestone_edit, name="milestone_edit"),
    path(f"{ACTION}further-actions/new/", housekeeping.further_action_new, name="further_action_new"),
    path(
        f"{ACTION}further-actions/<number:pk>/", housekeeping.further_action_edit, name="further_action_edit"
    ),
    path(f"{ACTION}review/", housekeeping.action_review, name="action_review"),
    path(f"{ACTION}first-date/", housekeeping.action_first_date, name="action_first_date"),
    path(f"{ACTION}update/", plans.action_update, name="action_update"),
    path(f"{ACTION}nil-return/", plans.nil_return, name="nil_return"),
    path(f"{ACTION}dates/", plans.action_dates, name="action_dates"),
    path("updates/<number:pk>/confirm/", plans.update_confirm, name="update_confirm"),
    path("updates/<number:pk>/not-so/", plans.update_not_so, name="update_not_so"),
    path("updates/<number:pk>/correct/", plans.update_correct, name="update_correct"),
    *[
        path(f"{ACTION}{terms.slug}/", chain.exception_ask, {"kind": kind}, name=f"ask_{kind}")
        for kind, terms in TERMS.items()
    ],
    path(EXCEPTION, chain.exception_detail, name="exception_detail"),
    *[
        path(f"{EXCEPTION}{move.name}/", chain.exception_move(move), name=f"exception_{move.name}")
        for move in MOVES
        if not move.is_decision
    ],
    path(f"{EXCEPTION}change/", chain.exception_change, name="exception_change"),
    path("updates/<number:pk>/evidence/", evidence.evidence_add, {"about": "update"}, name="update_evidence"),
    path(f"{EXCEPTION}evidence/", evidence.evidence_add, {"about": "report"}, name="report_evidence"),
    path("audits/<number:pk>/evidence/", evidence.evidence_add, {"about": "audit"}, name="audit_evidence"),
    path(
        "recommendations/<number:pk>/evidence/",
        evidence.evidence_add,
        {"about": "recommendation"},
        name="recommendation_evidence",
    ),
    path("evidence/<number:pk>/", evidence.evidence_detail, name="evidence_detail"),
    path("evidence/<number:pk>/file/", evidence.evidence_file, name="evidence_file"),
    path("evidence/<number:pk>/new-version/", evidence.evidence_new_version, name="evidence_new_version"),
    path("evidence/<number:pk>/looked-at/", evidence.evidence_look, name="evidence_look"),
    path("decisions/<number:pk>/confirm/", chain.step_confirm, name="step_confirm"),
    path("decisions/<number:pk>/not-so/", chain.step_not_so, name="step_not_so"),
    path("groups/", groups.group_list, name="groups"),
    path("groups/new/", groups.group_edit, name="group_new"),
    path("groups/<slug:slug>/", groups.group_detail, name="group_detail"),
    path("groups/<slug:slug>/edit/", groups.group_edit, name="group_edit"),
    path("scorecards/", scorecards.scorecards, name="scorecards"),
    path("scorecards/export.<slug:form>", saving.scorecards_export, name="scorecards_export"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/export.<slug:form>", saving.reviews_export, name="reviews_export"),
    path("reviews/gaps/", reviews.review_gaps, name="review_gaps"),
    path("reviews/<number:pk>/", reviews.review_detail, name="review"),
    path("reviews/<number:pk>/agree/", reviews.review_agree, name="review_agree"),
    path("reviews/<number:pk>/recommendations/new/", reviews.recommendation_new, name="recommendation_new"),
    path("recommendations/<number:pk>/", reviews.recommendation, name="recommendation"),
    path("recommendations/<number:pk>/edit/", reviews.recommendation_edit, name="recommendation_edit"),
    path(
        "recommendations/<number:pk>/actions/new/",
        reviews.recommended_action_new,
        name="recommended_action_new",
    ),
    path("recommended-actions/<number:pk>/", reviews.recommended_action_edit, name="recommended_action_edit"),
    path(
        "recommendations/<number:pk>/outcome/", reviews.recommendation_outcome, name="recommendation_outcome"
    ),
    path("answers/<number:pk>/", reviews.agency_answer, name="agency_answer"),
    path(SCORECARD, scorecards.scorecard, name="scorecard"),
    path(f"{SCORECARD}export.<slug:form>", saving.scorecard_export, name="scorecard_export"),
    path(f"{SCORECARD}enter/", scorecards.readings_enter, name="readings_enter"),
    path(f"{SCORECARD}enter/<month:month>/", scorecards.readings_of_month, name="readings_of_month"),
    path(f"{SCORECARD}confirm/", scorecards.readings_confirm, name="readings_confirm"),
    path(f"{SCORECARD}measures/new/", scorecards.measure_new, name="measure_new"),
    path(REGISTER, registers.register, name="register"),
    *[
        path(f"{REGISTER}{kind.slug}/new/", registers.line_new, {"kind": kind}, name=f"{kind.slug}_new")
        for kind in registers.KINDS
    ],
    *[
        path(f"{kind.slug}/<number:pk>/", registers.line_edit, {"kind": kind}, name=f"{kind.slug}_edit")
        for kind in registers.KINDS
    ],
    path("training/<number:pk>/impact/", registers.training_impact, name="training_impact"),
    path("measures/<number:pk>/", scorecards.measure_detail, name="measure_detail"),
    path("measures/<number:pk>/edit/", scorecards.measure_edit, name="measure_edit"),
    path("measures/<number:pk>/exception/", scorecards.measure_ask, name="measure_ask"),
    path("measures/<number:pk>/target/", scorecards.measure_target, name="measure_target"),
    path("measures/<number:pk>/baseline/", scorecards.measure_baseline, name="measure_baseline"),
    path("baselines/<number:pk>/take-back/", scorecards.baseline_take_back, name="baseline_take_back"),
    path("readings/<number:pk>/correct/", scorecards.reading_correct, name="reading_correct"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting_new"),
    path(MEETING, meetings.meeting_detail, name="meeting_detail"),
    path(f"{MEETING}edit/", meetings.meeting_edit, name="meeting_edit"),
    path(f"{MEETING}attendance/", meetings.meeting_attendance, name="meeting_attendance"),
    path(f"{MEETING}decide/<number:pk>/", chain.meeting_decide, name="meeting_decide"),
    path("exceptions/", homes.exceptions, name="exceptions"),
    path("exceptions/found/", off_plan.off_plan, name="off_plan"),
    path("exceptions/found/export.<slug:form>", saving.off_plan_export, name="off_plan_export"),
    path("exceptions/reports/export.<slug:form>", saving.reports_export, name="reports_export"),
    path("exceptions/reports/", homes.exception_reports, name="exception_reports"),
    path("decisions/", homes.decisions, name="decisions"),
    path("search/", search.search, name="search"),
    path("due/export.<slug:form>", saving.due_export, name="due_export"),
    path("due/", homes.due, name="due"),
    path("missing/", todo.missing, name="missing"),
    path("help/", help.help_index, name="help"),
    path("help/roles/<slug:role>/", help.help_role, name="help_role"),
    path("help/<slug:page>/", help.help_page, name="help_page"),
]
