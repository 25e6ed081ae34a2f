"""Looking back: the plan as it was at a moment, and what differs between two."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, resolve, reverse
from django.utils import timezone

from gscp import clock, dates
from gscp.bounds import BoundedForm
from gscp.facts import fact
from gscp.pages import page_of
from gscp.permissions import may
from gscp.record import Change
from gscp.record.looking_back import MINUTE, Past
from scrutiny import comparison, then_and_now
from scrutiny.moments import MomentField, MomentParts
from scrutiny.pages_as_at import pages_as_at
from scrutiny.scorecards_compared import measures_compared
from subgroups.models import Meeting
from subgroups.published import MEANINGS


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
    page = form.cleaned_data["page"] or "plans/current/"
    return redirect(f"{reverse('as_at')}{form.cleaned_data['on'].address}/{page}")


def choose_moment(request, form: AsAtForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "meetings": with_papers(), "today": clock.today()}
    return render(request, "scrutiny/as_at.html", context, status=status)


def with_papers() -> list[Meeting]:
    """The meetings of deciding groups for which papers were made, the latest first."""
    closed = Meeting.objects.with_papers_closed().order_by("-date")
    closed = closed.filter(group__takes_decisions=True).select_related("group")
    return [meeting for meeting in closed if not meeting.called_off or meeting.papers_issued]


@may("read")
def as_at_page(request, moment, path) -> HttpResponse:
    """The page at that path as it was, the plan if there is none; its links lead to the same moment."""
    page = f"{path}{'?' if request.GET else ''}{request.GET.urlencode()}"
    try:
        past = Past.read(moment)
    except ValidationError:  # the form shows the same message
        return choose_moment(request, AsAtForm({"on": moment, "page": page}), status=404)
    if not path:
        return redirect("as_at_page", moment, "plans/current/")
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
        str(meeting)
        for meeting in closing.select_related("group")
        # Of a minute's end only where nothing was entered between the closing and that.
        if meeting.papers_issued and Change.objects.last_number(meeting.papers_close) == past.number
    ]
    return f"papers for {' and '.join(names)}" if names else dates.moment_in_words(past.at)


class CompareForm(BoundedForm):
    since = MomentField(label="From")
    until = MomentField(label="To")

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since.number > until.number:
            self.add_error("until", "That is before the first moment.")
        return self.cleaned_data


def as_held(meeting: Meeting) -> str:
    return f"{meeting} (called off)" if meeting.called_off else str(meeting)


class MeetingsForm(BoundedForm):
    """Two lists of the meetings that have papers: each sends the moment at which these closed.

    Meetings whose papers closed at one moment are one choice.
    """

    since = forms.ChoiceField(label="From the papers for")
    until = forms.ChoiceField(label="To the papers for")

    def __init__(self, chosen: QueryDict):
        """Begins with those that the address names, or else with the last two of one group."""
        super().__init__(auto_id="meeting_%s")
        meetings = with_papers()
        closing_together: dict[str, list[Meeting]] = {}
        for one in meetings:
            closed = f"{timezone.localtime(one.papers_close):%Y-%m-%dT%H:%M:%S}"
            closing_together.setdefault(closed, []).append(one)
        choices = [
            (closed, " and ".join(map(as_held, together))) for closed, together in closing_together.items()
        ]
        of_latest = sorted(
            (
                closed
                for closed, together in closing_together.items()
                if meetings[0].group_id in [one.group_id for one in together]
            ),
            reverse=True,
        )
        for name, value in zip(("until", "since"), [*of_latest, "", ""], strict=False):
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
            self.initial[name] = chosen[name] if chosen.get(name) in dict(choices) else value
        self.can_compare = len(choices) > 1


@may("read")
def compare(request) -> HttpResponse:
    form = CompareForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "meetings": MeetingsForm(request.GET)}
    if form.is_valid():
        before, after = form.cleaned_data["since"], form.cleaned_data["until"]
        page = page_of(request, things_between(before, after), then_and_now.PER_PAGE)
        context |= {"before": before, "after": after, "page": page}
        context |= what_changed(before, after, tuple(page))
        context["rows"] = context["actions"]
        if page.number == 1:
            context |= in_short(before, after) | {"meanings": MEANINGS}
            context["rows"] = then_and_now.in_order([*context["actions"], *context["untouched"]])
    return render(request, "scrutiny/compare.html", context)


things_between = fact(then_and_now.things_between)


@fact
def what_changed(before: Past, after: Past, things: tuple[then_and_now.Thing, ...]) -> dict[str, Any]:
    """Of these actions, and of these records that belong to none."""
    pks = [pk for model, pk in things if model == then_and_now.ACTION]
    others = [key for key in things if key[0] != then_and_now.ACTION]
    entries = comparison.entries_between(before, after)
    records = comparison.changed_records(entries, before, after, others)
    return {
        "names": (moment_name(before), moment_name(after)),
        "actions": then_and_now.actions_compared(before, after, pks),
        "others": [record for record in records if record.model != then_and_now.ATTENDANCE],
        "attendance": [record for record in records if record.model == then_and_now.ATTENDANCE],
    }


@fact
def in_short(before: Past, after: Past) -> dict[str, Any]:
    entries = comparison.entries_between(before, after)
    return {
        "measures": measures_compared(before, after),
        "balance": comparison.open_action_balance(before, after),
        "late": comparison.entered_late(entries),
        "untouched": then_and_now.untouched(after, frozenset(things_between(before, after))),
    }
