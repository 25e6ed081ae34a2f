"""Redaction: the one removal, asked for by one person and decided by another."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from gscp.pages import FirstRows, already_done, form_page, form_sent
from gscp.permissions import may
from gscp.record import ChangeText, Redaction, is_file, other_texts, taken_together
from scrutiny.forms import NAMED, RedactionDecisionForm, RedactionRequestForm
from subgroups.models import User
from subgroups.proof import lately_proved

FORM = "scrutiny/redaction_form.html"


def text_of(number: int, field: str) -> ChangeText:
    return get_object_or_404(ChangeText.objects.select_related("change"), change=number, field=field)


def redaction_of(pk: int) -> Redaction:
    return get_object_or_404(Redaction.objects.select_related("change"), pk=pk)


@may("ask_redaction", text_of, has_form=True)
def redaction_ask(request, text) -> HttpResponse:
    form = form_sent(RedactionRequestForm, request, subject=text)
    page = reverse("change_detail", args=[text.change_id])
    if not form.is_bound and (why_not := Redaction.why_not_askable(text)):
        return already_done(request, page, why_not)
    context = {"texts": taken_together(text), "text": text, "most": NAMED, "is_file": is_file(text)}
    return form_page(request, form, FORM, to="redactions", cancel=page, **context)


@may("decide_redaction", redaction_of, has_form=True)
@lately_proved
def redaction_decide(request, redaction) -> HttpResponse:
    page = reverse("redaction_detail", args=[redaction.pk])
    form = form_sent(RedactionDecisionForm, request, subject=redaction)
    if not form.is_bound and redaction.state != Redaction.State.ASKED:
        return already_done(
            request, page, f"This was decided before: {redaction.get_state_display().lower()}."
        )
    texts = redaction.texts
    left = FirstRows(other_texts(redaction.text, "", NAMED + 1), NAMED)
    context = {"texts": texts, "text": redaction.text, "redaction": redaction, "left": left}
    context["is_file"] = any(map(is_file, texts))
    return form_page(request, form, FORM, to=page, **context)


@may("read", redaction_of)
def redaction_detail(request, redaction) -> HttpResponse:
    return render(
        request,
        "scrutiny/redaction_detail.html",
        {"redaction": redaction, "decides": may_decide(request.user, redaction)},
    )


def may_decide(user: User, redaction: Redaction) -> bool:
    return redaction.state == Redaction.State.ASKED and user.has_perm("decide_redaction", redaction)


@may("read")
def redaction_list(request) -> HttpResponse:
    undecided_first = sorted(
        Redaction.objects.acts(), key=lambda row: (row.state != Redaction.State.ASKED, -row.change_id)
    )
    rows = [(row, may_decide(request.user, row)) for row in undecided_first]
    return render(request, "scrutiny/redaction_list.html", {"redactions": rows})
