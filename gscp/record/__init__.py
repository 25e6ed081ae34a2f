"""The record: what is tracked, and the ledger of every change to it.

The rest of the product writes and reads it through the names below, and through three modules. `ledger` and
`defences` are imported whole (`from gscp.record import ledger`). Of `looking_back`, `Past` and `looking_back`
are imported by name. tests/test_structure.py holds this.
"""

from gscp.record.change import (
    LIKE_TOMBSTONE,
    REASON,
    TOMBSTONE,
    Change,
    ChangeQuerySet,
    ChangeText,
    attach_names,
    attach_texts,
    is_like_tombstone,
)
from gscp.record.containing import other_texts
from gscp.record.differences import day_on_record, is_in_differences, moment_on_record, value_in_words
from gscp.record.fields import ClearText, Figure, FileHash, FreeText, number_of, refuse_unstorable
from gscp.record.files import clear_files, named_files
from gscp.record.many import many_rows
from gscp.record.names import Names, name_of, reference, typed_or
from gscp.record.recording import (
    Actor,
    AlreadyRecorded,
    demonstration_day,
    recording,
    recording_by_command,
)
from gscp.record.redaction import Redaction, concerned_by, is_file, is_file_asked_for, taken_together
from gscp.record.signature import NotSigned, RecordKey, Signature, WrongKey
from gscp.record.signing import is_signed, public_key, sign
from gscp.record.taken_again import all_taken_out, repeat, still_there
from gscp.record.taken_out import TakenOut, read_list
from gscp.record.tracked import (
    AppendOnly,
    History,
    NotRecorded,
    Stale,
    Tracked,
    TrackedQuerySet,
    history_of,
    kept_tables,
    tracked_models,
)
from gscp.record.turns import turn_to_write

__all__ = [
    "LIKE_TOMBSTONE",
    "REASON",
    "TOMBSTONE",
    "Actor",
    "AlreadyRecorded",
    "AppendOnly",
    "Change",
    "ChangeQuerySet",
    "ChangeText",
    "ClearText",
    "Figure",
    "FileHash",
    "FreeText",
    "History",
    "Names",
    "NotRecorded",
    "NotSigned",
    "RecordKey",
    "Redaction",
    "Signature",
    "Stale",
    "TakenOut",
    "Tracked",
    "TrackedQuerySet",
    "WrongKey",
    "all_taken_out",
    "attach_names",
    "attach_texts",
    "history_of",
    "is_in_differences",
    "day_on_record",
    "moment_on_record",
    "is_like_tombstone",
    "is_signed",
    "kept_tables",
    "many_rows",
    "name_of",
    "number_of",
    "concerned_by",
    "demonstration_day",
    "other_texts",
    "public_key",
    "read_list",
    "recording",
    "recording_by_command",
    "reference",
    "refuse_unstorable",
    "repeat",
    "sign",
    "clear_files",
    "named_files",
    "is_file",
    "is_file_asked_for",
    "taken_together",
    "still_there",
    "tracked_models",
    "turn_to_write",
    "typed_or",
    "value_in_words",
]
