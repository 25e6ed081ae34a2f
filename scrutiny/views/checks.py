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
from scrutiny.models import RecordCheck
from scrutiny.proof.plain_words import in_plain_words

logger = logging.getLogger(__name__)
JUST_NOW = timedelta(minutes=10)


def check_facts() -> dict[str, Any]:
    """What scrutiny/check.html reads. `earlier` is the same of the last answer, until there is one."""
    facts = facts_of(checking.latest())
    if facts["state"] in ("running", "stopped"):
        facts["earlier"] = facts_of(checking.latest(RecordCheck.LAST_ANSWER))
    return facts


def facts_of(check: RecordCheck | None) -> dict[str, Any]:
    state, last = checking.state_of(check), Change.objects.last_number()
    facts: dict[str, Any] = {"check": check, "state": state, "last_number": last}
    if check and check.ended_at:
        facts["just_now"] = timezone.now() - check.ended_at < JUST_NOW
        facts["since"] = max(last - check.number, 0)
        facts["findings"] = in_plain_words(check.found)
        facts["more"] = check.findings - len(facts["findings"])
    return facts


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
