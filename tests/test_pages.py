"""What every list and every form's page have in common."""

from uuid import uuid4

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from actions.models import Action
from gscp.forms import RecordForm
from gscp.pages import FirstRows, form_sent
from gscp.record import Change

# Once: what forms and lists have in common is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


class FormWithFile(RecordForm):
    heading = "Add a file"
    evidence = forms.FileField()


@pytest.fixture(autouse=True)
def some_form_takes_files(settings):
    # Until the product has one, all are refused.
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


def test_a_form_gets_the_files_that_were_sent(rf, user, action):
    request = rf.post("/", {"evidence": SimpleUploadedFile("minutes.txt", b"Agreed")})
    request.user = user("business.manager")
    form = form_sent(FormWithFile, request, subject=action("001"))
    form.is_valid()
    assert form.cleaned_data["evidence"].read() == b"Agreed"


@pytest.fixture
def sent_file(rf, user, action):
    """sent_file(name, content) is a form of one page sent with that file."""

    def sent(name, content=b"Agreed"):
        request = rf.post("/", hidden | {"evidence": SimpleUploadedFile(name, content)})
        request.user = user("business.manager")
        form = form_sent(FormWithFile, request, subject=action("001"))
        form.is_valid()
        return form

    hidden = {"token": str(uuid4()), "seen": Change.objects.last_number()}
    return sent


def test_another_file_of_the_same_name_is_another_act(sent_file):
    first = sent_file("minutes.txt")
    assert sent_file("minutes.txt").act_id == first.act_id
    assert sent_file("minutes.txt", b"Refused").act_id != first.act_id
    assert sent_file("agenda.txt").act_id != first.act_id
    assert first.cleaned_data["evidence"].read() == b"Agreed", "it can still be read from its beginning"


def test_what_is_shown_in_place_of_the_first_rows_goes_on_where_they_do():
    for most, goes_on in ((5, True), (6, False)):
        refs = FirstRows(Action.objects.all(), most)
        shown = refs.shown_as(action.ref for action in refs)
        assert (shown.has_more, len(shown), shown[0]) == (goes_on, most, "001")


@pytest.mark.parametrize(
    "name", ["9434765919.txt", "notes_943_476_5919.txt", "GL1_2AB.txt", "born 3 May 2014.txt"]
)
def test_what_could_identify_a_child_in_the_name_of_a_file_is_asked_about(name, sent_file):
    form = sent_file(name)
    assert form.asks_to_confirm and "This looks like" in form.errors["evidence"][0]
    assert sent_file("minutes_of_14_September.txt").errors == {}


def test_only_a_form_with_a_file_is_sent_in_parts(rf, user, action):
    request = rf.get("/")
    request.user = user("business.manager")
    with_file = form_sent(FormWithFile, request, subject=action("001"))
    without = form_sent(RecordForm, request, subject=action("001"))
    assert not with_file.is_bound
    assert 'enctype="multipart/form-data"' in render_to_string("gscp/form.html", {"form": with_file})
    assert "enctype" not in render_to_string("gscp/form.html", {"form": without})


@pytest.mark.parametrize(("most", "has_more"), [(5, True), (6, False), (7, False)])
def test_the_first_rows_of_a_list_say_whether_it_goes_on(most, has_more):
    actions = Action.objects.order_by("ref")
    for rows in (actions, list(actions)):
        first = FirstRows(rows, most)
        assert list(first) == list(actions)[:most] and first.has_more is has_more


@pytest.mark.parametrize(
    "url",
    [
        "/plans/2021-22/?rating=purple",
        "/exceptions/found/?rule=nonsense",
        "/exceptions/reports/?kind=nonsense",
        "/scrutiny/changes/?kind=nonsense",
    ],
)
def test_a_filter_that_cannot_be_read_is_said_alike_and_shows_nothing(url, sign_in):
    page = sign_in("scrutineer").get(url).content.decode()
    assert "There is a problem" in page and "from its list" in page
    assert "Nothing is shown until the filter is put right." in page
    assert "<table" not in page and "<article" not in page
