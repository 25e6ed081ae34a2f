"""What: the yearly plan, its strategic drivers and actions, how they are reported, and what is decided."""

from actions.models.action import (
    Action,
    ActionQuerySet,
    FurtherAction,
    Ownership,
    ProgressUpdate,
    not_reported_since,
)
from actions.models.chain import Kind, State
from actions.models.exception import Confirmation, ExceptionReport, ExceptionStep
from actions.models.plan import BusinessPlan, Rating, StrategicDriver

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
    "not_reported_since",
]
