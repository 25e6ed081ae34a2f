"""How it changed: reads only."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from actions.models import Action
from gscp import defences, ledger
from gscp.models import TOMBSTONE, Change, Redaction
from gscp.permissions import may
from scrutiny import timeline
from scrutiny.damage import known, until_damage
from scrutiny.entry import doubts, hash_before
from scrutiny.filters import ChangeFilter
from scrutiny.forms import HeadForm
from scrutiny.models import Walk


@require_safe
@login_not_required
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
        context |= stands(*form.cleaned_data["head"])
    return render(request, "scrutiny/verify.html", context)


def stands(number: int, head: str) -> dict[str, Any]:
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
    sound = Walk.objects.standing().filter(number__gte=number, pk__gt=unsound.pk if unsound else 0)
    redacted = Redaction.objects.filter(state=Redaction.State.DONE, entry__lte=number)
    return {
        "entry": entry,
        "doubts": list(doubts(entry)),
        "grown": sound.last(),
        "redacted": redacted.count(),
        "last": Change.objects.last(),
    }


@may("read")
def change_list(request):
    """Every change, the newest first: pages by number, so that any of them costs what the first does."""
    shown = ChangeFilter(request.GET, Change.objects.all())
    context: dict[str, Any] = {"filter": shown}
    if shown.is_valid():
        changes, older, newer = timeline.page(shown.qs, shown.form.cleaned_data)
        context |= {"acts": timeline.acts(changes), "older": older, "newer": newer}
        context |= {"found": timeline.found(shown.qs)} if shown.narrows else {"all": Change.objects.head_at()}
    return render(request, "scrutiny/change_list.html", context)


@may("read")
def change_export(request, form):
    """What the filters find, the oldest first, as one file: all of it, however long."""
    if form not in timeline.EXPORTS:
        raise Http404
    shown = ChangeFilter(request.GET, Change.objects.all())
    if not shown.is_valid():
        return render(request, "scrutiny/change_list.html", {"filter": shown}, status=400)
    kind, rows, broken = timeline.EXPORTS[form]
    headers = {"Content-Disposition": f'attachment; filename="changes.{form}"'}
    lines = until_damage(rows(shown.qs), broken)
    return StreamingHttpResponse(lines, content_type=f"{kind}; charset=utf-8", headers=headers)


@may("read")
def change_detail(request, number):
    change = next(iter(Change.objects.filter(number=number).with_texts()), None)
    if change is None:
        raise Http404
    standing = Redaction.objects.standing().filter(entry=number).select_related("change")
    redactions = {redaction.field: redaction for redaction in standing}
    texts = [
        (text, redactions.get(text.field))
        for text in change.texts.all()
        if text.field in redactions or text.value not in ("", TOMBSTONE)
    ]
    actions = Action.objects.visible_to(request.user).select_related("plan")
    beside = set(Change.objects.filter(number__in=(number - 1, number + 1)).values_list("number", flat=True))
    context = {
        "change": change,
        "doubts": list(doubts(change)),
        "texts": texts,
        "may_ask": request.user.has_perm("ask_redaction"),
        "action": actions.filter(pk=change.action).first(),
        "before": number - 1 if number - 1 in beside else None,
        "after": number + 1 if number + 1 in beside else None,
        "hash_before": hash_before(number),
    }
    return render(request, "scrutiny/change_detail.html", context)
