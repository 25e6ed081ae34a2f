"""What stands in a new row for a text that was taken out of the record."""

from typing import Any

from gscp.record import is_like_tombstone


def not_taken_out(value: Any) -> Any:
    """What stands where a text was taken out of the record is written nowhere else."""
    return "" if isinstance(value, str) and is_like_tombstone(value) else value


def text_or_taken_out(text: str, of_what: str) -> str:
    """A text that cannot be empty, or that it was taken out."""
    return not_taken_out(text) or f"The words of {of_what} were taken out of the record."
