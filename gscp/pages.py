"""What views have in common: the page of a form, and the first rows of a list."""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, TypeVar

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

from gscp.forms import RecordForm

PER_PAGE = 50
Form = TypeVar("Form", bound=RecordForm)


def form_sent(form_class: type[Form], request: HttpRequest, **options: Any) -> Form:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return form_class(*sent, user=request.user, **options)


def form_page(
    request: HttpRequest,
    form: RecordForm,
    template: str = "gscp/form_page.html",
    *,
    to: Any,
    cancel: Any = None,
    **context: Any,
) -> HttpResponse:
    """The page of a form. Once it is recorded, go on to `to` and say so there; until then, show the form.

    `to` is an object with a page of its own, a path, or the name of a URL, and so is `cancel`. The Cancel
    link leads to `cancel`; without it, to `to`.
    """
    cancel_url = resolve_url(cancel or to)  # before recording, which may change an object's address
    is_busy = form.is_valid() and not getattr(request, "has_turn", True)  # may() sets it for a POST
    if is_busy:
        form.add_error(None, "Somebody else is saving. Nothing of this is recorded yet: send it again.")
    elif form.is_valid() and form.record():
        form.show_result_message(request)
        return redirect(to)
    response = render(request, template, {"form": form, "cancel": cancel_url} | context)
    if is_busy:
        response.status_code, response["Retry-After"] = 503, "5"
    return response


def already_done(request: HttpRequest, to: Any, message: str) -> HttpResponse:
    # For a form sent again, or an old link.
    messages.info(request, message)
    return redirect(to)


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


class FirstRows(Sequence):
    """The first rows of a list or queryset: at most `most`; `has_more` says that it goes on."""

    def __init__(self, rows: Any, most: int = PER_PAGE):
        one_more = list(rows[: most + 1])
        self.rows = one_more[:most]
        self.most = most
        self.has_more = len(one_more) > most

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def shown_as(self, rows: Iterable[Any]) -> "FirstRows":
        # What a page shows in place of the rows: it goes on where they do.
        shown = copy(self)
        shown.rows = list(rows)
        return shown
