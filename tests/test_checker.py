"""What the checker makes of chains that somebody wrote themselves: every hash fits, and it is not enough."""

from copy import deepcopy

import pytest

from gscp.record import ledger, signing
from scrutiny import checker

SALT = "0f" * 16
TEXT = {"field": "title", "salt": SALT, "value": "A title"}
NO_TEXT = {"field": "title", "salt": "", "value": ""}
TAKEN_OUT = {"field": "title", "redacted": True}
TITLE = ledger.commitment(1, SALT, "A title")


SECRET, OTHER_SECRET = "01" * 32, "02" * 32


def signature(hash, secret=SECRET):
    key = signing.private_key(secret)
    return {"key": signing.public_key(secret), "signature": key.sign(ledger.signed_bytes(hash)).hex()}


def differences(row, before):
    """Those of a row that holds free texts, numbers and words, as the record makes them."""
    for name, value in row.items():
        if value != before.get(name) and (value or before.get(name)):
            difference = {"field": name, "label": name}
            if not isinstance(value, dict) and not isinstance(before.get(name), dict):
                difference |= {"old": str(before.get(name) or ""), "new": str(value or "")}
            yield difference


def line(number, model, pk, who, row, before):
    at = f"2021-04-01T08:00:0{number}.000000Z"
    said = {
        "change_id": number, "history_change_reason": "", "history_date": at, "history_type": "+",
        "history_user_id": who,
    }  # fmt: skip
    return {
        "act": f"0c1c7c4b-42b1-4dd4-8b4b-4bb4b4b4b4b{number:x}",
        "actor": {"id": who, "name": "QIIP chair", "post": "Chair"},
        "at": at,
        "clock": at,
        "concerns": {"about": None, "action": 1, "plan": 1, "group": None},
        "differences": list(differences(row, before)),
        "model": model,
        "number": number,
        "object": {"id": pk, "name": "001"},
        "row": said | {"id": pk} | row if row else {},
    }


def chain(*entries, changed=lambda number, said: None, signed=lambda number, hash: signature(hash)):
    """An export of these: model and id of the record, id of who saved it, its row, the texts beside it.

    `changed` may change each line before it is chained, `signed` makes the signature.
    """
    hash, rows = ledger.GENESIS, {}
    yield ledger.canonical({"format": "gscp-export-2", "ledger": "gscp-2"})
    for number, (model, pk, who, row, texts) in enumerate(entries, 1):
        said = deepcopy(line(number, model, pk, who, row, rows.get((model, pk), {})))
        rows[model, pk] = row
        written = changed(number, said) or ledger.canonical(said)
        hash = ledger.chained(hash, written)
        entry = {"number": number, "line": written, "hash": hash, "texts": texts}
        yield ledger.canonical(entry | {"signature": signed(number, hash)})
    yield ledger.canonical({"entries": len(entries), "head": ledger.head(len(entries), hash)})


def saved(title, pk=1, texts=(), **row):
    return "actions.ownership", pk, 3, {"title": title, "action_id": 1} | row, list(texts)


def redaction(state, who, entry=1):
    return "gscp.redaction", 1, who, {"state": state, "entry": entry, "field": "title"}, []


FIRST, REDACTED = saved(TITLE, texts=[TEXT]), saved(TITLE, texts=[TAKEN_OUT])


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([FIRST, saved(TITLE)], ""),
        ([FIRST, saved("", texts=[NO_TEXT])], ""),
        (
            [FIRST, saved(TITLE | {"sha256": "ab" * 32})],
            "Entry 2: its line commits to a text “title” that no",
        ),
        ([FIRST, saved(TITLE | {"entry": 99})], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, saved({"entry": 2})], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, saved(TITLE, pk=2)], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, ("actions.ownership", 1, 3, {}, [])], "Entry 2: its line has no row"),
        ([FIRST, saved(TITLE, history_change_reason="Words")], "Entry 2: its reason stands in its line"),
        (
            [saved(TITLE, history_change_reason=TITLE, texts=[TEXT]), saved(TITLE)],
            "Entry 1: the text “history_change_reason” that its line commits to is not there",
        ),
        (
            [
                saved("", history_change_reason=TITLE, texts=[TEXT | {"field": "history_change_reason"}]),
                saved("", history_change_reason=TITLE),
            ],
            "Entry 2: its line commits to a text “history_change_reason” that no",
        ),
        ([saved("", texts=[NO_TEXT])], "Entry 1: its line commits to no text “title”"),
        (
            [FIRST, saved("", texts=[NO_TEXT | {"salt": "other words"}])],
            "Entry 2: its line commits to no text “title”",
        ),
        ([REDACTED, redaction("asked", 7), redaction("done", 8)], ""),
        ([FIRST, redaction("asked", 7), redaction("done", 8)], "Entry 3: by it a text was taken out, and"),
        ([REDACTED, redaction("asked", 7), redaction("done", 7)], "Entry 1: “title” is said to be taken out"),
        ([REDACTED, redaction("asked", 7), redaction("asked", 8), redaction("done", 7)], "no two people"),
        ([REDACTED, redaction("asked", 7), redaction("done", None)], "no two people"),
        ([REDACTED, redaction("asked", None), redaction("done", 8)], "no two people"),
        ([REDACTED, redaction("done", 8)], "no two people"),
        ([REDACTED, redaction("asked", 7), redaction("done", 8, entry=[1])], "no two people"),
        ([FIRST, redaction("asked", 7), redaction("refused", 8)], ""),
        ([FIRST, redaction("asked", 7), redaction("refused", 7)], "Entry 3: nobody else asked for this"),
        # Somebody asked, and for another text.
        ([REDACTED, FIRST, redaction("asked", 7, entry=2), redaction("done", 8)], "no two people"),
        (
            [redaction("asked", 7, entry=3), redaction("done", 8, entry=3), REDACTED],
            "Entry 1: the text of this",
        ),
        ([FIRST, redaction("asked", 7, entry=2)], "Entry 2: the text of this redaction was not there"),
        ([FIRST, saved(TITLE | {"entry": True})], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, saved("")], "Entry 2: the empty text “title”, in place of the one before, is not there"),
        ([FIRST, saved("", texts=[NO_TEXT | {"value": "words"}])], "Entry 2: its line commits to no text"),
        ([FIRST, saved(TITLE, texts=[NO_TEXT])], "Entry 2: its line commits to no text “title”"),
        ([FIRST, saved("A title")], "Entry 2: “title” is a text, and stands in its line"),
        (
            [saved("", title_of="x"), saved("")],
            "Entry 2: its line lacks what the one before of this record has: title_of",
        ),
    ],
)
def test_a_chain_somebody_wrote(entries, wrong):
    found, *_ = checker.check(chain(*entries))
    assert any(wrong in what for what in found) if wrong else found == [], found


COUNT = ledger.commitment(1, SALT, "3")
WITHHELD = {"field": "numerator", "withheld": True}


def counted(figure, *texts):
    return "subgroups.reading", 1, 3, {"numerator": figure, "action_id": 1}, [*texts]


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([counted(COUNT, WITHHELD), counted(COUNT)], ""),
        ([counted(COUNT)], "Entry 1: the text “numerator” that its line commits to is not there"),
        ([counted(COUNT, WITHHELD | {"withheld": False})], "the text “numerator” beside it cannot be read"),
        ([counted(COUNT, WITHHELD | {"withheld": 1})], "the text “numerator” beside it cannot be read"),
        ([counted(COUNT, WITHHELD | {"salt": SALT})], "the text “numerator” beside it cannot be read"),
        ([counted(COUNT, WITHHELD, WITHHELD)], "“numerator” is said to be withheld, and is no figure"),
        ([counted("", WITHHELD)], "Entry 1: “numerator” is said to be withheld, and is no figure that its"),
        ([counted(COUNT, WITHHELD), counted("", WITHHELD)], "Entry 2: “numerator” is said to be withheld"),
        ([counted(COUNT, WITHHELD), counted("", NO_TEXT | {"field": "numerator"})], ""),
        ([saved(TITLE, texts=[WITHHELD | {"field": "title"}])], "Entry 1: “title” is said to be withheld"),
        ([counted(COUNT, WITHHELD | {"field": ["numerator"]})], "is said to be withheld, and is no figure"),
        ([counted(COUNT, {"field": "numerator", "salt": SALT, "value": "3"})], ""),
        (
            [counted(COUNT, {"field": "numerator", "salt": SALT, "value": "4"})],
            "Entry 1: the text “numerator” is not the one its line commits to",
        ),
        ([saved(TITLE, numerator=COUNT, texts=[TEXT, WITHHELD])], "Entry 1: “numerator” is said to be"),
    ],
)
def test_a_figure_is_withheld_and_no_other_text(entries, wrong):
    found, *_, withheld, _ = checked = checker.check(chain(*entries))
    assert any(wrong in what for what in found) if wrong else found == [], found
    if not wrong:
        told = "Not opened, since this copy withholds them: 1 figure."
        assert (told in checker.in_words(checked, [], "")) == bool(withheld)


def test_a_figure_that_was_taken_out_is_not_said_to_be_withheld():
    row = {"entry": 1, "field": "numerator"}
    decided = [("gscp.redaction", 1, who, row | {"state": state}, []) for state, who in STEPS]
    found, *_ = checker.check(chain(counted(COUNT, WITHHELD), *decided))
    assert found == ["Entry 3: by it a text was taken out, and that stands here again."]
    found, *_ = checker.check(chain(counted(COUNT, TAKEN_OUT | {"field": "numerator"}), *decided))
    assert found == []


STEPS = [("asked", 7), ("done", 8)]
UNLIKE = "its row is of another record, person or moment"
NO_PARTS = "its line does not have the parts of one"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda said: said.update(number=7), "its line is that of another entry"),
        (lambda said: said.update(number=True), "its line is that of another entry"),
        (lambda said: said.update(at="2021-04-01"), "its moment is none"),
        (lambda said: said.update(at=["2021"]), "its moment is none"),
        (lambda said: said.update(at="2021-03-31T08:00:00.000000Z"), "before that of the entry before it"),
        (lambda said: said.update(at="2021-04-01T08:00:03.000000Z"), UNLIKE),
        (lambda said: said["row"].update(history_date="2021-03-31T08:00:00.000000Z"), UNLIKE),
        (lambda said: said["object"].update(id=2), UNLIKE),
        (lambda said: said["actor"].update(id=4), UNLIKE),
        (lambda said: said["row"].update(change_id=1), UNLIKE),
        (lambda said: said["concerns"].update(action=2), UNLIKE),
        (lambda said: said.update(model="actions.businessplan", object={"id": 5, "name": ""}), UNLIKE),
        (lambda said: said.update(at="2099-99-99T08:00:00.000000Z"), "its moment is none"),
        (lambda said: said.update(act=5), "its act is none"),
        (lambda said: said.update(differences="x"), "its differences are none"),
        (lambda said: said["row"].update(history_type="-"), "its row was neither added nor changed"),
        (lambda said: said.update(note="x"), NO_PARTS),
        (lambda said: said.pop("act"), NO_PARTS),
        (lambda said: said.update(actor="QIIP chair"), NO_PARTS),
        (lambda said: said["actor"].update(note="x"), NO_PARTS),
    ],
)
def test_a_line_that_says_two_things(change, wrong):
    def changed(number, said):
        if number == 2:
            change(said)

    found, *_ = checker.check(chain(FIRST, saved(TITLE), changed=changed))
    assert [what for what in found if what.startswith("Entry 2: ") and wrong in what], found


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (",", ", "),
        ('"id":1', '"id":1.0'),
        ('"id":1', '"id":NaN'),
        ("QIIP", "\\u0051IIP"),
        ('"act":', '"zzz":1,"act":'),
    ],
)
def test_a_line_in_other_words(part, other):
    def changed(number, said):
        return ledger.canonical(said).replace(part, other, 1)

    with pytest.raises(checker.CannotCheck, match="The line of entry 1 is"):
        checker.check(chain(FIRST, changed=changed))
