"""How it changed: reads only."""

from django.shortcuts import get_object_or_404, render

from gscp import triggers
from gscp.models import Change
from gscp.permissions import may
from scrutiny.filters import ChangeFilter

PER_PAGE = 50


@may("read")
def portal(request):
    head = Change.objects.last()
    return render(
        request,
        "scrutiny/portal.html",
        {
            "head": head,
            "missing": triggers.missing(),
            "latest": Change.objects.order_by("-number")[:10].with_texts(),
        },
    )


@may("read")
def change_list(request):
    """Every change, the newest first: pages by number, so that any of them costs what the first does."""
    shown = ChangeFilter(request.GET, Change.objects.all())
    changes, older, newer = keyset_page(shown.qs, shown.form.cleaned_data if shown.is_valid() else {})
    return render(
        request,
        "scrutiny/change_list.html",
        {"filter": shown, "changes": changes, "older": older, "newer": newer},
    )


@may("read")
def change_detail(request, number):
    change = get_object_or_404(Change, number=number)
    [change] = Change.objects.filter(pk=change.pk).with_texts()
    return render(request, "scrutiny/change_detail.html", {"change": change})


def keyset_page(changes, asked: dict) -> tuple[list[Change], int | None, int | None]:
    """One page, newest first, before or after a number, and the numbers from which older and newer go on."""
    before, after = asked.get("before"), asked.get("after")
    if after is not None:
        rows = changes.filter(number__gt=after).order_by("number")[: PER_PAGE + 1].with_texts()
        more_newer, rows = len(rows) > PER_PAGE, rows[:PER_PAGE][::-1]
        return rows, rows[-1].number if rows else after + 1, rows[0].number if more_newer else None
    if before is not None:
        changes = changes.filter(number__lt=before)
    rows = changes.order_by("-number")[: PER_PAGE + 1].with_texts()
    more_older, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    newer = (rows[0].number if rows else before - 1) if before is not None else None
    return rows, rows[-1].number if more_older else None, newer
