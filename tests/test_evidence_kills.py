"""A server is killed in the middle of an upload: no row without its file, and no file that nothing names."""

import os
import re
import signal
import socket
import subprocess
from http.client import HTTPConnection, RemoteDisconnected
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from actions.models import Evidence
from gscp import store
from scrutiny.proof.walk import verify
from tests.conftest import form_of
from tests.evidence import KEPT, TYPED, file_of
from tests.postgres import address_of_database, python
from tests.test_evidence_kept import age, folder

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["folder"]


class Answer:
    def __init__(self, response):
        self.status, self.content = response.status, response.read()
        self.cookie = re.search(r"csrftoken=\w+", str(response.headers))


@pytest.fixture
def server(committed, folder, monkeypatch):
    """server(point): the port of one that is killed there."""
    monkeypatch.setenv("FILES_DIR", str(folder))
    monkeypatch.setenv("RECORD_KEY", settings.RECORD_KEY)
    running = []

    def started(point):
        process = python(
            address_of_database(), "-m", "tests.killed_server", point, str(settings.STATIC_ROOT),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        running.append(process)
        begun = process.__enter__()
        return int(begun.stdout.readline()), begun

    yield started
    for process in running:
        process.__exit__(None, None, None)


@pytest.fixture
def url(report):
    return f"/updates/{report('005', rating='amber').pk}/evidence/"


@pytest.fixture
def cookie(sign_in):
    return f"sessionid={sign_in('cem.chair').cookies['sessionid'].value}"


def upload(port, url, cookie):
    """What is sent there, as bytes: a form with a file, filled in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", url, headers={"Cookie": cookie})
    page = Answer(connection.getresponse())
    assert page.status == 200
    body = encode_multipart(BOUNDARY, form_of(page) | TYPED | {"file": file_of(KEPT["docx"])})
    return body, {"Cookie": f"{cookie}; {page.cookie[0]}", "Content-Type": MULTIPART_CONTENT}


POINTS = {"bytes are written": 0, "bytes are kept": 0, "the row is written": 0, "the row is recorded": 1}


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_no_row_lacks_its_file(point, server, folder, url, cookie):
    port, process = server(point)
    body, headers = upload(port, url, cookie)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        connection.request("POST", url, body, headers)
        connection.getresponse()
    assert process.wait(60) == -signal.SIGKILL
    assert Evidence.objects.count() == POINTS[point]
    assert len(list(folder.iterdir())) == 1  # the file, or what was begun of it
    assert verify().findings == []
    age(folder)
    call_command("verify_history", stdout=StringIO(), stderr=StringIO())
    assert [path.name for path in folder.iterdir()] == [one.sha256 for one in Evidence.objects.all()]
    # The server comes back, and the form is sent again.
    port, _ = server("never")
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", url, body, headers)
    assert connection.getresponse().status == 302
    assert store.read(Evidence.objects.get().sha256) == KEPT["docx"]
    assert verify().findings == []


def test_a_connection_that_is_cut_leaves_nothing(server, folder, url, cookie):
    port, process = server("never")
    body, headers = upload(port, url, cookie)
    lines = [f"POST {url} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port)) as cut:
        cut.sendall("\r\n".join([*lines, "", ""]).encode() + body[: len(body) // 2])
    connection = HTTPConnection("127.0.0.1", port, timeout=60)  # after the one that was cut
    connection.request("GET", url, headers={"Cookie": cookie})
    assert connection.getresponse().status == 200 and process.poll() is None
    assert not Evidence.objects.exists() and not folder.exists()
    assert os.listdir(folder.parent) == []  # noqa: PTH208  nor anywhere beside it
