"""Partners as pages name them. A builtin, so no template loads it."""

from datetime import date

from django import template

from gscp import clock
from subgroups.models import Partner, PostHolding, User

register = template.Library()


@register.simple_tag
def holdings_to_accept(user: User) -> list[PostHolding]:
    """Those that wait for this person to accept them."""
    return [held for held in PostHolding.objects.waiting() if user.has_perm("accept_holder", held)]


@register.simple_tag
def handovers() -> dict[str, list[PostHolding]]:
    """What the Business Manager has to know of who comes and who goes."""
    holdings = PostHolding.objects
    return {"waiting": holdings.waiting(), "coming": holdings.coming(), "ending": holdings.ending()}


@register.simple_tag
def today() -> date:
    return clock.today()


@register.filter
def named_on(partner: Partner, day: date) -> Partner:
    """The partner that has this one's place on that day."""
    return partner.successor_on(day)
