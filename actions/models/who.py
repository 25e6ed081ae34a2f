"""Who is to do an action, from today on: the posts that lead it and the partners that own it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from actions.models.action import Action
from actions.models.leads import ActionLead, Ownership
from gscp import clock
from gscp.facts import fact, fact_of
from gscp.record import Tracked
from gscp.words import folded
from subgroups.models import Partner, Post

POST_OR_PARTNER = Q(post=None) ^ Q(partner=None)


class NamedWho(Tracked):
    """A post that is to lead an action, or a partner that is to own it, as a decision names them."""

    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]


def owners_of(action: Action) -> list[Partner]:
    return [successor_of(ownership) for ownership in current_ownerships(action)]


def current_ownerships(action: Action) -> list[Ownership]:
    rows = action.ownerships.filter(ended_on=None).order_by("pk")
    return list(rows.select_related("partner__succeeded_by"))


def successor_of(ownership: Ownership) -> Partner:
    return ownership.partner.successor_on(clock.today())


def assign(action: Action, posts: Iterable[Post], partners: Iterable[Partner]) -> None:
    """Let these posts lead it, in this order, and these partners own it, and no others.

    Rows are ended and never deleted. Of a partner that was succeeded, the row that names it stays.
    """
    posts, partners = list(posts), list(partners)
    leads = {lead.post_id: lead for lead in action.leads.filter(ended_on=None)}
    owners = {successor_of(one).pk: one for one in current_ownerships(action)}
    ended = [row for key, row in leads.items() if key not in [post.pk for post in posts]]
    ended += [row for key, row in owners.items() if key not in [partner.pk for partner in partners]]  # type: ignore[misc]  # rows of two kinds
    for row in ended:
        row.ended_on = clock.today()
        row.save()
    for position, post in enumerate(posts, start=1):
        lead = leads.get(post.pk) or ActionLead(action=action, post=post)
        lead.position = position
        lead.save()
    for partner in partners:
        if partner.pk not in owners:
            Ownership(action=action, partner=partner).save()
    vars(action).pop("current_leads", None)


@fact_of("subgroups.post")
def spellings_of_posts() -> dict[int, list[str]]:
    return {post.pk: [folded(name) for name in post.spellings] for post in Post.objects.all()}


@fact
def leads_to_name(keys: tuple[int, ...]) -> dict[int, list[Post]]:
    """Of each of these actions the posts that lead it; none where its printed words name just those."""
    leads: dict[int, list[Post]] = {key: [] for key in keys}
    for lead in ActionLead.objects.current().filter(action__in=keys):
        leads[lead.action_id].append(lead.post)
    for key, who in Action.objects.filter(pk__in=keys).values_list("pk", "who"):
        words = folded(who)
        named = {post for post, names in spellings_of_posts().items() if any(name in words for name in names)}
        if named == {post.pk for post in leads[key]}:
            leads[key] = []
    return leads
