"""A plan's table is imported: a file is chosen and read, its doubts are answered, and it is recorded.

What was chosen lies outside the record and is one person's own, so that it can be left and come back to.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from actions.forms.answers import FEW, AnswersForm
from actions.forms.importing import ChooseFileForm, ImportForm
from actions.forms.named_rows import row_label
from actions.models import BusinessPlan, PlanUpload
from actions.models.coming import ends_to_come
from actions.models.discarding import why_it_stays
from actions.models.plan_decision import why_not_imported
from actions.tables.proposing import Changed, Proposal, actions_with_parts, propose
from actions.tables.read import LARGEST_FILE
from actions.tables.remembered import answers_again, remembered
from actions.tables.understood import Doubt, Understood
from actions.tables.wanted import OnRecord
from actions.uploaded import start
from actions.views.keeping import plan_of
from actions.views.plans import goes_on_with
from gscp.pages import FirstRows, already_done, form_page, form_sent
from gscp.permissions import may


@may("keep_plan", plan_of, outside_record=True, most_of_file=LARGEST_FILE)
def plan_import(request, plan) -> HttpResponse:
    if why := why_not_imported(plan):
        return already_done(request, plan, why)
    upload = PlanUpload.objects.of(request.user, plan)
    if request.method == "POST":
        return sent(request, plan, upload)
    if upload and upload.state == "waiting":
        start(upload)
    return import_page(request, plan, upload)


def sent(request: Any, plan: BusinessPlan, upload: PlanUpload | None) -> HttpResponse:
    here = redirect("plan_import", plan.label)
    if "choose" in request.POST or request.FILES:
        return choose(request, plan, upload)
    if upload is None:
        return here
    if "discard_file" in request.POST:
        PlanUpload.objects.discard(request.user, plan)
    elif "again" in request.POST:
        start(upload)
    elif (understood := upload.understood) and "answers" in request.POST:
        return answered(request, plan, upload, understood)
    return here


def choose(request: Any, plan: BusinessPlan, upload: PlanUpload | None) -> HttpResponse:
    is_too_long = getattr(request, "file_is_too_long", False)
    form = ChooseFileForm(request.POST, request.FILES, is_too_long=is_too_long)
    if not form.is_valid():
        return import_page(request, plan, upload, form)
    file: Any = form.cleaned_data["file"]
    data = file.read()
    last = PlanUpload.objects.last_of(request.user, plan)
    if last and last.is_file(data):
        answers = answers_again(last.answers)
    else:
        answers = remembered(actions_with_parts(plan), OnRecord(), last.answers_for_another if last else {})
    kept = PlanUpload.objects.keep(request.user, plan, file.name, data)
    kept.answers = answers
    start(kept)
    return redirect("plan_import", plan.label)


def answered(
    request: HttpRequest, plan: BusinessPlan, upload: PlanUpload, understood: Understood
) -> HttpResponse:
    record = OnRecord()
    proposal = propose(understood, plan, upload.answers, record)
    form = answers_form(request.POST, plan, upload, understood, proposal, record)
    if not form.is_valid():
        return import_page(request, plan, upload, answers=form, understood=understood, proposal=proposal)
    upload.answers = form.merged()
    start(upload)
    return redirect("plan_import", plan.label)


def answers_form(
    data: Any,
    plan: BusinessPlan,
    upload: PlanUpload,
    understood: Understood,
    proposal: Proposal,
    record: OnRecord,
) -> AnswersForm:
    period = (plan.first_day, plan.last_day)
    return AnswersForm(data, understood, proposal.doubts, upload.answers, record, period)


def import_page(
    request: HttpRequest,
    plan: BusinessPlan,
    upload: PlanUpload | None,
    form: ChooseFileForm | None = None,
    *,
    answers: AnswersForm | None = None,
    understood: Understood | None = None,
    proposal: Proposal | None = None,
) -> HttpResponse:
    state = upload.state if upload else "none"
    context: dict[str, Any] = {
        "plan": plan,
        "upload": upload,
        "state": state,
        "choose": form or ChooseFileForm(),
    }
    if upload and state == "read":
        understood = understood or upload.understood or Understood()
        record = OnRecord()
        proposal = proposal or propose(understood, plan, upload.answers, record)
        answers = answers or answers_form(None, plan, upload, understood, proposal, record)
        context |= {
            "understood": understood,
            "proposal": proposal,
            "answers": answers,
            "found": found(understood),
            "rows_read": rows_read(understood),
        }
        context |= missing(proposal)
        context["asked"] = [
            (doubt, answers.fields_of(doubt.kind), is_for_file(doubt)) for doubt in proposal.must_be_answered
        ]
        context["to_confirm"] = [
            (doubt, answers.fields_of(doubt.kind)) for doubt in proposal.doubts if not doubt.must
        ]
        context["columns_asked"] = "columns_right" in answers.fields
    return render(request, "actions/import.html", context)


def is_for_file(doubt: Doubt) -> bool:
    """Whether it is mended in the file: nothing is asked, or too much. One group is named for any number."""
    return not doubt.asks or (len(doubt.about) > FEW and doubt.asks not in ("group", "same", "days"))


ROWS_IN_WORDS = {
    "action": "action",
    "continuation": "row that goes on with the action above",
    "group": "heading of a group",
    "heading": "row of a title or of column headings",
    "legend": "note",
    "total": "total",
    "unknown": "row that is not clear",
}


def found(understood: Understood) -> list[tuple[str, list[str]]]:
    """By sheet or table: how many rows of each kind."""
    tables: dict[str, dict[str, int]] = {}
    for row in understood.rows:
        kinds = tables.setdefault(row.table, {})
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    return [
        (table, [in_number(kinds[kind], words) for kind, words in ROWS_IN_WORDS.items() if kind in kinds])
        for table, kinds in tables.items()
    ]


def missing(proposal: Proposal) -> dict[str, Any]:
    """The actions of the draft that are not in the file, and whether each may be taken out."""
    first = FirstRows(proposal.missing)
    return {"missing": first.shown_as((action, not why_it_stays(action)) for action in first)}


def with_earlier(plan: BusinessPlan, changed: list[Changed]) -> FirstRows:
    """Each change with the earlier actions that its action goes on with, and has reports and rating from."""
    before = {key: [one.ending.action for one in rows] for key, rows in goes_on_with(plan).items()}
    for key, ending in ends_to_come(plan).items():
        before.setdefault(key, []).append(ending.action)
    first = FirstRows(changed)
    return first.shown_as((row, before.get(row.action.pk, [])) for row in first)


LEFT_OUT = ("total", "legend", "heading", "unknown")


def rows_read(understood: Understood) -> list[tuple[str, FirstRows]]:
    """The rows that became actions, and those of which the plan gets nothing, with their numbers."""
    kinds = {"Read as actions": ("action",), "Left out": LEFT_OUT}
    found = []
    for words, of_kind in kinds.items():
        first = FirstRows([row for row in understood.rows if row.kind in of_kind])
        found.append((words, first.shown_as(row_label(row, length=200) for row in first)))
    return found


def in_number(number: int, words: str) -> str:
    if number == 1:
        return f"1 {words}"
    first, _, rest = words.partition(" ")
    plural = (
        f"{first}s {rest}".replace("of a title", "of titles")
        .replace("that goes", "that go")
        .replace("that is", "that are")
    )
    return f"{number:,} {plural.strip()}"


@may("keep_plan", plan_of, has_form=True)
def plan_import_record(request, plan) -> HttpResponse:
    """What would be recorded, and the button that records it."""
    if why := why_not_imported(plan):
        return already_done(request, plan, why)
    upload = PlanUpload.objects.of(request.user, plan)
    understood = upload.understood if upload else None
    if upload is None or understood is None:
        return already_done(request, plan, "No file of yours waits here: it was recorded, or discarded.")
    proposal = propose(understood, plan, upload.answers, OnRecord())
    if proposal.must_be_answered:
        messages.info(request, "Answer what is asked first.")
        return redirect("plan_import", plan.label)
    form = form_sent(ImportForm, request, subject=plan, upload=upload, proposal=proposal)
    context = {
        "plan": plan,
        "upload": upload,
        "proposal": proposal,
        "added": FirstRows(proposal.added),
        "changed": with_earlier(plan, proposal.changed),
    } | missing(proposal)
    back = redirect("plan_import", plan.label).url
    return form_page(request, form, "actions/import_record.html", to=plan, cancel=back, **context)
