"""The server as `make run` starts it, with more writers than threads, while the database's file is locked."""

import socket
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import monotonic, sleep

import pytest
from django.conf import settings
from django.db import connection

from actions.models import ProgressUpdate
from gscp.record.turns import LONGEST_WAIT
from tests.conftest import form_of
from tests.postgres import python
from tests.test_update import GOOD, URL

pytestmark = pytest.mark.django_db
WRITERS = 10
START = """import sys
from gscp import settings
from gunicorn.app import wsgiapp
settings.STATIC_ROOT = sys.argv.pop()
wsgiapp.run()"""


def answered(address, typed=None, cookies=""):
    """Status and seconds."""
    data = urllib.parse.urlencode(typed).encode() if typed else None
    request = urllib.request.Request(address, data, {"Cookie": cookies})  # noqa: S310  an address of ours
    started = monotonic()
    try:
        with urllib.request.urlopen(request, timeout=40) as response:  # noqa: S310
            return response.status, monotonic() - started
    except urllib.error.HTTPError as error:
        return error.code, monotonic() - started


@contextmanager
def gunicorn():
    """Yields the server's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--workers", "2", "--threads", "4", "--log-level", "error", "--no-control-socket"]
    command = ["-c", START, "gscp.wsgi", "--bind", f"127.0.0.1:{port}", *options, str(settings.STATIC_ROOT)]
    address = f"http://127.0.0.1:{port}"
    with python(f"sqlite:///{connection.settings_dict['NAME']}", *command):
        for _ in range(300):
            try:
                if answered(f"{address}/health/live")[0] == 200:
                    break
            except urllib.error.URLError:
                sleep(0.1)
        yield address


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a file that another program has locked")
def test_pages_are_read_while_more_writers_wait_than_there_are_threads(committed, sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in chair.cookies.items())
    with gunicorn() as address, ThreadPoolExecutor(WRITERS) as pool, closing(connection.copy()) as other:
        action = f"{address}/plans/2021-22/actions/005/"
        list(
            pool.map(lambda _: answered(action, cookies=cookies), range(WRITERS))
        )  # both processes have begun
        other.cursor().execute("BEGIN IMMEDIATE")
        sent = [pool.submit(answered, f"{address}{URL}", form, cookies) for _ in range(WRITERS)]
        sleep(1)
        for path in ["/health/live"] * 10 + ["/plans/2021-22/actions/005/"] * 4:
            status, seconds = answered(f"{address}{path}", cookies=cookies)
            assert status == 200 and seconds < LONGEST_WAIT - 1, (path, status, seconds)
        answers = [one.result() for one in sent]
        assert {status for status, _ in answers} == {503}
        assert sum(seconds < LONGEST_WAIT - 1 for _, seconds in answers) >= WRITERS - 6, (
            "most are told at once"
        )
        other.close()
        assert answered(f"{address}{URL}", form, cookies)[0] == 200, "recorded, it leads to the action"
    assert ProgressUpdate.objects.count() == 1
