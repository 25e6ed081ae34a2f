"""Generated tables and damaged files on the pages of an import: no 500, and all of a table or nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions import uploaded
from actions.uploaded import read_upload
from gscp.record import Change
from tests.factories import draft_plan
from tests.lives_side_by_side import undone
from tests.tables_files import SAMPLES
from tests.test_importing import choose, record
from tests.test_tables_corpus import as_csv, as_xlsx
from tests.test_tables_generated import TIMES, WORDS, tables

pytestmark = pytest.mark.django_db
WRITTEN = {"plan.csv": as_csv, "plan.xlsx": as_xlsx}
HEADINGS = ["No", "Action", "Lead", "Group", "Timescale", "Priority", "RAG", "Status", "Budget"]
CELLS = st.tuples(
    st.sampled_from(["Open one front door", "Meet (Lead: QiiP Subgroup Chair)", "Train all"]),
    st.sampled_from(["QiiP Subgroup Chair", "Gloucestershire Constabulary", "Pat Example", "TBC", ""]),
    st.sampled_from(["MASH Subgroup", "QiiP", ""]),
    st.sampled_from(["30 September 2022", "Q3", "Ongoing", "Spring", "31/06/2022", ""]),
    st.sampled_from(["High", "L", "1 - Immediate", "2", ""]),
    st.sampled_from(["G", "Amber", "On hold", ""]),
    st.sampled_from(["In progress", "50% complete", "Done", ""]),
    st.sampled_from(["£500", "n/a", ""]),
)


@st.composite
def plans(draw):
    """Tables as plans are, some with a row that is none in them."""
    rows = [[str(number), *cells] for number, cells in enumerate(draw(st.lists(CELLS, min_size=1)), start=1)]
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.lists(WORDS, min_size=1, max_size=9)))
    return [HEADINGS, *rows]


ONCE_FOR_ALL = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def importing(manager, on_record, monkeypatch):
    """importing(data, name): what came of it, all of which is undone; how many actions it added."""
    monkeypatch.setattr(uploaded, "start_process", read_upload)
    with on_record("A draft"):
        draft = draft_plan("2022-23")

    def imported(data: bytes, name: str) -> int:
        with undone():
            page = choose(manager, data, name)
            assert page.status_code in (200, 400), page.status_code
            answers = page.context and page.context.get("answers")
            if answers and answers.fields:
                sent = {box.html_name: answer_to(box) for box in answers}
                page = manager.post("/plans/2022-23/import/", sent | {"answers": "1"}, follow=True)
                assert page.status_code in (200, 400), page.status_code
            proposal = page.context and page.context.get("proposal")
            before = Change.objects.last_number()
            assert record(manager).status_code in (200, 400)
            added = draft.actions.count()
            entries = Change.objects.filter(number__gt=before)
            assert entries.values("act").distinct().count() == bool(added)
            assert entries.filter(model="actions.action", created=True).count() == added
            assert added in (0, len(proposal.added) if proposal else 0), "all of it or nothing"
            return added

    return imported


def answer_to(box) -> str:
    """What a hurried reader leaves or answers: the first that is offered, or that the words are kept."""
    choices = [value for value, _ in getattr(box.field, "choices", ()) if value and isinstance(value, str)]
    other = choices[0] if choices else "keep" if box.field.widget.input_type == "text" else "on"
    return box.value() or other


def test_all_of_a_generated_table_is_imported_or_nothing(importing):
    came_in = []

    @given(st.one_of(plans(), plans(), tables()), st.sampled_from(sorted(WRITTEN)))
    @settings(max_examples=6 * TIMES, suppress_health_check=ONCE_FOR_ALL, deadline=None)
    def each(lines, name):
        came_in.append(importing(WRITTEN[name](lines), name))

    each()
    assert any(came_in), "some come in"


def test_a_file_that_was_cut_off_or_damaged_is_imported_whole_or_not_at_all(importing):
    @given(st.sampled_from(sorted(SAMPLES)), st.floats(0, 1), st.binary(max_size=3))
    @settings(max_examples=6 * TIMES, suppress_health_check=ONCE_FOR_ALL, deadline=None)
    def each(name, share, patch):
        data = SAMPLES[name]()
        place = int(share * len(data))
        rest = data[place + len(patch) :] if patch else b""  # without a patch it is cut off there
        importing(data[:place] + patch + rest, name)

    each()
    assert [name for name in SAMPLES if importing(SAMPLES[name](), name)] == list(SAMPLES), (
        "whole they come in"
    )
