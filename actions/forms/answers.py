"""The form that answers what an import asks: a choice for each printed word, row or column it asks about."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms import named_rows
from actions.forms.named_rows import row_label
from actions.tables.assemble import ABOVE, NONE
from actions.tables.cells import place_of
from actions.tables.columns import is_place
from actions.tables.numbers import BY_GROUP, IN_ORDER
from actions.tables.pairing import BY_WORDS, NEW
from actions.tables.timescales import IMPOSSIBLE, UNREAD, read_timescale
from actions.tables.understand import FIELD_WORDS, LEAVE, READ
from actions.tables.understood import Column, Doubt, PlanRow, Understood
from actions.tables.wanted import OnRecord
from actions.tables.wording import shortened
from gscp.bounds import BoundedForm
from gscp.dates import day_in_words

FEW = 20  # things of one kind that a page asks about: of more, the file is mended sooner
EVERY_PARTNER = "every:partner"
KEEP = "-"  # in place of a value: only the printed words are kept
GROUP_OF = "group of"  # the part of the answers that names the group of one action
KEEPABLE = {"names", "dates", "priorities", "ratings", "statuses"}
ROW_KINDS = {
    "action": "An action",
    "group": "A heading of the rows beneath",
    "continuation": "More of the action above",
    "legend": "A note that is no part of the plan",
    "total": "A total",
    "heading": "The headings of the columns again",
}
TOTAL_OR_ACTION = {"total": "This is no action: leave it out", "action": "It is an action"}
IN_WORDS = {
    READ: "Read it as part of the plan",
    LEAVE: "Leave it out",
    BY_GROUP: "Put the number of the heading before them",
    IN_ORDER: "Keep the first of each, and give the others the next free numbers",
    ABOVE: "The same as above",
    NONE: "Nothing",
    BY_WORDS: "Each is the action with the words most like it, and gets its new number",
    NEW: "It is a new action",
    **ROW_KINDS,
}
COLUMN_CHOICES = [
    *((name, words[:1].upper() + words[1:]) for name, words in FIELD_WORDS.items()),
    ("extra", "No field: keep it with the action"),
]


# What a page shows of the answers that were given, by their part.
GIVEN = {
    "names": "Name", "dates": "Timescale", "priorities": "Priority", "ratings": "Rating",
    "statuses": "Status", "groups": "Group", "tables": "Table", "columns": "Column", "rows": "Row",
    "filled": "Cell", GROUP_OF: "Group for", "group": "Group", "refs": "Numbers that stand twice",
    "days": "Column that counts where days differ",
    "same": "Number of",
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    part: str  # of the answers
    key: str  # within that part: the printed words, a row, a column; "" where the part has one answer
    label: str
    choices: tuple[tuple[str, str], ...] = ()  # none: it is a date

    @property
    def name(self) -> str:
        return f"{self.part.replace(' ', '-')}-{hashlib.sha256(self.key.encode()).hexdigest()[:12]}"


class AnswersForm(BoundedForm):
    """What is left empty stays as it is read, or asked."""

    def __init__(
        self,
        data: Any,
        understood: Understood,
        doubts: list[Doubt],
        answers: dict[str, Any],
        record: OnRecord,
        period: Any,
    ) -> None:
        super().__init__(data)
        self.understood, self.doubts, self.answers, self.period = understood, doubts, answers, period
        self.names = name_choices(record)
        self.partners = [known.name for known in record.known if known.kind == "partner"]
        self.headings = Counter(column.header for column in understood.columns)
        self.turned = {column.table for column in understood.columns if column.letters.isdecimal()}
        self.questions: dict[str, Question] = {}
        self.names_of: dict[str, list[str]] = {}  # by kind of doubt: its fields
        for doubt in doubts:
            asked = list(self.asked(doubt))
            if doubt.must and len(asked) > FEW and doubt.asks in KEEPABLE:
                asked = []
                self.keep_all(doubt)
            self.add(doubt.kind, asked if len(asked) <= FEW else [])
        self.add("columns", [self.of_column(column) for column in understood.columns if column.letters])
        for column in understood.columns:
            if column.letters:
                self.fields[self.of_column(column).name].initial = column.field
        self.given = dict(given(answers, understood.rows))
        if self.given:
            choices = [(name, words) for name, (words, *_) in self.given.items()]
            self.fields["taken_back"] = forms.MultipleChoiceField(
                label="Answers to take back", choices=choices, required=False,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
        self.fields.update(named_rows.fields())
        if any(doubt.must and doubt.asks == "columns" for doubt in doubts):
            self.fields["columns_right"] = forms.BooleanField(
                required=False, label="The columns are right as they are chosen here"
            )

    def keep_all(self, doubt: Doubt) -> None:
        self.fields[f"keep-{doubt.kind}".replace(" ", "-")] = forms.BooleanField(
            required=False, label="Keep these words as they are, and ask no more"
        )
        self.names_of[doubt.kind] = [f"keep-{doubt.kind}".replace(" ", "-")]

    def add(self, kind: str, asked: list[Question]) -> None:
        for question in asked:
            if question.name in self.fields:
                continue
            self.questions[question.name] = question
            self.fields[question.name] = self.field_of(question)
            self.names_of.setdefault(kind, []).append(question.name)
            if question.part == "names":
                self.fields[f"{question.name}-2"] = self.field_of(also(question, self.names))
                self.names_of[kind].append(f"{question.name}-2")

    def field_of(self, question: Question) -> forms.Field:
        if question.part == "columns":
            return forms.ChoiceField(label=question.label, choices=COLUMN_CHOICES, required=False)
        if question.choices:
            choices = [("", "Choose one"), *question.choices]
            return forms.ChoiceField(label=question.label, choices=choices, required=False)
        hint = "Write 30 September 2022, September 2022 or ongoing. Write “keep” to keep only the words."
        return forms.CharField(label=question.label, help_text=hint, required=False, max_length=100)

    def of_column(self, column: Column) -> Question:
        """By its heading where no other has it, since the next file may have it at another place."""
        place = f"{column.table}!{column.letters}" if column.table else column.letters
        label = shortened(column.header) if column.header else f"Column {place}"
        is_known_by_heading = self.headings[column.header] == 1 and not is_place(column.header)
        return Question("columns", column.header if is_known_by_heading else place, f"{label} ({place})")

    def asked(self, doubt: Doubt) -> Iterator[Question]:
        """What of a doubt this page can ask."""
        part = doubt.asks
        keep = (KEEP, "Keep only the words")
        if part == "names":
            for words in doubt.about:
                every = (EVERY_PARTNER, "Every partner")
                yield Question(part, words, shortened(words), (keep, every, *self.names))
        elif part in ("priorities", "ratings", "statuses"):
            for words in doubt.about:
                yield Question(part, words, shortened(words), (*pairs(doubt.choices), keep))
        elif part in ("tables", "groups", "dates"):
            for words in doubt.about:
                yield Question(part, words, shortened(words), pairs(doubt.choices))
        elif part == "rows":
            choices = ROW_KINDS
            if doubt.kind == "total or action":
                choices = {kind: (ROW_KINDS | TOTAL_OR_ACTION)[kind] for kind in doubt.choices}
            for row in self.rows_of(doubt):
                yield Question(part, row.key, row_label(row), tuple(choices.items()))
        elif part == "filled":
            for cell in doubt.about:
                yield Question(part, cell, f"What {cell} says", pairs(doubt.choices))
        elif part == "refs":
            yield Question(part, "", "What to do with these numbers", pairs(doubt.choices))
        elif part == "days":
            yield Question(part, "", "Column that counts where days differ", pairs(doubt.choices))
        elif part == "same":
            yield from self.asked_of_numbers(doubt)
        elif part == "group":
            yield Question(part, "", "Group that answers for these actions", pairs(doubt.choices))
            for row in self.rows_at(doubt.about) if 1 < len(doubt.about) < FEW else ():
                yield Question(GROUP_OF, row.place, f"Another group for {called(row)}", pairs(doubt.choices))

    def asked_of_numbers(self, doubt: Doubt) -> Iterator[Question]:
        """Which action of the draft a row is that has another number there; of many rows all in one."""
        if len(doubt.about) > FEW:
            yield Question("same", "", "What these rows are", pairs([BY_WORDS, NEW]))
            return
        for row in self.rows_at(doubt.about):
            refs = [ref for ref in doubt.each[row.place] if ref != NEW]
            choices = [(ref, f"It is {ref} of the draft, which gets this number") for ref in refs]
            yield Question("same", row.place, called(row), (*choices, (NEW, IN_WORDS[NEW])))

    def rows_at(self, places: list[str]) -> list[PlanRow]:
        return [row for row in self.understood.rows if row.place and row.place in places]

    def rows_of(self, doubt: Doubt) -> list[PlanRow]:
        wanted = set()
        for cell in doubt.cells:
            table, _, name = cell.rpartition("!")
            row, column = place_of(name) or (0, 0)
            wanted.add((table, column if table in self.turned else row))
        return [row for row in self.understood.rows if (row.table, row.row) in wanted]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, question in self.questions.items():
            if question.part == "dates" and cleaned.get(name):
                try:
                    cleaned[name] = self.date_of(cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        for name in named_rows.FIELDS:
            try:
                cleaned[name] = named_rows.rows_named(cleaned.get(name) or "", self.understood.rows)
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned

    def date_of(self, typed: str) -> dict[str, Any]:
        if typed.strip(" “”\"'.").casefold() in ("keep", KEEP):
            return {}
        read = read_timescale(typed, "", self.period)
        if read.certainty in (UNREAD, IMPOSSIBLE):
            raise ValidationError("Write the day as 30 September 2022, or write “keep”.")
        return {"date": read.due.date, "precision": read.due.precision}

    def merged(self) -> dict[str, Any]:
        """The answers there were, without those that are taken back, and with those of this form."""
        answers = dict(self.answers)
        for name in self.cleaned_data.get("taken_back") or ():
            _, part, key = self.given[name]
            answers[part] = {one: value for one, value in answers[part].items() if one != key} if key else {}
        columns = {self.of_column(column).name: column for column in self.understood.columns}
        takes_all = self.cleaned_data.get("columns_right")
        for name, question in self.questions.items():
            value: Any = self.cleaned_data.get(name)
            if value in (None, "") or (
                question.part == "columns" and not takes_all and value == columns[name].field
            ):
                continue
            if not question.key:
                answers[question.part] = value
            else:
                answered: Any = answer(question, value)
                if value == EVERY_PARTNER:
                    answered = [{"partner": partner} for partner in self.partners]
                elif (second := self.cleaned_data.get(f"{name}-2")) and answered:
                    answered = [answered, answer(question, second)]
                answers[question.part] = answers.get(question.part, {}) | {question.key: answered}
        if kinds := named_rows.kinds_of(self.cleaned_data):
            answers["rows"] = answers.get("rows", {}) | kinds
        for doubt in self.doubts:
            if self.cleaned_data.get(f"keep-{doubt.kind}".replace(" ", "-")):
                kept = {words: answer(Question(doubt.asks, words, ""), KEEP) for words in doubt.about}
                answers[doubt.asks] = answers.get(doubt.asks, {}) | kept
        return answers

    def fields_of(self, kind: str) -> list[forms.BoundField]:
        return [self[name] for name in self.names_of.get(kind, ())]

    def columns(self) -> list[forms.BoundField]:
        right = [self["columns_right"]] if "columns_right" in self.fields else []
        return [*self.fields_of("columns"), *right]

    def rows(self) -> list[forms.BoundField]:
        return [self[name] for name in named_rows.FIELDS]


def given(answers: dict[str, Any], rows: list[PlanRow]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """By a name for the page: each answer in words, its part and its key; of many of a part all in one."""
    titles = {row.place: called(row) for row in rows}
    for part, words in GIVEN.items():
        answered = answers.get(part) or {}
        if not isinstance(answered, dict):
            yield Question(part, "", "").name, (f"{words}: {value_in_words(answered)}", part, "")
        elif len(answered) > FEW:
            yield Question(part, "", "").name, (f"{words}: {len(answered):,} answers", part, "")
        else:
            for key, value in answered.items():
                about = titles.get(key, key) if part in (GROUP_OF, "same") else f"“{shortened(key)}”"
                text = f"{words} {about}: {value_in_words(value)}"
                yield Question(part, key, "").name, (text, part, key)


def also(question: Question, names: list[tuple[str, str]]) -> Question:
    """Where one name means two."""
    return replace(question, label=f"Who else is “{question.label}”, if two are meant", choices=tuple(names))


def value_in_words(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(map(name_in, value))
    if isinstance(value, dict) and value.get("precision") == "ongoing":
        return "ongoing"
    if isinstance(value, dict):
        value = day_in_words(date.fromisoformat(value["date"])) if value.get("date") else name_in(value)
    return (IN_WORDS | dict(COLUMN_CHOICES)).get(value, value) or "only the words are kept"


def name_in(value: dict[str, Any]) -> str:
    return ", ".join(value[kind] for kind in ("post", "body", "partner") if value.get(kind))


def answer(question: Question, value: Any) -> Any:
    """As understand() takes it."""
    if question.part == "names":
        kind, _, name = str(value).partition(":")
        return {} if value == KEEP else {kind: name}
    if value == KEEP:
        return {} if question.part == "dates" else ""
    return value


def pairs(choices: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((choice, IN_WORDS.get(choice, choice)) for choice in choices)


def name_choices(record: OnRecord) -> list[tuple[str, str]]:
    words = {"post": "Post", "body": "Group", "partner": "Partner"}
    names = sorted(
        (f"{known.kind}:{known.name}", f"{words[known.kind]}: {known.name}") for known in record.known
    )
    return sorted(names, key=lambda choice: list(words.values()).index(choice[1].partition(":")[0]))


def called(row: PlanRow) -> str:
    """Its number, which another row may have as well, and its words."""
    words = shortened(row.title or row.action)
    return f"“{row.ref}”: {words}" if row.ref else f"“{words}”"
