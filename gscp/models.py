"""The models of this app, since Django looks for them in this module."""

from gscp.drafts import Draft, LastWrite
from gscp.identity_check import IdentityCheck
from gscp.mail.models import Mail
from gscp.record import Change, ChangeText, RecordKey, Redaction, Signature
from gscp.shared_cache import SharedValue

__all__ = [
    "Change",
    "ChangeText",
    "Draft",
    "IdentityCheck",
    "LastWrite",
    "Mail",
    "RecordKey",
    "Redaction",
    "SharedValue",
    "Signature",
]
