"""A corrected file comes into a draft that has actions of the first: what it has no more is said."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from actions.models import Action, OtherColumn
from tests.test_import_command import file, run  # noqa: F401  file is a fixture
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

SECOND = ["2", "Map the places where children are at risk", *GOOD[2:]]
THIRD = ["3", "Train two hundred staff in the hub", *GOOD[2:]]
LEFT = "Not in this file, and left as they are: "


def imported(manager, *rows):
    choose(manager, [HEADINGS, *rows])
    record(manager)


def refs(plan):
    return [(one.ref, one.text) for one in plan.actions.order_by("position")]


def test_an_action_that_is_not_in_the_file_is_named_and_can_be_taken_out(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, SECOND, THIRD)
    page = choose(manager, [HEADINGS, GOOD, SECOND])
    assert "1 action of the draft is not in this file, and is left as it is" in text(page)
    out = draft.actions.get(ref="3").get_absolute_url()
    assert f'href="{out}take-out/"' in page.content.decode() and THIRD[1] in text(page)
    assert "0 actions would be added and 0 changed. 2 stay as they are." in text(page)
    imported(manager, [*GOOD[:1], "Agree one front door for all", *GOOD[2:]])
    assert "2 actions of the draft are not in this file" in text(choose(manager, [HEADINGS, GOOD]))
    page = manager.get(RECORD)
    assert "2 actions of the draft are not in this file, and are left as they are" in text(page)
    assert "Not in the file, and left as they are: 2 and 3." in text(record(manager))
    assert draft.actions.count() == 3
    page = choose(manager, [HEADINGS, GOOD, SECOND, THIRD])
    assert "not in this file" not in text(page)


def test_the_same_words_under_another_number_are_asked_about_and_keep_their_action(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, SECOND, THIRD)
    before = draft.actions.get(ref="3")
    page = choose(manager, [HEADINGS, GOOD, SECOND, ["2.1", f"{THIRD[1]} again", *THIRD[2:]]])
    assert "What you must answer" in text(page) and "“2.1, much like 3” (A4)" in text(page)
    label = f"“2.1”: {THIRD[1]} again"
    page = manager.post(IMPORT, {name_of(page, label): "3", "answers": "1"}, follow=True)
    assert "0 actions would be added and 1 changed. 2 stay as they are." in text(page)
    assert "not in this file" not in text(page)
    assert "Number Now 3 In the file 2.1" in text(manager.get(RECORD))
    record(manager)
    after = Action.objects.get(pk=before.pk)
    assert (after.ref, after.text, after.slug) == ("2.1", f"{THIRD[1]} again", before.slug)
    assert draft.actions.count() == 3 and after.history.count() == 2
    page = choose(manager, [HEADINGS, GOOD, SECOND, ["2.1", f"{THIRD[1]} again", *THIRD[2:]]])
    assert "0 actions would be added and 0 changed. 3 stay as they are." in text(page)


def test_or_they_are_a_new_action_and_the_answer_can_be_taken_back(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, THIRD)
    page = choose(manager, [HEADINGS, GOOD, ["4", *THIRD[1:]]])
    new = {name_of(page, f"“4”: {THIRD[1]}"): "new action", "answers": "1"}
    page = manager.post(IMPORT, new, follow=True)
    assert "1 action would be added" in text(page) and "1 action of the draft is not in this file" in text(
        page
    )
    assert f"Number of “4”: {THIRD[1]}: It is a new action" in text(page)
    record(manager)
    assert [ref for ref, _ in refs(draft)] == ["1", "4", "3"]


def test_other_words_under_another_number_are_a_new_action_without_a_question(manager, draft):  # noqa: F811  the fixture
    imported(manager, ["1", "Review the training of staff", *GOOD[2:]])
    page = choose(manager, [HEADINGS, ["2", "Review the visits of schools", *GOOD[2:]]])
    assert "1 action would be added" in text(page) and "What you must answer" not in text(page)


def test_a_number_with_quite_other_words_is_told(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, SECOND)
    told = "These rows have the number of an action of the plan, and very different words"
    page = choose(manager, [HEADINGS, GOOD, ["2", "Write the training strategy", *GOOD[2:]]])
    assert f"{told}: “2: Write the training strategy” (A3)." in text(page)
    page = choose(manager, [HEADINGS, GOOD, ["2", "Map places", *GOOD[2:]]])
    assert told not in text(page), "shorter, and much the same"


def test_an_empty_cell_takes_nobody_away(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, SECOND)
    before = draft.actions.get(ref="2")
    page = choose(
        manager, [HEADINGS[:3], ["1", *GOOD[1:3]], ["2", "Map each place with a risk to children", ""]]
    )
    assert "0 actions would be added and 1 changed" in text(page)
    record(manager)
    after = draft.actions.get(ref="2")
    assert (after.who, after.lead_posts) == (before.who, before.lead_posts) and before.lead_posts
    assert after.text == "Map each place with a risk to children"


def test_of_two_rows_only_one_can_be_the_action(manager, draft):  # noqa: F811  the fixture
    imported(manager, GOOD, THIRD)
    page = choose(manager, [HEADINGS, GOOD, ["4", *THIRD[1:]], ["5", *THIRD[1:]]])
    typed = {name_of(page, f"“{ref}”: {THIRD[1]}"): "3" for ref in ("4", "5")}
    page = manager.post(IMPORT, typed | {"answers": "1"}, follow=True)
    assert "1 action would be added and 1 changed" in text(page)
    record(manager)
    assert [ref for ref, _ in refs(draft)] == ["1", "4", "5"]


def test_very_many_with_other_numbers_are_answered_together(manager, draft):  # noqa: F811  the fixture
    rows = [[f"{n}", f"Do thing{n} for place{n} with team{n} of the area", *GOOD[2:]] for n in range(1, 31)]
    imported(manager, *rows)
    before = set(draft.actions.values_list("pk", flat=True))
    page = choose(manager, [HEADINGS, *([f"A.{row[0]}", *row[1:]] for row in rows)])
    assert "mend them in the file" not in text(page)
    answer = {name_of(page, "What these rows are"): "by words", "answers": "1"}
    assert "0 actions would be added and 30 changed" in text(manager.post(IMPORT, answer, follow=True))
    record(manager)
    assert set(draft.actions.values_list("pk", flat=True)) == before
    assert refs(draft) == [(f"A.{row[0]}", row[1]) for row in rows]


def test_the_command_names_them_too(manager, draft, file):  # noqa: F811  the fixtures
    imported(manager, GOOD, SECOND, THIRD)
    path = file([HEADINGS, GOOD, SECOND])
    assert f"{LEFT}“3” {THIRD[1]}" in run(path)
    printed = json.loads(run(path, "--json"))
    assert list(printed) == ["columns", "rows", "doubts", "not_in_file"]
    assert printed["not_in_file"] == [{"ref": "3", "title": "", "action": THIRD[1]}]
    other = file([HEADINGS, GOOD, SECOND, ["9", *THIRD[1:]]], "other.xlsx")
    asked = json.loads(run(other, "--json"))
    assert [doubt["kind"] for doubt in asked["doubts"] if doubt["must"]] == ["same action"]
    answers = file(b'{"same": {"A4": "3"}}', "answers.json")
    assert "0 new actions and 1 changed ones recorded" in run(other, "--commit", "--answers", str(answers))
    assert draft.actions.get(text=THIRD[1]).ref == "9"


UNKNOWN = ["Action", "Lead", "Timescale"]
FIRST = [["Train the staff", "Head of Safeguarding", "31/09/2022"], ["Map the area", "Old hands", "Soon"]]


def answered_once(manager):
    page = choose(manager, [["No", *UNKNOWN], ["1", *FIRST[0]], ["2", *FIRST[1]]])
    answers = {
        name_of(page, "Head of Safeguarding"): "post:QiiP Subgroup Chair",
        name_of(page, "Who else is “Head of Safeguarding”"): "post:MASH Subgroup Chair",
        name_of(page, "Old hands"): "-",
        name_of(page, "31/09/2022"): "30 September 2022",
    }
    page = manager.post(IMPORT, answers | {"answers": "1"}, follow=True)
    answer = {name_of(page, "Group that answers for"): "MASH Subgroup", "answers": "1"}
    assert "2 actions would be added" in text(manager.post(IMPORT, answer, follow=True))


def test_what_was_answered_of_the_first_file_is_not_asked_of_the_next(manager, draft):  # noqa: F811  the fixture
    answered_once(manager)
    record(manager)
    rows = [
        ["1", "Train all the staff", *FIRST[0][1:]],
        ["2", *FIRST[1]],
        ["3", "Ask children", *FIRST[0][1:]],
    ]
    page = choose(manager, [["No", *UNKNOWN], *rows])
    assert "What you must answer" not in text(page)
    assert "1 action would be added and 1 changed. 1 stays as it is." in text(page)
    assert "Name “Head of Safeguarding”: QiiP Subgroup Chair and MASH Subgroup Chair" in text(page)
    assert "Timescale “31/09/2022”: 30 September 2022" in text(page)
    record(manager)
    added = draft.actions.get(ref="3")
    assert [post.name for post in added.lead_posts] == ["QiiP Subgroup Chair", "MASH Subgroup Chair"]
    assert str(added.original_date) == "2022-09-30" and draft.actions.get(ref="2").lead_posts == []


def test_our_own_file_of_a_draft_changes_nothing_in_it(manager, draft):  # noqa: F811  the fixture
    """Whatever the first file had in columns that ours work out."""
    rows = [["No", "Action", "Lead", "Status"], [*MASH, "Delayed"], [*QIIP, "Complete"]]
    choose(manager, rows)
    record(manager)
    assert {one.text for one in OtherColumn.objects.filter(heading="Status")} == {"Delayed", "Complete"}
    for kind in ("xlsx", "csv"):
        ours = manager.get(f"{draft.get_absolute_url()}export.{kind}")
        manager.post(IMPORT, {"file": SimpleUploadedFile(f"ours.{kind}", b"".join(ours)), "choose": "1"})
        assert "0 actions would be added and 0 changed. 2 stay as they are." in text(manager.get(IMPORT)), (
            kind
        )


BUNDLES = ["No", "Action", "Lead", "Bundle"]
MASH, QIIP = ["1", "Train the staff", "MASH Subgroup Chair"], ["2", "Map the area", "QiiP Subgroup Chair"]


def test_the_same_file_again_is_read_as_it_was_answered_and_changes_nothing(manager, draft):  # noqa: F811  the fixture
    rows = [BUNDLES, [*MASH, "Front door"], ["", "More of it", "", ""], [*QIIP, "Front door"]]
    page = choose(manager, rows)
    answers = {name_of(page, "Bundle (D)"): "theme", "legends": "3", "answers": "1"}
    assert "2 actions would be added" in text(manager.post(IMPORT, answers, follow=True))
    record(manager)
    assert [one.theme.text for one in draft.actions.all()] == ["Front door", "Front door"]
    page = choose(manager, rows)
    assert "0 actions would be added and 0 changed. 2 stay as they are." in text(page)
    assert "Column “Bundle”: The theme" in text(page)


def test_a_column_is_known_again_by_its_heading_wherever_it_stands(manager, draft):  # noqa: F811  the fixture
    page = choose(manager, [BUNDLES, [*MASH, "Front door"], [*QIIP, "Front door"]])
    manager.post(IMPORT, {name_of(page, "Bundle (D)"): "theme", "answers": "1"})
    record(manager)
    moved = [["No", "Note", "Action", "Lead", "Bundle"], ["3", "-", "Ask children", MASH[2], "Front door"]]
    assert "Column “Bundle”: The theme" in text(choose(manager, moved))
    record(manager)
    assert draft.actions.get(ref="3").theme.text == "Front door"


def test_nor_of_a_file_that_is_chosen_instead_and_it_can_be_taken_back(manager, draft):  # noqa: F811  the fixture
    answered_once(manager)
    page = choose(manager, [["No", *UNKNOWN], ["1", "Train all the staff", *FIRST[0][1:]]])
    asked = text(page).partition("What you must answer")[2].partition("What you answered")[0]
    assert "Head of Safeguarding" not in asked and "31/09/2022" not in asked
    label = "Name “Head of Safeguarding”"
    found = re.search(rf'value="([^"]+)"[^>]*>\s*<label[^>]*>\s*{label}', page.content.decode())
    page = manager.post(IMPORT, {"taken_back": [found[1]], "answers": "1"}, follow=True)
    assert "“Head of Safeguarding” (C2)" in text(page).partition("What you must answer")[2]


def test_where_two_actions_say_different_things_of_the_same_words_it_is_asked(manager, draft, on_record):  # noqa: F811  the fixtures
    answered_once(manager)
    record(manager)
    with on_record("Other leads"):
        other = draft.actions.get(ref="2")
        other.who = FIRST[0][1]
        other.save()
    page = choose(manager, [["No", *UNKNOWN], ["3", "Ask children", *FIRST[0][1:]]])
    assert "“Head of Safeguarding” (C2)" in text(page).partition("What you must answer")[2]
