"""The history of every change: in pages, one by one, and all of it as a file."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from actions.models import Action
from actions.sentences import acts_in_words
from actions.tables.saving import saved
from gscp.heavy import heavy
from gscp.identity_check import IdentityCheck
from gscp.permissions import may
from gscp.record import TOMBSTONE, Change, Redaction
from scrutiny import timeline
from scrutiny.filters import ChangeFilter
from scrutiny.proof.damage import lines_until_damage
from scrutiny.proof.entry import entry_findings, hash_before


@may("read")
def change_list(request) -> HttpResponse:
    change_filter = ChangeFilter(request.GET, Change.objects.all())
    context: dict[str, Any] = {"filter": change_filter}
    if change_filter.is_valid():
        # Pages go by number, so that the last costs no more than the first.
        changes, older, newer = timeline.page(change_filter.qs, change_filter.form.place)
        context |= {"acts": acts_in_words(changes), "older": older, "newer": newer}
        context |= (
            {"count": timeline.count_in_words(change_filter.qs)}
            if change_filter.narrows
            else {"all": Change.objects.last_number()}
        )
    return render(request, "scrutiny/change_list.html", context)


@may("read")
@heavy
def change_export(request, form) -> HttpResponseBase:
    if form not in timeline.EXPORTS and form != "xlsx":
        raise Http404
    change_filter = ChangeFilter(request.GET, Change.objects.all())
    if not change_filter.is_valid():
        return render(request, "scrutiny/change_list.html", {"filter": change_filter}, status=400)
    if form == "xlsx":
        return excel(request, change_filter)
    media_type, lines, last_line = timeline.EXPORTS[form]
    headers = {"Content-Disposition": f'attachment; filename="changes.{form}"'}
    content = lines_until_damage(lines(change_filter.qs), last_line)
    return StreamingHttpResponse(content, content_type=f"{media_type}; charset=utf-8", headers=headers)


def excel(request: HttpRequest, change_filter: ChangeFilter) -> HttpResponseBase:
    changes = change_filter.qs
    if changes.order_by()[: timeline.MOST_IN_EXCEL + 1].count() > timeline.MOST_IN_EXCEL:
        most = f"An Excel file holds at most {timeline.MOST_IN_EXCEL:,} changes here."
        change_filter.form.add_error(None, f"{most} Choose fewer below, or take the CSV file.")
        return render(request, "scrutiny/change_list.html", {"filter": change_filter}, status=400)
    return saved(timeline.as_table(changes, change_filter.in_words), "xlsx")


@may("read")
def change_detail(request, number) -> HttpResponse:
    change = next(iter(Change.objects.filter(number=number).with_texts()), None)
    if change is None:
        raise Http404
    not_refused = Redaction.objects.not_refused().filter(entry=number).select_related("change")
    redactions = {redaction.field: redaction for redaction in not_refused}
    texts = [
        (text, redactions.get(text.field))
        for text in change.own_texts.values()
        if text.field in redactions or text.value not in ("", TOMBSTONE)
    ]
    actions = Action.on_record.select_related("plan")
    neighbours = Change.objects.filter(number__in=(number - 1, number + 1)).values_list("number", flat=True)
    context = {
        "change": change,
        "acts": acts_in_words([change]),
        "findings": list(entry_findings(change)),
        "texts": texts,
        "let_stand": IdentityCheck.objects.in_act(change.act),
        "may_ask": request.user.has_perm("ask_redaction"),
        "action": actions.filter(pk=change.action).first(),  # type: ignore[misc]  # none finds none
        "before": number - 1 if number - 1 in neighbours else None,
        "after": number + 1 if number + 1 in neighbours else None,
        "hash_before": hash_before(number),
        "act_ends_at": Change.objects.filter(act=change.act).last_number(),
    }
    return render(request, "scrutiny/change_detail.html", context)
