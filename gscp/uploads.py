"""What may be sent: no file, since no form takes one, and little from somebody who is not signed in."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

LONGEST_QUERY = 8_000  # characters of an address, after its "?"
# Bytes. A form that a signed-out person sends is given back, sealed, if it is no more than a tenth of this.
MOST_OF_STRANGERS = 640 * 1024
NO_FILES = "No form takes a file."


class RefuseFiles(FileUploadHandler):
    """Django hands each file to it before a byte of that is kept: in memory or on the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise BadRequest(NO_FILES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:
        raise BadRequest(NO_FILES)

    def file_complete(self, file_size: int) -> None:
        return None


def bounded_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: refuse what is too long before any of its body is read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            raise BadRequest("The address is too long.")
        if length_of(request) > MOST_OF_STRANGERS and not request.user.is_authenticated:
            return too_large(request)
        return get_response(request)

    return middleware


def length_of(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


def too_large(request: HttpRequest) -> HttpResponse:
    return render(request, "413.html", status=413)
