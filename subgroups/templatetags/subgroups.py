"""Who holds posts, for pages. A builtin, so no template loads it."""

from datetime import date

from django import template

from gscp import clock
from gscp.facts import fact_of
from subgroups.models import PostHolding, User
from subgroups.own_sessions import browser_in_words

register = template.Library()
register.filter("browser_in_words", browser_in_words)


@register.simple_tag
def holdings_to_accept(user: User) -> list[PostHolding]:
    """Those that wait for this person to accept them."""
    return [held for held in waiting_holdings() if user.has_perm("accept_holder", held)]


@fact_of("subgroups.postholding", "subgroups.post", "subgroups.user", "subgroups.group")
def waiting_holdings() -> tuple[PostHolding, ...]:
    return tuple(PostHolding.objects.waiting())


@register.simple_tag
def handovers() -> dict[str, list[PostHolding]]:
    """What the Business Manager has to know of who comes and who goes."""
    holdings = PostHolding.objects
    return {"waiting": holdings.waiting(), "coming": holdings.coming(), "ending": holdings.ending()}


@register.simple_tag
def today() -> date:
    return clock.today()
