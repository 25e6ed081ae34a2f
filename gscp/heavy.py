"""Pages and files that take long to make: one at a time for each reader, and few in all.

Counted in each process of the server, without a file or a table. With N processes one reader can have N of
them made at once, and each process keeps threads for everybody else.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from threading import Lock
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

View = Callable[..., HttpResponseBase]
MOST_IN_PROCESS = 2  # of the four threads or more that a process has
RETRY_AFTER = 10  # seconds
LONGEST_PIECE = 60  # seconds in which a reader takes one piece of a file, or is cut off


class Places:
    """Who has something heavy made in this process."""

    def __init__(self) -> None:
        self.lock, self.readers = Lock(), set[int]()

    def take(self, reader: int) -> str:
        """ "" if the reader has a place now; otherwise whose work is in the way: "own" or "others"."""
        with self.lock:
            if reader in self.readers:
                return "own"
            if len(self.readers) >= MOST_IN_PROCESS:
                return "others"
            self.readers.add(reader)
            return ""

    def leave(self, reader: int) -> None:
        with self.lock:
            self.readers.discard(reader)


places = Places()


class UntilSent:
    """What a streamed response sends. The place is free when all is sent, or when the reader has gone."""

    def __init__(self, pieces: Any, leave: Callable[[], None]) -> None:
        self.pieces, self.leave = pieces, leave

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.pieces
        finally:
            self.leave()

    def close(self) -> None:
        # Not with the generator alone: one that was never begun, as for HEAD, does not reach its end.
        self.leave()


def heavy(view: View) -> View:
    """Below @may(...): this view answers one request of a reader at a time, and others with 503."""

    @wraps(view)
    def one_at_a_time(request: HttpRequest, *subjects: Any, **url_parts: Any) -> HttpResponseBase:
        reader: int = request.user.pk  # type: ignore[assignment]  # somebody is signed in
        if in_the_way := places.take(reader):
            answer = render(request, "gscp/still_being_made.html", {"in_the_way": in_the_way}, status=503)
            answer["Retry-After"] = str(RETRY_AFTER)
            return answer
        is_sent_later = False
        try:
            response = view(request, *subjects, **url_parts)
            if isinstance(response, StreamingHttpResponse):
                limit_sending(request)
                response.streaming_content = UntilSent(
                    response.streaming_content, once(lambda: places.leave(reader))
                )
                is_sent_later = True
            return response
        finally:
            if not is_sent_later:
                places.leave(reader)

    return one_at_a_time


def limit_sending(request: HttpRequest) -> None:
    # Gunicorn's threads have no limit for it: who reads a byte a second would keep a place for days.
    if connection := request.META.get("gunicorn.socket"):
        connection.settimeout(LONGEST_PIECE)


def once(work: Callable[[], None]) -> Callable[[], None]:
    # Left twice, by the end and by close(), the place of the reader's next request would go.
    todo = [work]

    def done() -> None:
        if todo:
            todo.pop()()

    return done
