"""The portal, the check of a head that somebody wrote down, and the state of this server."""

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from actions import sentences
from gscp import writing
from gscp.permissions import is_business_manager, is_scrutineer, may, public
from gscp.record import Change, Redaction, defences, ledger
from scrutiny.forms import HeadForm
from scrutiny.models import Walk
from scrutiny.proof.damage import known_damage
from scrutiny.proof.entry import entry_findings
from scrutiny.proof.signatures import Keys

LATEST_ACTS = 5


@public
@require_safe
def health_ready(request) -> HttpResponse:
    """200 when this server can do its work, otherwise 503. Strangers are told no more than that.

    What is wrong, and what damage to the record is known, is told to the Business Manager, the Scrutineer and
    the server's log: there once, until it is something else.
    """
    try:
        wrong = [*(f"not migrated: {step}" for step in defences.pending_migrations()), *defences.weaknesses()]
        insider = may_know_what_is_wrong(request.user)
    except DatabaseError:
        wrong, insider = ["the database does not answer"], False
    wrong += writing.wrong()
    damage, status = known_damage(), 503 if wrong else 200
    log_what_is_new((*wrong, *damage))
    if insider:
        return JsonResponse({"ready": not wrong, "wrong": wrong, "damage": damage}, status=status)
    return HttpResponse("not ready" if wrong else "ready", "text/plain", status)


def may_know_what_is_wrong(user: Any) -> bool:
    return user.is_authenticated and (is_business_manager(user) or is_scrutineer(user))


def log_what_is_new(wrong: tuple[str, ...]) -> None:
    if wrong and wrong != logged[0]:
        logger.error("/health/ready: %s", "; ".join(wrong))
    logged[0] = wrong


logger = logging.getLogger(__name__)
logged: list[tuple[str, ...]] = [()]  # what this process wrote last


def state_of_record() -> dict[str, Any]:
    # What scrutiny/trouble.html reads.
    walk = next(Walk.objects.signed(), None)
    known = {"wrong": defences.weaknesses(), "damage": Walk.objects.damage(), "keys": Keys.on_record()}
    return {"walk": walk} | known


@may("read")
def portal(request) -> HttpResponse:
    latest = sentences.latest_acts(Change.objects.all(), LATEST_ACTS)
    last = latest[0].last if latest else None
    return render(
        request,
        "scrutiny/portal.html",
        {
            "last": last,
            "head": last and ledger.head(last.number, last.hash),
            "latest": latest,
        }
        | state_of_record(),
    )


@may("read")
def verify(request) -> HttpResponse:
    form = HeadForm(request.GET if "head" in request.GET else None)
    context = {"form": form} | state_of_record()
    if form.is_valid():
        context |= head_check(*form.cleaned_data["head"])
    return render(request, "scrutiny/verify.html", context)


def head_check(number: int, head: str) -> dict[str, Any]:
    """Context for a head: its entry, what is wrong with that, and the walk that vouches for all before it.

    The record's key has signed its note. It found nothing, came at least as far as the head, and its last
    entry is still in the ledger. No later walk found anything. Where the ledger has no entry of this head:
    `not_found`, a sentence.
    """
    entry = next(iter(Change.objects.filter(number=number).with_texts()), None)
    if entry is None:
        return {"not_found": f"There is no entry {number:,}: the record ends before it, or never had it."}
    if ledger.head(number, entry.hash) != head:
        return {
            "not_found": f"Entry {number:,} is not the one of this head. Look at its letters once more: "
            "if they are right, the entry was another one then, or the head is of another record."
        }
    unsound = next(Walk.objects.exclude(findings=0).signed(), None)
    sound = Walk.objects.still_matching().filter(number__gte=number, pk__gt=unsound.pk if unsound else 0)
    redacted = Redaction.objects.filter(state=Redaction.State.DONE, entry__lte=number)
    return {
        "entry": entry,
        "findings": list(entry_findings(entry)),
        "vouching_walk": next(sound.signed(), None),
        "redacted": redacted.count(),
        "last": Change.objects.last(),
    }
