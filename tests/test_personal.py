"""What in a text could identify a child: each kind is found, and the search is as good as the docs say."""

import re
from importlib import import_module

import pytest

from gscp import personal
from tests import measured_identifiers
from tests.tables_corpus import ROOT

pytestmark = pytest.mark.run_in("sqlite")  # words alone

LONG = 100_000  # characters


@pytest.fixture(autouse=True)
def spring(it_is):
    it_is(2022, 4, 6)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Seen with 943 476 5919 in June", "an NHS number: “943 476 5919”"),
        ("NHS no. 9434765918, typed wrongly", "an NHS number: “9434765918”"),
        ("The boy, born on the ninth of April 2013, is here", "a date of birth: “ninth of April 2013”"),
        ("He turned thirteen on 5 October 2020", "a date of birth: “5 October 2020”"),
        ("A girl, 12/04/2009, was missing", "a date of birth: “12/04/2009”"),
        ("Attendance of A123456789012 fell", "a unique pupil number: “A123456789012”"),
        ("Pupil number b123456789012 has no school", "a unique pupil number: “b123456789012”"),
        ("Attendance of H89912345678X fell", None),
        ("See case 4471 again", "a case number: “case 4471”"),
        ("Liquidlogic ID 123456 has no visit", "a case number: “Liquidlogic ID 123456”"),
        ("JS, 14, was seen", "initials with an age: “JS, 14”"),
        ("We spoke of A.B. aged 9 at length", "initials with an age: “A.B. aged 9”"),
        ("Kayleigh, 13, told her teacher", "a first name with an age: “Kayleigh, 13”"),
        ("A boy called Marcus, 16, was hurt", "a first name with an age: “Marcus, 16”"),
        ("Child K died at home", "a letter for a child beside an event: “Child K”"),
        ("They live at GL1 2AB", "a postcode: “GL1 2AB”"),
        (
            "The boy in Year 9 at Severnside Academy",
            "a school with a year group: “Severnside Academy, Year 9”",
        ),
    ],
)
def test_each_kind_is_found_and_named(text, found):
    assert personal.identifying_details(text) == ([found] if found else [])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("9434765919", "9434765918"), ("H801200001001", "A801200001001"), ("A123456789012", "A123456789013")],
)
def test_a_number_is_known_by_its_check_digit(right, wrong):
    assert personal.identifying_details(f"Spoke of {right}")
    assert not personal.identifying_details(f"Spoke of {wrong}")


def test_a_detail_is_told_once():
    assert len(personal.identifying_details("GL1 2AB and again GL1 2AB, and GL1 2AD")) == 2


def test_the_set_is_large_and_half_of_it_innocent():
    rows = measured_identifiers.sentences()
    innocent = [row for row in rows if not row["kind"]]
    held = [row for row in rows if row["set"] == measured_identifiers.HELD_OUT]
    assert len(rows) >= 600 and len({row["sentence"] for row in rows}) == len(rows)
    assert 0.45 < len(innocent) / len(rows) < 0.55 and len(held) >= len(rows) / 3
    assert {row["kind"] for row in rows} == {"", *personal.KINDS}


def test_the_rates_are_those_that_the_docs_say():
    """Neither worse nor better: `make bench ARGS=identifiers` prints the rows anew."""
    told = (ROOT / "docs" / "child-safe-text.md").read_text()
    assert [row for row in measured_identifiers.table() if row not in told] == []


@pytest.mark.parametrize(
    "text", ["Jayden,\naged 7, was seen", "They live at GL1\u200b 2AB", "Jayden\r\nis 7 years old"]
)
def test_ends_of_lines_and_signs_that_nobody_sees_hide_nothing(text):
    assert personal.identifying_details(text)


@pytest.mark.parametrize(
    ("kind", "text", "reason", "repeats"),
    [
        ("a first name with an age", "Jayden, aged 7", "Jayden is made up", True),
        ("a first name with an age", "Jayden, aged 7", "It is a made up name", False),
        ("a postcode", "GL1 2AB", "They live at gl 1 2ab", True),
        ("a postcode", "GL1 2AB", "It is the address of our office", False),
    ],
)
def test_a_reason_does_not_repeat_what_it_is_about_in_other_letters(kind, text, reason, repeats):
    assert personal.Detail(kind, text).is_repeated_in(reason) is repeats


def test_numbers_below_one_another_are_no_number_of_a_child():
    assert personal.identifying_details("943\n476\n5919") == []


def test_no_pattern_repeats_without_end():
    """So the time that a text takes grows with its length, whatever stands in it."""
    patterns = 0
    for module in ("births", "children", "numbers", "schools", "words"):
        # Not by `from gscp.personal import`, which gives the functions of these names.
        for name, pattern in vars(import_module(f"gscp.personal.{module}")).items():
            if isinstance(pattern, re.Pattern):
                patterns += 1
                without_sets = re.sub(r"\\.|\[[^\]]*\]", "", pattern.pattern)
                assert not re.search(r"[*+]|,\}", without_sets), name
    assert patterns > 20


@pytest.mark.parametrize(
    "piece",
    [
        "1", "1 ", "12/", "1 May ", "1 jan 2010 ", "A.", "Aa ", "Ab-", "case no ref id ", "case 12-",
        "Child A ", "Anna and ", "JS, 1, ", "The St School ", "Year 1 ",
        "born ", "d.o.b. ", "\n", " ", "a.A ",
    ],
)  # fmt: skip
def test_a_long_text_made_to_be_slow_is_read_to_its_end(piece):
    text = (piece * (LONG // len(piece)))[: LONG - 40]
    assert "a postcode: “GL1 2AB”" in personal.identifying_details(f"{text}. They live at GL1 2AB")
