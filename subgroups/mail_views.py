"""The Business Manager's page of mails: what was sent to whom and when, what waits, what was given up."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from gscp.mail.models import KEPT_FOR, Mail
from gscp.pages import FirstRows
from gscp.permissions import may

STATES = {
    "waiting": Q(sent_at=None, gave_up_at=None),
    "given-up": Q(sent_at=None, gave_up_at__isnull=False),
    "sent": Q(sent_at__isnull=False),
}


@may("keep_partnership")
def mail_list(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("state", "")
    mails = Mail.objects.select_related("person").order_by("-pk")
    counted = Mail.objects.aggregate(
        **{name.replace("-", "_"): Count("pk", filter=q) for name, q in STATES.items()}
    )
    context = {
        "mails": FirstRows(mails.filter(STATES[chosen]) if chosen in STATES else mails),
        "counted": counted,
        "chosen": chosen,
        "shows_texts": settings.DEMO,  # in earnest links that sign in stand in them
        "kept_for": KEPT_FOR.days,
        "may_keep": True,
    }
    return render(request, "subgroups/mail_list.html", context)


def mail_of(pk: int) -> Mail:
    return get_object_or_404(Mail, pk=pk)


@may("keep_partnership", mail_of, outside_record=True)
def mail_send_again(request: HttpRequest, mail: Mail) -> HttpResponse:
    if request.method == "POST" and mail.send_again():
        messages.success(request, "It is sent again.")
    return redirect("mails")
