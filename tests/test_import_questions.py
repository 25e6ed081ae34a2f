"""What an import asks, each thing once and where it can be answered, and what it says of its reading."""

import re

import pytest

from actions.models import OtherColumn
from tests.test_importing import (
    GOOD,
    HEADINGS,
    IMPORT,
    RECORD,
    choose,
    draft,  # noqa: F401  a fixture
    name_of,
    read_at_once,  # noqa: F401  a fixture
    record,
    text,
)

# Once: a table is read, and asked about, in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_a_quarter_in_words_says_of_which_year_and_what_lies_before_the_plan(manager, draft):  # noqa: F811  the fixture
    rows = [HEADINGS, [*GOOD[:4], "Q2 2021", ""], ["2", *GOOD[1:4], "Q4 2022", ""]]
    page = text(choose(manager, rows))
    assert "“Q2 2021” as 30 September 2021, in the year from April 2021 (E2)" in page
    assert "“Q4 2022” as 31 March 2023, in the year from April 2022 (E3)" in page
    assert "These days lie before the plan begins: “1: 30 September 2021” (E2)." in page


def test_a_number_that_stands_twice_is_asked_about_once(manager, draft):  # noqa: F811  the fixture
    page = choose(manager, [HEADINGS, GOOD, ["1", "Do another thing", *GOOD[2:]]])
    shown = text(page)
    assert "“No”: a number stands twice: “1” (A2 and A3)." in shown
    assert "These rows would be the same action" not in shown and "Mend this in the file" not in shown
    answer = {name_of(page, "What to do with these numbers"): "in order", "answers": "1"}
    assert "2 actions would be added" in text(manager.post(IMPORT, answer, follow=True))


def test_each_action_without_a_group_can_have_one_of_its_own(manager, draft):  # noqa: F811  the fixture
    rows = [["Business plan 2022"], ["No", "Action", "Lead"], ["1", "Do it", ""], ["2", "Do that", ""]]
    rows += [["", "Do more, with nobody named", ""]]
    page = choose(manager, rows)
    shown = text(page)
    assert "answers for these actions: “1” (A3), “2” (A4) and “Do more, with nobody named”" in shown
    assert "()" not in shown, "a cell that is empty has no brackets"
    assert "2 rows of titles or of column headings" in shown
    answers = {
        name_of(page, "Group that answers for these actions"): "MASH Subgroup",
        name_of(page, "Another group for “2”"): "QiiP Subgroup",
    }
    page = manager.post(IMPORT, answers | {"answers": "1"}, follow=True)
    assert "What you must answer" not in text(page)
    record(manager)
    groups = [str(action.group) for action in draft.actions.order_by("position")]
    assert groups == ["MASH Subgroup", "QiiP Subgroup", "MASH Subgroup"]


def test_one_group_alone_is_asked_for_one_action_and_for_very_many(manager, draft):  # noqa: F811  the fixture
    page = text(choose(manager, [HEADINGS[:2], GOOD[:2]]))
    assert "Group that answers for these actions" in page and "Another group" not in page
    page = choose(manager, [HEADINGS[:2], *([str(n), f"Do thing {n}"] for n in range(1, 31))])
    assert "Another group" not in text(page) and "mend them in the file" not in text(page)
    answer = {name_of(page, "Group that answers"): "MASH Subgroup", "answers": "1"}
    assert "30 actions would be added" in text(manager.post(IMPORT, answer, follow=True))


def test_a_group_answered_for_one_row_stays_with_it_when_another_answer_gives_it_a_new_number(manager, draft):  # noqa: F811  the fixture
    rows = [["No", "Action", "Lead"], ["1", "Agree a door", ""], ["3a", "Visit schools", ""]]
    rows += [["3b", "Train staff", ""], ["3b", "Brief all schools", ""], ["4", "Tell parents", ""]]
    page = choose(manager, rows)
    answers = {
        name_of(page, "What to do with these numbers"): "in order",
        name_of(page, "Group that answers for these actions"): "QiiP Subgroup",
        name_of(page, "Another group for “3a”: Visit schools"): "Management Group",
        name_of(page, "Another group for “3b”: Brief all schools"): "MASH Subgroup",
    }
    assert "Keep the first of each, and give the others the next free numbers" in text(page)
    assert "What you must answer" not in text(manager.post(IMPORT, answers | {"answers": "1"}, follow=True))
    record(manager)
    assert [(one.ref, one.text, str(one.group)) for one in draft.actions.order_by("position")] == [
        ("1", "Agree a door", "QiiP Subgroup"),
        ("3a", "Visit schools", "Management Group"),
        ("3b", "Train staff", "QiiP Subgroup"),
        ("5", "Brief all schools", "MASH Subgroup"),
        ("4", "Tell parents", "QiiP Subgroup"),
    ]
    assert [(one.action.ref, one.text) for one in OtherColumn.objects.filter(heading="No")] == [("5", "3b")]


def test_an_empty_cell_beneath_a_driver_can_be_said_to_say_nothing(manager, draft):  # noqa: F811  the fixture
    rows = [["No", "Strategic driver", *HEADINGS[1:]], ["1", "Neglect", *GOOD[1:]]]
    page = choose(manager, [*rows, ["2", "", *GOOD[1:]], ["3", "", *GOOD[1:]]])
    assert "“Strategic driver” is empty or the same mark there, and is read as above: B3 and B4." in text(
        page
    )
    manager.post(IMPORT, {name_of(page, "What B4 says"): "none", "answers": "1"})
    record(manager)
    drivers = [action.driver.text for action in draft.actions.order_by("position")]
    assert drivers == ["Neglect", "Neglect", "No strategic driver is given."]


def test_of_two_values_of_one_action_the_first_counts_once_confirmed(manager, draft):  # noqa: F811  the fixture
    rows = [["No", "Action", "Lead", "Priority", "Timescale"]]
    rows += [["1", "Open a door", "QiiP Subgroup Chair", "High", "30 September 2022"]]
    rows += [["", "", "MASH Subgroup Chair", "Low", "31 October 2022"]]
    page = text(choose(manager, rows))
    assert "The first counts, not “31 October 2022” (E3), “Low” (D3)." in page
    assert "What you must answer" not in page and "You confirm these together" in page
    record(manager)
    action = draft.actions.get()
    assert (action.priority, str(action.original_date)) == ("high", "2022-09-30")
    assert {one.heading: one.text for one in action.other_columns.all()} == {
        "Priority of a further row": "Low",
        "Timescale of a further row": "31 October 2022",
    }


def test_what_each_action_would_get_is_seen_before_it_is_recorded(manager, draft):  # noqa: F811  the fixture
    rows = [["No", "Theme", "Strategic driver", "Action", "Group", "Timescale", "Priority"]]
    rows += [["1", "Neglect", "A review", "Do it", "MASH Subgroup", "31/02/2023", "P2"]]
    rows += [["2", "", "", "Do that", "QiiP Subgroup", "Ongoing", "High"]]
    page = choose(manager, rows)
    answers = {name_of(page, "31/02/2023"): "28 February 2023", name_of(page, "P2"): "Medium"}
    manager.post(IMPORT, answers | {"answers": "1"})
    page = text(manager.get(RECORD))
    assert "Do it MASH Subgroup Date: 28 February 2023, printed “31/02/2023” Priority: medium" in page
    assert (
        "Priority: medium Strategic driver: A review Theme: Neglect Row 2 of the file 2 Do that QiiP Subgroup"
        in page
    )
    assert "Date: ongoing, printed “Ongoing” Priority: high" in page
    record(manager)
    page = text(manager.get(draft.actions.get(ref="1").get_absolute_url()))
    assert "Priority Medium" in page and "Priority, as printed P2" in page and "Priority P2" not in page


def test_answers_that_were_given_are_seen_and_can_be_taken_back(manager, draft):  # noqa: F811  the fixture
    rows = [HEADINGS, ["1", "Do it", "J Smith", "The hub", "30 February 2022", ""], ["1", *GOOD[1:]]]
    page = choose(manager, rows)
    assert "What you answered" not in text(page)
    answers = {
        name_of(page, "J Smith"): "post:QiiP Subgroup Chair",
        name_of(page, "30 February 2022"): "28 February 2023",
        name_of(page, "The hub"): "MASH Subgroup",
        name_of(page, "What to do with these numbers"): "in order",
    }
    page = manager.post(IMPORT, answers | {"answers": "1"}, follow=True)
    assert "What you must answer" not in text(page)
    for given in (
        "Name “J Smith”: QiiP Subgroup Chair",
        "Timescale “30 February 2022”: 28 February 2023",
        "Group “The hub”: MASH Subgroup",
        "Numbers that stand twice: Keep the first of each",
    ):
        assert given in text(page)
    names = re.findall(r'name="taken_back" type="checkbox" value="([^"]+)"', page.content.decode())
    assert len(names) == 4
    page = manager.post(IMPORT, {"taken_back": [names[0], names[3]], "answers": "1"}, follow=True)
    asked = text(page).partition("What you must answer")[2].partition("What you answered")[0]
    assert "“J Smith” (C2)" in asked and "a number stands twice" in asked and "The hub" not in asked
    again = {name_of(page, "J Smith"): "-", name_of(page, "What to do with these numbers"): "in order"}
    page = manager.post(IMPORT, again | {"answers": "1"}, follow=True)
    assert "Name “J Smith”: only the words are kept" in text(page)
    record(manager)
    action = draft.actions.get(ref="1")
    assert (action.lead_posts, str(action.original_date)) == ([], "2023-02-28")


def test_of_many_answers_of_one_kind_all_are_taken_back_together(manager, draft):  # noqa: F811  the fixture
    rows = [HEADINGS, *([str(n), f"Do thing {n}", f"Nobody Known{n}", "MASH Subgroup"] for n in range(1, 31))]
    page = choose(manager, rows)
    keep = re.search(r'name="(keep-[a-z-]+)"', page.content.decode())[1]
    page = manager.post(IMPORT, {keep: "on", "answers": "1"}, follow=True)
    assert "Name: 30 answers" in text(page)
    [name] = re.findall(r'name="taken_back" type="checkbox" value="([^"]+)"', page.content.decode())
    page = manager.post(IMPORT, {"taken_back": [name], "answers": "1"}, follow=True)
    assert "There are 30 of these" in text(page) and "What you answered" not in text(page)


def test_the_register_of_a_draft_shows_the_printed_timescale_where_there_is_no_day(manager, draft):  # noqa: F811  the fixture
    rows = [HEADINGS, [*GOOD[:4], "Ongoing", ""], ["2", "Train the staff", *GOOD[2:4], "When we can", ""]]
    page = choose(manager, [*rows, ["3", "Map the area", *GOOD[2:4], "", ""]])
    assert "What you must answer" not in text(page)
    record(manager)
    page = manager.get("/plans/2022-23/").content.decode()
    due = [
        " ".join(re.sub(r"<[^>]+>", " ", cell).split())
        for cell in re.findall(r'data-label="Due">(.*?)</td>', page, re.DOTALL)
    ]
    assert due == ["“Ongoing”", "“When we can”", "No date"]


def test_one_name_may_mean_two_posts_and_both_lead(manager, draft):  # noqa: F811  the fixture
    who = "Both of the chairs of old"
    page = choose(manager, [HEADINGS, ["1", "Do it", who, "MASH Subgroup", "Ongoing", ""]])
    answers = {
        name_of(page, who): "post:QiiP Subgroup Chair",
        name_of(page, f"Who else is “{who}”"): "post:MASH Subgroup Chair",
    }
    page = manager.post(IMPORT, answers | {"answers": "1"}, follow=True)
    assert f"Name “{who}”: QiiP Subgroup Chair and MASH Subgroup Chair" in text(page)
    record(manager)
    action = draft.actions.get()
    assert [post.name for post in action.lead_posts] == ["QiiP Subgroup Chair", "MASH Subgroup Chair"]
    assert action.who == who


def test_of_two_in_one_cell_who_is_not_known_is_asked(manager, draft):  # noqa: F811  the fixture
    who = "CEM Subgroup Chair / QiiP Subgroup Chair"
    page = choose(manager, [HEADINGS, ["1", "Do it", who, "MASH Subgroup", "Ongoing", ""]])
    assert "nobody on record has these names: “CEM Subgroup Chair” (C2)" in text(page)
    answer = {name_of(page, "CEM Subgroup Chair"): "post:MASH Subgroup Chair", "answers": "1"}
    manager.post(IMPORT, answer, follow=True)
    record(manager)
    action = draft.actions.get()
    assert [post.name for post in action.lead_posts] == ["MASH Subgroup Chair", "QiiP Subgroup Chair"]
    assert action.who == who


def test_what_is_kept_as_printed_is_named_before_it_is_recorded(manager, draft):  # noqa: F811  the fixture
    head = [*HEADINGS, "Start", "RAG", "Measure"]
    rows = [[*GOOD, "April 2022", "Blue", "Fewer calls"], ["2", "Do it", *GOOD[2:5], "£9", "", "Green", ""]]
    page = text(choose(manager, [head, *rows]))
    assert "“Blue” as Complete" in page
    kept = "Only the printed words are recorded: an action of a draft has no status and no rating."
    assert kept in page
    page = text(manager.get(RECORD))
    assert "Columns kept as printed" in page and kept in page
    assert "Budget: 2 cells Start: 1 cell RAG: 2 cells" in page
    assert "How it will be known: Fewer calls" in page
    record(manager)
    assert [one.heading for one in draft.actions.get(ref="1").other_columns.order_by("pk")] == [
        "Budget", "Start", "RAG",
    ]  # fmt: skip
