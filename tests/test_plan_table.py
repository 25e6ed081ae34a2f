"""A plan's table, as spreadsheets write it: read whole or not at all."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from actions.models import Action, BusinessPlan, StrategicDriver
from actions.models.action import address_of
from actions.tables import published
from gscp.files import Unreadable
from gscp.record import Change
from tests.published import PLAN

HEADINGS = [*published.COLUMNS, *published.OPTIONAL_COLUMNS]
CHAIR = "QiiP Subgroup Chair"
ROW = dict.fromkeys(published.COLUMNS, "") | {
    "#": "1",
    "Strategic Driver": "An audit",
    "Title": "T",
    "Action": "Audit",
    "Who": CHAIR,
    "Kind of Driver": "Multi-agency audit",
}


def written(rows, delimiter=",", **options) -> str:
    """As a spreadsheet writes it: cells quoted where they have to be, every line ended with CR LF."""
    out = StringIO(newline="")
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    csv.writer(out, delimiter=delimiter, **options).writerows(
        [headings, *([row.get(heading, "") for heading in headings] for row in rows)]
    )
    return out.getvalue()


@pytest.fixture
def load(db, tmp_path):
    """load(ROW, ROW | {"#": "2"}) loads a plan of these rows; load("text"), load(b"bytes") of such a file."""

    def loaded(*rows, label="2030-31", delimiter=","):
        path = tmp_path / "plan.csv"
        [text] = rows if isinstance(rows[0], str | bytes) else [written(rows, delimiter)]
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        call_command("load_plan", path, **PLAN | {"label": label}, stdout=StringIO())
        return list(BusinessPlan.objects.get(label=label).actions.all())

    return loaded


REFERENCES = ["1.1", "1-1", "2 (i)", "10", "2", "A/3", "Ref. 7b", "1.", "§", "€", "Ünder 1", "001"]


def test_any_printed_reference_works_and_the_printed_order_is_kept(load, sign_in):
    actions = load(*(ROW | {"#": ref} for ref in REFERENCES))
    assert [action.ref for action in actions] == REFERENCES
    addresses = [
        "1-1",
        "1-1-2",
        "2-i",
        "10",
        "2",
        "A-3",
        "Ref-7b",
        "1",
        "action",
        "action-2",
        "Under-1",
        "001",
    ]
    assert [action.slug for action in actions] == addresses
    reader = sign_in("scrutineer")
    register = reader.get("/plans/2030-31/").content.decode()
    links = [register.index(f'href="/plans/2030-31/actions/{address}/"') for address in addresses]
    assert links == sorted(links)
    for action in actions:
        page = reader.get(action.get_absolute_url()).content.decode()
        assert f'<span class="govuk-caption-l">Action {action.ref}</span>' in page


def test_2_comes_before_10_where_it_is_printed_so(load):
    printed = [str(number) for number in range(1, 13)]
    assert [action.ref for action in load(*(ROW | {"#": ref} for ref in printed))] == printed


def test_what_is_added_to_a_table_later_stands_where_it_is_printed(load):
    load(ROW, ROW | {"#": "2"}, ROW | {"#": "3"})
    added = load(
        ROW | {"#": "0"}, ROW, ROW | {"#": "1a"}, ROW | {"#": "1b"}, *(ROW | {"#": n} for n in "234")
    )
    assert [action.ref for action in added] == ["0", "1", "1a", "1b", "2", "3", "4"]


INSIDE = ["a line\nbreak", "CR LF\r\nhere", 'a "quoted" word', "a, comma", "a\ttab"]
INSIDE += ["VT\x0bhere", "NEL\x85here", "LS\u2028here", "FF\x0chere", "FS\x1chere"]


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_cell_holds_what_a_spreadsheet_wrote_into_it(delimiter, mark, load):
    rows = [ROW | {"#": str(number), "Action": text} for number, text in enumerate(INSIDE)]
    assert [action.text for action in load(mark + written(rows, delimiter))] == INSIDE


def test_what_a_plan_says_besides_is_read_and_shown(load, sign_in):
    said = {
        "Theme": "Neglect",
        "Outcome": "Children are seen sooner",
        "How It Will Be Known": "From the audit of March",
        "Timescale": "By the end of quarter 2",
        "Due": "2030-Q3",
        "Milestones": "2030-07-01: Tool agreed\n2030-05-01 Tool tried\nTool used by all",
        "Priority": "",
        "Who": f"{CHAIR}, Management Group Chair: Gloucestershire CCG",
        "Responsible Group": "Resolution Group",
    }
    [action] = load(ROW | said)
    assert (action.original_date, action.precision) == (date(2030, 9, 30), "quarter")
    assert [post.name for post in action.lead_posts] == [CHAIR, "Management Group Chair"]
    assert action.group.name == "Resolution Group" and action.priority == ""
    page = sign_in("scrutineer").get(action.get_absolute_url()).content.decode()
    for words in (
        "Neglect",
        "Children are seen sooner",
        "From the audit of March",
        "By the end of quarter 2",
    ):
        assert words in page
    for words in ("In the quarter that ends then", "Due 1 July 2030", "None given", "leads it"):
        assert words in page
    assert page.index("Tool tried") < page.index("Tool agreed") < page.index("Tool used by all")
    assert f">{CHAIR}" in page and ">Management Group Chair" in page


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2030-06-05", (date(2030, 6, 5), "day")),
        ("2032-02", (date(2032, 2, 29), "month")),
        ("2030-Q4", (date(2030, 12, 31), "quarter")),
        ("2030", (date(2030, 12, 31), "year")),
        ("Ongoing", (None, "ongoing")),
        ("", (None, "")),
    ],
)
def test_a_timescale_is_read_as_its_last_day(written, read):
    assert published.read_due(written) == read


REFUSED = [
    ({"Due": "2030-02-30"}, "“2030-02-30” is no day"),
    ({"Due": "2030-13"}, "“2030-13” is no day"),
    ({"Due": "0000"}, "“0000” is no day"),
    ({"Due": "soon"}, "“soon” is no day"),
    ({"Milestones": "2030-02-30 Tried"}, "“2030-02-30” is no day"),
    ({"Milestones": "2030-02-03:"}, "says no more than a day"),
    (
        {"Kind of Driver": "A whim"},
        "“A whim” is no kind of strategic driver: choose",
    ),
    ({"Kind of Driver": "", "Strategic Driver": "A whim"}, "name it in a column “Kind of Driver”"),
    ({"Priority": "high"}, "the priority “high” is none of High, Medium, Low"),
    ({"Who": "", "Responsible Group": "Management Group"}, "Who: This field cannot be blank."),
    ({"Who": "Business Manager"}, "The Business Manager leads no action"),
    ({"Who": f"Independent Scrutineer, {CHAIR}"}, "The Independent Scrutineer leads no action"),
    ({"Responsible Group": "Nowhere"}, "No group is called “Nowhere”"),
    ({"#": "9" * 21}, "at most 20 characters"),
    ({"#": ""}, "line 3: it has no reference"),
    ({"#": "1"}, "lines 2 and 3 have one reference, “1”"),
    ({"Action": ""}, "cannot be blank"),
    ({"Action": "a\x00b"}, "line 3: it holds a character that cannot be stored"),
    ({"Colour": "blue"}, "“Colour” is no column of a plan"),
]


@pytest.mark.parametrize(("cells", "message"), REFUSED, ids=[json.dumps(cells) for cells, _ in REFUSED])
@pytest.mark.run_in("sqlite")  # a table is read in Python
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_recorded(cells, message, load):
    before = Change.objects.last_number()
    with pytest.raises(CommandError, match=f"Nothing was recorded.*{message}"):
        load(ROW, ROW | {"#": "2"} | cells)
    assert Change.objects.last_number() == before


HEAD = ",".join(published.COLUMNS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{HEAD}\r\n1,"An audit,T,A,High,{CHAIR},\r\n', "line 2: a quoted cell does not end as it should"),
        (f'{HEAD}\r\n1,"An" audit,T,A,High,{CHAIR},\r\n', "line 2: a quoted cell does not end"),
        (f"{HEAD},#\r\n", "two columns are called “#”"),
        (f"{HEAD},\r\n", "“” is no column of a plan"),
        (HEAD.replace(",Who", "") + "\r\n", "missing: Who"),
        ("\r\n\r\n", "missing: #"),
        (f"{HEAD}\r\n1,{'x' * 140_000},T,A,High,{CHAIR},\r\n", "line 2"),
        (HEAD.encode("utf-16"), "is not UTF-8 text"),
        (f"{HEAD}\r\n1,Café audit,T,A,High,{CHAIR},".encode("latin-1"), "is not UTF-8 text"),
        (b"\xed\xa0\x80", "is not UTF-8 text"),
    ],
)
@pytest.mark.run_in("sqlite")  # a table is read in Python
def test_a_table_that_is_none_is_refused(text, message, load):
    with pytest.raises(CommandError, match=message):
        load(text)


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_file_that_cannot_be_opened_is_named(name, tmp_path, db):
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("load_plan", tmp_path / name, **PLAN)


def test_nothing_is_added_to_a_closed_plan(load, on_record):
    [action] = load(ROW)
    with on_record():
        action.status = "complete"
        action.save()
        action.plan.status = "closed"
        action.plan.save()
    with pytest.raises(CommandError, match="Line 3, “2”: Business Plan 2030-31 is closed"):
        load(ROW, ROW | {"#": "2"})


def test_one_driver_and_one_theme_for_all_rows_that_name_it(load):
    load(*(ROW | {"#": str(number), "Theme": "Neglect"} for number in range(3)))
    plan = BusinessPlan.objects.get(label="2030-31")
    assert StrategicDriver.objects.filter(plan=plan).count() == plan.themes.count() == 1


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@given(st.lists(CELL, min_size=1, max_size=5), st.sampled_from("\t,"), st.sampled_from(["", "\ufeff"]))
def test_whatever_a_spreadsheet_writes_is_read_as_it_was(texts, delimiter, mark):
    rows = [ROW | {"#": f"R{number}", "Action": text} for number, text in enumerate(texts)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan"
        path.write_bytes((mark + written(rows, delimiter)).encode())
        assert [row.text for row in published.read_rows(path)] == [text.strip() for text in texts]


@given(st.binary(max_size=200))
def test_no_bytes_make_a_traceback(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan"
        for begun in (b"", (HEAD + "\r\n").encode()):
            path.write_bytes(begun + content)
            try:
                published.read_rows(path)
            except Unreadable as error:
                assert str(error).startswith("plan")


@given(CELL)
def test_every_reference_has_an_address(ref):
    address = address_of(ref)
    Action._meta.get_field("slug").run_validators(address)
    assert 0 < len(address) <= 40 and address_of(address) == address
