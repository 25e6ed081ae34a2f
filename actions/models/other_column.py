"""What a plan's table prints of an action and no field has."""

from __future__ import annotations

from django.db import models

from actions.models.action import Action
from gscp.record import FreeText, History, Tracked

LONGEST_TEXT = 32_767  # what a cell of a spreadsheet can hold


class OtherColumn(Tracked):
    action = models.ForeignKey(Action, models.PROTECT, related_name="other_columns")
    heading = FreeText(max_length=500)
    text = FreeText(blank=True, max_length=LONGEST_TEXT)

    # What an action's page calls its own rows.
    TAKEN = {
        "theme", "strategic driver", "title", "action", "outcome wanted", "how it will be known", "priority",
        "who", "responsible group", "further actions identified", "timescale",
    }  # fmt: skip

    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]

    @property
    def label(self) -> str:
        """Its heading, told apart from the row of the action that is called so."""
        return f"{self.heading}, as printed" if self.heading.casefold() in self.TAKEN else self.heading

    def __str__(self) -> str:
        return f"Other column of {self.action}"
