"""What Django looks for here: the models of the record, which stand in gscp/record/."""

from gscp.record import Change, ChangeText, Redaction

__all__ = ["Change", "ChangeText", "Redaction"]
