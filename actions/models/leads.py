"""Who leads an action, and who owns it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q

from actions.models.plan import refuse_if_closed
from gscp import clock
from gscp.record import History, Tracked, TrackedQuerySet
from subgroups.models import Partner, Post, PostHolding


class ActionLeadQuerySet(TrackedQuerySet["ActionLead"]):
    def current(self) -> Self:
        """Those not ended, with their posts; `is_held` says whether somebody holds the post today."""
        holdings = PostHolding.objects.held_on(clock.today()).filter(post=OuterRef("post"))
        leads = self.filter(ended_on=None).annotate(is_held=Exists(holdings))
        return leads.select_related("post__group", "post__partner__succeeded_by")


class ActionLead(Tracked):
    """A post that leads an action. Ended and never deleted, as an ownership is."""

    action = models.ForeignKey("Action", models.PROTECT, related_name="leads")
    post = models.ForeignKey(Post, models.PROTECT, related_name="led_actions")
    position = models.PositiveIntegerField(default=1)  # among the posts that lead it
    ended_on = models.DateField(null=True, blank=True)

    is_held: bool  # added by current()

    objects = ActionLeadQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "lead post"
        constraints = [
            models.UniqueConstraint(
                fields=["action", "post"], condition=Q(ended_on=None), name="a_post_leads_an_action_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action}, led by {self.post}"

    def clean(self) -> None:
        if self.post.role in Post.HELD_ALONE:
            raise ValidationError({"post": f"The {self.post} leads no action: only a post in a group does."})

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)


class Ownership(Tracked):
    # Ended and never deleted, so that past pages show the owners of their day.
    action = models.ForeignKey("Action", models.PROTECT, related_name="ownerships")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="ownerships")
    ended_on = models.DateField(null=True, blank=True)

    part_of = ("action",)
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "partner"], condition=Q(ended_on=None), name="a_partner_owns_an_action_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action}, owned by {self.partner}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)
