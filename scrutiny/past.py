"""The record as it stood: a moment is chosen, and every page of the plan is read as it was then."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, resolve, set_script_prefix
from django.utils import timezone

from gscp.components import DateParts
from gscp.past import Past, looking_back
from gscp.permissions import may
from subgroups.models import Meeting


class MomentParts(DateParts):
    """A day in three boxes; an address may hold any moment instead."""

    def value_from_datadict(self, data, files, name):
        return data.get(name) or super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def parts(self, value):
        return super().parts(None if isinstance(value, str) else value)


class MomentField(forms.DateField):
    """Becomes a Past: the end of a day that was chosen, or the moment in the address."""

    widget = MomentParts

    def to_python(self, value) -> Past | None:  # type: ignore[override] # a day is only how it is asked for
        day = value if isinstance(value, str) else super().to_python(value)
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
    meetings = Meeting.objects.standing().select_related("subgroup")
    return render(request, "scrutiny/as_at.html", {"form": form, "meetings": meetings.held()})


@may("read")
def as_at_page(request, moment, path):
    """The page at that path as it stood; the links on it lead to others of the same moment."""
    try:
        past = Past.read(moment)
    except ValidationError as error:
        form = AsAtForm({"on": moment})
        form.add_error(None, error)
        return render(request, "scrutiny/as_at.html", {"form": form}, status=404)
    if not path or path.startswith(
        "scrutiny/"
    ):  # these speak of the whole record, and of then by their filters
        return redirect(f"/{path}")
    page = resolve(f"/{path}")
    if getattr(page.func, "permission", "") != "read":
        raise Http404
    request.past = past
    request.today = f"{get_script_prefix()}{path}"
    before = get_script_prefix()
    set_script_prefix(request.path.removesuffix(path))
    try:
        with looking_back(past):
            return page.func(request, *page.args, **page.kwargs)
    finally:
        set_script_prefix(before)
