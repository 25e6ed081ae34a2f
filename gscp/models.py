"""The models of gscp/record/, since Django looks for an app's models in this module."""

from gscp.record import Change, ChangeText, Redaction

__all__ = ["Change", "ChangeText", "Redaction"]
