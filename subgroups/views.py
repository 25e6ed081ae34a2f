"""Who: lists that everybody reads, and the forms by which the Business Manager keeps them."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render, resolve_url

from gscp import clock
from gscp.permissions import may
from subgroups.forms import HandoverForm, PartnerForm, PostForm, SubgroupForm, SuccessionForm
from subgroups.models import Partner, Post, PostHolding, Subgroup


def partner_of(user, pk=None):
    """The partner, or a new one where the address names none; so with the two below."""
    return Partner() if pk is None else get_object_or_404(Partner, pk=pk)


def subgroup_of(user, slug=None):
    return Subgroup(tier=Subgroup.Tier.SUBGROUP) if slug is None else get_object_or_404(Subgroup, slug=slug)


def post_of(user, pk=None):
    return Post() if pk is None else get_object_or_404(Post, pk=pk)


@may("read")
def partner_list(request):
    return listed(request, "subgroups/partner_list.html", partners=Partner.objects.in_line())


@may("keep_partnership", partner_of, post=True)
def partner_edit(request, partner):
    form = PartnerForm(request.POST or None, subject=partner, user=request.user)
    return recorded(request, form, "partners")


@may("keep_partnership", partner_of, post=True)
def partner_succession(request, partner):
    if partner.succeeded_by:
        messages.info(request, f"{partner} has a successor: {partner.succeeded_by}.")
        return redirect("partners")
    form = SuccessionForm(request.POST or None, subject=partner, user=request.user)
    return recorded(request, form, "partners")


@may("read")
def subgroup_list(request):
    bodies = Subgroup.objects.select_related("reports_to__reports_to").order_by("tier", "name")
    return listed(request, "subgroups/subgroup_list.html", bodies=bodies)


@may("keep_partnership", subgroup_of, post=True)
def subgroup_edit(request, subgroup):
    form = SubgroupForm(request.POST or None, subject=subgroup, user=request.user)
    return recorded(request, form, "subgroups")


@may("read")
def post_list(request):
    held = PostHolding.objects.on(clock.today()).select_related("user")
    posts = Post.objects.select_related("subgroup")
    posts = posts.prefetch_related(Prefetch("holdings", held, to_attr="held_today"))
    return listed(request, "subgroups/post_list.html", posts=Partner.objects.with_partner_of(posts))


@may("read", post_of)
def post_detail(request, post):
    holdings = post.holdings.not_cancelled().select_related("user").order_by("-started_on")
    return listed(request, "subgroups/post_detail.html", post=post, holdings=holdings)


@may("keep_partnership", post_of, post=True)
def post_edit(request, post):
    form = PostForm(request.POST or None, subject=post, user=request.user)
    return recorded(request, form, post if post.pk else "posts")


@may("keep_partnership", post_of, post=True)
def post_handover(request, post):
    """A new account's password is shown once, in the answer itself: neither kept nor sent on."""
    form = HandoverForm(request.POST or None, subject=post, user=request.user)
    response = recorded(request, form, post)
    return render(request, "subgroups/handed_over.html", {"form": form}) if form.password else response


def listed(request, template, **rows):
    return render(request, template, rows | {"may_keep": request.user.has_perm("keep_partnership")})


def recorded(request, form, back):
    """The page of a form: recorded, back to where it is shown; until then, the form."""
    if form.is_valid() and form.record():
        form.tell(request, form.told)
        return redirect(back)
    return render(request, "subgroups/form.html", {"form": form, "back": resolve_url(back)})
