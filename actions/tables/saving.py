"""The answer that is a file: a list in the format that its reader chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.http import Http404, HttpResponse

from actions.tables import as_csv, as_docx, as_xlsx
from actions.tables.writing import Table
from gscp import clock
from gscp.dates import day_in_words, moment_in_words


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[Table, IO[bytes]], None]


OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {  # by the ending of the file's name
    "xlsx": Format(f"{OFFICE}.spreadsheetml.sheet", as_xlsx.write),
    "csv": Format("text/csv; charset=utf-8", as_csv.write),
    "docx": Format(f"{OFFICE}.wordprocessingml.document", as_docx.write),
}
OF_LISTS = ("xlsx", "csv")  # a list of many columns is no page of Word


def format_named(ending: str, among: tuple[str, ...] = OF_LISTS) -> Format:
    if ending not in among:
        raise Http404
    return FORMATS[ending]


def saved(table: Table, ending: str) -> HttpResponse:
    """The table as a file, made whole before any of it is sent: a fault gets a page of its own."""
    file, form = BytesIO(), FORMATS[ending]
    form.write(table, file)
    name = f"{table.name}-{clock.today():%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(file.getvalue(), content_type=form.media_type, headers=headers)


def notes_of(filtered_by: str = "") -> list[str]:
    """What a file says of itself: the moment of the record that it shows, and by what it was filtered."""
    then = clock.looked_back_to.get()
    moment = f"As the record stood on {moment_in_words(then)}." if then else f"{day_in_words(clock.today())}."
    return [moment, *([f"Filtered by {filtered_by}."] if filtered_by else [])]
