"""What is sent in a body: no file lies on the disk, one form takes one, and a stranger sends little."""

import tempfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from actions import uploaded
from actions.models import PlanUpload
from actions.tables.read import LARGEST_FILE
from gscp.uploads import MOST_OF_STRANGERS
from tests.answers import said
from tests.conftest import form_of
from tests.factories import draft_plan

# Once: a body is read before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
PATHS = ["/sign-in/", "/", "/nowhere/", "/health/live", "/plans/2021-22/actions/005/update/"]


@pytest.fixture(autouse=True)
def on_the_disk(monkeypatch, tmp_path):
    """Nothing is made there, while a request is answered."""

    def made(*args, **kwargs):
        pytest.fail("a file was made")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", made)
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", made, raising=False)


@pytest.fixture
def draft(on_record):
    with on_record():
        return draft_plan("2022-23")


@pytest.fixture
def started_reading(monkeypatch):
    """The files for which a process was asked: none starts."""
    runs = []
    monkeypatch.setattr(uploaded, "start_process", runs.append)
    return runs


class Body(BytesIO):
    """Fails the test where more of it is read than a stranger may send."""

    most = MOST_OF_STRANGERS

    def read(self, size=-1):
        self.most -= size if size >= 0 else len(self.getvalue())
        assert self.most >= 0, "it was read"
        return super().read(size)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"]
)
def test_a_stranger_s_long_body_is_refused_before_it_is_read(path, kind):
    body = Body(b"login=" + b"x" * 3_000_000)
    answer = Client().generic(
        "POST", path, CONTENT_TYPE=kind, CONTENT_LENGTH="200000000", **{"wsgi.input": body}
    )
    assert answer.status_code == 413
    assert "This is too much to send" in said(answer)


@pytest.mark.parametrize("size", [10, 100_000, 4_000_000])
@pytest.mark.parametrize("path", ["/sign-in/", "/plans/2021-22/actions/005/update/"])
def test_no_file_is_taken_from_anybody(path, size, sign_in):
    file = SimpleUploadedFile("evidence.pdf", b"x" * size)
    if size < MOST_OF_STRANGERS:
        stranger = Client(enforce_csrf_checks=True)
        form = form_of(stranger.get("/sign-in/"))  # without its token nothing is read at all
        assert stranger.post(path, form | {"login": "a@b.example", "file": file}).status_code == 400
    chair = sign_in("cem.chair")
    file.seek(0)
    typed = form_of(chair.get("/plans/2021-22/actions/005/update/")) | {"done": "Met"}
    assert chair.post("/plans/2021-22/actions/005/update/", typed | {"file": file}).status_code == 400


def test_a_form_sent_in_parts_without_a_file_is_read(sign_in, send):
    """A browser sends no file part for a form that has none."""
    chair, url = sign_in("cem.chair"), "/plans/2021-22/actions/005/update/"
    assert b"There is a problem" in chair.post(url, {"done": "Met"}).content
    assert Client().post("/sign-in/", {"login": "a@b.example", "password": "x" * 100}).status_code == 200


def test_what_a_form_of_long_texts_has_is_taken(sign_in):
    url = "/plans/2021-22/actions/005/update/"
    text = "x" * (MOST_OF_STRANGERS + 1)
    assert sign_in("cem.chair").post(url, {"done": text}).status_code == 200
    assert Client().post(url, {"done": text[: MOST_OF_STRANGERS - 1000]}).status_code == 302


IMPORT = "/plans/2022-23/import/"


def test_the_import_takes_one_file_from_whoever_may(draft, sign_in, started_reading):
    manager = sign_in("business.manager")
    answer = manager.post(IMPORT, {"choose": "1", "file": SimpleUploadedFile("plan.csv", b"a,b")})
    assert answer.status_code == 302 and PlanUpload.objects.get().data == b"a,b" and len(started_reading) == 1
    two = {name: SimpleUploadedFile("plan.csv", b"a,b") for name in ("file", "other")}
    assert manager.post(IMPORT, two).status_code == 400


@pytest.mark.parametrize("name", ["scrutineer", "qiip.chair", "executive"])
def test_it_takes_none_from_others(name, draft, sign_in, started_reading):
    answer = sign_in(name).post(IMPORT, {"choose": "1", "file": SimpleUploadedFile("plan.csv", b"a,b")})
    assert answer.status_code == 403 and not PlanUpload.objects.exists() and not started_reading
    file = SimpleUploadedFile("plan.csv", b"a,b")
    assert Client().post(IMPORT, {"choose": "1", "file": file}).status_code in (302, 403)
    assert not PlanUpload.objects.exists()


def test_a_file_that_is_too_long_is_told_so(draft, sign_in, started_reading, monkeypatch):
    manager = sign_in("business.manager")
    file = SimpleUploadedFile("plan.csv", b"x" * (LARGEST_FILE + 1))
    answer = manager.post(IMPORT, {"file": file, "choose": "1"})
    assert "The file has more than 20 MB" in said(answer)
    assert not PlanUpload.objects.exists() and not started_reading
    body = Body(b"x" * 1000)
    body.most = 0
    answer = manager.generic(
        "POST", IMPORT, CONTENT_TYPE="multipart/form-data; boundary=x", CONTENT_LENGTH="200000000",
        **{"wsgi.input": body},
    )  # fmt: skip
    assert answer.status_code == 413 and "No page here takes so much" in said(answer)


@pytest.mark.parametrize(
    ("file", "message"),
    [(None, "Choose a file."), (b"", "The file is empty.")],
)
def test_a_file_that_is_none_is_told_so(file, message, draft, sign_in, started_reading):
    sent = {} if file is None else {"file": SimpleUploadedFile("plan.csv", file)}
    assert message in said(sign_in("business.manager").post(IMPORT, {"choose": "1", **sent}))
    assert not PlanUpload.objects.exists()
