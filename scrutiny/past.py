"""Looking back: the plan as it stood at a moment, and what differs between two."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, resolve, reverse, set_script_prefix
from django.utils import timezone

from actions.models import Action
from actions.views.shared import PER_PAGE
from gscp import clock
from gscp.components import DateParts
from gscp.models import Change
from gscp.past import Past, looking_back
from gscp.permissions import may
from scrutiny import comparison
from subgroups.models import Meeting, Subgroup


class MomentParts(DateParts):
    """A day in three boxes; an address may hold any moment instead."""

    def value_from_datadict(self, data, files, name):
        return data.get(name) or super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def parts(self, value):
        return super().parts(None if type(value) is str else value)


class MomentField(forms.DateField):
    """Becomes a Past: the end of a day that was chosen, or the moment in the address."""

    widget = MomentParts

    def to_python(self, value) -> Past | None:  # type: ignore[override] # a day is only how it is asked for
        day = value if type(value) is str else super().to_python(value)
        return Past.read(str(day)) if day else None


class AsAtForm(forms.Form):
    on = MomentField(label="Day", help_text="As it stood at the end of that day.")
    at = forms.TimeField(
        label="Time",
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TextInput,
        help_text="If it matters, for example 17:00.",
        error_messages={"invalid": "Write the time as 17:00."},
    )

    def clean(self):
        on, at = self.cleaned_data.get("on"), self.cleaned_data.get("at")
        if on and at:
            moment = datetime.combine(timezone.localdate(on.at), at)
            self.cleaned_data["on"] = Past.on(timezone.make_aware(moment))
        return self.cleaned_data


@may("read")
def as_at(request):
    """Which moment? On to the plan as it stood then."""
    form = AsAtForm(request.GET or None)
    if form.is_valid():
        return redirect("as_at_page", form.cleaned_data["on"].address, "plans/")
    meetings = Meeting.objects.begun().exclude(subgroup__tier=Subgroup.Tier.SUBGROUP)
    context = {"form": form, "meetings": meetings.select_related("subgroup")}
    return render(request, "scrutiny/as_at.html", context)


@may("read")
def as_at_page(request, moment, path):
    """The page at that path as it stood; the links on it lead to others of the same moment."""
    try:
        past = Past.read(moment)
    except ValidationError as error:
        form = AsAtForm({"on": moment})
        form.add_error(None, error)
        return render(request, "scrutiny/as_at.html", {"form": form}, status=404)
    if not path or path.startswith("scrutiny/"):
        # These speak of the whole record, and of then by their filters.
        return redirect(f"/{path}{'?' if request.GET else ''}{request.GET.urlencode()}")
    page = resolve(f"/{path}")
    if getattr(page.func, "permission", "") != "read":
        raise Http404
    request.past = past
    request.today, request.another = f"{get_script_prefix()}{path}", reverse("as_at")
    with standing(past):
        return page.func(request, *page.args, **page.kwargs)


@contextmanager
def standing(past: Past) -> Iterator[None]:
    """Reads the record as it stood; what is addressed meanwhile is the page as it stood then."""
    today = get_script_prefix()
    set_script_prefix(f"{reverse('as_at')}{past.address}/")
    try:
        with looking_back(past):
            yield
    finally:
        set_script_prefix(today)


class CompareForm(forms.Form):
    since = MomentField(label="From", help_text="As it stood at the end of that day.")
    until = MomentField(label="To", help_text="As it stood at the end of that day.")

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since.number > until.number:
            self.add_error("until", "That is before the first moment.")
        return self.cleaned_data


@may("read")
def compare(request):
    """What was different at two moments, action by action, and what was entered late."""
    form = CompareForm(request.GET or None)
    closed = list(Meeting.objects.reported_to().filter(papers_close__lte=clock.now()))
    context = {"form": form, "quarters": list(zip(closed, closed[1:], strict=False))[::-1]}
    if form.is_valid():
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        entries = comparison.between(since, until)
        touched = entries.exclude(action=None).order_by("action").values_list("action", flat=True).distinct()
        page = Paginator(touched, PER_PAGE).get_page(request.GET.get("page"))
        actions = Action.objects.filter(pk__in=list(page)).select_related("plan")
        differing = comparison.changed(entries.filter(action__in=list(page)), since, until)
        rest = entries.filter(action=None).order_by("number").values_list("number", flat=True)
        others = Change.objects.filter(number__in=list(rest[: PER_PAGE + 1]))
        context |= {
            "since": since,
            "until": until,
            "balance": comparison.balance(since, until),
            "page": page,
            "actions": [
                (action, [row for row in differing if row.action == action.pk]) for action in actions
            ],
            "others": comparison.changed(others, since, until),
            "late": comparison.entered_late(entries, PER_PAGE + 1),
        }
    return render(request, "scrutiny/compare.html", context)
