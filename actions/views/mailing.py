"""What somebody is mailed, what they watch, and their calendar. None of it is part of the record."""

import hashlib
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from actions.calendars import calendar_of, meeting_calendar
from actions.daily_mail import STOP_SALT, STOPS
from actions.models import Action, CalendarAddress, ExceptionReport, MailChoice, Watch
from actions.views.meetings import meeting_to_read
from actions.views.shared import action_to_read
from gscp import clock
from gscp.bounds import BoundedForm
from gscp.forms import date_field
from gscp.mail.writing import site
from gscp.permissions import holds_a_post, may, own_account, public
from gscp.record import Change
from subgroups.models import Meeting, Post, User

MOST_DAYS = 100  # for which a chair hands mails on
MOST_WATCHED = 200


class MailChoiceForm(BoundedForm, forms.ModelForm):
    vice_chair_until = date_field()

    class Meta:
        model = MailChoice
        fields = ["papers", "watched", "vice_chair_until"]

    def __init__(self, data: Any, person: User):
        super().__init__(data, instance=MailChoice.of(person))
        until = self.fields["vice_chair_until"]
        until.label = "The vice-chair gets my mails as a chair until"
        until.help_text = "To hand them on for a while. Empty: they come to you."
        if not any(post.role == Post.Role.CHAIR for post in person.posts):
            del self.fields["vice_chair_until"]

    def clean_vice_chair_until(self) -> Any:
        until = self.cleaned_data["vice_chair_until"]
        if until and not clock.today() <= until <= clock.today() + timedelta(days=MOST_DAYS):
            raise ValidationError(
                f"Give a day from today on, at most {MOST_DAYS} days ahead, or leave it empty."
            )
        return until


@own_account
@require_http_methods(["GET", "HEAD", "POST"])
def mail_choices(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    form = MailChoiceForm(request.POST if request.method == "POST" else None, person)
    if request.method == "POST" and form.is_valid():
        MailChoice.objects.update_or_create(person=person, defaults=form.cleaned_data)
        messages.success(request, "Your choices are kept.")
        return redirect("mail_choices")
    context = {
        "form": form,
        "calendar": CalendarAddress.objects.filter(person=person).first(),
        "watches": Watch.objects.of(person),
    }
    return render(request, "actions/mail_choices.html", context)


@csrf_exempt  # a mail program sends it (RFC 8058), and whoever has the address may
@public
@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ends what is no duty, without a sign-in. To open it changes nothing: programs open links in mails."""
    try:
        person, choice = signing.loads(token, salt=STOP_SALT)
    except signing.BadSignature:
        raise Http404 from None
    if request.method == "POST":
        MailChoice.objects.update_or_create(
            person=get_object_or_404(User, pk=person), defaults={choice: False}
        )
    context = {"what": STOPS[choice], "is_done": request.method == "POST"}
    return render(request, "actions/mail_stop.html", context)


# Calendars


@own_account
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request: HttpRequest) -> HttpResponse:
    """A new address, shown in the answer itself and never again. The one before ends."""
    if request.method != "POST":
        return redirect("mail_choices")
    path = reverse("calendar", args=[CalendarAddress.make(request.user)])
    return render(request, "actions/calendar_address.html", {"address": site(path)})


@own_account
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_end(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        CalendarAddress.objects.filter(person_id=request.user.pk).delete()
        messages.success(request, "The address of your calendar works no more.")
    return redirect("mail_choices")


@public
@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    address = CalendarAddress.find(secret)
    if not address or not address.person.is_active or not holds_a_post.test(address.person):
        raise Http404
    return calendar_file(request, calendar_of(address.person))


@may("read", meeting_to_read)
def meeting_file(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    response = calendar_file(request, meeting_calendar(meeting))
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return response


def calendar_file(request: HttpRequest, data: bytes) -> HttpResponse:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    is_same = request.headers.get("If-None-Match") == tag
    response = HttpResponse(b"" if is_same else data, "text/calendar; charset=utf-8", 304 if is_same else 200)
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


# Watching


def report_to_watch(pk: int) -> ExceptionReport:
    return get_object_or_404(ExceptionReport.objects.select_related("action__plan", "measure"), pk=pk)


@may("read", action_to_read, outside_record=True)
def action_watch(request: HttpRequest, action: Action) -> HttpResponse:
    return watch(request, action, action=action)


@may("read", report_to_watch, outside_record=True)
def report_watch(request: HttpRequest, report: ExceptionReport) -> HttpResponse:
    return watch(request, report, report=report)


def watch(request: HttpRequest, about: Any, **of: Any) -> HttpResponse:
    """Begins to watch it or, if it is watched, ends that."""
    rows = Watch.objects.filter(person_id=request.user.pk, **of)
    if request.method == "POST" and request.POST.get("watch") == "no":
        rows.delete()
        messages.success(request, "You watch it no more.")
    elif request.method == "POST":
        begin_to_watch(request, of)
    return redirect(about)


def begin_to_watch(request: HttpRequest, of: dict[str, Any]) -> None:
    if Watch.objects.of(request.user).count() >= MOST_WATCHED:
        messages.warning(request, f"You watch {MOST_WATCHED} things. End some of them first.")
        return
    try:
        with transaction.atomic():
            told = Change.objects.last_number()
            Watch.objects.get_or_create(person_id=request.user.pk, **of, defaults={"told": told})
    except IntegrityError:  # it was sent twice at once
        pass
    messages.success(request, "You watch it. A mail tells you what others change.")
