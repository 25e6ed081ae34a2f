"""Evidence: adding a link or a file, its page, its file, and who of the groups above looked at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.files.base import ContentFile
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions.forms.evidence import LOOKED, EvidenceForm, EvidenceSeenForm
from actions.models import Evidence, ExceptionReport, Kind, ProgressUpdate, Recommendation
from actions.tables.kinds import KINDS, name_to_save
from actions.tables.read import LARGEST_FILE
from gscp import scanning, store
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may
from gscp.record import TOMBSTONE, attach_texts
from subgroups.models import Audit

DAMAGED = (
    "This file cannot be given out: it is not as it was recorded. "
    "Tell whoever runs the server: a check of the record names it."
)
# By the name in an address: where evidence is added to it.
ABOUT: dict[str, Callable[[], Any]] = {
    "update": lambda: ProgressUpdate.objects.select_related("change", "action__plan", "action__group"),
    "report": lambda: ExceptionReport.objects.for_pages().filter(kind=Kind.COMPLETION),
    "audit": lambda: Audit.objects.select_related("group"),
    "recommendation": lambda: Recommendation.objects.for_pages(),
}


def to_add(about: str, pk: int) -> Evidence:
    """As evidence that is not saved: permissions read its group."""
    return Evidence(**{about: get_object_or_404(ABOUT[about](), pk=pk)})


def evidence_of(pk: int) -> Evidence:
    return get_object_or_404(Evidence.objects.for_lists(), pk=pk)


def newer_than(pk: int) -> Evidence:
    earlier = evidence_of(pk)
    return Evidence(**{earlier.about_name: earlier.about}, replaces=earlier, shows=earlier.shows)


def place_of(evidence: Evidence) -> str:
    """Where what it is about is shown."""
    if evidence.audit:
        return f"{reverse('register', args=[evidence.group.slug])}#audit-{evidence.audit_id}"
    if evidence.report:
        return evidence.report.get_absolute_url()
    if evidence.recommendation:
        return evidence.recommendation.get_absolute_url()
    return f"{evidence.about.action.get_absolute_url()}#evidence"


def evidence_form(request: HttpRequest, evidence: Evidence) -> EvidenceForm:
    is_too_long = getattr(request, "file_is_too_long", False)
    return form_sent(EvidenceForm, request, evidence=evidence, is_too_long=is_too_long)


def keep_file(request: HttpRequest, evidence: Evidence) -> None:
    form = evidence_form(request, evidence)
    if form.is_valid():
        form.keep_file()


def adding(find: Callable[..., Evidence]) -> Callable[..., Any]:
    """The view of a form that adds what `find` begins."""

    @may(
        "add_evidence",
        find,
        has_form=True,
        most_of_file=LARGEST_FILE,
        file_from="read",
        before_turn=keep_file,
    )
    def view(request, evidence) -> HttpResponse:
        place = place_of(evidence)
        if request.method != "POST":
            if evidence.why_not_addable:
                return already_done(request, place, evidence.why_not_addable)
            if evidence.replaces and not evidence.replaces.is_newest:
                return already_done(request, evidence.replaces, "A newer version was added already.")
        form = evidence_form(request, evidence)
        context = {"evidence": evidence, "place": place, "scans": scanning.is_set()}
        return form_page(request, form, "actions/evidence_form.html", to=place, **context)

    return view


evidence_add = adding(to_add)
evidence_new_version = adding(newer_than)


@may("read", evidence_of)
def evidence_detail(request, evidence) -> HttpResponse:
    user, versions = request.user, evidence.versions()
    attach_entries([*versions, evidence])
    is_newest = versions[0] == evidence
    context = {
        "evidence": evidence,
        "versions": versions,
        "place": place_of(evidence),
        "is_newest": is_newest,
        "may_add": is_newest and not evidence.why_not_addable and user.has_perm("add_evidence", evidence),
        "may_look": may_look(user, evidence),
    }
    return render(request, "actions/evidence_detail.html", context)


def may_look(user: Any, evidence: Evidence) -> bool:
    has_looked = any(seen.seen_by_id == user.pk for seen in evidence.seen.all())
    return not has_looked and user.has_perm("look_at_evidence", evidence)


@may("read", evidence_of)
def evidence_file(request, evidence) -> HttpResponseBase:
    """The bytes as they were kept, to be saved and never shown by the browser."""
    if evidence.sha256 in ("", TOMBSTONE):
        raise Http404
    try:
        data = store.read(evidence.sha256)
    except store.Trouble:
        messages.error(request, DAMAGED)
        return redirect(evidence)
    kind = KINDS[evidence.kind]
    name = "evidence" if evidence.file_name == TOMBSTONE else evidence.file_name
    # Middleware says, of this as of every page, that nobody keeps it and that its kind is not guessed.
    return FileResponse(
        ContentFile(data),
        as_attachment=True,
        filename=name_to_save(name, evidence.kind),
        content_type=kind.media_type,
    )


@may("look_at_evidence", evidence_of, has_form=True)
def evidence_look(request, evidence) -> HttpResponse:
    if request.method != "POST" and not may_look(request.user, evidence):
        return already_done(request, evidence, LOOKED)
    form = form_sent(EvidenceSeenForm, request, subject=evidence)
    return form_page(request, form, "actions/evidence_seen.html", to=evidence, evidence=evidence)


def newest_of(which: Q) -> list[Evidence]:
    """The newest version of each piece of evidence among these, with who added it and who looked at it."""
    found = list(Evidence.objects.newest().filter(which).for_lists())
    attach_entries(found)
    return found


def attach_entries(pieces: Iterable[Evidence]) -> None:
    """Reads at once who added these, and who looked at them."""
    pieces = list(pieces)
    attach_texts([one.change for one in (*pieces, *(seen for piece in pieces for seen in piece.seen.all()))])


def attach_evidence(updates: Iterable[ProgressUpdate]) -> None:
    """Sets `evidence` on each update: what was added to any version of the report."""
    reports: dict[int, list[Evidence]] = defaultdict(list)
    updates = list(updates)
    keys = {update.first_id or update.pk for update in updates}
    for piece in newest_of(Q(update__in=keys) | Q(update__first__in=keys)) if keys else ():
        update: Any = piece.update
        reports[update.first_id or update.pk].append(piece)
    for update in updates:
        update.evidence = reports[update.first_id or update.pk]
