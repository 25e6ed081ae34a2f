"""The record: what is tracked, and the ledger of every change to it.

The rest of the product writes and reads it through the names below, and through three modules. `ledger` and
`defences` are imported whole (`from gscp.record import ledger`). Of `looking_back`, `Past` and `looking_back`
are imported by name. tests/test_structure.py holds this.
"""

from gscp.record.change import REASON, TOMBSTONE, Change, ChangeQuerySet, ChangeText
from gscp.record.differences import is_in_differences, value_in_words
from gscp.record.fields import FreeText
from gscp.record.recording import Actor, AlreadyRecorded, recording
from gscp.record.redaction import Redaction
from gscp.record.tracked import (
    AppendOnly,
    History,
    NotRecorded,
    Stale,
    Tracked,
    TrackedQuerySet,
    history_of,
    tracked_models,
)

__all__ = [
    "REASON",
    "TOMBSTONE",
    "Actor",
    "AlreadyRecorded",
    "AppendOnly",
    "Change",
    "ChangeQuerySet",
    "ChangeText",
    "FreeText",
    "History",
    "NotRecorded",
    "Redaction",
    "Stale",
    "Tracked",
    "TrackedQuerySet",
    "history_of",
    "is_in_differences",
    "recording",
    "tracked_models",
    "value_in_words",
]
