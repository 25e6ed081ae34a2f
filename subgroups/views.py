"""Who: lists that everybody reads, and the forms by which the Business Manager keeps them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone

from gscp.dates import day_in_words
from gscp.mail.writing import write
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may
from subgroups.account_forms import FirstPasswordForm
from subgroups.accounts import link_tokens, new_link, remember_browser
from subgroups.forms import (
    AcceptanceForm,
    HandoverForm,
    PartnerForm,
    PartnershipForm,
    PostForm,
    QuorumForm,
    SuccessionForm,
)
from subgroups.models import Group, Partner, Partnership, Post, PostHolding, User
from subgroups.models.posts import PostQuerySet
from subgroups.proof import lately_proved


# Each of these two makes a new object where the address has no key.
def partner_of(pk: int | None = None) -> Partner:
    return Partner() if pk is None else get_object_or_404(Partner, pk=pk)


def group_of(slug: str) -> Group:
    return get_object_or_404(Group, slug=slug)


def post_of(pk: int | None = None) -> Post:
    return Post() if pk is None else get_object_or_404(Post, pk=pk)


def holding_of(pk: int) -> PostHolding:
    return get_object_or_404(PostHolding.objects.select_related("user", "post__group"), pk=pk)


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


@may("read", partner_of)
def partner_detail(request, partner) -> HttpResponse:
    posts = with_holdings(Post.objects.filter(partner=partner))
    context = {"partner": partner, "posts": posts, "predecessors": partner.predecessors.all()}
    return list_page(request, "subgroups/partner_detail.html", **context)


@may("read")
def post_list(request) -> HttpResponse:
    return list_page(request, "subgroups/post_list.html", posts=with_holdings(Post.objects.all()))


def with_holdings(posts: PostQuerySet) -> list[Post]:
    """Each with its group and partner, and `open_holdings`: who holds it today or later, in that order."""
    held = PostHolding.objects.not_cancelled().not_over().select_related("user").order_by("started_on")
    posts = posts.select_related("group").prefetch_related(
        Prefetch("holdings", held, to_attr="open_holdings")
    )
    with_partners = posts.with_partners()
    for post in with_partners:
        for holding in post.open_holdings:  # type: ignore[attr-defined]  # which the prefetch makes
            holding.post = post  # with its group read
    return with_partners


@may("read", post_of)
def post_detail(request, post) -> HttpResponse:
    held = post.holdings.not_cancelled().select_related("user", "post__group")
    holdings = list(held.order_by("-started_on"))
    for holding in holdings:
        holding.until = until_in_words(holding)
    to_accept = [held for held in holdings if request.user.has_perm("accept_holder", held)]
    context = {"post": post, "holdings": holdings, "post_key": f"subgroups.post:{post.pk}"}
    context["to_accept"] = to_accept
    return list_page(request, "subgroups/post_detail.html", **context)


def until_in_words(held: PostHolding) -> str:
    """Whoever acted from it on the day on which it was handed over held it until then."""
    if held.ended_on is None:
        return "No end"
    last_act = held.entries_made.last()
    if last_act and timezone.localdate(last_act.clock) == held.ended_on:
        return f"{day_in_words(held.ended_on)}, when it was handed over"
    return day_in_words(held.last_day)


@may("keep_partnership", post_of, has_form=True)
def post_edit(request, post) -> HttpResponse:
    if not post.pk:
        begin_with(post, request.GET.get("group"), request.GET.get("role"))
    form = form_sent(PostForm, request, subject=post)
    return form_page(request, form, to=post if post.pk else "posts")


def begin_with(post: Post, slug: str | None, role: str | None) -> None:
    """A new post begins as the chair of the group that the address names, or as the Scrutineer's."""
    # Among those read: no database takes every character that an address may have.
    post.group = next((one for one in Group.objects.all() if one.slug == slug), None)
    if post.group and not post.group.posts.filter(role=Post.Role.CHAIR).exists():
        post.role, post.name = Post.Role.CHAIR, f"{post.group} Chair"
    elif role == Post.Role.SCRUTINEER:
        post.role, post.name = Post.Role.SCRUTINEER, Post.Role.SCRUTINEER.label


@may("keep_partnership", post_of, has_form=True)
@lately_proved
def post_handover(request, post) -> HttpResponse:
    form = form_sent(HandoverForm, request, subject=post)
    response = form_page(request, form, to=post)
    return invite(request, post, form.new_account) if form.new_account else response


def invite(request: HttpRequest, post: Post, user: User) -> HttpResponse:
    """Send the link of a new account to its owner, so that nobody else sees it; a demonstration shows it."""
    path = new_link(user)
    if settings.DEMO:
        link = request.build_absolute_uri(path)
        return render(request, "subgroups/new_link.html", {"post": post, "holder": user, "link": link})
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    write(user, "invitation", "invitation", {"post": post, "days": days}, link_path=path)
    said = [str(one) for one in messages.get_messages(request)]  # by the form, in the same banner
    said.append(f"A link to choose a password goes to {user.email}. It works once.")
    messages.success(request, " ".join(said))
    return redirect(post)


@may("keep_partnership", holding_of, has_form=True)
@lately_proved
def holding_link(request, holding) -> HttpResponse:
    """Another link, where the first one was lost or has ended."""
    if request.method != "POST":
        return redirect(holding.post)
    if holding.user.has_usable_password():
        return already_done(request, holding.post, f"{holding.user} has set a password already.")
    if holding.user.was_accepted:
        message = f"Whoever runs the server makes the link of {holding.user}, with the command appoint."
        return already_done(request, holding.post, message)
    return invite(request, holding.post, holding.user)


@may("accept_holder", holding_of, has_form=True)
@lately_proved
def holding_accept(request, holding) -> HttpResponse:
    form = form_sent(AcceptanceForm, request, subject=holding)
    template = "subgroups/holding_accept.html"
    return form_page(request, form, template, to=holding.post, cancel=holding.post, holding=holding)


def list_page(request: HttpRequest, template: str, **rows: Any) -> HttpResponse:
    return render(request, template, rows | {"may_keep": request.user.has_perm("keep_partnership")})


class FirstPassword(PasswordResetConfirmView):
    """The link of a new account: it works once, and sets the password that nobody else has seen."""

    template_name = "account/first_password.html"
    form_class = FirstPasswordForm
    token_generator = link_tokens
    success_url = reverse_lazy("account_login")

    def get_user(self, uidb64: str) -> Any:
        user: Any = super().get_user(uidb64)
        return user if user and user.is_active and not user.has_usable_password() else None

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            # Of several pages of one link that are sent at once, the first sets the password.
            owner: Any = User.objects.select_for_update().get(email=form.user.email)
            if owner.has_usable_password():
                self.validlink = False
                return self.render_to_response(self.get_context_data(form=None))
            response = super().form_valid(form)
        messages.success(self.request, "Your password is set. Sign in with it.")
        remember_browser(self.request, response, owner)  # nobody who guesses slows its owner down there
        return response
