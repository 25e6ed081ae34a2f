"""What views have in common: the page of a form, and the first rows of a list."""

from collections.abc import Iterable, Sequence
from copy import copy
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest
from django.core.paginator import Page, Paginator
from django.db.models.query import EmptyQuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.defaults import page_not_found

from gscp import coming_back
from gscp.dates import moment_in_words
from gscp.drafts import Draft
from gscp.facts import of_one_version
from gscp.forms import OF_ANOTHER, RecordForm, in_unix_lines
from gscp.record import Tracked
from gscp.sealing import (
    DISCARD,
    DRAFT_NAME,
    DRAFT_PAGE,
    DRAFT_SHOWN,
    MADE_FOR,
    SAVE_DRAFT,
    TooLong,
    read_made_for,
    what_was_typed,
)

PER_PAGE = 50
TYPED_BEFORE = "This is what you typed before. It is not recorded yet: check it, then send it."
TYPED_ELSEWHERE = (
    "This is what you typed before, into another form at this address. It is not recorded yet: "
    "check that it belongs here."
)
STILL_EMPTY = "You have not typed or chosen anything yet, so no draft was saved."
OWN = "1"  # what DISCARD says of this form's own text; of another's it says its mark
TOO_LONG = "This is too long for a draft. Copy it, so that it is not lost."
Form = TypeVar("Form", bound=RecordForm)


def form_sent(form_class: type[Form], request: HttpRequest, **options: Any) -> Form:
    if request.method == "POST":
        sent = form_class(in_unix_lines(request.POST), request.FILES, user=request.user, **options)
        sent.made_anew = partial(made_anew, form_class, request.user, options)
        _, about = read_made_for(request.POST.get(MADE_FOR, ""), request.path)
        sent.is_of_another = about not in ("", sent.mark)  # asked for before it is recorded
        sent.draft_page, sent.draft_shown = (request.POST.get(name, "") for name in (DRAFT_PAGE, DRAFT_SHOWN))
        return sent
    form = form_class(user=request.user, **options)
    form.draft_page = uuid4().hex
    put_back(request, form)
    return form


def made_anew(form_class: type[Form], user: Any, options: dict[str, Any]) -> Form:
    """The form as its page shows it at first, about the same rows, which are read again."""
    rows = {name: row for name, row in options.items() if isinstance(row, Tracked) and row.pk}
    read_again = {name: type(row)._default_manager.get(pk=row.pk) for name, row in rows.items()}
    return form_class(user=user, **options | read_again)


def put_back(request: HttpRequest, form: RecordForm) -> None:
    """Show what this person typed into this form before: when something went wrong, or as a draft.

    What was typed into another form, which stood at this address then, is shown to be copied.
    """
    drafts = Draft.objects.at(form.user, request.path) if form.keeps_draft else []
    own = next((draft for draft in drafts if draft.is_of(form.mark) and fits(draft, form)), None)
    if typed := coming_back.typed_before(request):
        form.fill(typed.fields)
        is_of_form = typed.about in ("", form.mark) and form.fits(typed.fields)
        form.notice = TYPED_BEFORE if is_of_form else TYPED_ELSEWHERE
        form.draft_shown = own.shown_as if own and own.was_seen(typed.fields) else ""
        return
    if own and (typed := own.typed):
        form.fill(typed.fields)
        form.notice = f"You started this on {moment_in_words(own.saved_at)}. It is not recorded yet."
        form.draft_shown = own.shown_as
    form.of_others = [draft for draft in drafts if draft.typed and draft != own]


def fits(draft: Draft, form: RecordForm) -> bool:
    """Whether it can be read, and nothing was chosen there that the form does not offer any more."""
    return draft.typed is not None and form.fits(draft.typed.fields)


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
    if (answer := draft_answer(request, form)) is not None:
        return answer
    is_busy = form.is_valid() and not getattr(request, "has_turn", True)  # may() sets it for a POST
    if is_busy:
        form.add_error(None, "Somebody else is saving. Nothing of this is recorded yet: send it again.")
    elif form.is_valid() and form.record():
        with of_one_version():  # nothing is written any more, so one look says which version it is
            form.show_result_message(request)
        forget_typed(request, form)
        return redirect(to)
    name_as_recorded(form)
    response = render(request, template, {"form": form, "cancel": cancel_url} | context)
    if is_busy:
        response.status_code, response["Retry-After"] = 503, "5"
    return response


def name_as_recorded(form: RecordForm) -> None:
    """A form that was refused has given what was typed to its object, which the page still names."""
    instance = getattr(form, "instance", None)
    if instance is not None and instance.pk and form.is_bound:
        for field in instance._meta.concrete_fields:
            if field.attname in getattr(instance, "as_read", {}):
                setattr(instance, field.attname, instance.as_read[field.attname])


def forget_typed(request: HttpRequest, form: RecordForm) -> None:
    coming_back.forget(request)
    if form.keeps_draft:
        Draft.objects.discard_sent(form.user, request.path, form.mark, request.POST)


def draft_answer(request: HttpRequest, form: RecordForm) -> HttpResponse | None:
    """The answer to "Save as draft" and "Discard it"; None where the form itself was sent or is to be shown.

    A script saves a draft too, and reads the answer as JSON. A draft that could identify a child is not kept:
    the form then says where.
    """
    if DISCARD in request.POST:
        mark = request.POST[DISCARD]
        if mark == OWN:
            coming_back.forget(request)
        Draft.objects.discard(form.user, request.path, form.mark if mark == OWN else mark)
        return redirect(request.path)
    if SAVE_DRAFT not in request.POST:
        return None
    if not form.keeps_draft:
        raise BadRequest("This form keeps no draft.")
    refused, said = keep_draft(request, form)
    if coming_back.asks_for_json(request):
        return JsonResponse({"said": said, "refused": refused})
    if not refused:
        messages.success(request, said)
        return redirect(request.path)
    form.show_only(refused)
    return None


def keep_draft(request: HttpRequest, form: RecordForm) -> tuple[dict[str, str], str]:
    """Returns what the form's fields say where the draft is refused, and a sentence about all of it."""
    if form.is_of_another:
        return {NON_FIELD_ERRORS: OF_ANOTHER}, OF_ANOTHER
    try:
        typed = what_was_typed(form.data)  # or a text without an end would be looked through
    except TooLong:
        return {NON_FIELD_ERRORS: TOO_LONG}, TOO_LONG
    drafts = Draft.objects.at(form.user, request.path)
    kept = next((draft for draft in drafts if draft.is_of(form.mark)), None)
    if kept and not kept.was_seen(form.data) and request.POST[SAVE_DRAFT] != kept.shown_as:
        form.draft_to_replace = kept.shown_as  # by its button alone, and not by its script
        told = f"Not saved: you saved another draft of this on {moment_in_words(kept.saved_at)}, elsewhere."
        press = f"To put this one in its place, press “{form.draft_button}” again."
        return {NON_FIELD_ERRORS: f"{told} {press}"}, told
    if not any(name in form.changed_data for name in form.fields if not form[name].is_hidden):
        Draft.objects.discard(form.user, request.path, form.mark)  # what was typed before was cleared
        return {NON_FIELD_ERRORS: STILL_EMPTY}, STILL_EMPTY
    refused = {
        name: f"This looks like {', '.join(words)}. A draft with it is not kept: take it out."
        for name, words in form.identifying().items()
    }
    if refused:
        return refused, "Not saved as a draft: something in it could identify a child."
    typed[DRAFT_NAME] = form.draft_name
    draft = Draft.objects.keep(form.user, request.path, typed, form.mark)
    coming_back.forget(request)
    return {}, f"{form.draft_saved} on {moment_in_words(draft.saved_at)}. Nobody else can see it."


def already_done(request: HttpRequest, to: Any, message: str) -> HttpResponse:
    # For a form sent again, or too late, or an old link. What was typed there is shown to be copied.
    user: Any = request.user  # somebody is signed in
    drafts = Draft.objects.at(user, request.path)
    context: dict[str, Any] = {"message": message, "to": resolve_url(to)}
    if DISCARD in request.POST and drafts:
        Draft.objects.discard(user, request.path, request.POST[DISCARD])
    elif texts := coming_back.texts_not_recorded(request):
        return render(request, "gscp/sent_too_late.html", context | {"texts": texts})
    elif request.method != "POST" and drafts:
        return render(request, "gscp/form_gone.html", context | {"drafts": drafts})
    messages.info(request, message)
    return redirect(to)


def not_found_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django calls it for every 404 (handler404). What was typed into a form that stood there is shown."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return page_not_found(request, exception)
    # The Scrutineer has none, and discards none: their requests write nothing.
    if not (drafts := Draft.objects.at(user, request.path)):
        return page_not_found(request, exception)
    if DISCARD in request.POST:
        Draft.objects.discard(user, request.path, request.POST[DISCARD])
        return redirect("home")
    context = {"drafts": drafts, "message": "The form is not here any more.", "to": resolve_url("home")}
    return render(request, "gscp/form_gone.html", context, status=404)


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


class FirstRows(Sequence):
    """The first rows of a list or queryset: at most `most`; `has_more` says that it goes on."""

    def __init__(self, rows: Any, most: int = PER_PAGE):
        # Django puts together the statement of a queryset that none() made, and asks it of nobody.
        one_more = [] if isinstance(rows, EmptyQuerySet) else list(rows[: most + 1])
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
