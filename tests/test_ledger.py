"""Format 1 of the ledger, by its published test vectors: what is written cannot be reformatted."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from gscp.record import ledger

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


NUMBERS = st.integers(-(2**63), 2**63 - 1)  # as both databases have them
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_the_line_is_json_as_the_format_has_it_whatever_writes_it(value):
    by_the_book = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert ledger.canonical(value) == by_the_book


def test_every_character_stands_as_itself_or_as_json_must_escape_it():
    characters = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    assert ledger.canonical(characters) == json.dumps(characters, ensure_ascii=False)


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
