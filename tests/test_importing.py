"""A plan comes in as a table: it is read, what it asks is answered, and it is recorded in one act."""

import csv
import hashlib
import io
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from actions import uploaded
from actions.models import Action, OtherColumn, PlanUpload, upload
from actions.models.who import owners_of
from actions.uploaded import read_upload, start
from gscp.identity_check import IdentityCheck
from gscp.record import Change, ChangeText
from gscp.writing import try_to_write
from subgroups.models import DEMO_DOMAIN, Partner, User
from tests.factories import draft_plan
from tests.published import TABLE
from tests.reading import grade, length, sentences_in, texts_of, what_was_typed
from tests.test_every_page import MOST_GRADE, MOST_WORDS
from tests.test_sentences import last

# Once: a table is read, and asked about, in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
IMPORT = "/plans/2022-23/import/"
RECORD = f"{IMPORT}record/"
HEADINGS = ["No", "Action", "Lead", "Group", "Timescale", "Budget"]
GOOD = ["1", "Agree one front door", "QiiP Subgroup Chair", "MASH Subgroup", "30 September 2022", "£500"]


@pytest.fixture
def draft(on_record):
    with on_record("A draft"):
        return draft_plan("2022-23")


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch):
    """In this process, where the server has one of its own for each file."""
    monkeypatch.setattr(uploaded, "start_process", read_upload)


def published_rows() -> list[list[str]]:
    text = TABLE.read_text(encoding="utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if row]


def xlsx(rows) -> bytes:
    book = Workbook()
    book.active.title = "Plan"
    for row in rows:
        book.active.append(row)
    sent = io.BytesIO()
    book.save(sent)
    return sent.getvalue()


def choose(client, rows, name="plan.xlsx", to=IMPORT):
    data = rows if isinstance(rows, bytes) else xlsx(rows)
    return client.post(to, {"choose": "1", "file": SimpleUploadedFile(name, data)}, follow=True)


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def name_of(response, label: str) -> str:
    """The name of the box with this label."""
    page = unescape(response.content.decode())
    found = re.search(rf'<label[^>]*for="([^"]+)"[^>]*>\s*{re.escape(label)}', page)
    assert found, label
    return re.search(rf'id="{found[1]}" name="([^"]+)"', page)[1]


def record(client, **typed):
    page = client.get(RECORD)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return client.post(RECORD, hidden | {"looked_at": "on"} | typed, follow=True)


@pytest.mark.run_in("sqlite", "postgresql")  # many rows in one act
def test_the_published_plan_comes_in_word_for_word(manager, draft):
    assert f'href="{IMPORT}"' in manager.get("/plans/2022-23/").content.decode()
    rows = published_rows()
    file = xlsx(rows)
    page = choose(manager, file)
    assert "6 actions" in text(page) and "6 actions would be added" in text(page)
    last_number = Change.objects.last_number()
    page = record(manager)
    assert "Recorded in the draft: 6 actions added, 0 actions changed." in text(page)
    imported = list(draft.actions.order_by("position"))
    for printed, action in zip(rows[1:], imported, strict=True):
        further = action.further_actions.first()
        assert printed == [
            action.ref, action.driver.text, action.title, action.text, action.get_priority_display(),
            action.who, further.text if further else "",
        ]  # fmt: skip
    for action in imported:
        same = Action.objects.get(plan__label="2021-22", ref=action.ref)
        assert (action.lead_posts, action.group, action.slug) == (same.lead_posts, same.group, same.slug)
        assert set(owners_of(action)) == set(owners_of(same))
    entries = Change.objects.filter(number__gt=last_number)
    assert entries.values("act").distinct().count() == 1, "one act"
    reason = ChangeText.objects.filter(change__in=entries, field="history_change_reason").first().value
    assert reason == f"Imported from “plan.xlsx” (SHA-256 {hashlib.sha256(file).hexdigest()})"
    assert f"added several actions of {draft.label} to the plan" in last() and "plan.xlsx" in last()
    kept = PlanUpload.objects.get()
    assert kept.sealed is None and kept.found is None, "the file is gone once it is recorded"


@pytest.mark.run_in("sqlite", "postgresql")  # what is on record already
def test_the_same_file_again_changes_nothing_and_a_corrected_one_what_it_corrects(manager, draft):
    rows = published_rows()
    choose(manager, rows)
    record(manager)
    page = choose(manager, rows)
    assert "0 actions would be added and 0 changed. 6 stay as they are." in text(page)
    assert "This changes nothing" in text(record(manager))
    rows[2][3] += " by the autumn"
    rows[3][6] = "Another step"
    page = choose(manager, rows)
    assert "0 actions would be added and 2 changed. 4 stay as they are." in text(page)
    before = Change.objects.last_number()
    assert "by the autumn" in text(manager.get(RECORD))
    record(manager)
    changed = list(Change.objects.filter(number__gt=before).values_list("model", flat=True))
    assert changed == ["actions.action", "actions.furtheraction"]
    assert draft.actions.get(ref="002").text.endswith("by the autumn")
    assert [one.text for one in draft.actions.get(ref="003").further_actions.all()] == ["Another step"]


def test_columns_that_no_field_has_stand_with_the_action(manager, draft):
    choose(manager, [HEADINGS, GOOD])
    record(manager)
    action = draft.actions.get()
    assert [(one.heading, one.text) for one in action.other_columns.all()] == [("Budget", "£500")]
    assert (action.group.name, str(action.original_date), action.precision) == (
        "MASH Subgroup", "2022-09-30", "day",
    )  # fmt: skip
    page = text(manager.get(action.get_absolute_url()))
    assert "Budget £500" in page and "Timescale 30 September 2022" in page
    choose(manager, [HEADINGS, [*GOOD[:5], "£600"]])
    record(manager)
    assert OtherColumn.objects.get(action=action).text == "£600"
    choose(manager, [HEADINGS[:5], GOOD[:5]])
    assert "0 changed" in text(manager.get(IMPORT)), "a column that is not there empties nothing"
    choose(manager, [HEADINGS, GOOD[:5]])
    record(manager)
    assert OtherColumn.objects.get(action=action).text == ""
    assert "£600" not in text(manager.get(action.get_absolute_url())).split("History")[0]


def test_what_must_be_answered_is_asked_in_one_line_and_answered_on_the_page(manager, draft):
    rows = [HEADINGS, ["1", "Do it", "J Smith", "The hub", "30 February 2022", ""], ["2", *GOOD[1:]]]
    page = choose(manager, rows)
    shown = text(page)
    assert "What you must answer" in shown and "“J Smith” (C2)" in shown and "Record" not in shown
    assert "Answer what is asked first." in text(manager.get(RECORD, follow=True))
    answers = {
        name_of(page, "J Smith"): "post:QiiP Subgroup Chair",
        name_of(page, "30 February 2022"): "28 February 2023",
        name_of(page, "The hub"): "MASH Subgroup",
    }
    page = manager.post(IMPORT, answers | {"answers": "1"}, follow=True)
    assert "What you must answer" not in text(page), "nothing is asked again"
    record(manager)
    action = draft.actions.get(ref="1")
    assert (action.who, action.timescale) == ("J Smith", "30 February 2022"), "as printed"
    assert [post.name for post in action.lead_posts] == ["QiiP Subgroup Chair"]
    assert (str(action.original_date), action.group.name) == ("2023-02-28", "MASH Subgroup")
    assert action.other_columns.get().text == "The hub", "the printed name of the group is kept"


def test_a_date_that_cannot_be_read_is_refused_on_the_page(manager, draft):
    page = choose(manager, [HEADINGS, [*GOOD[:4], "30 February 2022", ""]])
    page = manager.post(IMPORT, {name_of(page, "30 February 2022"): "soon", "answers": "1"})
    assert "Write the day as 30 September 2022" in text(page)
    page = manager.post(IMPORT, {name_of(page, "30 February 2022"): "keep", "answers": "1"}, follow=True)
    assert "What you must answer" not in text(page)


def test_what_cannot_be_kept_is_mended_in_the_file(manager, draft):
    page = choose(manager, [["No", "Title", "Action", "Group"], ["1", "x" * 301, "Do it", "MASH Subgroup"]])
    assert "These cells hold more than fits" in text(page)
    assert "301 of 300 characters” (B2)" in text(page) and "Mend this in the file" in text(page)
    assert not draft.actions.exists()


def test_many_doubts_of_one_kind_are_mended_in_the_file_or_kept_together(manager, draft):
    rows = [HEADINGS, *([str(n), f"Do thing {n}", f"Nobody Known{n}", "MASH Subgroup"] for n in range(1, 31))]
    page = choose(manager, rows)
    assert "There are 30 of these. It is quicker to mend them in the file" in text(page)
    assert "C2, C3, C4" in text(page)
    keep = re.search(r'name="(keep-[a-z-]+)"', page.content.decode())[1]
    page = manager.post(IMPORT, {keep: "on", "answers": "1"}, follow=True)
    assert "30 actions would be added" in text(page)


def test_words_that_name_nobody_are_asked_about(manager, draft):
    page = choose(manager, [HEADINGS, ["1", "Do it", "TBC", "QiiP", "Ongoing", ""], ["2", *GOOD[1:]]])
    assert "these words name nobody: “TBC” (C2)" in text(page)
    assert "These groups are read from a part of their words: “QiiP, QiiP Subgroup” (D2)" in text(page)
    page = manager.post(IMPORT, {name_of(page, "TBC"): "-", "answers": "1"}, follow=True)
    record(manager)
    action = draft.actions.get(ref="1")
    assert (action.who, action.lead_posts, action.group.name) == ("TBC", [], "QiiP Subgroup")
    assert action.precision == "ongoing" and not draft.actions.filter(text="TBC").exists()


def test_words_that_name_nobody_may_mean_every_partner(manager, draft):
    page = choose(manager, [HEADINGS, ["1", "Do it", "Everybody", "QiiP", "Ongoing", ""], ["2", *GOOD[1:]]])
    manager.post(IMPORT, {name_of(page, "Everybody"): "every:partner", "answers": "1"}, follow=True)
    record(manager)
    assert set(draft.actions.for_pages().get(ref="1").owners) == set(Partner.objects.all())


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"PK\x03\x04" + b"x" * 50, "plan.xlsx", "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "plan.xlsx", "The file was not read."),
        (b"a,b", "plan.xlsm", "macros"),
        (b"%PDF-1.4", "plan.pdf", "must be of the kind"),
    ],
)
def test_a_file_that_is_refused_says_why_and_nothing_is_imported(data, name, message, manager, draft):
    before = Change.objects.last_number()
    page = choose(manager, data, name=name)
    assert "The file was not read." in text(page) and message in text(page)
    assert manager.get(RECORD).status_code == 302 and Change.objects.last_number() == before


def test_a_file_with_too_long_a_name_is_told_so(manager, draft):
    page = choose(manager, b"a,b", name=f"{'x' * 230}.csv")
    assert page.status_code == 200 and "The file's name is too long" in text(page)
    assert not PlanUpload.objects.exists()


def test_a_fault_of_ours_tells_no_words_of_the_file(manager, draft, monkeypatch, caplog):
    printed = "Cell B2: J Smith"

    def fails(*args):
        raise RuntimeError(printed)

    monkeypatch.setattr(uploaded, "understood_apart", fails)
    page = choose(manager, published_rows())
    assert "The reading of the file came to no end." in text(page)
    assert "RuntimeError" in caplog.text and "J Smith" not in caplog.text


def test_a_long_one_shows_that_it_is_read_and_others_wait(manager, draft, monkeypatch, on_record):
    runs = []
    monkeypatch.setattr(uploaded, "start_process", runs.append)
    monkeypatch.setattr(uploaded, "MOST_AT_ONCE", 1)
    assert "The file is being read." in text(choose(manager, published_rows()))
    with on_record():
        draft_plan("2023-24")
    other = "/plans/2023-24/import/"
    assert "Yours comes next." in text(choose(manager, published_rows(), to=other)) and len(runs) == 1
    read_upload(runs[0])
    assert "6 actions would be added" in text(manager.get(IMPORT))
    assert "The file is being read." in text(manager.get(other)) and len(runs) == 2
    read_upload(runs[1])
    assert "6 actions would be added" in text(manager.get(other))


def test_the_words_of_the_pages_are_plain(manager, draft):
    rows = [HEADINGS, ["1", "Do it", "J Smith", "The hub", "30 February 2022", ""], ["2", *GOOD[1:]]]
    pages = [manager.get(IMPORT), choose(manager, rows), choose(manager, [HEADINGS, GOOD])]
    pages.append(manager.get(RECORD))
    typed = what_was_typed()
    for page in pages:
        ours = texts_of(page.content.decode(), typed)
        assert [one for one in sentences_in(ours) if length(one) > MOST_WORDS] == []
        assert (grade(ours) or 0) <= MOST_GRADE


def test_a_published_plan_takes_no_table(manager):
    """What is added to it or changed in it is decided by a meeting."""
    for address in ("import", "import/record"):
        page = manager.get(f"/plans/2021-22/{address}/", follow=True)
        assert "Business Plan 2021-22 is live. A table is imported into a draft only." in text(page)
    choose(manager, published_rows(), to="/plans/2021-22/import/")
    assert not PlanUpload.objects.exists()
    assert "import" not in manager.get("/plans/2021-22/").content.decode().partition("<main")[2]


def test_somebody_changed_the_plan_meanwhile(manager, draft, on_record):
    choose(manager, published_rows())
    page = manager.get(RECORD)
    with on_record():
        draft.title = "Another title"
        draft.save()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    page = manager.post(RECORD, hidden | {"looked_at": "on"})
    assert "Somebody changed this while you were writing" in text(page) and not draft.actions.exists()
    assert "Recorded in the draft" in text(record(manager))


def test_a_second_file_takes_the_place_of_the_first(manager, draft):
    choose(manager, published_rows())
    page = manager.get(RECORD)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    choose(manager, [HEADINGS, GOOD], name="second.xlsx")
    assert PlanUpload.objects.count() == 1 and "second.xlsx" in text(manager.get(IMPORT))
    page = manager.post(RECORD, hidden | {"looked_at": "on"})
    assert "The file was read anew meanwhile" in text(page) and not draft.actions.exists()


def test_of_two_files_sent_at_one_moment_the_later_counts(manager, draft, monkeypatch):
    person = User.objects.get(email=f"business.manager{DEMO_DOMAIN}")
    seal, names = upload.sealed, ["first.csv"]

    def while_another_is_sent(data):
        if names:
            start(PlanUpload.objects.keep(person, draft, names.pop(), b"a,b"))
        return seal(data)

    monkeypatch.setattr(upload, "sealed", while_another_is_sent)
    start(PlanUpload.objects.keep(person, draft, "second.csv", b"a,b"))
    assert PlanUpload.objects.get().file_name == "second.csv"


def test_a_second_table_without_numbers_adds_to_the_first(manager, draft):
    choose(manager, [HEADINGS[1:], GOOD[1:]])
    record(manager)
    reworded = "Agree one front door for all"
    choose(manager, [HEADINGS[1:], [reworded, *GOOD[2:]]])
    record(manager)
    assert [one.text for one in draft.actions.all()][-1] == reworded, "much the same words are a correction"
    before = draft.actions.count()
    choose(manager, [HEADINGS[1:], ["Ask children what they think", *GOOD[2:]]], name="second.xlsx")
    record(manager)
    assert draft.actions.count() == before + 1 and draft.actions.filter(text=reworded).exists()


def test_a_file_that_was_discarded_at_the_same_moment_stays_so(manager, draft):
    choose(manager, published_rows())
    found = PlanUpload.objects.get()
    manager.post(IMPORT, {"discard_file": "1"})
    start(found)
    assert not PlanUpload.objects.exists()


def test_words_that_could_identify_a_child_are_asked_about(manager, draft):
    choose(manager, [HEADINGS, [*GOOD[:5], "Born 3 May 2015"]])
    page = record(manager)
    assert "This looks like a date of birth" in text(page) and not draft.actions.exists()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    why = "It is the day on which a charity was founded"
    manager.post(RECORD, hidden | {"looked_at": "on", "confirmed": "on", "why_it_stands": why})
    assert draft.actions.count() == 1
    assert IdentityCheck.objects.get().found == "The file: a date of birth"


def test_it_is_one_s_own_and_can_be_left_and_discarded(manager, draft, sign_in, it_is):
    choose(manager, published_rows())
    assert "plan.xlsx" in text(manager.get(IMPORT)), "it is there when one comes back"
    for name in ("scrutineer", "qiip.chair"):
        assert sign_in(name).get(IMPORT).status_code == 403
        assert choose(sign_in(name), [HEADINGS, GOOD]).status_code == 403
    stored = PlanUpload.objects.get()
    assert b"Strategic" not in bytes(stored.sealed) + bytes(stored.found) + bytes(stored.about)
    manager.post(IMPORT, {"discard_file": "1"})
    assert not PlanUpload.objects.exists() and "Choose the file" in text(manager.get(IMPORT))
    choose(manager, published_rows())
    try_to_write()
    assert PlanUpload.objects.exists()
    it_is(2030, 1, 1)
    assert "Choose the file" in text(manager.get(IMPORT))
    try_to_write()
    assert not PlanUpload.objects.exists()
