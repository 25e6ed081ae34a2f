"""The history of every change: pages of it, one change, and the whole as a file."""

from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render

from actions.models import Action
from gscp.permissions import may
from gscp.record import TOMBSTONE, Change, Redaction
from scrutiny import timeline
from scrutiny.filters import ChangeFilter
from scrutiny.proof.damage import until_damage
from scrutiny.proof.entry import hash_before, problems


@may("read")
def change_list(request):
    """Every change, the newest first: pages by number, so that any of them costs what the first does."""
    shown = ChangeFilter(request.GET, Change.objects.all())
    context: dict[str, Any] = {"filter": shown}
    if shown.is_valid():
        changes, older, newer = timeline.page(shown.qs, shown.form.page)
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
    standing = Redaction.objects.not_refused().filter(entry=number).select_related("change")
    redactions = {redaction.field: redaction for redaction in standing}
    texts = [
        (text, redactions.get(text.field))
        for text in change.texts.all()
        if text.field in redactions or text.value not in ("", TOMBSTONE)
    ]
    actions = Action.objects.select_related("plan")
    beside = set(Change.objects.filter(number__in=(number - 1, number + 1)).values_list("number", flat=True))
    context = {
        "change": change,
        "problems": list(problems(change)),
        "texts": texts,
        "may_ask": request.user.has_perm("ask_redaction"),
        "action": actions.filter(pk=change.action).first(),
        "before": number - 1 if number - 1 in beside else None,
        "after": number + 1 if number + 1 in beside else None,
        "hash_before": hash_before(number),
    }
    return render(request, "scrutiny/change_detail.html", context)
