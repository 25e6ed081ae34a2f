"""Looking back: the plan as it stood at a moment, and what differs between two."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, resolve, reverse

from actions.models import Action
from gscp import clock, dates
from gscp.pages import PER_PAGE, FirstRows
from gscp.permissions import may
from gscp.record.looking_back import Past, looking_back
from scrutiny import comparison
from scrutiny.moments import MomentField, MomentParts
from scrutiny.pages_as_at import pages_as_at
from subgroups.models import Meeting, Subgroup


class AsAtForm(forms.Form):
    on = MomentField(label="Moment")
    page = forms.CharField(required=False, widget=forms.HiddenInput)


@may("read")
def as_at(request):
    """Which moment? On to the page one comes from, or to the plan, as it stood then."""
    asked = request.GET
    chosen = not MomentParts().value_omitted_from_data(asked, {}, "on")
    form = AsAtForm(asked if chosen else None, initial={"on": asked.get("was"), "page": asked.get("page")})
    if not form.is_valid():
        return choose(request, form)
    # Put together by hand: the page may have a query, which reverse() would quote.
    page = form.cleaned_data["page"] or "plans/"
    return redirect(f"{reverse('as_at')}{form.cleaned_data['on'].address}/{page}")


def choose(request, form, status=200):
    closed = Meeting.objects.not_called_off().closed().order_by("-date")
    meetings = closed.exclude(subgroup__tier=Subgroup.Tier.SUBGROUP).select_related("subgroup")
    context = {"form": form, "meetings": meetings, "today": clock.today()}
    return render(request, "scrutiny/as_at.html", context, status=status)


@may("read")
def as_at_page(request, moment, path):
    """The page at that path as it stood, the plan if there is none; its links lead to the same moment."""
    page = f"{path}{'?' if request.GET else ''}{request.GET.urlencode()}"
    try:
        past = Past.read(moment)
    except ValidationError:  # the form says it again
        return choose(request, AsAtForm({"on": moment, "page": page}), status=404)
    if not path:
        return redirect("as_at_page", moment, "plans/")
    if path.startswith("scrutiny/"):
        # These speak of the whole record, and of then by their filters.
        left = f"You have left the record as it stood on {dates.moment(past.at)}"
        messages.info(request, f"{left}: this page is of the whole record, up to now.")
        return redirect(f"{get_script_prefix()}{page}")
    view = resolve(f"/{path}")
    if getattr(view.func, "permission", "") != "read":
        raise Http404
    request.past, request.today = past, f"{get_script_prefix()}{page}"
    request.another = f"{reverse('as_at')}?{urlencode({'page': page, 'was': past.address})}"
    with pages_as_at(past):
        return view.func(request, *view.args, **view.kwargs)


def named(past: Past) -> str:
    """The meeting whose papers closed then, or else the moment."""
    closed = Meeting.objects.not_called_off().filter(papers_close=past.at).select_related("subgroup")
    return " and ".join(f"Papers for {meeting}" for meeting in closed) or dates.moment(past.at)


class CompareForm(forms.Form):
    since = MomentField(label="From")
    until = MomentField(label="To")

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since.number > until.number:
            self.add_error("until", "That is before the first moment.")
        return self.cleaned_data


def quarters(tier: str) -> tuple[str, list[tuple[Meeting, Meeting]]]:
    """Of a body, from one meeting to the next as their papers closed, the latest first."""
    closed = list(Meeting.objects.of_tier(tier).closed())
    return Subgroup.Tier(tier).label, list(zip(closed, closed[1:], strict=False))[::-1]


@may("read")
def compare(request):
    """What was different at two moments, action by action, and what was entered late."""
    form = CompareForm(request.GET or None)
    tiers = Subgroup.Tier
    context = {
        "form": form,
        "quarters": [quarters(tier) for tier in (tiers.MANAGEMENT_GROUP, tiers.EXECUTIVE)],
    }
    if form.is_valid():
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        entries = comparison.between(since, until)
        touched = entries.exclude(action=None).order_by("action").values_list("action", flat=True).distinct()
        page = Paginator(touched, PER_PAGE).get_page(request.GET.get("page"))
        with looking_back(until):
            actions = list(Action.objects.filter(pk__in=list(page)).select_related("plan"))
        differing = comparison.changed(entries.filter(action__in=list(page)), since, until)
        context |= {
            "since": since,
            "until": until,
            "names": (named(since), named(until)),
            "balance": comparison.balance(since, until),
            "page": page,
            "actions": [
                (action, FirstRows([row for row in differing if row.action == action.pk]))
                for action in actions
            ],
            "others": FirstRows(comparison.changed(entries.filter(action=None), since, until)),
            "late": comparison.entered_late(entries),
        }
    return render(request, "scrutiny/compare.html", context)
