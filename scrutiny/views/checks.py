"""The check of the whole record, as a button: how far it is, and its answer."""

import logging
from datetime import timedelta
from time import sleep
from typing import Any

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gscp.permissions import may
from gscp.record import Change
from scrutiny import checking
from scrutiny.proof.plain_words import in_plain_words

logger = logging.getLogger(__name__)
JUST_NOW = timedelta(minutes=10)


def check_facts() -> dict[str, Any]:
    """What scrutiny/check.html reads."""
    check = checking.latest()
    state, last = checking.state_of(check), Change.objects.last_number()
    context: dict[str, Any] = {"check": check, "state": state, "last_number": last}
    if check and check.ended_at:
        context["just_now"] = timezone.now() - check.ended_at < JUST_NOW
        context["since"] = max(last - check.number, 0)
        context["findings"] = in_plain_words(check.found)
        context["more"] = check.findings - len(context["findings"])
    return context


def wait_for_answer() -> None:
    # A short record is checked within this time: its reader need not ask how far it is.
    for _ in range(15):
        check = checking.latest()
        if check is None or check.ended_at:
            return
        sleep(0.2)


@may("read", outside_record=True)
def check_record(request) -> HttpResponse:
    if request.method == "POST":
        try:
            if checking.start():
                wait_for_answer()
            else:
                messages.info(request, "A check is running already. Only one runs at a time.")
        except OperationalError:
            logger.exception("A check of the record could not begin")
            messages.error(request, "The check could not begin. Try again in a minute.")
        return redirect("check_record")
    return render(request, "scrutiny/check_page.html", check_facts())
