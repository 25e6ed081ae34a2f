"""Figures of scorecards in the history, in files of changes and between two moments: small ones stay here."""

import hashlib
import json
import re
from contextlib import contextmanager
from datetime import time

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from gscp import facts
from gscp.record import Change, ChangeText, Figure, ledger, tracked_models
from scrutiny import checker
from subgroups.models import Audit, AuditResult, Group, Partner, Reading, TrainingEvent
from subgroups.published import figures_of
from tests import test_published
from tests.answers import words_of
from tests.conftest import AGENDA, ASK
from tests.factories import read
from tests.rows_of_record import without_triggers
from tests.small_figures import FIGURES, enter
from tests.test_published import APRIL, MAY
from tests.test_saving import rows_of_csv, rows_of_xlsx
from tests.written_down import exported, head

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
shares, cases = test_published.shares, test_published.cases
LIST = "/scrutiny/changes/"
PACK = f"{AGENDA}pack/"


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


def entry_of(row) -> Change:
    return Change.objects.get(model=row._meta.label_lower, object_id=row.pk)


def test_a_change_s_page_shows_posts_the_figure(cases, sign_in):
    number = entry_of(cases.readings.get(period=APRIL)).number
    page = words_of(sign_in("mash.chair").get(f"{LIST}{number}/"))
    assert "Numerator 3 " in page.replace("not given ", "")


def test_files_of_changes_hide_it_and_show_others(shares, cases, sign_in, on_record):
    first, second, third = shares.readings.filter(period=APRIL, answer="figure").order_by("pk")
    with on_record():
        audit = Audit(group=Group.objects.get(slug="mash"), focus="Neglect", planned_for=APRIL)
        audit.done_on, audit.sample_size = APRIL, "9"
        audit.save()
        result = AuditResult(audit=audit, partner=Partner.objects.first(), right="4", wrong="5")
        result.save()
    reader = sign_in("scrutineer")
    lines = map(json.loads, b"".join(reader.get(f"{LIST}export.jsonl")).decode().splitlines())
    named = {}
    for line in lines:
        if "differences" in line:
            said = {one["field"]: one.get("new", "") for one in line["differences"]}
            named[line["kind"], line["id"]] = said

    def counts(row, *columns) -> list[str]:
        return [named[row._meta.label_lower, row.pk][column] for column in columns]

    assert counts(first, "numerator", "denominator") == ["[c]", "[c]"]
    assert counts(second, "numerator", "denominator") == ["[c]", "[c]"]
    assert counts(third, "numerator", "denominator") == ["[c]", "[c]"]
    assert counts(cases.readings.get(numerator="18"), "numerator") == ["18"]
    assert counts(cases.readings.get(period=APRIL), "numerator") == ["[c]"]
    assert counts(result, "right", "wrong") == ["[c]", "[c]"] and counts(audit, "sample_size") == ["[c]"]
    assert counts(audit, "focus") == ["Neglect"]
    for form, rows_of in (("csv", rows_of_csv), ("xlsx", rows_of_xlsx)):
        heading, *rows = rows_of(b"".join(reader.get(f"{LIST}export.{form}?kind=reading")))
        of_cases = [dict(zip(heading, row, strict=True)) for row in rows if "Cases, April 2021" in row[7]]
        assert [row["After"] for row in of_cases if row["What"] == "Numerator"] == ["[c]"], form


def test_a_figure_that_was_corrected_is_in_no_file(shares, on_record, user, sign_in):
    first = shares.readings.get(period=MAY, numerator="43")
    with on_record():
        read(
            shares,
            user("qiip.chair"),
            MAY,
            answer="not_applicable",
            partner=Partner.objects.order_by("pk").last(),
        )
        second = Reading(
            measure=shares,
            period=MAY,
            partner=first.partner,
            answer="figure",
            numerator="45",
            denominator="60",
        )
        first.correct(second, user("qiip.chair"), False, what_was_wrong="Two more", commentary="")
    heading, *rows = rows_of_csv(b"".join(sign_in("scrutineer").get(f"{LIST}export.csv?kind=reading")))
    said = [row[heading.index("After")] for row in rows if row[heading.index("What")] == "Numerator"]
    assert "45" in said and "43" not in said


def test_two_moments_say_what_was_entered_and_corrected_and_where_it_stood(
    shares, cases, on_record, user, sign_in, it_is
):
    with on_record():
        read(
            shares,
            user("qiip.chair"),
            MAY,
            answer="not_applicable",
            partner=Partner.objects.order_by("pk").last(),
        )
    it_is(2021, 6, 8)
    with on_record():
        read(cases, user("qiip.chair"), MAY, 2)
        first = shares.readings.get(period=MAY, numerator="43")
        second = Reading(
            measure=shares,
            period=MAY,
            partner=first.partner,
            answer="figure",
            numerator="10",
            denominator="60",
        )
        first.correct(second, user("qiip.chair"), False, what_was_wrong="Misread", commentary="")
    it_is(2021, 6, 20)
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-01&until=2021-06-10")
    table = page.content.decode().split("Scorecards, then and now")[1].split("</table>")[0]
    rows = [words_of(HttpResponse(f"<tr{row}")) for row in table.split("<tr")[2:]]
    of_shares, of_cases = (next(row for row in rows if name in row) for name in ("Places taken up", "Cases"))
    assert "1 figure corrected" in of_shares and "On target 58.0%" in of_shares and "36.0%" in of_shares
    assert "1 figure entered" in of_cases and "[c]" in of_cases and "2 cases" not in of_cases
    others = page.content.decode().split("What else changed")[1]
    assert "[c]" in others and ">2<" not in others and ">10<" in others


def test_two_moments_of_one_period_do_not_give_a_small_figure_away_by_what_they_differ_by(
    shares, on_record, user, sign_in, it_is
):
    """Of an agency that had none, and has 3 of 20 at the second moment."""
    agencies = list(Partner.objects.order_by("pk"))
    with on_record():
        read(shares, user("qiip.chair"), MAY, answer="not_applicable", partner=agencies[3])
    it_is(2021, 6, 8)
    with on_record():
        wrong = shares.readings.get(period=MAY, partner=agencies[3])
        right = Reading(measure=shares, period=MAY, partner=agencies[3], answer="figure", numerator="3")
        right.denominator = "20"
        wrong.correct(right, user("qiip.chair"), False, what_was_wrong="There are some", commentary="")
    it_is(2021, 6, 20)
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-01&until=2021-06-10")
    table = words_of(
        HttpResponse(page.content.decode().split("Scorecards, then and now")[1].split("</table>")[0])
    )
    assert "1 figure corrected" in table and "87 of 150" not in table and "90 of 170" not in table


def test_a_measure_of_which_nothing_changed_is_not_compared(shares, cases, sign_in, it_is):
    it_is(2021, 6, 20)
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-02&until=2021-06-10").content.decode()
    assert "Scorecards, then and now" not in page


# ------------------------------------------------- the ledger as a file for its checker


@pytest.fixture
def figures(on_record, user) -> list[ChangeText]:
    """The texts of figures of every kind, small ones."""
    with on_record():
        rows = enter(0, "qiip", user("qiip.chair"))
    with on_record():
        event = next(row for row in rows if isinstance(row, TrainingEvent))
        event.impact_on, event.impact_asked, event.impact_shown = None, "", ""  # nobody was asked, after all
        event.save()
    texts = ChangeText.objects.select_related("change").exclude(value="")
    return [text for text in texts if text.field in figures_of(text.change.model)]


def test_the_ledger_s_file_withholds_figures_and_its_checker_says_how_many(figures):
    checked = checker.check(exported(), [head()])
    assert checked == ([], Change.objects.last_number(), head(), 0, len(figures), [])
    told = f"Not opened, since this copy withholds them: {len(figures)} figures."
    assert len(figures) > 10 and told in list(checker.in_words(checked, [], ""))


def opened(salts: set[str], hashes: set[str]) -> list[int]:
    """The numbers of up to three digits that one of these salts and hashes is of: found by trying."""
    salted = [hashlib.sha256(bytes.fromhex(salt)) for salt in salts]
    found = []
    for number in range(1000):
        for begun in salted:
            tried = begun.copy()
            tried.update(str(number).encode())
            found += [number] if tried.hexdigest() in hashes else []
    return found


def test_no_figure_can_be_found_by_trying(figures):
    file = "".join(exported())
    hashes = set(re.findall(r"[0-9a-f]{64}", file))
    committed = {ledger.commitment(text.change_id, text.salt, text.value)["sha256"] for text in figures}
    assert committed <= hashes, "each is committed to"
    salts = {text.salt for text in figures}
    assert sorted(opened(salts, hashes)) == sorted(int(text.value) for text in figures), "with its salt it is"
    in_file = {"", *re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", file)}
    assert len(in_file) > 100 and not in_file & salts and opened(in_file, hashes) == []


@contextmanager
def damaged():
    with transaction.atomic():
        with without_triggers():
            yield
        transaction.set_rollback(True)


def test_a_figure_that_is_not_the_one_on_record_is_told(figures):
    text = figures[-1]
    row, where = ChangeText.objects.filter(pk=text.pk), f"Entry {text.change_id}: the text “{text.field}”"
    for damage in ({"value": "7"}, {"salt": "0f" * 16}, {"salt": "none"}, {"value": ""}):
        with damaged():
            row.update(**damage)
            assert checker.check(exported())[0] == [f"{where} beside it cannot be read."], damage
    with damaged():
        row.update(salt="", value="")
        assert checker.check(exported())[0] == [f"{where} is not the one its line commits to."]
    with damaged():
        row.delete()
        assert checker.check(exported())[0] == [f"{where} that its line commits to is not there."]


@pytest.mark.run_in("sqlite")  # which columns there are
def test_the_checker_knows_each_figure():
    known = {model._meta.label_lower: figures_of(model._meta.label_lower) for model in tracked_models()}
    columns = {model: columns for model, columns in known.items() if columns}
    assert {model: frozenset(columns) for model, columns in checker.FIGURES.items()} == columns


# ------------------------------------------------- two records that differ in nothing but small figures

# What is another one of each record: hashes, salts, signatures, ids of acts, and seals.
OF_THE_RECORD = re.compile(
    r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(?:-[0-9A-Z]{4}){4}"
)
OF_A_REQUEST = re.compile(r'name="(?:token|seen|csrfmiddlewaretoken)" value="[^"]*"|nonce="[^"]*"')
LISTS = ("/exceptions/found/", "/exceptions/reports/", "/due/", "/scorecards/", "/groups/qiip/scorecard/")
SINCE = "since=2021-05-31&until=2021-06-19"
LEAVING = [
    PACK,
    f"{PACK}data/",
    f"{LIST}export.jsonl",
    *(f"{url}export.{form}" for url in (LIST, *LISTS) for form in ("csv", "xlsx")),
    f"/scrutiny/compare/?{SINCE}",
]


def what_leaves(client) -> dict[str, str]:
    """By address, what a reader gets there, without what differs from record to record."""
    left = {url: b"".join(client.get(url)) for url in LEAVING}
    texts = {
        url: str(rows_of_xlsx(file)) if url.endswith("xlsx") else file.decode() for url, file in left.items()
    }
    texts["export_ledger"] = "".join(exported())
    return {url: OF_THE_RECORD.sub("#", OF_A_REQUEST.sub("#", text)) for url, text in texts.items()}


@pytest.mark.run_in("sqlite")  # what is shown of figures; keys of rows have to begin anew
def test_what_leaves_the_site_is_the_same_whatever_a_small_figure_is(
    on_record, user, sign_in, send, it_is, settings
):
    figures = {
        model: {field.name for field in model._meta.concrete_fields if isinstance(field, Figure)}
        for model in tracked_models()
    }
    assert {model: set(columns) for model, columns in FIGURES.items()} == {
        model: columns for model, columns in figures.items() if columns
    }, "a column is not tried here"
    reader, chair, left, seen = sign_in("scrutineer"), sign_in("qiip.chair"), [], []
    settings.DEMO_TIME = time(8)
    for which in (0, 1):
        before = transaction.savepoint()
        it_is(2021, 6, 1)
        with on_record():
            rows = enter(which, "qiip", user("qiip.chair"))
        assert send(chair, reverse("measure_ask", args=[rows[0].pk]), **ASK).status_code == 302
        it_is(2021, 6, 20)
        left.append(what_leaves(reader))
        seen.append(words_of(reader.get(reverse("register", args=["qiip"]))))
        transaction.savepoint_rollback(before)
        facts.kept.clear()
    assert "4 offered, 3 booked, 2 attended" in seen[1], "the site itself has them"
    for url, text in left[0].items():
        assert text == left[1][url], url
