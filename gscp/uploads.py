"""What may be sent: a file to a form that takes one, and little from somebody who is not signed in."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from rules import has_perm

LONGEST_QUERY = 8_000  # characters of an address, after its "?"
# Bytes. A form that a signed-out person sends is given back, sealed, if it is no more than a tenth of this.
MOST_OF_STRANGERS = 640 * 1024
MOST_OF_ANYBODY = 100_000_000  # bytes: of a body that is longer nothing is read
NO_FILES = "No form takes a file."


class OneFile(FileUploadHandler):
    """Django hands each file to it before a byte of that is kept: in memory, and never on the disk.

    A view takes one file of so many bytes, if may() says so, and from whoever may open it. Of one that
    is too long nothing is left: the view finds no file, and `file_is_too_long`.
    """

    pieces: list[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        request: Any = self.request
        self.most, permission = file_taken_at(request.path_info)
        if not self.most or self.pieces is not None:
            raise BadRequest(NO_FILES)
        self.pieces, self.size = [], 0
        if not (request.user.is_authenticated and has_perm(permission, request.user)):
            raise SkipFile  # what else was sent is read, and the view says who may

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        pieces: Any = self.pieces
        self.size += len(raw_data)
        if self.size > self.most:
            pieces.clear()
            self.request.file_is_too_long = True  # type: ignore[union-attr]  # the view reads it
            raise SkipFile
        pieces.append(raw_data)

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        pieces: Any = self.pieces
        return SimpleUploadedFile(str(self.file_name), b"".join(pieces))


def file_taken_at(path: str) -> tuple[int, str]:
    """How many bytes a file may have that is sent there, 0 if it takes none, and who may send it."""
    try:
        view = resolve(path).func
    except Resolver404:
        return 0, ""
    return getattr(view, "most_of_file", 0), getattr(view, "file_from", "")


def bounded_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: refuse what is too long before any of its body is read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            raise BadRequest("The address is too long.")
        length = length_of(request)
        if length > MOST_OF_ANYBODY or (length > MOST_OF_STRANGERS and not request.user.is_authenticated):
            return too_large(request)
        return get_response(request)

    return middleware


def length_of(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


def too_large(request: HttpRequest) -> HttpResponse:
    return render(request, "413.html", status=413)
