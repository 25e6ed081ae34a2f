"""Partners as pages name them. A builtin, so no template loads it."""

from datetime import date

from django import template

from subgroups.models import Partner

register = template.Library()


@register.filter
def named_on(partner: Partner, day: date) -> Partner:
    """The partner that has this one's place on that day."""
    return partner.successor_on(day)
