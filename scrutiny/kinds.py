"""The kinds of change, as people call them: to filter the change history by, and in its file."""

import json
from dataclasses import dataclass

from django.db.models import Q

from actions.models import ExceptionStep
from gscp.record import Change

STEP = ExceptionStep._meta.label_lower


def changed(field: str) -> Q:
    """Of the changes, those that have this field in their differences."""
    return Q(differences__icontains=json.dumps({"field": field})[1:-1])


AT_A_MEETING = changed("meeting")


@dataclass(frozen=True)
class Kind:
    label: str
    models: tuple[str, ...]
    only: Q = Q()  # of those models' changes

    @property
    def condition(self) -> Q:
        return Q(model__in=self.models) & self.only


# A step of a report that names a meeting is what that meeting decided. All else of a report is the request.
# Each change is of one kind, the one that kind_in_words() says.
KINDS: dict[str, Kind] = {
    "update": Kind("Update", ("actions.progressupdate",)),
    "evidence": Kind("Evidence", ("actions.evidence", "actions.evidenceseen")),
    "confirmation": Kind("Confirmation", ("actions.confirmation",)),
    "request": Kind("Request", ("actions.exceptionreport", STEP), ~(Q(model=STEP) & AT_A_MEETING)),
    "decision": Kind("Decision", (STEP,), AT_A_MEETING),
    "plan_decision": Kind(
        "Decision about a plan",
        (
            "actions.plandecision", "actions.addition", "actions.addedwho", "actions.reviewanswers",
            "actions.recommendationoutcome",
        ),
    ),
    "action": Kind(
        "Action",
        (
            "actions.action", "actions.actionlead", "actions.ownership", "actions.furtheraction",
            "actions.milestone", "actions.amendment", "actions.amendedwho", "actions.review",
            "actions.othercolumn",
            "actions.actionending", "actions.successor",
        ),
    ),
    "plan": Kind("Plan", ("actions.businessplan", "actions.theme", "actions.strategicdriver")),
    "recommendation": Kind(
        "Recommendation of a review",
        ("actions.recommendation", "actions.agencyanswer", "actions.recommendedaction"),
    ),
    "reading": Kind("Figure of a scorecard", ("subgroups.reading",)),
    "measure": Kind(
        "Measure",
        ("subgroups.measure", "subgroups.measureagency", "subgroups.target", "subgroups.baseline"),
    ),
    "register": Kind(
        "Register of a group",
        (
            "subgroups.audit", "subgroups.auditresult", "subgroups.trainingevent", "subgroups.trainingplaces",
            "subgroups.trainingcheck", "subgroups.escalations",
        ),
    ),
    "meeting": Kind("Meeting", ("subgroups.meeting",)),
    "attendance": Kind("Attendance", ("subgroups.attendance",)),
    "group": Kind("Group", ("subgroups.group",)),
    "quorum": Kind("Quorum", ("subgroups.quorumpart", "subgroups.quorumpartner")),
    "post": Kind("Post", ("subgroups.post", "subgroups.postholding")),
    "partner": Kind("Partner", ("subgroups.partner", "subgroups.partnership")),
    "account": Kind("Account", ("subgroups.user",)),
    "let_stand": Kind("Words let stand", ("gscp.identitycheck",)),
    "redaction": Kind("Redaction", ("gscp.redaction",)),
    "key": Kind("Key of the record", ("gscp.recordkey",)),
}  # fmt: skip
OTHER, OTHER_LABEL = "other", "Something else"
NAMED = {model for kind in KINDS.values() for model in kind.models}


def choices() -> list[tuple[str, str]]:
    named = sorted(((name, kind.label) for name, kind in KINDS.items()), key=lambda choice: choice[1])
    return [*named, (OTHER, OTHER_LABEL)]


def condition(name: str) -> Q:
    return KINDS[name].condition if name in KINDS else ~Q(model__in=NAMED)


def kind_in_words(change: Change) -> str:
    """What a person calls it: a step that names a meeting is a decision."""
    if change.model == STEP:
        at_a_meeting = any(one["field"] == "meeting" for one in change.differences)
        return KINDS["decision" if at_a_meeting else "request"].label
    return next((kind.label for kind in KINDS.values() if change.model in kind.models), OTHER_LABEL)


# What changed, by its column: those that a reader looks for. Records differ in labels.
FIELDS: dict[str, str] = {
    "rating": "Rating",
    "status": "Status",
    "original_date": "Original date",
    "agreed_date": "Agreed date",
    "review_date": "Review date",
    "forecast": "Forecast",
    "priority": "Priority",
    "title": "Title",
    "blocker": "What is in the way",
}
