"""The timeline: acts, filters that stay in the address, words put in and taken out, and it all as a file."""

import csv
import json
from datetime import date
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.timezone import localtime

from actions.models import Action
from actions.tables.as_csv import harmless
from gscp.record import Change, ledger, recording, reference, tracked_models
from gscp.words import word_differences
from scrutiny import kinds, timeline
from scrutiny.timeline import PER_PAGE, PLACE
from subgroups.models import User

pytestmark = pytest.mark.django_db
LIST = "/scrutiny/changes/"
FROM_MAY = "since-day=1&since-month=5&since-year=2021"


def get(client, query="", url=LIST) -> str:
    response = client.get(f"{url}?{query}")
    assert response.status_code == 200
    return b"".join(response).decode() if response.streaming else response.content.decode()


def numbers(page: str) -> list[int]:
    return [int(part.split("/")[0]) for part in page.split(f'href="{LIST}')[1:] if part[0].isdigit()]


def test_what_was_sent_together_stands_together(played, sign_in):
    reader = sign_in("scrutineer")
    page = get(reader)
    acts = Change.objects.order_by("-number").values_list("act", flat=True)[:PER_PAGE]
    assert page.count('class="gscp-act"') == len(set(acts))
    # An act longer than a page says so, and leads to all of it.
    published = get(reader, f"before={10 + PER_PAGE}")
    act = Change.objects.get(number=10).act
    assert published.count(f'?act={act}">all of it<') == 1
    assert f'?act={act}">all of it<' in get(reader, "before=10"), "the rest of it stands on the page before"
    whole = Change.objects.filter(act=acts[0])
    assert whole.count() < PER_PAGE and f"?act={acts[0]}" not in page
    assert numbers(get(reader, f"act={act}")) == list(
        Change.objects.filter(act=act).order_by("-number").values_list("number", flat=True)[:PER_PAGE]
    )


def test_the_portal_has_the_latest_acts_a_line_each(played, sign_in, on_record):
    with on_record("All of them at once"):
        for action in Action.objects.all():
            action.rating = "red" if action.rating != "red" else "green"
            action.save()
    page, last = get(sign_in("scrutineer"), url="/scrutiny/"), Change.objects.last()
    assert page.count('class="gscp-act"') == 5 and ledger.head(last.number, last.hash) in page
    assert numbers(page)[:7] == [last.number - place for place in range(7)] and "6 records" in page
    assert page.count("All of them at once") == 1 and "changed several actions: rating" in page
    assert f'href="{LIST}"' in page


def test_each_filter_finds_its_own_and_stays_in_the_address(played, sign_in, user, post):
    reader = sign_in("scrutineer")
    found = {
        "person=business": Change.objects.filter(actor_id=user("business.manager").pk),
        "post=qiip": Change.objects.filter(actor_post__contains=reference(post("QiiP Subgroup Chair"))),
        "kind=meeting": Change.objects.filter(model="subgroups.meeting"),
        "kind=request": Change.objects.filter(
            Q(model="actions.exceptionreport")
            | Q(model="actions.exceptionstep") & ~Q(differences__icontains='"field": "meeting"')
        ),
        "kind=decision": Change.objects.filter(
            model="actions.exceptionstep", differences__icontains='"field": "meeting"'
        ),
        "field=agreed_date": Change.objects.filter(differences__icontains="Agreed date"),
        "kind=action&field=rating": Change.objects.filter(
            model="actions.action", differences__icontains='"label": "Rating"'
        ),
    }
    for query, expected in found.items():
        assert expected.exists(), query
        first = list(expected.order_by("-number").values_list("number", flat=True)[:PER_PAGE])
        page = get(reader, query)
        assert numbers(page) == first, query
        assert "[invalid name]" not in page  # what django-filter calls a filter without a label
        assert f"export.csv?{query}" in page.replace("&amp;", "&")
        if expected.count() > PER_PAGE:
            assert f"{query}&before={first[-1]}" in page.replace("&amp;", "&").replace("?", "")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kind=nothing", "Choose “Kind of change” from its list."),
        ("kind=actions.action", "Choose “Kind of change” from its list."),
        ("field=nothing", "Choose “What changed” from its list."),
        ("owner=5", "This page cannot be filtered by “owner”"),
        ("group=x", "Choose “Group” from its list."),
        ("person=%00", "“Person” holds a character"),
        ("act=nonsense", "This address names no act"),
        ("object=nonsense", "This address names no record"),
        ("plan=2021/22", "This address names no plan"),
        ("before=1.5", "This address names no page"),
        (f"after={10**15}", "This address names no page"),
        ("since-day=31&since-month=2&since-year=2021", "“From” must be a real date"),
        (f"{FROM_MAY}&until-day=30&until-month=4&until-year=2021", "“To” must be no earlier than “From”."),
    ],
)
@pytest.mark.run_in("sqlite")  # it asks no database
def test_bad_input_is_named_finds_nothing_and_exports_nothing(query, words, sign_in):
    reader = sign_in("scrutineer")
    page = get(reader, query)
    assert "There is a problem" in page and words in page and not numbers(page) and "export" not in page
    for form in timeline.EXPORTS:
        response = reader.get(f"{LIST}export.{form}?{query}")
        assert response.status_code == 400 and not response.streaming
    assert reader.get(f"{LIST}export.exe").status_code == 404


@pytest.mark.parametrize(
    ("box", "typed"),
    [
        ("person", "élodie"),
        ("person", "ELODIE"),
        ("person", "O'Neill"),
        ("post", "élan's"),
        ("post", "Elan’s"),
    ],
)
def test_names_are_found_without_case_accents_and_kinds_of_signs(
    box, typed, user, on_record, action, sign_in
):
    chair = user("cem.chair")
    with on_record():
        chair.name = "Élodie O’Neill"
        chair.save()
        for post in chair.posts:
            post.name = "Chair of ÉLAN’s board"
            post.save()
    with recording(User.objects.get(pk=chair.pk), "As found"):
        subject = action("005")
        subject.rating = "red"
        subject.save()
    assert numbers(get(sign_in("scrutineer"), urlencode({box: typed}))) == [Change.objects.last_number()]


def test_a_field_is_found_by_its_name_when_its_label_was_corrected(played, sign_in, monkeypatch):
    entries = Change.objects.filter(differences__icontains='"field": "agreed_date"').order_by("-number")
    monkeypatch.setattr(Action._meta.get_field("agreed_date"), "verbose_name", "date agreed by a meeting")
    page = get(sign_in("scrutineer"), "field=agreed_date")
    assert entries.exists() and numbers(page) == list(entries.values_list("number", flat=True)[:PER_PAGE])


def test_a_filter_says_how_many_it_finds_and_begins_at_the_newest(played, sign_in, monkeypatch):
    reader, kind = sign_in("scrutineer"), "kind=attendance"
    count = Change.objects.filter(model="subgroups.attendance").count()
    page = get(reader, f"{kind}&before=50")
    assert f">{count} changes<" in page and 'name="before"' not in page
    monkeypatch.setattr(timeline, "MOST_COUNTED", count)
    assert f">{count} changes<" in get(reader, kind)
    monkeypatch.setattr(timeline, "MOST_COUNTED", count - 1)
    assert f"More than {count - 1} changes" in get(reader, kind)
    for page in (get(reader), get(reader, "before=50")):
        assert 'role="status"' not in page  # all of them is no find
        assert f"All {Change.objects.count()} changes on record, as a file" in page


def test_a_change_leads_to_those_beside_it_to_its_act_and_to_its_action(played, sign_in):
    reader, last = sign_in("scrutineer"), Change.objects.last_number()
    change = Change.objects.exclude(action=None).exclude(model="actions.action").first()
    page = get(reader, url=f"{LIST}{change.number}/")
    assert f"?act={change.act}" in page
    assert f'href="{Action.objects.get(pk=change.action).get_absolute_url()}"' in page
    before = Change.objects.get(number=change.number - 1)
    assert before.hash in page and change.hash in page
    assert numbers(page) == [change.number - 1, change.number + 1]
    first = get(reader, url=f"{LIST}1/")
    assert ledger.GENESIS in first and numbers(first) == [2]
    assert numbers(get(reader, url=f"{LIST}{last}/")) == [last - 1]


def test_a_long_text_shows_its_words_put_in_and_taken_out(action, on_record, sign_in):
    subject = action("005")
    with on_record():
        subject.text = f"{subject.text} and see that <b>each</b> agency names a lead for it"
        subject.save()
    page = get(sign_in("scrutineer"))
    assert "put in: </span>" in page and "&lt;b&gt;each&lt;/b&gt;" in page and "<b>each" not in page


@pytest.mark.run_in("sqlite")  # words are compared in Python
def test_words_are_put_in_and_taken_out_in_their_order():
    assert word_differences("one two three four", "one 2 three four five") == [
        ("same", "one "),
        ("out", "two "),
        ("in", "2 "),
        ("same", "three "),
        ("out", "four"),
        ("in", "four five"),
    ]
    for old, new in (("", "new"), ("old", ""), ("a b", "a b"), ("é ü", "é")):
        parts = word_differences(old, new)
        assert "".join(text for what, text in parts if what != "in") == old
        assert "".join(text for what, text in parts if what != "out") == new
    many = "".join(f"{n} " for n in range(100))
    assert word_differences(many, f"{many}more") == [("same", "… " + many[-36:]), ("in", "more")]
    # Too long to be compared: the worst would take the square of ten thousand words.
    assert word_differences("a b " * 2500, "b a " * 2500) == [("out", "a b " * 2500), ("in", "b a " * 2500)]


def table_of(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(file.removeprefix(timeline.MARK))))


def test_an_export_holds_all_that_is_found_and_says_how_many(played, sign_in, on_record):
    with on_record("=HYPERLINK(1)"):
        action = Action.objects.first()
        action.rating = "red" if action.rating != "red" else "green"
        action.save()
    reader = sign_in("scrutineer")
    *lines, end = map(json.loads, get(reader, url=f"{LIST}export.jsonl").splitlines())
    head = Change.objects.last_number()
    assert [line["number"] for line in lines] == list(range(1, head + 1)) == [line[PLACE] for line in lines]
    assert end == {"end": True, "changes": head}
    assert lines[-1]["reason"] == "=HYPERLINK(1)" and lines[-1]["differences"]
    *rows, last = table_of(get(reader, url=f"{LIST}export.csv"))
    assert [last["Place in this file"], last["Number"]] == ["End", f"{head} changes"]
    assert all(set(row) == set(timeline.COLUMNS) and None not in row.values() for row in rows)
    assert {int(row["Number"]) for row in rows} == set(range(1, head + 1))
    assert rows[-1]["Reason"] == "'=HYPERLINK(1)"
    some = get(reader, "kind=meeting", url=f"{LIST}export.jsonl").splitlines()
    assert len(some) - 1 == Change.objects.filter(model="subgroups.meeting").count()


@pytest.mark.run_in("sqlite")  # cells are written in Python
def test_the_table_opens_right_in_a_spreadsheet_in_the_words_of_people(played, sign_in):
    """Excel takes a file without the mark for another encoding than UTF-8: â€™ in place of ’."""
    response = sign_in("scrutineer").get(f"{LIST}export.csv")
    file = b"".join(response)
    assert response.streaming and file.startswith(b"\xef\xbb\xbf") and file.count(b"\xef\xbb\xbf") == 1
    *rows, _end = table_of(file.decode())
    change = Change.objects.filter(model="actions.exceptionstep", created=True).last()
    row = next(row for row in rows if row["Number"] == str(change.number))
    assert row["When"] == f"{localtime(change.at):%Y-%m-%d %H:%M:%S}"
    assert row["Kind"] in ("Decision", "Request") and row["New"] == "Yes" and " on Action 00" in row["Record"]
    assert {row["New"] for row in rows} == {"Yes", "No"}
    labels = {label for _, label in kinds.choices()}
    assert {row["Kind"] for row in rows} <= labels - {"Something else"}
    cells = {cell for row in rows for cell in row.values()}
    assert not cells & {"True", "False", *(model._meta.label_lower for model in tracked_models())}


def test_no_text_breaks_a_line_of_the_json_lines(sign_in, on_record, action):
    text = "one\u2028two\u2029three\x85four"
    with on_record(text):
        subject = action("005")
        subject.rating = "red" if subject.rating != "red" else "amber"
        subject.save()
    response = sign_in("scrutineer").get(f"{LIST}export.jsonl")
    file = b"".join(response).decode()
    assert response.streaming and len(file.splitlines()) == Change.objects.count() + 1
    assert json.loads(file.splitlines()[-2])["reason"] == text


def test_each_kind_of_record_has_one_name_that_people_use():
    named = [model for kind in kinds.KINDS.values() for model in kind.models]
    named.remove(kinds.STEP)  # it is in two kinds: what a meeting decided, and what was asked
    assert sorted(named) == sorted(model._meta.label_lower for model in tracked_models())
    for choices in (kinds.choices(), [*kinds.FIELDS.items()]):
        labels = [label for _, label in choices]
        assert len(set(labels)) == len(labels) and not {"Slug", "Tier", "Address"} & set(labels)


def test_each_change_is_of_the_kind_by_which_it_is_found(played):
    by_label = {label: kinds.condition(name) for name, label in kinds.choices()}
    for label, condition in by_label.items():
        found = set(Change.objects.filter(condition).values_list("number", flat=True))
        said = {change.number for change in Change.objects.all() if kinds.kind_in_words(change) == label}
        assert found == said, label
        assert found or label not in ("Request", "Decision", "Action", "Meeting")


@pytest.mark.parametrize(
    "before", ["", " ", "\n", "\r\n", "\t", "\u200b", "\ufeff", "\u2060", "\xa0", "\n \u200b"]
)
@pytest.mark.run_in("sqlite")  # cells are written in Python
def test_nothing_a_spreadsheet_might_run_is_in_a_cell(before):
    for sign in "=+-@＝＋－＠﹦":
        assert harmless(f"{before}{sign}1") == f"'{before}{sign}1"


def test_other_cells_stay_as_they_are():
    for value in ("", "a = b", " two", "“=1”", "\u200b", 5, None):
        assert harmless(value) == value


def test_times_of_an_export_are_those_of_the_page_with_their_offset(sign_in, on_record, action, it_is):
    reader = sign_in("scrutineer")
    for day, offset in ((date(2021, 9, 14), "+01:00"), (date(2021, 12, 7), "+00:00")):
        it_is(day.year, day.month, day.day)
        with on_record():
            subject = action("001")
            subject.rating = "red" if subject.rating != "red" else "amber"
            subject.save()
        last = json.loads(get(reader, url=f"{LIST}export.jsonl").splitlines()[-2])
        assert last["at"].startswith(str(day)) and last["at"].endswith(offset)


def test_an_export_is_sent_a_few_at_a_time_on_a_database_that_refuses_writes(played, sign_in):
    asked = []

    class Watched(type(Change.objects.all())):
        def with_texts(self):
            asked.append(len(asked))
            with pytest.raises(DatabaseError), transaction.atomic():
                Action.objects.filter(pk=1)._raw_delete("default")
            return super().with_texts()

    rows = timeline.in_batches(Watched(Change))
    assert next(rows).number == 1 and asked == [0]


def test_a_file_that_breaks_off_does_not_look_whole(played, sign_in):
    lines = timeline.as_json_lines(Change.objects.all())
    first = next(lines)
    assert json.loads(first)[PLACE] == 1 and "end" not in json.loads(first)


def test_the_page_of_an_action_leads_to_its_other_changes_where_it_has_more(sign_in, action, on_record):
    subject, reader = action("005"), sign_in("scrutineer")
    changes = Change.objects.filter(action=subject.pk)

    def acts():
        return len(set(changes.values_list("act", flat=True)))

    def page_with(number):
        for turn in range(acts(), number):
            with on_record():
                subject.rating = ("red", "amber")[turn % 2]
                subject.save()
        return reader.get(subject.get_absolute_url()).content.decode()

    most = 10
    assert acts() <= most
    page = page_with(most)
    assert page.count('class="gscp-act"') == most and "changes of Action 005" not in page
    page = page_with(most + 1)
    assert page.count('class="gscp-act"') == most
    assert f"All {changes.count()} changes of Action 005" in page
