"""Looking back: the plan as it was at a moment, and what differs between two."""

from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, resolve, reverse

from actions.models import Action
from gscp import clock, dates
from gscp.bounds import BoundedForm
from gscp.facts import fact
from gscp.pages import FirstRows, page_of
from gscp.permissions import may
from gscp.record import Change
from gscp.record.looking_back import MINUTE, Past, looking_back
from scrutiny import comparison
from scrutiny.moments import MomentField, MomentParts
from scrutiny.pages_as_at import pages_as_at
from subgroups.models import Group, Meeting

COMPARED_ON_PAGE = 20  # actions


class AsAtForm(BoundedForm):
    on = MomentField(label="Moment")
    page = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


@may("read")
def as_at(request) -> HttpResponse:
    """Asks for a moment; then goes to the page the reader came from, or to the plan, as it was then."""
    query = request.GET
    is_sent = not MomentParts().value_omitted_from_data(query, {}, "on")
    form = AsAtForm(query if is_sent else None, initial={"on": query.get("was"), "page": query.get("page")})
    if not form.is_valid():
        return choose_moment(request, form)
    # Not with reverse(), which would quote the query that the page may have.
    page = form.cleaned_data["page"] or "plans/"
    return redirect(f"{reverse('as_at')}{form.cleaned_data['on'].address}/{page}")


def choose_moment(request, form: AsAtForm, status: int = 200) -> HttpResponse:
    closed = Meeting.objects.not_called_off().with_papers_closed().order_by("-date")
    meetings = closed.filter(group__takes_decisions=True).select_related("group")
    context = {"form": form, "meetings": meetings, "today": clock.today()}
    return render(request, "scrutiny/as_at.html", context, status=status)


@may("read")
def as_at_page(request, moment, path) -> HttpResponse:
    """The page at that path as it was, the plan if there is none; its links lead to the same moment."""
    page = f"{path}{'?' if request.GET else ''}{request.GET.urlencode()}"
    try:
        past = Past.read(moment)
    except ValidationError:  # the form shows the same message
        return choose_moment(request, AsAtForm({"on": moment, "page": page}), status=404)
    if not path:
        return redirect("as_at_page", moment, "plans/")
    if path.startswith("scrutiny/"):
        # These pages are about the whole record; their filters choose the time.
        notice = f"You have left the record as it stood on {dates.moment_in_words(past.at)}"
        messages.info(request, f"{notice}: this page is of the whole record, up to now.")
        return redirect(f"{get_script_prefix()}{page}")
    view = resolve(f"/{path}")
    if getattr(view.func, "permission", "") != "read":
        raise Http404
    request.past, request.today = past, f"{get_script_prefix()}{page}"
    request.another = f"{reverse('as_at')}?{urlencode({'page': page, 'was': past.address})}"
    with pages_as_at(past):
        return view.func(request, *view.args, **view.kwargs)


def moment_name(past: Past) -> str:
    closing = Meeting.objects.filter(papers_close__gte=past.at - MINUTE, papers_close__lte=past.at)
    names = [
        f"Papers for {meeting}"
        for meeting in closing.select_related("group")
        # Of a minute's end only where nothing was entered between the closing and that.
        if meeting.papers_issued and Change.objects.last_number(meeting.papers_close) == past.number
    ]
    return " and ".join(names) or dates.moment_in_words(past.at)


class CompareForm(BoundedForm):
    since = MomentField(label="From")
    until = MomentField(label="To")

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since.number > until.number:
            self.add_error("until", "That is before the first moment.")
        return self.cleaned_data


def consecutive_meetings(group: Group) -> list[tuple[Meeting, Meeting]]:
    """Each of its meetings whose papers have closed with the next one, the latest first."""
    return list(pairwise(Meeting.objects.of(group).with_papers_closed()))[::-1]


@may("read")
def compare(request) -> HttpResponse:
    form = CompareForm(request.GET or None)
    deciding = [group for group in Group.objects.with_lines() if group.takes_decisions]
    context = {
        "form": form,
        "meetings": [(group, consecutive_meetings(group)) for group in reversed(deciding)],
    }
    if form.is_valid():
        before, after = form.cleaned_data["since"], form.cleaned_data["until"]
        page = page_of(request, actions_between(before, after), COMPARED_ON_PAGE)
        context |= {"before": before, "after": after, "page": page}
        context |= compare_facts(before, after, tuple(page))
    return render(request, "scrutiny/compare.html", context)


@fact
def actions_between(before: Past, after: Past) -> tuple[int, ...]:
    entries = comparison.entries_between(before, after).exclude(action=None)
    return tuple(entries.order_by("action").values_list("action", flat=True).distinct())  # type: ignore[arg-type]  # none is None


@fact
def compare_facts(before: Past, after: Past, keys: tuple[int, ...]) -> dict[str, Any]:
    """What differs between two moments: on these actions, and on what belongs to no action."""
    entries = comparison.entries_between(before, after)
    with looking_back(after):
        actions = list(Action.objects.filter(pk__in=keys).select_related("plan"))
    records = comparison.changed_records(entries.filter(action__in=keys), before, after)
    return {
        "names": (moment_name(before), moment_name(after)),
        "balance": comparison.open_action_balance(before, after),
        "actions": [
            (action, FirstRows([record for record in records if record.action == action.pk]))
            for action in actions
        ],
        "others": FirstRows(comparison.changed_records(entries.filter(action=None), before, after)),
        "late": comparison.entered_late(entries),
    }
