"""The partnership, its partners and groups, the posts and their holders, the users and the meetings."""

from subgroups.models.base import Named
from subgroups.models.groups import Group, groups_by_key
from subgroups.models.measure_parts import Baseline, MeasureAgency, Target
from subgroups.models.measures import Better, Measure, Origin
from subgroups.models.meetings import Attendance, Meeting
from subgroups.models.partners import Partner
from subgroups.models.partnership import Partnership
from subgroups.models.posts import DEMO_DOMAIN, Post, PostHolding, User
from subgroups.models.quorum import QuorumPart, QuorumPartner, Shortfall
from subgroups.models.readings import Answer, Reading
from subgroups.models.registers import (
    Audit,
    AuditResult,
    Escalations,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.models.tries import SignInTries

__all__ = [
    "DEMO_DOMAIN",
    "Answer",
    "Attendance",
    "Audit",
    "AuditResult",
    "Baseline",
    "Better",
    "Escalations",
    "Group",
    "Measure",
    "MeasureAgency",
    "Meeting",
    "Named",
    "Origin",
    "Partner",
    "Partnership",
    "Post",
    "PostHolding",
    "QuorumPart",
    "QuorumPartner",
    "Reading",
    "Shortfall",
    "SignInTries",
    "Target",
    "TrainingCheck",
    "TrainingEvent",
    "TrainingPlaces",
    "User",
    "groups_by_key",
]
