"""What was done, in sentences that a person would say, and in the writer's own words."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.text import capfirst

from actions.forms.groups import GroupForm
from actions.forms.meetings import MeetingForm
from actions.forms.updates import ActionDatesForm, ProgressUpdateForm
from actions.management.commands.play_year import FormFields
from actions.models import ExceptionReport
from actions.models.chain import MOVES, TERMS, Kind
from actions.sentences import ASKED, BY_COMMANDS, GRANTED, MOVED, REFUSED, SENTENCES, acts_in_words
from gscp.record import TOMBSTONE, Change, Redaction, recording, tracked_models
from subgroups.forms import PartnerForm, PostForm, SuccessionForm
from subgroups.models import Group, Meeting
from tests.conftest import ASK

# Once: sentences are made of rows in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
CHANGES = "/scrutiny/changes/"


def sentences(changes=None) -> list[str]:
    rows = Change.objects.order_by("number") if changes is None else changes
    return [act.sentence for act in acts_in_words(list(rows))]


def last() -> str:
    newest = Change.objects.last()
    return sentences(Change.objects.filter(act=newest.act).order_by("-number"))[0]


@pytest.fixture
def year(played) -> list[str]:
    return sentences()


IN_THE_YEAR = [
    "The partnership was put on record as it was published. As named in partnership.json.",
    "The plan was put on record as it was published. As published in business-plan-2021-22.tsv.",
    "People and meetings were invented for the demonstration. Invented for the demonstration.",
    "The Business Manager set the review date of 001: 1 October, because “Agreed by the Management "
    "Group when the plan was adopted”.",
    "The Business Manager set the date of 004: 28 February 2022, because “Agreed by the Management "
    "Group when the plan was adopted”.",
    "The Business Manager recorded who was at the Child Exploitation and Missing Subgroup on 18 May.",
    "The Business Manager recorded who was at the Executive on 11 January.",
    "The Child Exploitation and Missing Subgroup Chair reported on 005: rated green, because “Every "
    "step so far was taken when it was due”.",
    "The QiiP Subgroup Chair reported on 006: rated green, was amber, because “All courses are running”.",
    "The Child Exploitation and Missing Subgroup Chair reported on 005: rated amber, was green, and "
    "something is in the way, because “It will be late unless the two remaining agencies name a lead”.",
    "The QiiP Subgroup Chair reported on 006: rated green, as before.",
    "The Resolution Group Chair reported that there is nothing new on 001.",
    "The Business Manager reported for the chair on 004: rated green, as before.",
    "The Management Group Chair confirmed the update on 004.",
    "The Management Group Chair confirmed what was entered for them on 006.",
    "The Child Exploitation and Missing Subgroup Chair raised an exception on 005, because “The request"
    " went to teams, not to those who decide”.",
    "The Child Exploitation and Missing Subgroup Chair asked for a new date for 005: 31 December, "
    "because “Two agencies have no lead, and their part of the recommendations cannot begin”.",
    "The QiiP Subgroup Chair proposed that 006 is complete. What was achieved: “One calendar of courses"
    " for all partners, with places for each agency”.",
    "The Management Group sent back the exception on 005 with a question. The question: “Which agencies"
    " were asked, by whom, and what did they answer?”.",
    "The Child Exploitation and Missing Subgroup Chair answered the question about the exception on "
    "005. Answer: “Both were asked twice by the Business Unit. One did not answer, the other has no "
    "post to name”.",
    "The Executive agreed to what was asked on 002, because “The need is plain. NHS is not present "
    "today, so this waits for its agreement”. Not in force until a meeting with enough partners agrees.",
    "The Executive put in force what was decided on the exception on 002: granted, because “All three "
    "partners agree”.",
    "The Management Group passed the exception on 005 up to the Executive, because “Only chief officers"
    " can name the two leads”.",
    "The Management Group agreed a new date for 005: 30 September to 31 December, because “The reason "
    "holds, and four agencies keep the old date”.",
    "The Management Group agreed a new date for 003: 31 December to 31 March 2022, because “As asked”.",
    "The Management Group took back its decision on the request for a new date for 003, to decide anew,"
    " because “Entered on the wrong line: the group did not agree to this”.",
    "The Management Group refused a new date for 003: 31 March 2022, because “One sample can be "
    "finished by the date that was agreed. Come back with its findings”.",
    "The Management Group did not accept that 006 is complete, because “Places booked are not places "
    "attended. Show attendance by agency”.",
    "The Management Group accepted that 006 is complete, because “Attendance is shown by agency, and "
    "impact is checked in March”.",
    "The Management Group Chair reported that what was agreed on 002 is done. What was done: “The "
    "changed arrangements are published, and the first meeting is called”.",
    "The Business Manager recorded that the MASH Subgroup is in place from 1 October, because “Decided "
    "by the Executive: the Published Arrangements name it from this day”.",
    "The Business Manager added a post: the MASH Subgroup Vice-Chair, because “In the terms of "
    "reference of the new subgroup”.",
    "The Business Manager handed over the post QiiP Subgroup Chair to QiiP Subgroup Chair from January "
    "2022 from 17 January, because “The former chair has another post”.",
]


@pytest.mark.run_in("sqlite", "postgresql")  # the whole year's acts as this database has them
def test_each_act_of_the_played_year_is_told_in_one_sentence(year):
    assert [sentence for sentence in IN_THE_YEAR if sentence not in year] == []
    # Nothing that only who built it would say, and no act without its sentence.
    acts = Change.objects.order_by().values("act").distinct().count()
    assert len(year) == acts and all(len(sentence) > 20 for sentence in year)
    said = " ".join(year)
    assert not re.search(r"\b(created|None|True|False|Asked for:)\b|[{}]", said)


def test_the_last_decision_of_the_year_has_both_dates(played, decide, it_is, attend):
    it_is(2022, 3, 15)
    agenda = "/meetings/management-group/2022-03-15/"
    attend(agenda, "council", "police", "health")
    report = ExceptionReport.objects.get(action__ref="005", kind="new_date", state="waiting")
    decide("grant", report, agenda=agenda, reason="The sixth agency has a lead again.")
    assert last() == (
        "The Management Group agreed a new date for 005: 31 December 2021 to 29 April, "
        "because “The sixth agency has a lead again”."
    )


def test_every_move_and_every_model_has_its_sentence():
    assert set(MOVED) | {"grant", "refuse"} >= {move.name for move in MOVES}
    assert set(ASKED) == set(GRANTED) == set(REFUSED) == {*Kind}
    told = {*SENTENCES, "actions.exceptionreport"}  # which is recorded with its step
    general = {model._meta.label_lower for model in tracked_models()} - told
    assert general <= {"actions.theme", "actions.strategicdriver"}
    commands = {"Plan as published", "Partnership as published", "Demonstration", "Import of a plan"}
    assert set(BY_COMMANDS) == commands


@pytest.mark.parametrize(
    ("address", "typed", "said"),
    [
        (
            "/meetings/new/",
            {
                "group": "executive",
                "date": (9, 11, 2021),
                "papers_close": (2, 11, 2021),
                "closing_time": "17:00",
            },
            "The Business Manager recorded a meeting of the Executive on 9 November.",
        ),
        (
            "/groups/new/",
            {"name": "Education Subgroup", "reports_to": "management-group"},
            "The Business Manager added a group: the Education Subgroup, because “A test”.",
        ),
        (
            "/groups/mash/edit/",
            {"aliases": "Front Door Subgroup"},
            "The Business Manager changed the MASH Subgroup: other spellings, because “A test”.",
        ),
    ],
)
def test_what_the_business_manager_keeps_is_told(address, typed, said, manager, it_is):
    it_is(2021, 9, 14)
    parts = {
        f"{name}-{part}": number
        for name, day in typed.items()
        if isinstance(day, tuple)
        for part, number in zip(("day", "month", "year"), day, strict=True)
    }
    keys = {name: Group.objects.get(slug=typed[name]).pk for name in ("group", "reports_to") if name in typed}
    change(manager, address, **({"reason": "A test"} | typed | keys | parts))
    assert last() == said


def change(client, page, **typed):
    """Sends the form with all that it shows, and with what is typed into it."""
    shown = FormFields(client.get(page).content.decode()).values
    response = client.post(page, shown | typed)
    assert response.status_code == 302, response.content.decode()


def test_a_meeting_moved_and_called_off_is_told(manager, it_is):
    it_is(2021, 9, 14)
    meeting = Meeting.objects.filter(group__slug="executive", date__gt="2021-10-01").earliest("date")
    assert str(meeting.date) == "2022-01-11"
    change(manager, "/meetings/executive/2022-01-11/edit/", **{"date-day": "18", "reason": "Half are away"})
    assert last() == (
        "The Business Manager moved the meeting of the Executive from 11 January 2022 to 18 January 2022, "
        "because “Half are away”."
    )
    change(manager, "/meetings/executive/2022-01-18/edit/", called_off="on", reason="Nobody can come")
    assert last() == (
        "The Business Manager called off the meeting of the Executive on 18 January 2022, "
        "because “Nobody can come”."
    )


def test_an_ordinary_meeting_is_asked_for_no_reason_and_a_changed_one_is(manager):
    assert 'name="reason"' not in manager.get("/meetings/new/").content.decode()
    page = manager.get("/meetings/executive/2022-01-11/edit/").content.decode()
    assert 'name="reason"' in page and "Reason (optional)" not in page


def test_a_redaction_and_its_words_are_told(action, on_record, user):
    with on_record("About somebody"):
        subject = action("005")
        subject.title = "A name that has to go"
        subject.save()
    text = Change.objects.last().texts.get(field="title")
    with recording(user("business.manager"), "It names somebody"):
        Redaction.ask(text)
    asked = "asked to take a text out of the record, because “It names somebody”."
    assert last() == f"The Business Manager {asked}"
    with recording(user("executive"), "It does"):
        Redaction.objects.get().consent()
    assert last() == "The Executive Chair agreed that a text was taken out of the record, because “It does”."


def test_what_a_command_does_is_told(it_is):
    it_is(2021, 4, 6)
    post = "Resolution Group Chair"
    call_command("appoint", "resolution@example.org", post, name="A. Person", stdout=StringIO())
    assert last() == (
        "The server administrator handed over the post Resolution Group Chair to A. Person from 6 April."
    )


@pytest.mark.run_in("sqlite", "postgresql")  # names of then are looked up by SQL of ours
def test_names_are_those_of_then(action, on_record, post, sign_in, send):
    typed = {"done": "Met", "difference": "None yet", "rating": "red", "reason": "No lead"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **typed)
    before = last()
    chair = post("Child Exploitation and Missing Subgroup Chair")
    with on_record("It is called so now"):
        chair.name = "Child Exploitation Subgroup Chair"
        chair.save()
    assert sentences(Change.objects.filter(model="actions.progressupdate")) == [before]
    assert "The Child Exploitation and Missing Subgroup Chair reported on 005: rated red" in before
    assert last().endswith(
        "changed the post of the Child Exploitation Subgroup Chair: name, because “It is called so now”."
    )


def test_a_text_taken_out_is_told_as_taken_out(user, sign_in, send):
    typed = {"done": "Met", "difference": "None yet", "rating": "red", "reason": "Somebody said it"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **typed)
    update = Change.objects.filter(model="actions.progressupdate").last()
    with recording(user("business.manager"), "It is about a child"):
        Redaction.ask(update.texts.get(field="history_change_reason"))
    with recording(user("executive"), "Yes"):
        for redaction in Redaction.objects.all()[:1]:
            redaction.consent()
    told = sentences(Change.objects.filter(number=update.number))
    assert "Somebody said it" not in told[0] and f"because “{TOMBSTONE}”" in told[0]


def test_an_act_is_told_whole_though_the_filter_finds_one_record_of_it(played, sign_in):
    page = sign_in("scrutineer").get(f"{CHANGES}?kind=action&action=005").content.decode()
    assert "The Management Group agreed a new date for 005: 30 September to 31 December," in page
    assert "More was recorded with this than stands here" in page


def test_history_says_it_once_and_folds_the_rest(played, sign_in, action):
    reader = sign_in("scrutineer")
    for address in (f"{CHANGES}?action=005", "/plans/2021-22/actions/005/", "/scrutiny/"):
        page = reader.get(address).content.decode()
        acts = page.split('<section class="gscp-act">')[1:]
        assert acts, address
        for act in acts:
            told, folded = act.split("<details", 1)
            assert "gscp-compared" not in told and "<dl" not in told
            assert "gscp-compared" in folded
            assert told.count("Management Group Chair") <= 1
    page = reader.get(f"{CHANGES}{Change.objects.last_number()}/").content.decode()
    assert '<pre class="gscp-line">' in page.split("<details", 1)[1]


def test_sentences_cost_as_many_queries_for_many_acts_as_for_few(played):
    def cost(number):
        changes = list(Change.objects.order_by("-number")[:number])
        with CaptureQueriesContext(connection) as queries:
            acts_in_words(changes)
        return len(queries)

    cost(1)  # what every page knows is read once
    assert cost(2) == cost(100) <= 12


@pytest.mark.parametrize("kind", [Kind.EXCEPTION, Kind.NEW_DATE, Kind.COMPLETION])
def test_history_has_the_label_that_the_writer_saw(kind, played, sign_in, action):
    """A proposal of completion asks “What was achieved”, an exception “What is off plan”: one column."""
    asked = TERMS[kind].fields
    report = ExceptionReport.objects.filter(kind=kind).first()
    change = Change.objects.get(model="actions.exceptionreport", object_id=report.pk, created=True)
    labels = {one["field"]: one["label"] for one in change.compared()}
    given = [name for name in asked if getattr(report, name)]
    assert given and {name: labels[name] for name in given} == {name: asked[name] for name in given}
    recorded = {one["field"]: one["label"] for one in json.loads(change.line)["differences"]}
    assert {name: recorded[name] for name in given} == {name: asked[name] for name in given}
    page = sign_in("scrutineer").get(f"{CHANGES}{change.number}/").content.decode()
    assert all(f"<dt>{asked[name]}</dt>" in page for name in given)


def test_a_comparison_has_the_label_that_the_writer_saw(played, sign_in):
    for kind, label in (
        (Kind.COMPLETION, "What was achieved"),
        (Kind.NEW_DATE, "Why the date cannot be kept"),
    ):
        report = ExceptionReport.objects.filter(kind=kind).first()
        asked = Change.objects.get(model="actions.exceptionreport", object_id=report.pk, created=True).number
        page = sign_in("scrutineer").get(f"/scrutiny/compare/?since={asked - 1}&until={asked + 1}")
        assert f"<dt>{label}</dt>" in page.content.decode()
        assert "<dt>What is off plan</dt>" not in page.content.decode()


def test_the_label_is_that_of_the_kind_though_the_entry_recorded_another(asked, monkeypatch):
    report = asked()
    change = Change.objects.get(model="actions.exceptionreport", object_id=report.pk, created=True)
    for one in change.differences:
        one["label"] = "As an earlier version called it"
    labels = {one["field"]: one["label"] for one in change.compared()}
    assert labels["what"] == "What is off plan" and labels["state"] == "As an earlier version called it"


def test_the_reason_of_a_move_is_called_what_its_form_called_it(played):
    done = Change.objects.get(
        model="actions.exceptionstep", object_name__startswith="Reported done: Exception", action=2
    )
    assert {one["field"]: one["label"] for one in done.compared()}["reason"] == "What was done"


def test_what_is_asked_has_no_reason_beside_what_it_says(sign_in, send):
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/exception/", **ASK)
    change = Change.objects.last()
    assert change.reason == ""
    assert last() == (
        "The Child Exploitation and Missing Subgroup Chair raised an exception on 005, "
        "because “Nobody was asked”."
    )


@pytest.mark.parametrize("reason", ["Attendance", "Ask for a new date", "Confirmed by the chair"])
def test_a_reason_that_nobody_typed_is_not_told(reason, action, on_record):
    with on_record(reason):
        subject = action("005")
        subject.rating = "red" if subject.rating != "red" else "amber"
        subject.save()
    assert reason not in last() and "because" not in last()


# A box to tick says in a sentence what the column says in a word; a day and a time are one column.
IN_A_SENTENCE = {"nil_return", "called_off", "chair_may_proceed", "papers_close"}


@pytest.mark.parametrize(
    "form",
    [MeetingForm, PartnerForm, SuccessionForm, GroupForm, PostForm, ProgressUpdateForm, ActionDatesForm],
)
def test_labels_of_forms_are_those_of_history(form):
    model: Any = form._meta.model
    for name, field in form.base_fields.items():
        if name in form._meta.fields and name not in IN_A_SENTENCE:
            shown = model.labels_asked({}).get(name, capfirst(model._meta.get_field(name).verbose_name))
            assert shown == (field.label or capfirst(name.replace("_", " "))), name
