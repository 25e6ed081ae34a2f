"""The models of this app, since Django looks for them in this module."""

from gscp.drafts import Draft, LastWrite
from gscp.record import Change, ChangeText, RecordKey, Redaction, Signature

__all__ = ["Change", "ChangeText", "Draft", "LastWrite", "RecordKey", "Redaction", "Signature"]
