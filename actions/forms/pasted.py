"""Readings from a table, pasted or uploaded: they are put into the boxes of their form, to be looked at."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms

from actions.forms.figures_found import FigureFinder
from actions.forms.readings import ReadingsForm
from actions.tables.apart import tables_apart
from actions.tables.cells import Refused, Table
from actions.tables.delimited import pasted
from gscp.components import messages

MOST_OF_FILE = 2_000_000
MOST_CELLS, MOST_PASTED = 20_000, 20_000
MOST_NOTES = 50
BUTTON = "Read the table"
FILE_TOO_LONG = f"The file has more than {MOST_OF_FILE // 1_000_000} MB. Save only the table of figures."


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest() if text.strip() else ""


class ReadingsTableForm(ReadingsForm):
    """Boxes that can be filled from a table, too. What a person typed into a box stays there."""

    after_buttons = "actions/readings_table.html"
    # None of these is recorded: what a table says is in the boxes by then.
    worked_out = ("table", "table_read", "filled")
    table_notes: tuple[str, ...] = ()
    table_said = ""  # what became of the table

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["table"] = forms.CharField(
            required=False,
            strip=False,
            max_length=MOST_PASTED,
            widget=forms.Textarea(attrs={"rows": 6}),
            label="Cells from a spreadsheet",
            help_text="Copy them with their headings: Measure, Agency, Counted, Out of, Commentary. "
            "Or have a column for each agency.",
        )
        self.fields["file"] = forms.FileField(
            required=False,
            max_length=200,
            label="Or a file",
            help_text=f"Its name ends in .xlsx, .ods or .csv. At most {MOST_OF_FILE // 1_000_000} MB.",
        )
        for name, most in (("table_read", 64), ("filled", 20_000)):
            self.fields[name] = forms.CharField(widget=forms.HiddenInput, required=False, max_length=most)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if digest_of(data.get("table") or "") not in ("", data.get("table_read")):
            self.add_error(
                "table", f"This table is not in the boxes yet. Press “{BUTTON}”, or empty this box."
            )
        if data.get("file"):
            self.add_error(
                "file", f"This file is not in the boxes yet. Choose it again, and press “{BUTTON}”."
            )
        return data

    def read_table(self, is_too_long: bool) -> None:
        """Put what the table says into the boxes: nothing is recorded."""
        is_read, refused = False, {}
        try:
            tables = self.tables_sent(is_too_long)
        except Refused as error:
            refused = {"file" if self.files or is_too_long else "table": [str(error)]}
        else:
            is_read = True
            self.fill_from(tables)
        self.full_clean()
        places = self.places if is_read else {}
        # A small number is asked about, and a text that could identify a child, when all is sent.
        wrong = {
            name: [f"{places[name]}: {text}" if name in places else text for text in messages(self[name])]
            for name in self.errors
            if name.startswith(("count_", "whole_")) and name not in self.small
        }
        self.errors.clear()
        self.asks_to_confirm = self.asks_about_small = False
        for name, texts in (wrong | refused).items():
            self.add_error(name, texts)

    places: dict[str, str]  # by box: where in the table its text stands

    def fill_from(self, tables: list[Table]) -> None:
        sent = self.data.copy()
        to_enter = [line for line in self.lines if line.stands is None]
        found = FigureFinder(self.subject, to_enter, self.month).find(tables)
        filled = found.put_into(sent, filled_before(sent.get("filled", "")))
        sent["filled"] = json.dumps(filled)
        sent["table_read"] = digest_of(sent.get("table", ""))
        self.data, self.places = sent, found.places
        self.table_notes = tuple(found.notes()[:MOST_NOTES])
        many = len(found.places)
        self.table_said = (
            f"{many} box{'' if many == 1 else 'es'} filled from the table. Check, then record."
            if many
            else "The table filled no box."
        )

    def tables_sent(self, is_too_long: bool) -> list[Table]:
        """Raises Refused: it cannot be read, or there is no table."""
        text, file = self.data.get("table", ""), self.files.get("file")
        is_new = digest_of(text) not in ("", self.data.get("table_read"))
        if is_too_long:
            raise Refused(FILE_TOO_LONG)
        if file and is_new:
            raise Refused("Read the table that you pasted, or this file: one of the two.")
        if file:
            return tables_apart(file.read(), str(file.name), MOST_CELLS)
        if not text.strip():
            raise Refused("Paste a table here, or choose a file.")
        if len(text) > MOST_PASTED:
            raise Refused(
                f"This has more than {MOST_PASTED:,} characters. Choose a file, or paste parts of it."
            )
        return pasted(text)


def filled_before(text: str) -> dict[str, str]:
    """What an earlier table put into the boxes, by their names."""
    try:
        before = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return before if isinstance(before, dict) else {}
