"""The models of gscp/record/, since Django looks for an app's models in this module."""

from gscp.record import Change, ChangeText, RecordKey, Redaction, Signature

__all__ = ["Change", "ChangeText", "RecordKey", "Redaction", "Signature"]
