"""Who may open and send what: a row for each URL. tests/test_access.py walks over all of them."""

from dataclasses import dataclass, field

ROLES = [
    "executive",
    "executive.vice",
    "management.chair",
    "mash.chair",
    "cem.chair",
    "cem.member",  # leads 005
    "qiip.chair",
    "resolution.chair",
    "business.manager",
    "scrutineer",
]
EVERYBODY = frozenset(ROLES)
MANAGER = frozenset({"business.manager"})
SUPPLY = frozenset({"qiip.chair", "business.manager"})  # figures
PUBLIC = "public"
ACCOUNT = "account"


@dataclass(frozen=True)
class Row:
    """A URL: who may GET it, and who may POST to it (none: it takes no POST)."""

    name: str
    may_get: frozenset[str] | str = EVERYBODY
    may_post: frozenset[str] = frozenset()
    parts: dict = field(default_factory=dict, hash=False)
    get_status: int = 200
    post_status: int = 200


def acts(name, *who, **parts):
    return Row(name, frozenset(who), frozenset(who), parts)


def moved(name, *who, **parts):
    return Row(name, frozenset(who), frozenset(who), parts, 302, 302)


def moves(name, **parts):
    """Everybody is sent on, whatever they send."""
    return Row(name, EVERYBODY, EVERYBODY, parts, 302, 302)


PLAN = {"label": "2021-22"}
JUNE = {"slug": "management-group", "address": "2021-06-15"}
TABLE = [
    Row("home", get_status=302),
    Row("plan_current", get_status=302),
    Row("plans"),
    acts("plan_new", "business.manager"),
    # What is published is not changed as a draft is: the Business Manager is sent back to it.
    moved("plan_edit", "business.manager", **PLAN),
    # What a file holds lies outside the record. There is no file yet, so it is not chosen, nor recorded.
    Row("plan_import", MANAGER, MANAGER, {"label": "draft"}, 200, 302),
    moved("plan_import_record", "business.manager", **PLAN),
    moved("plan_discard", "business.manager", **PLAN),
    acts("plan_discard", "business.manager", label="draft"),
    moved("plan_reorder", "business.manager", **PLAN),
    moved("driver_new", "business.manager", **PLAN),
    moved("driver_edit", "business.manager", pk=1, **PLAN),
    moved("theme_new", "business.manager", **PLAN),
    acts("theme_edit", "business.manager", pk="theme", label="draft"),
    acts("action_new", "business.manager", **PLAN),
    acts("action_from_audit", "business.manager", pk="audits", **PLAN),
    acts("action_edit", "business.manager", slug="005", **PLAN),
    moved("action_take_out", "business.manager", slug="005", **PLAN),  # it is published
    moved("plan_publish", "business.manager", **PLAN),
    moved("plan_bulk", "business.manager", **PLAN),  # with nothing ticked
    acts("plan_publish", "business.manager", label="draft"),
    Row("plan_decision", parts={"pk": "plan_decision"}),
    acts("plan_decision_confirm", "management.chair", pk="plan_decision"),
    acts("plan_decision_not_so", "management.chair", pk="plan_decision"),
    acts("plan_decision_take_back", "business.manager", pk="plan_decision"),
    acts("plan_end", "business.manager", **PLAN),
    acts("plan_take_up", "business.manager", **PLAN),
    # Its actions are open: the Business Manager is sent to what is left.
    moved("plan_close", "business.manager", **PLAN),
    Row("action_lineage", parts=PLAN | {"slug": "005"}),
    acts("milestone_new", "business.manager", slug="005", **PLAN),
    acts("milestone_edit", "business.manager", slug="005", pk="milestone", **PLAN),
    # The plan is published, with its further actions.
    moved("further_action_new", "business.manager", slug="005", **PLAN),
    acts("further_action_edit", "business.manager", slug="005", pk="further_action", **PLAN),
    acts("action_review", "business.manager", slug="005", **PLAN),
    moved("action_first_date", "business.manager", slug="005", **PLAN),
    Row("plan_detail", parts=PLAN),
    Row("plan_glance", parts=PLAN),
    Row("plan_export", parts=PLAN | {"form": "xlsx"}),
    Row("action_detail", parts=PLAN | {"slug": "003"}),
    acts("action_update", "resolution.chair", "business.manager", slug="001", **PLAN),
    acts("action_update", "management.chair", "business.manager", slug="002", **PLAN),
    # The MASH Subgroup is not in place: the chair of the group it reports to acts for it.
    acts("action_update", "management.chair", "business.manager", slug="003", **PLAN),
    acts("action_update", "management.chair", "business.manager", slug="004", **PLAN),
    acts("action_update", "cem.chair", "cem.member", "business.manager", slug="005", **PLAN),
    acts("action_update", "qiip.chair", "business.manager", slug="006", **PLAN),
    acts("nil_return", "cem.chair", "cem.member", "business.manager", slug="005", **PLAN),
    acts("action_dates", "business.manager", slug="005", **PLAN),
    acts("update_confirm", "cem.chair", pk="update"),
    acts("update_not_so", "cem.chair", pk="update"),
    # Whose report it is; the chair for whom it was entered says of it whether it is so.
    acts("update_correct", "business.manager", pk="update"),
    acts("update_evidence", "cem.chair", "cem.member", "business.manager", pk="update"),
    acts("report_evidence", "management.chair", "business.manager", pk="completion"),
    acts("audit_evidence", "qiip.chair", "business.manager", pk="audits"),
    Row("evidence_detail", parts={"pk": "evidence"}),
    Row("evidence_file", parts={"pk": "evidence"}),
    acts("evidence_new_version", "cem.chair", "cem.member", "business.manager", pk="evidence"),
    acts("evidence_look", "executive", "executive.vice", "management.chair", pk="evidence"),
    *[
        acts(f"ask_{kind}", "cem.chair", "cem.member", "business.manager", slug="005", **PLAN)
        for kind in ("exception", "completion", "withdrawal")
    ],
    # What is open cannot be reopened, what has no date not be given another: whoever may ask is sent back.
    *[
        moved(f"ask_{kind}", "cem.chair", "cem.member", "business.manager", slug="005", **PLAN)
        for kind in ("reopening", "new_date")
    ],
    Row("reviews"),
    Row("review_gaps"),
    Row("reviews_export", parts={"form": "csv"}),
    Row("plan_statement", parts=PLAN),
    Row("review", parts={"pk": "review"}),
    acts("review_agree", "business.manager", pk="review"),
    acts("recommendation_new", "business.manager", pk="review"),
    Row("recommendation", parts={"pk": "recommendation"}),
    acts("recommendation_edit", "business.manager", pk="recommendation"),
    acts("recommended_action_new", "business.manager", pk="recommendation"),
    acts("recommended_action_edit", "business.manager", pk="recommended_action"),
    acts("recommendation_outcome", "business.manager", pk="recommendation"),
    acts("recommendation_evidence", "cem.chair", "cem.member", "business.manager", pk="recommendation"),
    # The council answers for itself: whoever holds a post that it fills.
    acts("agency_answer", "management.chair", "mash.chair", "business.manager", pk="agency_answer"),
    Row("scorecards"),
    Row("scorecard", parts={"slug": "qiip"}),
    Row("scorecards_export", parts={"form": "csv"}),
    Row("scorecard_export", parts={"slug": "qiip", "form": "xlsx"}),
    Row("readings_enter", SUPPLY, SUPPLY, {"slug": "qiip"}, 302),
    acts("readings_of_month", "qiip.chair", "business.manager", slug="qiip", month="2021-02"),
    # There is nothing to confirm: whoever may is sent back.
    acts("readings_confirm", "qiip.chair", "business.manager", slug="qiip"),
    acts("measure_new", "qiip.chair", "business.manager", slug="qiip"),
    Row("measure_detail", parts={"pk": "measure"}),
    acts("measure_edit", "qiip.chair", "business.manager", pk="measure"),
    acts("measure_ask", "qiip.chair", "business.manager", pk="measure"),
    acts("measure_target", "qiip.chair", "business.manager", pk="measure"),
    acts("measure_baseline", "qiip.chair", "business.manager", pk="measure"),
    acts("baseline_take_back", "qiip.chair", "business.manager", pk="baseline"),
    Row("register", parts={"slug": "qiip"}),
    *[
        acts(f"{kind}_new", "qiip.chair", "business.manager", slug="qiip")
        for kind in ("audits", "training", "training-checks", "escalations")
    ],
    *[
        acts(f"{kind}_edit", "qiip.chair", "business.manager", pk=kind)
        for kind in ("audits", "training", "training-checks", "escalations")
    ],
    acts("training_impact", "qiip.chair", "business.manager", pk="training"),
    acts("reading_correct", "qiip.chair", "business.manager", pk="reading"),
    Row("exception_detail", parts={"pk": "report"}),
    acts("exception_take-back", "cem.chair", "cem.member", pk="report"),
    # Of who asked. What is decided, if only provisionally, is not changed: they are sent back to it.
    Row("exception_change", frozenset({"cem.chair"}), frozenset({"cem.chair"}), {"pk": "report"}, 302),
    # Not open from where it stands, before the Management Group: whoever may is sent back to it.
    moved("exception_answer", "cem.chair", "cem.member", "business.manager", pk="report"),
    moved("exception_done", "cem.chair", "cem.member", "business.manager", pk="report"),
    moved("exception_move-impact-check", "executive", "executive.vice", "management.chair", pk="report"),
    moved("exception_check-impact", "executive", "executive.vice", "management.chair", pk="report"),
    moved("exception_agree", "management.chair", pk="report"),
    acts("step_confirm", "management.chair", pk="step"),
    acts("step_not_so", "management.chair", pk="step"),
    Row("meetings"),
    acts("meeting_new", "business.manager"),
    Row("meeting_detail", parts=JUNE),
    acts("meeting_edit", "business.manager", **JUNE),
    acts("meeting_attendance", "business.manager", **JUNE),
    acts("meeting_decide", "management.chair", "business.manager", pk="report", **JUNE),
    Row("exceptions"),
    Row("off_plan"),
    Row("off_plan_export", parts={"form": "csv"}),
    Row("exception_reports"),
    Row("reports_export", parts={"form": "csv"}),
    Row("decisions"),
    Row("due"),
    Row("search"),
    Row("due_export", parts={"form": "xlsx"}),
    Row("missing"),
    Row("help", ACCOUNT),  # without a post it says who gives posts
    Row("help_role", parts={"role": "chair"}),
    Row("help_page", parts={"page": "rules"}),
    acts("partnership", "business.manager"),
    Row("mails", MANAGER),
    moved("mail_send_again", "business.manager", pk="mail"),
    Row("partners"),
    acts("partner_new", "business.manager"),
    Row("partner_detail", parts={"pk": 1}),
    acts("partner_edit", "business.manager", pk=1),
    acts("partner_succession", "business.manager", pk=1),
    Row("groups"),
    acts("group_new", "business.manager"),
    Row("group_detail", parts={"slug": "mash"}),
    acts("group_edit", "business.manager", slug="mash"),
    acts("group_quorum", "business.manager", slug="mash"),
    Row("posts"),
    acts("post_new", "business.manager"),
    Row("post_detail", parts={"pk": 1}),
    acts("post_edit", "business.manager", pk=1),
    acts("post_handover", "business.manager", pk=1),
    acts("holding_accept", "executive", "executive.vice", pk="holding"),
    Row(
        "holding_link",
        frozenset({"business.manager"}),
        frozenset({"business.manager"}),
        {"pk": "holding"},
        302,
        302,
    ),
    Row("scrutiny"),
    Row("as_at"),
    Row("as_at_page", parts={"moment": "2021-04-01", "path": "plans/2021-22/"}),
    Row("compare"),
    # What it writes lies outside the record: the Scrutineer may, too.
    Row("check_record", may_post=EVERYBODY, post_status=302),
    Row("verify"),
    Row("pack", parts=JUNE, get_status=404),
    Row("pack_data", parts=JUNE, get_status=404),
    Row("change_list"),
    Row("change_export", parts={"form": "csv"}),
    Row("change_detail", parts={"number": 1}),
    acts("redaction_ask", "business.manager", number=1, field="history_change_reason"),
    Row("redactions"),
    Row("redaction_detail", parts={"pk": "redaction"}),
    acts("redaction_decide", "executive", "executive.vice", pk="redaction"),
    Row("mail_choices", ACCOUNT),
    Row("calendar_new", ACCOUNT),
    Row("calendar_end", ACCOUNT),
    # Whoever has the secret address: this one is of nobody.
    Row("mail_stop", PUBLIC, parts={"token": "none"}, get_status=404),
    Row("calendar", PUBLIC, parts={"secret": "none"}, get_status=404),
    Row("meeting_calendar", parts=JUNE),
    moves("action_watch", slug="005", **PLAN),
    moves("report_watch", pk="report"),
    Row("accessibility", PUBLIC),
    Row("privacy", PUBLIC),
    Row("health_live", PUBLIC),
    Row("health_ready", PUBLIC),
    Row("account_login", PUBLIC),
    Row("typed_again", ACCOUNT),
    Row("account_logout", ACCOUNT),
    Row("account_change_password", ACCOUNT),
    Row("account_inactive", PUBLIC),
    Row("account", ACCOUNT),
    Row("forgotten", PUBLIC),
    Row("forgotten_sent", PUBLIC),
    Row("forgotten_link", PUBLIC, parts={"uidb64": "MQ", "token": "none"}),
    Row("mfa_authenticate", ACCOUNT, get_status=302),
    Row("mfa_login_webauthn", ACCOUNT, get_status=302),
    Row("usersessions_list", ACCOUNT),
    Row("mfa_index", ACCOUNT),
    Row("mfa_activate_totp", ACCOUNT),
    Row("mfa_deactivate_totp", ACCOUNT, get_status=404),
    Row("mfa_add_webauthn", ACCOUNT),
    Row("mfa_remove_webauthn", ACCOUNT, parts={"pk": 1}, get_status=404),
    Row("mfa_view_recovery_codes", ACCOUNT, get_status=404),
    Row("mfa_generate_recovery_codes", ACCOUNT),
    Row("account_reauthenticate", ACCOUNT),
    Row("mfa_reauthenticate", ACCOUNT, get_status=302),
    Row("mfa_reauthenticate_webauthn", ACCOUNT, get_status=302),
    Row("first_password", PUBLIC, parts={"uidb64": "MQ", "token": "none"}),
]
