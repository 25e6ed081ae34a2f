"""Exception reports as lists: those that wait for a group, that are granted and not done, for pages."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from actions.models.chain import GRANTED_OR_DONE, UNDECIDED, Kind, State
from actions.models.leads import ActionLead
from actions.models.step import ExceptionStep
from gscp.record import TrackedQuerySet
from subgroups.models import Group


class ExceptionReportQuerySet(TrackedQuerySet[Any]):
    def undecided(self) -> Self:
        return self.filter(state__in=UNDECIDED)

    def undecided_or_provisional(self) -> Self:
        last = ExceptionStep.objects.filter(report=OuterRef("pk")).order_by("-change_id")
        is_provisional = Subquery(last.values("provisional")[:1])
        return self.alias(is_provisional=is_provisional).filter(
            Q(state__in=UNDECIDED) | Q(is_provisional=True)
        )

    def waiting_for(self, group: Group | None) -> Self:
        # The one asked first before the others.
        return self.filter(state=State.WAITING, with_group=group).order_by("pk")

    def granted_new_dates(self) -> Self:
        return self.filter(kind=Kind.NEW_DATE, state__in=GRANTED_OR_DONE)

    def with_outstanding(self) -> Self:
        # The same as those with an `outstanding` text.
        unchecked = Q(kind=Kind.COMPLETION, impact="", impact_check_on__isnull=False)
        return self.filter(Q(kind=Kind.EXCEPTION) | unchecked, state=State.GRANTED)

    def for_pages(self) -> Self:
        steps = ExceptionStep.objects.select_related(
            "change", "confirmation", "meeting__group", "post", "to_group"
        )
        about = ("action__plan", "action__group", "measure__group", "measure__supplied_by")
        checks = ("impact_check_measure", "after_check__change")
        return self.select_related("change", "with_group", *about, *checks).prefetch_related(
            "evidence_added",
            models.Prefetch("steps", steps),
            models.Prefetch("action__leads", ActionLead.objects.current(), to_attr="current_leads"),
        )
