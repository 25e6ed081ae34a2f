"""A row that sums up the table is no action; where it may be either, it is asked."""

import pytest

from tests.test_tables_understood import looked_at

HEAD = ["Ref", "Theme", "Action", "Lead", "By when", "Budget"]
ACTIONS = [
    ["1", "Voice", "Hear from 40 children", "QiiP Subgroup Chair", "Ongoing", "200"],
    ["2", "Voice", "Train 200 staff", "MASH Subgroup Chair", "31 March 2022", "320"],
]
WHICH = ["total", "action", "group", "continuation"]


def kinds(*rows):
    found = looked_at([HEAD, *ACTIONS, *rows], {})
    return [row.kind for row in found.rows[3:]], found


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "", "6 actions", "", "", "520"],
        ["Total", "2 actions", "", "", "", ""],
        ["TOTALS:", "", "2", "", "", "£520.50"],
        ["Grand total", "", "2 actions in total", "", "", ""],
        ["Overall", "", "2 items", "", "", "100%"],
        ["Sum", "", "", "", "", "520"],
        ["Number of actions", "", "2", "", "", ""],
        ["Actions in total", "", "2", "", "", ""],
        ["", "Total", "2 actions", "", "", ""],
        ["", "", "Total", "", "", "520"],
        ["", "", "2 actions in total", "", "", "520"],
        ["", "", "Total: 2 actions", "", "", ""],
    ],
)
def test_a_row_of_totals_is_no_action_and_is_not_asked_about(row):
    told, found = kinds(row)
    assert told == ["total"]
    assert len(found.actions) == 2 and found.doubts == looked_at([HEAD, *ACTIONS], {}).doubts
    assert list(found.rows[-1].extra.values()) == [text for text in row if text], "no cell is lost"


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "", "2 actions, of which 1 is new", "", "", "520"],
        ["Overall", "", "Half of them are on track", "", "", ""],
        ["Totals", "High: 1", "Medium: 1", "", "", ""],
        ["", "", "Total", "QiiP Subgroup Chair", "", "520"],
        ["Total", "", "2 actions", "QiiP Subgroup Chair", "", ""],
        ["", "Sum", "£520 and a bit", "", "", ""],
        ["3", "", "Total", "", "", ""],
    ],
)
def test_what_may_be_a_total_must_be_answered(row):
    told, found = kinds(row)
    assert told == ["total"] and len(found.actions) == 2
    [doubt] = found.must_be_answered
    assert (doubt.kind, doubt.asks, doubt.choices) == ("total or action", "rows", WHICH)
    for answer, count in (("total", 2), ("action", 3)):
        answered = looked_at([HEAD, *ACTIONS, row], {"rows": {"4": answer}})
        assert len(answered.actions) == count
        assert "total or action" not in [each.kind for each in answered.doubts]


@pytest.mark.parametrize(
    "row",
    [
        ["3", "Total", "Count all visits", "MASH Subgroup Chair", "2022", ""],
        ["", "Overall", "Review the training of all staff", "MASH Subgroup Chair", "", ""],
        ["3", "Voice", "Total redesign of the front door", "", "", ""],
        ["", "", "Total redesign of the front door", "MASH Subgroup Chair", "2022", ""],
    ],
)
def test_an_action_that_begins_with_such_a_word_stays_one(row):
    told, found = kinds(row)
    assert told == ["action"]
    assert "total or action" not in [doubt.kind for doubt in found.doubts]
