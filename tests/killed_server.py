"""A server of its own that is killed at one point of an upload: python -m tests.killed_server POINT STATIC.

STATIC is the folder of static files. It prints the port on which it listens.
"""

import os
import signal
import sys
from functools import wraps
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler


def killed(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)


def then_killed(work):
    @wraps(work)
    def done(*args, **named):
        work(*args, **named)
        killed()

    return done


def killed_when_posted(work):
    """All is committed, and the answer is not sent yet."""

    def answered(handler, environ, start_response):
        answer = work(handler, environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            killed()
        return answer

    return answered


def main(point: str, static: str) -> None:
    settings.STATIC_ROOT = static
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 it loads the settings

    application = get_wsgi_application()
    from actions.models import Evidence  # noqa: PLC0415 models are there now
    from gscp import store  # noqa: PLC0415

    points = {
        "bytes are written": (store.os, "fsync", killed),
        "bytes are kept": (store, "keep", then_killed(store.keep)),
        "the row is written": (Evidence, "add", then_killed(Evidence.add)),
        "the row is recorded": (WSGIHandler, "__call__", killed_when_posted(WSGIHandler.__call__)),
        "never": (store, "keep", store.keep),
    }
    setattr(*points[point])
    with make_server("127.0.0.1", 0, application) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
