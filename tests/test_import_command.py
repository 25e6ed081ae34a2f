"""manage.py import_plan: it tells, and records only when it is told to."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from actions.models import Action, BusinessPlan
from gscp.record import Change
from tests.factories import draft_plan
from tests.published import TABLE
from tests.test_importing import GOOD, HEADINGS, published_rows, xlsx

# Once: a table is read, and asked about, in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.fixture
def draft(on_record):
    with on_record("A draft"):
        return draft_plan("2022-23")


@pytest.fixture
def file(tmp_path):
    def written(rows, name="plan.xlsx"):
        path = tmp_path / name
        path.write_bytes(rows if isinstance(rows, bytes) else xlsx(rows))
        return path

    return written


def run(path, *options, plan="2022-23") -> str:
    out = StringIO()
    call_command("import_plan", path, *options, plan=plan, stdout=out)
    return out.getvalue()


def test_without_commit_it_changes_nothing(draft, file):
    before = Change.objects.count()
    assert "6 new actions and 0 changed ones would be recorded, 0 left" in run(file(published_rows()))
    assert Change.objects.count() == before


@pytest.mark.run_in("sqlite", "postgresql")  # many rows in one act
def test_with_commit_it_is_one_act_and_the_same_file_again_is_none(draft, file):
    before = Change.objects.count()
    assert "6 new actions and 0 changed ones recorded" in run(TABLE, "--commit")
    entries = Change.objects.filter(number__gt=before)
    assert entries.values("act").distinct().count() == 1 and draft.actions.count() == 6
    recorded = Change.objects.count()
    assert "0 new actions and 0 changed ones recorded, 6 left" in run(TABLE, "--commit")
    assert Change.objects.count() == recorded


def test_it_prints_the_shape_that_was_agreed(file):
    printed = json.loads(run(file([HEADINGS, GOOD]), "--json", plan="of-no-year"))
    assert list(printed) == ["columns", "rows", "doubts"]
    assert printed["columns"][2] == {"header": "Lead", "field": "who", "certain": True}
    row = printed["rows"][1]
    assert list(row) == [
        "row", "kind", "ref", "title", "driver", "theme", "action", "outcome", "priority", "who", "due",
        "status", "rating", "progress", "further_actions", "extra",
    ]  # fmt: skip
    assert row["who"] == [
        {
            "text": "QiiP Subgroup Chair",
            "post": "QiiP Subgroup Chair",
            "body": None,
            "partner": None,
            "certain": True,
        }
    ]
    assert row["due"] == {"text": "30 September 2022", "date": "2022-09-30", "precision": "day"}
    assert all(list(doubt) == ["cells", "kind", "message", "must"] for doubt in printed["doubts"])


def test_what_must_be_answered_stops_it_and_is_answered_by_a_file(draft, file, tmp_path):
    path = file([HEADINGS, ["1", "Do it", "J Smith", "MASH Subgroup", "", ""]])
    with pytest.raises(CommandError, match="must be answered first") as stopped:
        run(path, "--commit")
    assert stopped.value.returncode == 1 and not draft.actions.exists()
    assert json.loads(run(path, "--json"))["doubts"][0]["must"]
    answers = tmp_path / "answers.json"
    answers.write_text('{"names": {"J Smith": {"post": "QiiP Subgroup Chair"}}}')
    run(path, "--commit", "--answers", str(answers))
    assert [post.name for post in draft.actions.get().lead_posts] == ["QiiP Subgroup Chair"]


def test_a_doubt_is_one_line_with_its_cells(draft, file, capsys):
    rows = [HEADINGS, *([str(n), f"Do thing {n}", "J Smith", "MASH Subgroup"] for n in range(1, 4))]
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_plan", file(rows), plan="2022-23", stdout=out)
    lines = [line for line in out.getvalue().splitlines() if line.startswith("To be answered")]
    assert len(lines) == 1 and lines[0].endswith("[C2, C3, C4]")


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "plan.xlsx", "The file is empty"),
        (b"PK\x03\x04broken", "plan.xlsx", "Nothing was recorded."),
        (b"a,b", "plan.pdf", "The file must be of the kind"),
        (b"a,b", "plan.xlsm", "The file may hold macros"),
    ],
)
def test_a_file_that_is_refused_records_nothing(data, name, message, draft, file):
    before = Change.objects.count()
    with pytest.raises(CommandError, match=message):
        run(file(data, name), "--commit")
    assert Change.objects.count() == before


@pytest.mark.run_in("sqlite", "postgresql")  # nothing of the act is left
def test_a_row_that_cannot_be_recorded_stops_all_of_them(draft, file):
    rows = published_rows()
    rows[4][0] = "{a.b:1}"
    with pytest.raises(CommandError):
        run(file(rows), "--commit")
    assert not draft.actions.exists() and not draft.drivers.exists()


def test_only_a_draft_is_written_to(draft, file, on_record):
    with pytest.raises(CommandError, match="There is no plan"):
        run(TABLE, "--commit", plan="2030-31")
    with pytest.raises(CommandError, match="is live. A table is imported into a draft only"):
        run(TABLE, "--commit", plan="2021-22")
    with pytest.raises(CommandError, match="holds no answers"):
        run(TABLE, "--answers", str(file(b"[]", "answers.json")))
    with on_record():
        draft.status = BusinessPlan.Status.CLOSED
        draft.save()
    with pytest.raises(CommandError, match="is closed"):
        run(TABLE)


def test_numbers_that_a_spreadsheet_made_short_are_those_of_the_plan(draft, file):
    run(TABLE, "--commit")
    rows = published_rows()
    for row in rows[1:]:
        row[0] = int(row[0])
    assert "0 new actions and 0 changed ones would be recorded, 6 left" in run(file(rows))


def test_rows_without_numbers_are_known_again_by_their_words(draft, file):
    rows = [
        ["Action", "Group"],
        ["Agree one front door", "MASH Subgroup"],
        ["Train everybody", "MASH Subgroup"],
    ]
    run(file(rows), "--commit")
    assert list(draft.actions.values_list("ref", flat=True)) == ["1", "2"]
    rows.insert(1, ["Look at it first", "MASH Subgroup"])
    run(file(rows), "--commit")
    assert sorted(draft.actions.values_list("ref", "text")) == [
        ("1", "Agree one front door"), ("2", "Train everybody"), ("3", "Look at it first"),
    ]  # fmt: skip
    assert Action.objects.filter(plan=draft).count() == 3
