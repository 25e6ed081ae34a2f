"""Redaction: the one removal, asked for by one person and decided by another."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from gscp.models import ChangeText, Redaction
from gscp.permissions import may
from scrutiny.forms import AskForm, DecisionForm


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
    return render(
        request, "scrutiny/redaction_form.html", {"form": form, "text": text, "change": text.change}
    )


@may("decide_redaction", redaction_of, post=True)
def redaction_decide(request, redaction):
    form = DecisionForm(request.POST or None, subject=redaction, user=request.user)
    if form.is_valid() and form.record():
        form.tell(request, "Recorded.")
        return redirect("redactions")
    if not form.is_bound and redaction.state != Redaction.State.ASKED:
        messages.info(request, f"This was decided before: {redaction.get_state_display().lower()}.")
        return redirect("redactions")
    text = redaction.text
    return render(
        request, "scrutiny/redaction_form.html", {"form": form, "text": text, "redaction": redaction}
    )


@may("read")
def redaction_list(request):
    """All of them, one for all the places that were asked for in one act; what waits stands first."""
    redactions = {row.change.act: row for row in Redaction.objects.select_related("change").order_by("pk")}
    first = sorted(redactions.values(), key=lambda row: (row.state != Redaction.State.ASKED, -row.change_id))
    shown = [
        (row, row.state == Redaction.State.ASKED and request.user.has_perm("decide_redaction", row))
        for row in first
    ]
    return render(request, "scrutiny/redaction_list.html", {"redactions": shown})
