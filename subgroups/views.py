"""Who: lists that everybody reads, and the forms by which the Business Manager keeps them."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from gscp import clock
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may
from subgroups.forms import (
    HandoverForm,
    PartnerForm,
    PartnershipForm,
    PostForm,
    QuorumForm,
    SuccessionForm,
)
from subgroups.models import Group, Partner, Partnership, Post, PostHolding


# Each of these two makes a new object where the address has no key.
def partner_of(pk: int | None = None) -> Partner:
    return Partner() if pk is None else get_object_or_404(Partner, pk=pk)


def group_of(slug: str) -> Group:
    return get_object_or_404(Group, slug=slug)


def post_of(pk: int | None = None) -> Post:
    return Post() if pk is None else get_object_or_404(Post, pk=pk)


@may("keep_partnership", Partnership.objects.the_one, has_form=True)
def partnership_edit(request, partnership) -> HttpResponse:
    form = form_sent(PartnershipForm, request, subject=partnership)
    return form_page(request, form, to="posts")


@may("read")
def partner_list(request) -> HttpResponse:
    return list_page(request, "subgroups/partner_list.html", partners=Partner.objects.with_successors())


@may("keep_partnership", partner_of, has_form=True)
def partner_edit(request, partner) -> HttpResponse:
    form = form_sent(PartnerForm, request, subject=partner)
    return form_page(request, form, to="partners")


@may("keep_partnership", partner_of, has_form=True)
def partner_succession(request, partner) -> HttpResponse:
    if partner.succeeded_by:
        return already_done(request, "partners", f"{partner} has a successor: {partner.succeeded_by}.")
    form = form_sent(SuccessionForm, request, subject=partner)
    return form_page(request, form, to="partners")


@may("keep_partnership", group_of, has_form=True)
def group_quorum(request, group) -> HttpResponse:
    form = form_sent(QuorumForm, request, subject=group)
    return form_page(request, form, to="groups")


@may("read")
def post_list(request) -> HttpResponse:
    held = PostHolding.objects.current_on(clock.today()).select_related("user")
    posts = Post.objects.select_related("group")
    posts = posts.prefetch_related(Prefetch("holdings", held, to_attr="held_today"))
    return list_page(request, "subgroups/post_list.html", posts=posts.with_partners())


@may("read", post_of)
def post_detail(request, post) -> HttpResponse:
    holdings = post.holdings.not_cancelled().select_related("user").order_by("-started_on")
    context = {"post": post, "holdings": holdings, "post_key": f"subgroups.post:{post.pk}"}
    return list_page(request, "subgroups/post_detail.html", **context)


@may("keep_partnership", post_of, has_form=True)
def post_edit(request, post) -> HttpResponse:
    form = form_sent(PostForm, request, subject=post)
    return form_page(request, form, to=post if post.pk else "posts")


@may("keep_partnership", post_of, has_form=True)
def post_handover(request, post) -> HttpResponse:
    form = form_sent(HandoverForm, request, subject=post)
    response = form_page(request, form, to=post)
    # A new account's password is shown once, in the answer itself: it is neither kept nor sent on.
    return render(request, "subgroups/handed_over.html", {"form": form}) if form.password else response


def list_page(request: HttpRequest, template: str, **rows: Any) -> HttpResponse:
    return render(request, template, rows | {"may_keep": request.user.has_perm("keep_partnership")})
