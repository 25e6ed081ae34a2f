"""Business plans, their themes, strategic drivers and actions, the updates on them, and what is decided."""

from actions.models.action import Action, ActionQuerySet
from actions.models.addition import AddedWho, Addition
from actions.models.amendment import AmendedWho, Amendment
from actions.models.chain import Kind, State
from actions.models.confirmation import Confirmation
from actions.models.ending import ActionEnding, Successor
from actions.models.evidence import Evidence, EvidenceSeen
from actions.models.exception import ExceptionReport
from actions.models.further_action import FurtherAction, Milestone
from actions.models.leads import ActionLead, Ownership
from actions.models.mailing import CalendarAddress, DayOfMail, MailChoice, Told, Watch
from actions.models.other_column import OtherColumn
from actions.models.outcome import RecommendationOutcome, ReviewAnswers
from actions.models.plan import BusinessPlan, Rating, StrategicDriver, Theme
from actions.models.plan_decision import PlanDecision
from actions.models.recommendation import AgencyAnswer, Recommendation, RecommendedAction
from actions.models.review import Review
from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate
from actions.models.upload import PlanUpload

__all__ = [
    "Action",
    "ActionEnding",
    "ActionLead",
    "ActionQuerySet",
    "AddedWho",
    "AgencyAnswer",
    "Addition",
    "AmendedWho",
    "Amendment",
    "BusinessPlan",
    "CalendarAddress",
    "Confirmation",
    "DayOfMail",
    "Evidence",
    "EvidenceSeen",
    "ExceptionReport",
    "ExceptionStep",
    "FurtherAction",
    "Kind",
    "MailChoice",
    "Milestone",
    "OtherColumn",
    "Ownership",
    "PlanDecision",
    "PlanUpload",
    "ProgressUpdate",
    "Rating",
    "Recommendation",
    "RecommendationOutcome",
    "RecommendedAction",
    "Review",
    "ReviewAnswers",
    "State",
    "StrategicDriver",
    "Successor",
    "Told",
    "Theme",
    "Watch",
]
