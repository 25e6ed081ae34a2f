"""The groups of the partnership: the list that everybody reads, and the form by which they are kept."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from actions.forms.groups import GroupForm
from gscp.pages import form_page, form_sent
from gscp.permissions import may
from subgroups.models import Group, Post
from subgroups.views import with_holdings


def group_of(slug: str | None = None) -> Group:
    return Group() if slug is None else get_object_or_404(Group, slug=slug)  # a new one, without a slug


@may("read")
def group_list(request) -> HttpResponse:
    context = {
        "groups": Group.objects.prefetch_related("quorum_parts__named__partner__succeeded_by").with_lines(),
        "may_keep": request.user.has_perm("keep_partnership"),
    }
    return render(request, "actions/group_list.html", context)


@may("read", group_of)
def group_detail(request, group) -> HttpResponse:
    posts = with_holdings(Post.objects.filter(group=group))
    keep = request.user.has_perm("keep_partnership")
    context = {"group": group, "posts": posts, "reporting": group.reporting.all(), "may_keep": keep}
    return render(request, "actions/group_detail.html", context)


@may("keep_partnership", group_of, has_form=True)
def group_edit(request, group) -> HttpResponse:
    form = form_sent(GroupForm, request, subject=group)
    return form_page(request, form, to="groups")
