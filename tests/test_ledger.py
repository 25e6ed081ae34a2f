"""Format 2 of the ledger, by its published test vectors: what is written cannot be reformatted."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from uuid import UUID

import pytest
from django.conf import settings
from django.db.models import IntegerChoices, TextChoices
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from gscp.record import ledger, signing

NAMES = "hash of entry 190|head|line|hash|salt|text|sha256|secret key|key|fingerprint|signature"
VECTORS = dict(
    re.findall(
        rf"^    ({NAMES}) +(\S.*)$",
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


def test_the_published_signature():
    key = signing.public_key(VECTORS["secret key"])
    assert (key, ledger.fingerprint(key)) == (VECTORS["key"], VECTORS["fingerprint"])
    assert signing.is_signed(key, VECTORS["signature"], VECTORS["hash"])
    assert not signing.is_signed(key, VECTORS["signature"], VECTORS["hash of entry 190"])
    assert ledger.fingerprint("no key") == "none"


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


class Share(float, Enum):
    HALF = 0.5


@dataclass
class Pair:
    one: int


OTHER_KINDS = [
    0.5, float("nan"), float("inf"), Share.HALF, Decimal(1), Fraction(1), 1j, b"x", bytearray(b"x"), {1},
    frozenset(), (1,), Pair(1), time(8), timedelta(1), object(), int, 2**64, "\ud800", {1: "x"}, {None: "x"},
]  # fmt: skip


@pytest.mark.parametrize("value", OTHER_KINDS, ids=repr)
def test_what_has_no_form_is_refused_at_any_depth(value):
    for nested in (value, [value], {"a": value}, [1, {"a": ["x", {"b": [value]}]}]):
        with pytest.raises(TypeError):
            ledger.canonical(nested)


ENTRY = {
    "act": UUID(int=1), "actor_id": 1, "actor_name": "MASH chair", "actor_post": "", "action": None,
    "at": datetime(2021, 4, 1, tzinfo=UTC), "clock": datetime(2021, 4, 1, tzinfo=UTC), "differences": [],
    "model": "actions.action", "number": 1, "object_id": 1, "object_name": "001", "plan": 1, "group": None,
    "about_model": "actions.action", "about_id": 1,
}  # fmt: skip
ROW = {"id": 1, "title": ledger.commitment(1, "00", "x")}


@pytest.mark.parametrize("value", OTHER_KINDS, ids=repr)
def test_no_line_holds_what_has_no_form(value):
    for name in ENTRY.keys() - {"act"}:
        with pytest.raises(TypeError):
            ledger.line_of(ENTRY | {name: value}, ROW)
    for row in ({"share": value}, {"title": {"entry": value, "sha256": ""}}, {"title": {"entry": [value]}}):
        with pytest.raises(TypeError):
            ledger.line_of(ENTRY, ROW | row)


class Rating(TextChoices):
    GREEN = "green"


class Tier(IntegerChoices):
    EXECUTIVE = 1


def test_what_is_a_kind_of_text_or_number_has_a_form():
    assert ledger.canonical([Rating.GREEN, SafeString("<b>"), Tier.EXECUTIVE]) == '["green","<b>",1]'
    row = ROW | {"rating": Rating.GREEN, "title": SafeString("<b>"), "tier": Tier.EXECUTIVE}
    plain = ROW | {"rating": "green", "title": "<b>", "tier": 1}
    assert ledger.line_of(ENTRY, row) == ledger.line_of(ENTRY, plain)
    assert ledger.canonical(UUID(int=1)) == '"00000000-0000-0000-0000-000000000001"'


def test_any_change_of_line_or_order_changes_the_hash():
    first = ledger.chained(ledger.GENESIS, "{}")
    assert ledger.chained(first, "{}") != first
    assert ledger.chained(ledger.GENESIS, "{} ") != first
