"""How it changed: reads only."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render

from actions.models import Action
from gscp import defences, ledger
from gscp.models import TOMBSTONE, Change, Redaction
from gscp.permissions import may
from scrutiny import timeline
from scrutiny.damage import until_damage
from scrutiny.filters import ChangeFilter
from scrutiny.models import Walk


@may("read")
def portal(request):
    last = Change.objects.last()
    return render(
        request,
        "scrutiny/portal.html",
        {
            "last": last,
            "head": last and ledger.head(last.number, last.hash),
            "walk": Walk.objects.last(),
            "wrong": defences.wrong(),
            "latest": timeline.acts(timeline.page(Change.objects.all(), {})[0])[:5],
        },
    )


@may("read")
def verify(request):
    """Does the entry of a head that somebody wrote down stand? And how far was the record walked?"""
    said = request.GET.get("head", "").strip()
    context = {"said": said, "walk": Walk.objects.last()}
    if said:
        context |= stands(said)
    return render(request, "scrutiny/verify.html", context)


def stands(said: str) -> dict:
    """What can be said of a head: the entry, or what is wrong; and the walk that claims what grew from it.

    That nothing before it was changed, and that all after it was added, only a sound walk claims that came
    at least as far, and whose own last entry stands still; none that came before one that found something.
    """
    try:
        number, head = ledger.read_head(said)
    except ValueError as error:
        return {"wrong": str(error)}
    entry = Change.objects.filter(number=number).first()
    if entry is None:
        return {"wrong": f"There is no entry {number:,}: the record ends before it, or never had it."}
    if ledger.head(number, entry.hash) != head:
        return {
            "wrong": f"Entry {number:,} is not the one of this head. Look at its letters once more: "
            "if they are right, the entry was another one then, or the head is of another record."
        }
    its_last = Change.objects.filter(number=OuterRef("number"), hash=OuterRef("hash"))
    unsound = Walk.objects.exclude(findings=0).last()
    sound = Walk.objects.filter(Exists(its_last), number__gte=number, pk__gt=unsound.pk if unsound else 0)
    redacted = Redaction.objects.filter(state=Redaction.State.DONE, entry__lte=number)
    return {
        "entry": entry,
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
        if shown.narrows:
            context["found"] = timeline.found(shown.qs)
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
    hashes = dict(Change.objects.filter(number__in=(number - 1, number + 1)).values_list("number", "hash"))
    context = {
        "change": change,
        "texts": texts,
        "may_ask": request.user.has_perm("ask_redaction"),
        "action": actions.filter(pk=change.action).first(),
        "before": number - 1 if number - 1 in hashes else None,
        "after": number + 1 if number + 1 in hashes else None,
        "hash_before": ledger.GENESIS if number == 1 else hashes.get(number - 1),
    }
    return render(request, "scrutiny/change_detail.html", context)
