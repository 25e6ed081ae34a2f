"""The partnership itself: what it is called, and whom to write to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from gscp.record import FreeText, History, Tracked, TrackedQuerySet, name_of


class PartnershipQuerySet(TrackedQuerySet["Partnership"]):
    def the_one(self) -> Partnership:
        """The only row; before the partnership is loaded, one without a name that is not saved."""
        return self.first() or Partnership()


class Partnership(Tracked):
    name = FreeText(max_length=120)
    short_name = FreeText("short name", max_length=30)
    access_contact = FreeText("whom to ask for access", max_length=200)
    data_contact = FreeText("whom to ask about data", max_length=200)

    objects = PartnershipQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History()

    class Meta:
        verbose_name = "partnership"

    def __str__(self) -> str:
        return name_of(self)

    @property
    def service_name(self) -> str:
        return f"{self.short_name} business plan" if self.short_name else "Business plan"

    def save(self, **kwargs: Any) -> None:
        """Save it, unless there is another: checked here, where recording() lets one writer in at a time.

        Raises:
            ValidationError: there is a partnership already.
        """
        if self._state.adding and (other := type(self).objects.first()):
            raise ValidationError(f"There is one partnership here already: {other}.")
        super().save(**kwargs)
