"""Readings of a period from a table, pasted or uploaded: they are looked at before they are recorded."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from subgroups.models import MeasureAgency, Partner, Reading
from tests.answers import said
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
MAY = date(2021, 5, 1)
LONG = "Measure\tAgency\tCounted\tOut of\tCommentary\n"


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def agencies(on_record):
    """Three partners, one of them with another name before and a spelling of its own."""
    with on_record():
        partners = list(Partner.objects.current_on(MAY)[:3])
        partners[0].name, partners[0].aliases = "Northshire Police", "NP\nNorthshire Constabulary"
        partners[0].save()
        partners[0].name = "North Police"
        partners[0].save()
        partners[1].name, partners[1].aliases = "Northshire Council", "The Council"
        partners[1].save()
        return partners


@pytest.fixture
def share(on_record, agencies):
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=MAY)
        for partner in agencies:
            MeasureAgency(measure=measure, partner=partner).save()
        return measure


@pytest.fixture
def count(on_record):
    with on_record():
        return measure_of(
            "qiip", name="Sessions held", numerator="sessions", denominator="", unit="sessions", first_day=MAY
        )


@pytest.fixture
def send(sign_in):
    """Have a table read, and its page answered; `typed` stands in boxes already."""

    def sent(table="", name="qiip.chair", button="read_table", **typed):
        client = sign_in(name)
        url = reverse("readings_of_month", args=["qiip", "2021-05"])
        form = client.get(url).context["form"]
        data = {"token": form["token"].value(), "seen": form["seen"].value(), button: "1", "table": table}
        return client.post(url, data | typed)

    return sent


def box(page, measure, agency=None, what="count"):
    name = f"{what}_{measure.pk}_{agency.pk if agency else 'all'}"
    return page.context["form"][name].value()


def boxes(page, measure, *agencies):
    return [(box(page, measure, one), box(page, measure, one, "whole")) for one in agencies]


def notes(page):
    return list(page.context["form"].table_notes)


def wrong(page):
    form = page.context["form"]
    return [text for name in form.fields for text in form.errors.get(name, [])]


# ---------------------------------------------------------------- layouts that are understood


def test_rows_are_read_by_any_name_of_an_agency_and_nothing_is_recorded(send, share, count, agencies):
    table = LONG + (
        "Places taken up\tNorthshire Police\t1,020\t1 600\tMore than usual\n"  # a former name
        "\tThe Council\t30\t40\t\n"
        f"Places taken up\t{str(agencies[2]).upper()}\tn/a\t\t\n"
        "Sessions held\t\t12\t\tTwo were put off\n"
    )
    page = send(table)
    assert boxes(page, share, *agencies) == [("1,020", "1600"), ("30", "40"), ("n/a", None)]
    assert box(page, count) == "12"
    form = page.context["form"]
    assert form[f"said_{share.pk}"].value() == "North Police: More than usual"
    assert form[f"said_{count.pk}"].value() == "Two were put off"
    assert (notes(page), wrong(page)) == ([], [])
    assert "8 boxes filled from the table. Check, then record." in said(page)
    assert not Reading.objects.exists()


def test_what_was_read_is_recorded_when_it_is_sent(send, share, count, agencies):
    page = send(LONG + "Sessions held\t\t12\t\tTwo were put off\n")
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields if name not in ("file", "confirmed")}
    answer = send(
        button="record", **{k: v for k, v in sent.items() if k not in ("token", "seen", "small_confirmed")}
    )
    assert answer.status_code == 302
    assert [(one.numerator, one.commentary) for one in Reading.objects.all()] == [("12", "Two were put off")]


def test_headings_may_stand_in_any_order_and_spelling_beneath_a_title(send, share, count, agencies):
    page = send(
        "Figures of the group\n\nOUT  OF:\tComents\tNumerator\tOrganisation\tIndicator\n"
        "40\tGood\t30\tNP\tplaces taken up\n"
        "Out of\tComments\tNumerator\tOrganisation\tIndicator\n"  # the headings again
        "50\t\t45\tThe Council\tPlaces taken-up\n"
    )
    assert boxes(page, share, *agencies[:2]) == [("30", "40"), ("45", "50")] and notes(page) == []


def test_agencies_may_be_columns_with_counted_and_out_of_beneath(send, share, count, agencies):
    page = send(
        "Measure\tNP\t\tThe Council\t\tCommentary\n\tCounted\tOut of\tCounted\tOut of\t\n"
        "Places taken up\t30\t40\t45\t50\tGood\n"
    )
    assert boxes(page, share, *agencies[:2]) == [("30", "40"), ("45", "50")] and notes(page) == []
    assert page.context["form"][f"said_{share.pk}"].value() == "Good"


@pytest.mark.parametrize(
    "table",
    [
        "Measure\tNP\tThe Council\nPlaces taken up\t30 of 40\t90.0% (45 of 50)\n",
        "Measure\tNP counted\tNP out of\tThe Council – counted\tThe Council – out of\n"
        "Places taken up\t30\t40\t45\t50\n",
        "Measure\tWhat\tNP\tThe Council\n"
        "Places taken up\tplaces attended\t30\t45\n\tplaces offered\t40\t50\n",
        "\tNP\t\tThe Council\t\nMeasure\tCounted\tOut of\tCounted\tOut of\nPlaces taken up\t30\t40\t45\t50\n",
        "Agency,Counted,Out of,Measure\nNP,30,40,Places taken up\nThe Council,45,50,Places taken up\n",
    ],
)
@pytest.mark.run_in("sqlite")  # reading a table
def test_other_layouts_say_the_same(send, share, count, agencies, table):
    page = send(table)
    assert boxes(page, share, *agencies[:2]) == [("30", "40"), ("45", "50")]
    assert (notes(page), wrong(page)) == ([], [])


@pytest.mark.parametrize(
    "table",
    [
        "Measure\tNP\tThe Council\nPlaces taken up\t30 of 40\t\n\n"
        "Measure\tThe Council\tNP\nPlaces taken up\t45 of 50\t\n",
        "Measure\tNP\t\n\tCounted\tOut of\nPlaces taken up\t30\t40\n"
        "Measure\tThe Council\t\n\tOut of\tCounted\nPlaces taken up\t50\t45\n",
        LONG + "Places taken up\tNP\t30\t40\nAgency\tMeasure\tOut of\tCounted\tCommentary\n"
        "The Council\tPlaces taken up\t50\t45\n",
        "Measure\tNP\nPlaces taken up\t30 of 40\n"  # fewer columns than the next heading
        "Measure\tCommentary\tThe Council\nPlaces taken up\tGood\t45 of 50\n",
        LONG + "Places attended\tNorth Police\nPlaces taken up\tNP\t30\t40\n"  # its words are headings
        "Places taken up\tThe Council\t45\t50\n",
    ],
)
@pytest.mark.run_in("sqlite")  # reading a table
def test_rows_under_a_second_heading_are_read_by_it(send, share, count, agencies, table):
    page = send(table)
    assert boxes(page, share, *agencies[:2]) == [("30", "40"), ("45", "50")]
    assert (notes(page), wrong(page)) == ([], [])


@pytest.mark.run_in("sqlite")  # reading a table
def test_rows_under_a_second_heading_without_a_measure_are_told(send, share, count, agencies):
    page = send("Measure\tNP\tThe Council\nPlaces taken up\t30 of 40\t\n\tThe Council\tNP\n\t45 of 50\t\n")
    assert boxes(page, share, *agencies[:2]) == [("30", "40"), (None, None)]
    assert notes(page) == [
        "Row 3: the table from here on has no column for the measure. Write “Measure” above it."
    ]


# ---------------------------------------------------------------- what is told


def test_what_cannot_be_read_is_named_by_row_and_column_and_stays_in_its_box(send, share, count, agencies):
    page = send(
        LONG + "Places taken up\tNP\t62%\t80\nPlaces taken up\tThe Council\t50\t40\nSessions held\t\t-\n"
    )
    assert wrong(page) == [
        "Row 2, column C: Write the count, not the percentage: it is worked out.",
        "Row 3, column C: 50 is more than 40.",
        "Row 4, column C: A dash can mean several things: write 0, “n/a” or “not supplied”.",
    ]
    assert box(page, share, agencies[0]) == "62%" and box(page, count) == "-"
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("table", "note"),
    [
        (
            "Sessions held\tNP\t12",
            "Row 2, column B: “Sessions held” has one figure, without agencies.",
        ),
        ("Places taken up\t\t12\t20", "Row 2: “Places taken up” has a figure of each agency"),
        ("Places taken up\tTotal\t12\t20", "Row 2, column B: “Places taken up” has a figure of each agency"),
        ("Places taken up\tSouthshire\t12\t20", "Row 2, column B: no partner is called “Southshire”."),
        ("Contacts\t\t12", "Row 2, column A: “Contacts” is no measure of the QiiP"),
        ("\t\t12", "Row 2: the measure is not named."),
        ("Placs taken up\tNP\t12\t20", "Row 2, column A: “Placs taken up” was read as “Places taken up”."),
        ("Places taken up\tNorth Polce\t12\t20", "Row 2, column B: “North Polce” was read as North Police."),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a table
def test_a_row_without_a_box_is_told_why(send, share, count, agencies, table, note):
    page = send(LONG + table)
    assert len(notes(page)) == 1 and notes(page)[0].startswith(note), notes(page)


@pytest.mark.parametrize(
    ("table", "note"),
    [
        ("Agency\tCounted\nNP\t12", "The table has no column for the measure. Write “Measure” above it."),
        ("Measure\tAgency\nSessions held\t12", "The table has no column for what is counted."),
        ("Places taken up\t12\n", "The table has no headings that are known."),
        (
            "Measure\tCounted\tCounted\nSessions held\t1\t2",
            "Columns B and C have the same heading, “Counted”",
        ),
        (
            "Measure\tAgency\tCounted\nPlaces taken up\tNP\t12",
            "Row 2: “Places taken up” is a share, and there is",
        ),
        (
            "Measure\tCounted\tColour\nSessions held\t12\tRed",
            "Column C (Colour) is not known: it was not read.",
        ),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a table
def test_a_missing_or_doubled_column_is_told(send, share, count, agencies, table, note):
    page = send(table)
    assert notes(page)[0].startswith(note) and not Reading.objects.exists()


def test_a_measure_of_another_group_and_one_that_is_entered_are_told(
    send, share, count, agencies, on_record, user
):
    with on_record():
        measure_of("mash", name="Right threshold", first_day=MAY)
        read(share, user("qiip.chair"), MAY, 30, 40, partner=agencies[0])
        read(count, user("qiip.chair"), MAY, 12, denominator="")
    page = send(LONG + "Right threshold\t\t1\t2\nPlaces taken up\tNP\t30\t40\nSessions held\t\t12\n")
    assert [note.split(":")[1].strip() for note in notes(page)] == [
        "“Right threshold” is a measure of the MASH Subgroup.",
        "the figure of North Police for “Places taken up” is entered already",
        "“Sessions held” is entered already for May 2021",
    ]


def test_an_agency_that_was_no_partner_then_and_a_successor_are_known(send, share, on_record, agencies):
    with on_record():
        other = Partner(name="Southshire Trust", kind="education", started_on=date(2021, 6, 1))
        other.save()
        agencies[1].be_succeeded_by(Partner(name="Northshire Unitary"), on=date(2021, 5, 15))
    page = send(
        LONG + "Places taken up\tSouthshire Trust\t1\t2\nPlaces taken up\tNorthshire Council\t30\t40\n"
    )
    assert notes(page) == ["Row 2: Southshire Trust was no partner at the end of May 2021."]
    assert boxes(page, share, Partner.objects.get(name="Northshire Unitary")) == [("30", "40")]


def test_another_period_is_told_and_its_own_read(send, share, count, agencies):
    head = "Measure\tPeriod\tCounted\n"
    assert box(send(head + "Sessions held\tMay 2021\t12\n"), count) == "12"
    page = send(head + "Sessions held\tApril 2021\t12\n")
    assert notes(page) == ["Row 2, column B: “April 2021” is not May 2021, which these boxes are of."]
    assert not box(page, count)


def test_a_doubled_line_is_taken_if_it_says_the_same(send, share, count, agencies):
    page = send(LONG + "Sessions held\t\t1,012\nSessions held\t\t1012\n")
    assert box(page, count) == "1,012" and notes(page) == []
    page = send(LONG + "Sessions held\t\t12\nSessions held\t\t13\n")
    assert notes(page) == [
        "Row 2, column C: there is another figure for the same at Row 3, column C: neither was taken."
    ]
    assert not box(page, count)


@pytest.mark.parametrize(
    ("percent", "fits"), [("75%", 1), ("75.0", 1), ("0.75", 1), ("74.9%", 0), ("76%", 0)]
)
@pytest.mark.run_in("sqlite")  # arithmetic
def test_a_percentage_is_held_to_its_two_counts(send, share, agencies, percent, fits):
    page = send(f"Measure\tAgency\tCounted\tOut of\t%\nPlaces taken up\tNP\t30\t40\t{percent}\n")
    told = [f"Row 2, column E: {percent} is not what 30 of 40 gives: 75.0%."]
    assert notes(page) == ([] if fits else told)


def test_what_was_typed_stays_and_a_mended_table_replaces_its_own_figures(send, share, count, agencies):
    name = f"count_{count.pk}_all"
    page = send(LONG + "Sessions held\t\t12\t\tFewer\n", **{name: "15", f"said_{count.pk}": "As planned"})
    assert box(page, count) == "15"
    assert notes(page) == ["Row 2, column C: “15” stands in the box already, so “12” was not put in."]
    assert page.context["form"][f"said_{count.pk}"].value() == "As planned\nFewer"
    page = send(LONG + "Sessions held\t\t12\n")
    filled = page.context["form"]["filled"].value()
    page = send(LONG + "Sessions held\t\t14\n", filled=filled, **{name: "12"})
    assert box(page, count) == "14" and notes(page) == []


def test_a_table_that_was_not_read_is_not_passed_over(send, share, count):
    page = send(LONG + "Sessions held\t\t12\n", button="record", **{f"count_{count.pk}_all": "15"})
    assert wrong(page) == ["This table is not in the boxes yet. Press “Read the table”, or empty this box."]
    assert not Reading.objects.exists()


# ---------------------------------------------------------------- files


def workbook(*rows) -> SimpleUploadedFile:
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return SimpleUploadedFile("figures.xlsx", file.getvalue())


def test_an_uploaded_workbook_is_read_as_what_is_pasted(send, share, count, agencies):
    file = workbook(
        ["Measure", "Agency", "Counted", "Out of"],
        ["Places taken up", "NP", 1020, 1600],
        ["Sessions held", None, 12],
    )
    page = send(file=file)
    assert boxes(page, share, agencies[0]) == [("1020", "1600")] and box(page, count) == "12"
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (("figures.csv", b"x" * 2_000_001), "The file has more than 2 MB."),
        (("figures.xlsx", b"no workbook"), "is called .xlsx but is no such file"),
        (("figures.exe", b"MZ"), "must be of the kind"),
        (("figures.csv", b"a,b\n" * 10_001), "The file has more than 20,000 cells."),
        (("figures.csv", b"a," * 256 + b"b"), "Cell IW1 of the file: a table has at most 256 columns."),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a file
def test_a_file_that_cannot_be_read_is_told_and_what_was_typed_stays(send, count, file, why):
    page = send(file=SimpleUploadedFile(*file), **{f"count_{count.pk}_all": "15"})
    assert why in said(page)
    assert box(page, count) == "15"


def test_without_a_table_the_page_asks_for_one(send, count):
    assert wrong(send()) == ["Paste a table here, or choose a file."]


def test_a_file_is_read_for_those_alone_who_may_enter(send, sign_in, count):
    url = reverse("readings_of_month", args=["qiip", "2021-05"])
    for name in ("scrutineer", "mash.chair"):
        file = SimpleUploadedFile("figures.csv", b"Measure,Counted\nSessions held,12\n")
        assert sign_in(name).post(url, {"file": file, "read_table": "1"}).status_code == 403
    file = SimpleUploadedFile("figures.csv", b"Measure,Counted\nSessions held,12\n")
    assert box(send(name="business.manager", file=file), count) == "12"


def test_a_file_that_is_sent_with_the_boxes_is_not_passed_over(send, count):
    file = SimpleUploadedFile("figures.csv", b"Measure,Counted\nSessions held,12\n")
    page = send(button="record", file=file, **{f"count_{count.pk}_all": "15"})
    assert wrong(page) == ["This file is not in the boxes yet. Choose it again, and press “Read the table”."]
    assert box(page, count) == "15" and not Reading.objects.exists()
