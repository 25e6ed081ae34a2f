"""Format 1 of the ledger, by its published test vectors: what is written cannot be reformatted."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.conf import settings

from gscp import ledger

VECTORS = dict(
    re.findall(
        r"^    (hash of entry 190|head|line|hash|salt|text|sha256) +(.+)$",
        (settings.BASE_DIR / "docs/ledger.md").read_text(),
        re.M,
    )
)


def test_the_published_vectors():
    assert ledger.chained(ledger.GENESIS, VECTORS["line"]) == VECTORS["hash"]
    assert ledger.head(190, VECTORS["hash of entry 190"]) == VECTORS["head"]
    assert ledger.commitment(81, VECTORS["salt"], VECTORS["text"]) == {
        "entry": 81,
        "sha256": VECTORS["sha256"],
    }


def test_the_line_is_sorted_bare_and_utf8():
    entry = {"b": "–", "a": {"d": None, "c": True}}
    assert ledger.canonical(entry) == '{"a":{"c":true,"d":null},"b":"–"}'


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (date(2021, 9, 30), "2021-09-30"),
        (datetime(2021, 9, 30, 8, tzinfo=UTC), "2021-09-30T08:00:00.000000Z"),
        (datetime(2021, 9, 30, 9, tzinfo=timezone(timedelta(hours=1))), "2021-09-30T08:00:00.000000Z"),
    ],
)
def test_days_and_moments(value, plain):
    assert ledger.plain(value) == plain


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError):
        ledger.canonical({"a": object()})


def test_any_change_of_line_or_order_changes_the_hash():
    first = ledger.chained(ledger.GENESIS, "{}")
    assert ledger.chained(first, "{}") != first
    assert ledger.chained(ledger.GENESIS, "{} ") != first
