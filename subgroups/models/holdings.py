"""Who holds which post on a day, whether they may do what it may do, and what is coming."""

import pickle
from datetime import date
from typing import Any, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from gscp import clock
from gscp.dates import day_in_words
from gscp.facts import fact_of
from gscp.permissions import CHAIRS
from gscp.record import Change
from subgroups.models.base import DatedQuerySet


def read_holdings(user: int) -> list[Any]:
    held = apps.get_model("subgroups.postholding").objects.filter(user=user).held_on(clock.today())
    rows = held.select_related("post__group", "post__partner").order_by()  # an ORDER BY costs Django more
    return sorted(rows, key=lambda held: held.post.name)


@fact_of("subgroups.postholding", "subgroups.post", "subgroups.user", "subgroups.group", "subgroups.partner")
def holdings_pickled(user: int) -> bytes:
    return pickle.dumps(read_holdings(user))


def holdings_today(user: Any) -> list[Any]:
    """By name of their posts. Every request asks for them, and has rows of its own, which it may change.

    Verification looks back to another moment for each decision: what is of one moment alone is not kept.
    """
    if clock.looked_back_to.get():
        holdings = read_holdings(user.pk)
    else:
        holdings = pickle.loads(holdings_pickled(user.pk))
    for held in holdings:
        held.user = user
    return holdings


class PostHoldingQuerySet(DatedQuerySet[Any]):
    def held_on(self, day: date) -> Self:
        # Whoever may not sign in holds nothing.
        return self.current_on(day).filter(user__is_active=True)

    def in_force_on(self, day: date) -> Self:
        """Those from which its holder may do what the post may do, see PostHolding.is_in_force."""
        decides_not = Q(post__group=None) | Q(post__group__takes_decisions=False)
        return self.held_on(day).filter(decides_not | Q(accepted=True))

    def acceptors_of(self, holding: Any, day: date) -> list[Any]:
        """Those from which somebody may accept it on this day: all others in force in its group. Where there
        is none, those of the chairs of the nearest deciding group above that has any.
        """
        others = self.in_force_on(day).exclude(user=holding.user_id)
        line = holding.post.group.line if holding.post.group else []
        for group in line:
            held = others.filter(post__group=group)
            if group != line[0]:
                held = held.filter(post__role__in=CHAIRS) if group.decides() else held.none()
            if found := held.for_pages():
                return found
        return []

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


def check_can_be_accepted(holding: Any) -> None:
    """Check that somebody is there to accept it when it begins, or until then whoever it follows. And that
    each who waits in its group can still be accepted after that day.

    Raises:
        ValidationError: nobody would be. It says who has to be accepted first, if anybody waits for that.
    """
    every, today = type(holding).objects, clock.today()
    if holding.is_in_force:
        return
    group = holding.post.group
    begins = max(holding.started_on, today)
    waiting = every.filter(post__group=group).exclude(post=holding.post).waiting()
    can_be_accepted = bool(every.acceptors_of(holding, begins))
    if can_be_accepted:
        waiting = [one for one in waiting if not every.acceptors_of(one, max(one.started_on, begins))]
    if waiting:
        first = waiting[0]
        who = f"{first.user} as {first.post}" if can_be_accepted else "the next holder"
        raise ValidationError(
            {
                "on": f"Nobody of the {group} could then accept {who}. "
                f"First {first.user} has to be accepted as {first.post}."
            }
        )
    if not can_be_accepted and not every.acceptors_of(holding, today):
        raise ValidationError(
            {
                "on": f"Nobody of the {group} could accept the next holder. "
                "Choose a later day: until then the present holder can. "
                "Or let whoever runs the server appoint them, with the command appoint."
            }
        )


def bring_back(holding: Any) -> None:
    """Let somebody who left hold it again. Should their group come to decide, they are accepted anew.

    Raises:
        ValidationError: it decides now.
    """
    if holding.post.group and holding.post.group.takes_decisions:
        left_on = day_in_words(holding.ended_on)
        raise ValidationError(
            {
                "on": f"{holding.user} left it on {left_on}: choose today or an earlier day. "
                "If they are to have it back, hand it over to them: somebody has to accept them again."
            }
        )
    holding.accepted = False


def check_no_other_post(holding: Any) -> None:
    """Raises ValidationError where it or another of its holder's posts is held with no other at that time."""
    overlapping = holding.user.holdings.not_cancelled().exclude(ended_on__lte=holding.started_on)
    if holding.ended_on:
        overlapping = overlapping.filter(started_on__lt=holding.ended_on)
    for other in overlapping.exclude(post=holding.post).select_related("post"):
        for post in (holding.post, other.post):
            if post.role in post.HELD_ALONE:
                raise ValidationError(
                    {
                        "email": f"{holding.user} holds {other.post}. The {post.get_role_display()} "
                        "holds no other post: end the one before the other begins."
                    }
                )


def check_goes_on(holding: Any) -> None:
    """Of one that does not end after all: nobody else holds its post, and its holder no other beside it.

    Raises:
        ValidationError: somebody does.
    """
    check_no_other_post(holding)
    others = holding.post.holdings.not_cancelled().exclude(pk=holding.pk)
    if later := others.exclude(ended_on__lte=holding.started_on).select_related("user").first():
        since = day_in_words(later.started_on)
        raise ValidationError({"on": f"{later.user} holds it from {since}: choose another day."})


def was_in_force_since(holding: Any, entry: Change) -> bool:
    """Whether the record said at this entry that it was accepted and held, and on each day since."""
    rows = holding.history.model.objects.filter(id=holding.pk).order_by("change").select_related("change")
    before, after = rows.filter(change__lte=entry.number).last(), list(rows.filter(change__gt=entry.number))
    if before is None:
        return False
    asked_on = timezone.localdate(entry.at)
    # The last day on which each row was the present one.
    until = [*(timezone.localdate(row.change.at) for row in after), clock.today()]
    return all(
        row.accepted and row.started_on <= asked_on and (row.ended_on is None or row.ended_on > day)
        for row, day in zip([before, *after], until, strict=True)
    )
