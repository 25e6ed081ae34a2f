"""The portal, the check of a head that somebody wrote down, and the state of this server."""

from typing import Any

from django.db import DatabaseError
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gscp.permissions import may, public
from gscp.record import Change, Redaction, defences, ledger
from scrutiny import timeline
from scrutiny.forms import HeadForm
from scrutiny.models import Walk
from scrutiny.proof.damage import known
from scrutiny.proof.entry import problems


@public
@require_safe
def health_ready(request):
    """200 when this server can do its work, 503 where it cannot; and what is known of the record."""
    try:
        wrong = [*(f"not migrated: {step}" for step in defences.to_come()), *defences.wrong()]
    except DatabaseError:
        wrong = ["the database does not answer"]
    said = {"ready": not wrong, "wrong": wrong, "damage": known()}
    return JsonResponse(said, status=503 if wrong else 200)


def guard() -> dict[str, Any]:
    """What the portal and the page of heads say of the record as a whole."""
    walk = Walk.objects.last()
    return {"walk": walk, "wrong": defences.wrong(), "damage": Walk.objects.damage()}


@may("read")
def portal(request):
    last = Change.objects.last()
    return render(
        request,
        "scrutiny/portal.html",
        {
            "last": last,
            "head": last and ledger.head(last.number, last.hash),
            "latest": timeline.acts(timeline.page(Change.objects.all(), {})[0])[:5],
        }
        | guard(),
    )


@may("read")
def verify(request):
    """Does the entry of a head that somebody wrote down stand? And how far was the record walked?"""
    form = HeadForm(request.GET if "head" in request.GET else None)
    context = {"form": form} | guard()
    if form.is_valid():
        context |= head_check(*form.cleaned_data["head"])
    return render(request, "scrutiny/verify.html", context)


def head_check(number: int, head: str) -> dict[str, Any]:
    """What can be said of a head: the entry, or that it fell; and the walk that claims what grew from it.

    That nothing before it was changed, and that all after it was added, only a sound walk claims that came
    at least as far, and whose own last entry stands still; none that came before one that found something.
    """
    entry = next(iter(Change.objects.filter(number=number).with_texts()), None)
    if entry is None:
        return {"fell": f"There is no entry {number:,}: the record ends before it, or never had it."}
    if ledger.head(number, entry.hash) != head:
        return {
            "fell": f"Entry {number:,} is not the one of this head. Look at its letters once more: "
            "if they are right, the entry was another one then, or the head is of another record."
        }
    unsound = Walk.objects.exclude(findings=0).last()
    sound = Walk.objects.still_matching().filter(number__gte=number, pk__gt=unsound.pk if unsound else 0)
    redacted = Redaction.objects.filter(state=Redaction.State.DONE, entry__lte=number)
    return {
        "entry": entry,
        "problems": list(problems(entry)),
        "grown": sound.last(),
        "redacted": redacted.count(),
        "last": Change.objects.last(),
    }
