"""The yearly plan, its strategic drivers and actions, the updates on them, and what is decided."""

from actions.models.action import Action, ActionQuerySet, FurtherAction, Ownership
from actions.models.chain import Kind, State
from actions.models.confirmation import Confirmation
from actions.models.exception import ExceptionReport
from actions.models.plan import BusinessPlan, Rating, StrategicDriver
from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate, not_reported_after

__all__ = [
    "Action",
    "ActionQuerySet",
    "BusinessPlan",
    "Confirmation",
    "ExceptionReport",
    "ExceptionStep",
    "FurtherAction",
    "Kind",
    "Ownership",
    "ProgressUpdate",
    "Rating",
    "State",
    "StrategicDriver",
    "not_reported_after",
]
