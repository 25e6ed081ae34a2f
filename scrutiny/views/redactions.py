"""Redaction: the one removal, asked for by one person and decided by another."""

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from gscp.permissions import may
from gscp.record import ChangeText, Redaction
from scrutiny.forms import AskForm, DecisionForm

NAMED = 20  # other places with the same text


def text_of(user, number, field):
    return get_object_or_404(ChangeText.objects.select_related("change"), change=number, field=field)


def redaction_of(user, pk):
    return get_object_or_404(Redaction.objects.select_related("change"), pk=pk)


@may("ask_redaction", text_of, post=True)
def redaction_ask(request, text):
    form = AskForm(request.POST or None, subject=text, user=request.user)
    if form.is_valid() and form.record():
        form.tell(request, "Asked for. A chair of the Executive decides.")
        return redirect("redactions")
    if not form.is_bound and (trouble := Redaction.trouble(text)):
        messages.info(request, trouble)
        return redirect("change_detail", text.change_id)
    context = {"form": form, "texts": text.copies()} | elsewhere(text)
    return render(request, "scrutiny/redaction_form.html", context)


@may("decide_redaction", redaction_of, post=True)
def redaction_decide(request, redaction):
    form = DecisionForm(request.POST or None, subject=redaction, user=request.user)
    if form.is_valid() and form.record():
        form.tell(request, "Recorded.")
        return redirect("redaction_detail", redaction.pk)
    if not form.is_bound and redaction.state != Redaction.State.ASKED:
        messages.info(request, f"This was decided before: {redaction.get_state_display().lower()}.")
        return redirect("redaction_detail", redaction.pk)
    context = {"form": form, "texts": redaction.texts, "redaction": redaction} | elsewhere(redaction.text)
    return render(request, "scrutiny/redaction_form.html", context)


def elsewhere(text: ChangeText) -> dict[str, Any]:
    """Where others wrote the same: it would stand there still."""
    same = text.elsewhere()
    return {"elsewhere": same[:NAMED], "more": max(same.count() - NAMED, 0)}


@may("read", redaction_of)
def redaction_detail(request, redaction):
    """What is asked to go, or went, in all its places; who asked and who decided, when and why."""
    return render(
        request,
        "scrutiny/redaction_detail.html",
        {"redaction": redaction, "decides": decides(request.user, redaction)},
    )


def decides(user, redaction) -> bool:
    return redaction.state == Redaction.State.ASKED and user.has_perm("decide_redaction", redaction)


@may("read")
def redaction_list(request):
    """All of them; what waits stands first."""
    first = sorted(
        Redaction.objects.acts(), key=lambda row: (row.state != Redaction.State.ASKED, -row.change_id)
    )
    shown = [(row, decides(request.user, row)) for row in first]
    return render(request, "scrutiny/redaction_list.html", {"redactions": shown})
