"""The portal, the check of a seal that somebody wrote down, and the state of this server."""

import logging
from itertools import islice
from typing import Any

from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from actions import sentences
from gscp import writing
from gscp.permissions import is_business_manager, is_scrutineer, may, public
from gscp.record import Change, Redaction, defences, ledger
from gscp.static import why_not_built
from scrutiny import checking
from scrutiny.forms import HeadForm
from scrutiny.models import RecordCheck, Walk
from scrutiny.proof.damage import known_damage
from scrutiny.proof.entry import entry_findings
from scrutiny.proof.plain_words import in_plain_words
from scrutiny.proof.signatures import Keys
from scrutiny.views.checks import check_facts

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
    wrong += [*writing.wrong(), *why_not_built()]
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
    keys = Keys.on_record()
    walk, has_later = Walk.objects.last_signed(keys)
    found = in_plain_words(walk.found) if walk else []
    known = {
        "found": found,
        "wrong": defences.weaknesses(),
        "damage": Walk.objects.damage_known(keys, walk, has_later),
        "keys": keys,
    }
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
        | state_of_record()
        | check_facts(),
    )


@may("read")
def verify(request) -> HttpResponse:
    form = HeadForm(request.GET if "head" in request.GET else None)
    context = {"form": form} | state_of_record()
    if form.is_valid():
        context |= head_check(*form.cleaned_data["head"])
    return render(request, "scrutiny/verify.html", context)


def head_check(number: int, head: str) -> dict[str, Any]:
    """Context for a head: its entry, what is wrong with that, and the check that vouches for all before it.

    The record's key has signed its note. It found nothing, came at least as far as the head, and its last
    entry is still in the ledger. No later walk found anything. Where the ledger has no entry of this head:
    `not_found`, a sentence.
    """
    entry = next(iter(Change.objects.filter(number=number).with_texts()), None)
    if entry is None:
        return {"not_found": f"There is no change {number:,}. The record ends before it, or never had it."}
    if ledger.head(number, entry.hash) != head:
        return {
            "not_found": f"Change {number:,} does not fit this seal. Look at its letters once more. "
            "If they are right, the change was another one then, or the seal is of another record."
        }
    redacted = Redaction.objects.filter(state=Redaction.State.DONE, entry__lte=number)
    return {
        "entry": entry,
        "findings": list(entry_findings(entry)),
        "redacted": redacted.count(),
        "last": Change.objects.last(),
    } | vouching(number)


def vouching(number: int) -> dict[str, Any]:
    """When a check last found nothing wrong up to there, how far it came, and whether a later one did."""
    unsound = next(Walk.objects.exclude(findings=0).signed(), None)
    sound = Walk.objects.still_matching().filter(number__gte=number, pk__gt=unsound.pk if unsound else 0)
    checks = [(walk.at, walk.number) for walk in islice(sound.signed(), 1)]
    # Of an earlier version there is no row with the last answer yet.
    check = checking.latest(RecordCheck.LAST_ANSWER) or checking.latest()
    state = checking.state_of(check)
    if check and check.ended_at and state in ("sound", "wrong", "gone"):
        if state != "sound":
            checks = [one for one in checks if one[0] > check.ended_at]
        elif check.number >= number and not (unsound and unsound.at > check.ended_at):
            checks.append((check.ended_at, check.number))
    at, until = max(checks, default=(None, None))
    return {"vouched_at": at, "vouched_until": until, "state": state}
