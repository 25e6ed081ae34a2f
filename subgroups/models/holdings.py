"""Who holds which post on a day, whether they may do what it may do, and what is coming."""

from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from gscp import clock
from subgroups.models.base import DatedQuerySet


class PostHoldingQuerySet(DatedQuerySet[Any]):
    def held_on(self, day: date) -> Self:
        # Whoever may not sign in holds nothing.
        return self.current_on(day).filter(user__is_active=True)

    def in_force_on(self, day: date) -> Self:
        """Those from which its holder may do what the post may do, see PostHolding.is_in_force."""
        decides_not = Q(post__group=None) | Q(post__group__takes_decisions=False)
        return self.held_on(day).filter(decides_not | Q(accepted=True))

    def waiting(self) -> list[Any]:
        """Those, of today or later, that nobody has accepted yet."""
        decides = self.filter(accepted=False, post__group__takes_decisions=True, user__is_active=True)
        return decides.not_cancelled().not_over().for_pages()

    def not_over(self) -> Self:
        return self.exclude(ended_on__lte=clock.today())

    def coming(self) -> list[Any]:
        """Those that begin on a later day."""
        return self.filter(started_on__gt=clock.today(), user__is_active=True).not_cancelled().for_pages()

    def ending(self) -> list[Any]:
        """Those that end on a later day, with nobody to follow yet."""
        followed = self.model._default_manager.not_cancelled().filter(
            post=OuterRef("post"), started_on=OuterRef("ended_on")
        )
        ending = self.held_on(clock.today()).filter(ended_on__isnull=False)
        return ending.exclude(Exists(followed)).for_pages()

    def for_pages(self) -> list[Any]:
        return list(self.select_related("user", "post__group").order_by("started_on", "post__name"))
