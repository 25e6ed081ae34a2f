"""Checks an export of the ledger with no application at all: python checker.py FILE [--head HEAD]

It uses only Python's own library and nothing else of this product, so that anybody can read all of it. An
export is JSON Lines (docs/ledger.md): a first line with the format, one line for each entry, a last line
with the head. The exit status is 0 where everything holds; otherwise 1, after saying what is wrong.

It cannot tell whether an entry was true when it was typed, nor whether anything was changed after the last
head that somebody else wrote down. Give that head with --head.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

EXPORT, LEDGER = "gscp-export-1", "gscp-1"
HASH_BEFORE_FIRST = "0" * 64
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
REASON = "history_change_reason"
# The keys of a line, and of the objects in it.
PARTS = {
    "actor": {"id", "name", "post"},
    "concerns": {"action", "plan", "group"},
    "object": {"id", "name"},
}
# Records that concern themselves: the key of `concerns` that holds the record's own id.
CONCERNS_ITSELF = {
    "actions.action": "action",
    "actions.businessplan": "plan",
    "subgroups.group": "group",
}
KEYS = {"act", "at", "differences", "model", "number", "row", *PARTS}
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
ACT = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CannotCheck(Exception):
    """Why the check ends here: nothing after this point can be read, or tied to what is before it."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def head(number: int, hash: str) -> str:
    """The number, and the first 80 bits of the hash in Crockford's base 32."""
    bits = int(hash[:20], 16)
    code = "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))
    return "-".join([str(number), code[0:4], code[4:8], code[8:12], code[12:16]])


BREAK = r"[-\s\u2010-\u2015\u2212]"  # printers and word processors have other dashes
HEAD_AS_TYPED = re.compile(
    rf"(?:CHANGE\s+([0-9]+)\s+(?=HEAD\s+\1\b))?(?:HEAD:?\s+)?"
    rf"([0-9OIL]{{1,15}}){BREAK}+((?:[{ALPHABET}OIL]{BREAK}*){{16}})"
)


def read_head(typed: str) -> str:
    """A head as head() writes it, from what somebody typed or pasted; words printed before it may be there.

    Raises:
        CannotCheck: it is not a head.
    """
    match = HEAD_AS_TYPED.fullmatch(typed.strip(" \r\n\t.").upper().replace(",", ""))
    if not match:
        raise CannotCheck(f"“{typed}” is no head: write it as 192-VAS4-ABDV-EFAR-Y3E7.")
    number, code = (
        re.sub(BREAK, "", part).translate(str.maketrans("OIL", "011")) for part in match.group(2, 3)
    )
    return "-".join([str(int(number)), code[0:4], code[4:8], code[8:12], code[12:16]])


def with_unique_keys(pairs: list) -> dict:
    unique = dict(pairs)
    if len(unique) != len(pairs):  # readers differ on which of two values of one key they take
        raise ValueError("it says the same thing twice")
    return unique


def refuse_number(number: str) -> int:
    raise ValueError(f"{number} is no whole number")


def canonical(value: object) -> str:
    """As the record writes it: keys sorted, no spaces, nothing escaped that JSON does not require."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parsed(text: str, where: str) -> dict:
    """The object of JSON in this text.

    Raises:
        CannotCheck: it is another kind of text, or written in another way than the record writes it.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=with_unique_keys, parse_float=refuse_number, parse_constant=refuse_number
        )
        written = canonical(value)
    except (ValueError, RecursionError) as error:
        raise CannotCheck(f"{where} is no JSON that can be read in one way only.") from error
    if not isinstance(value, dict):
        raise CannotCheck(f"{where} is no object of JSON.")
    if written != text:
        raise CannotCheck(f"{where} is not written as the record writes it, or another program saved it.")
    return value


def part(line: dict, name: str) -> dict:
    value = line.get(name)
    return value if isinstance(value, dict) else {}


def is_moment(value: object) -> bool:
    try:
        return bool(MOMENT.fullmatch(str(value)) and datetime.fromisoformat(str(value)))
    except ValueError:
        return False


def line_findings(line: dict, number: int) -> Iterator[str]:
    if set(line) != KEYS or any(set(part(line, name)) != keys for name, keys in PARTS.items()):
        yield "its line does not have the parts of one."
        return
    if canonical(line["number"]) != str(number):
        yield "its line is that of another entry."
    if not is_moment(line["at"]):
        yield "its moment is none."
    if not (
        isinstance(line["act"], str) and ACT.fullmatch(line["act"]) and type(line["differences"]) is list
    ):
        yield "its act is none, or its differences are none."
    row, object_id, concerns = part(line, "row"), line["object"]["id"], line["concerns"]
    if not row:
        yield "its line has no row."
        return
    if row.get("history_type") not in ("+", "~"):
        yield "its row was neither added nor changed."
    same = [
        ([number, object_id], [row.get("change_id"), row.get("id")]),
        ([line["at"], line["actor"]["id"]], [row.get("history_date"), row.get("history_user_id")]),
        *((concerns[name], row.get(f"{name}_id", concerns[name])) for name in concerns),
        *((concerns[name], object_id) for model, name in CONCERNS_ITSELF.items() if model == line["model"]),
    ]
    if any(canonical(one) != canonical(other) for one, other in same):
        yield "its row is of another record, person or moment."


def text_findings(entry: dict, row: dict, before: dict) -> Iterator[str]:
    """What is wrong with the texts beside an entry: each must be the one that its line commits to.

    `row` is that of its line, `before` that of the record's line before this one.
    """
    number, expected, emptied = entry["number"], {}, set()  # names with their hashes; names of emptied texts
    before = {name: value for name, value in before.items() if name != REASON}  # every entry has its own
    if not isinstance(row.get(REASON), dict) and row.get(REASON) != "":
        yield "its reason stands in its line."
    if gone := before.keys() - row.keys():
        yield f"its line lacks what the one before of this record has: {', '.join(sorted(gone))}."
    for name, value in row.items():
        if isinstance(before.get(name), dict) and not isinstance(value, dict):
            emptied.add(name)
            if value != "":
                yield f"“{name}” is a text, and stands in its line."
        if isinstance(value, dict) and canonical(value) != canonical(before.get(name)):
            if canonical(value.get("entry")) != str(number) or set(value) != {"entry", "sha256"}:
                yield f"its line commits to a text “{name}” that no earlier line of this record has."
            else:
                expected[name] = value["sha256"]
    for text in entry["texts"]:
        if not isinstance(text, dict) or not isinstance(text.get("field"), str):
            yield "a text beside it cannot be read."
            continue
        name, committed = text["field"], expected.pop(text["field"], None)
        if set(text) == {"field", "redacted"} and text["redacted"] is True:
            if committed is None:
                yield f"“{name}” is said to be taken out, and its line commits to no such text."
        elif set(text) != {"field", "salt", "value"}:
            yield f"beside the text “{name}” stands what is no part of one."
        elif not isinstance(text.get("salt"), str) or not isinstance(text.get("value"), str):
            yield f"the text “{name}” cannot be read."
        elif committed is None:
            if text["value"] or text["salt"] or name not in emptied:
                yield f"its line commits to no text “{name}”."
            emptied.discard(name)
        else:
            try:
                hash = sha256(bytes.fromhex(text["salt"]) + text["value"].encode())
            except ValueError:
                hash = ""
            if hash != committed or not re.fullmatch("[0-9a-f]{32}", text["salt"]):
                yield f"the text “{name}” is not the one its line commits to."
    for name in sorted(emptied):
        yield f"the empty text “{name}”, in place of the one before, is not there."
    for name in expected:
        yield f"the text “{name}” that its line commits to is not there."


class Removals:
    """Which texts were entered, which of them were taken out, who asked for that and who consented.

    The key of a text is [number of its entry, name of its field] in canonical JSON.
    """

    def __init__(self) -> None:
        self.entered: set[str] = set()
        self.taken: dict[str, str] = {}  # how a finding names a text that the export says was taken out
        self.asked: dict[str, object] = {}  # by record and text, the id of the person who asked
        self.consented: dict[str, int] = {}  # by text, the number of the entry that consents

    def enter(self, number: int, texts: list) -> None:
        for text in texts:
            if isinstance(text, dict):
                key = canonical([number, text.get("field")])
                self.entered.add(key)
                if text.get("redacted") is True:
                    self.taken[key] = f"Entry {number}: “{text.get('field')}”"

    def findings_of_entry(self, number: int, record: str, who: object, row: dict) -> Iterator[str]:
        text, state = canonical([row.get("entry"), row.get("field")]), row.get("state")
        if text not in self.entered:
            yield "the text of this redaction was not there."
        if state == "asked":
            self.asked.setdefault(record + text, who)
            return
        asker = self.asked.get(record + text)
        if who is None or asker is None or who == asker:
            yield "nobody else asked for this redaction."
        elif state == "done":
            self.consented[text] = number

    def findings_at_end(self) -> Iterator[str]:
        for text in self.taken.keys() - self.consented.keys():
            yield f"{self.taken[text]} is said to be taken out, and no two people asked for it and consented."
        for text in self.consented.keys() - self.taken.keys():
            yield f"Entry {self.consented[text]}: by it a text was taken out, and that stands here again."


def check_first_line(first: str) -> None:
    """Raises CannotCheck where that is not how an export begins."""
    if first.startswith("\ufeff"):
        raise CannotCheck(
            "It begins with a byte order mark, as another program saved it: check it as it was exported."
        )
    formats = parsed(first.removesuffix("\n") or "0", "The first line")
    if formats.get("format") != EXPORT or formats.get("ledger") != LEDGER:
        raise CannotCheck(f"This is no export of the ledger in the form {EXPORT}.")


def chained(before: str, entry: dict, number: int, where: str) -> str:
    """The hash of the entry with this number, over the hash before it.

    Raises:
        CannotCheck: it is no entry, is another one, or says another hash.
    """
    if set(entry) != {"number", "line", "hash", "texts"} or not isinstance(entry["texts"], list):
        raise CannotCheck(f"{where} is no entry.")
    if entry["number"] != number or type(entry["number"]) is not int:
        raise CannotCheck(f"{where} should be entry {number}, and is {json.dumps(entry['number'])[:40]}.")
    if not isinstance(entry["line"], str) or not isinstance(entry["hash"], str):
        raise CannotCheck(f"Entry {number} is not written as one.")
    hash = sha256(f"{LEDGER}\n{before}\n{entry['line']}".encode())
    if hash != entry["hash"]:
        raise CannotCheck(f"Entry {number}: its hash is not that of its line and the hash before it.")
    return hash


def check(lines: Iterable[str], witnesses: Iterable[str] = ()) -> tuple[list[str], int, str, int]:
    """What is wrong, how many entries there are, the head, and how many texts were taken out.

    `witnesses` are heads that were written down elsewhere.

    Raises:
        CannotCheck: this is no export, or it was cut off.
    """
    lines, wrong, removals = iter(lines), [], Removals()
    rows: dict[str, dict] = {}  # by record, the row in its latest line
    check_first_line(next(lines, ""))
    wanted = {read_head(witness) for witness in witnesses}
    number, hash, last, heads_seen, at_before = 0, HASH_BEFORE_FIRST, None, set(), ""
    for text in lines:
        where = f"Line {number + 2}"
        if last is not None:
            raise CannotCheck(f"{where} comes after the last one.")
        entry = parsed(text.removesuffix("\n"), where)
        if set(entry) == {"entries", "head"}:
            last = entry
            continue
        number += 1
        hash = chained(hash, entry, number, where)
        line = parsed(entry["line"], f"The line of entry {number}")
        row, record = part(line, "row"), canonical([line.get("model"), part(line, "object").get("id")])
        findings = [*line_findings(line, number), *text_findings(entry, row, rows.get(record, {}))]
        if (at := canonical(line.get("at"))) < at_before:
            findings.append("its moment is before that of the entry before it.")
        if line.get("model") == "gscp.redaction":
            findings += removals.findings_of_entry(number, record, part(line, "actor").get("id"), row)
        wrong += [f"Entry {number}: {what}" for what in findings]
        removals.enter(number, entry["texts"])
        rows[record], at_before = row, at
        heads_seen |= wanted & {head(number, hash)}
    if last is None:
        raise CannotCheck("It has no last line: it was cut.")
    if last != {"entries": number, "head": head(number, hash)}:
        raise CannotCheck(
            "The last line does not say what went before it: it was cut or put together from parts."
        )
    wrong += removals.findings_at_end()
    wrong += [
        f"The head {witness} was written down elsewhere, and it does not stand here."
        for witness in wanted - heads_seen
    ]
    return wrong, number, head(number, hash), len(removals.taken)


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="checker.py", description="Checks an export of the ledger.")
    parser.add_argument("file", help="what export_ledger wrote; - reads standard input")
    parser.add_argument("--head", action="append", default=[], help="a head that was written down earlier")
    given = parser.parse_args(arguments)
    try:
        path = Path("/dev/stdin" if given.file == "-" else given.file)
        with path.open(encoding="utf-8", newline="\n") as lines:
            wrong, entries, last, redacted = check(lines, given.head)
    except CannotCheck as error:
        wrong = [str(error)]
    except UnicodeDecodeError:
        wrong = ["This is no text in UTF-8."]
    except OSError as error:
        wrong = [f"{given.file} cannot be read: {error.strerror}."]
    if wrong:
        for what in wrong:  # may quote characters that a terminal acts on
            print("".join(c if c.isprintable() else "?" for c in what), file=sys.stderr)
        return 1
    print(f"{counted(entries, 'entry', 'entries')}, and every hash and text holds. Head: {last}")
    for witness in given.head:
        print(f"The head {read_head(witness)} stands, and what is after it was added to it.")
    if redacted:
        print(f"Taken out by consent: {counted(redacted, 'text', 'texts')}.")
    print("Nobody can tell from this whether an entry was true when it was typed,")
    print(
        "nor what was changed after the last head that somebody else wrote down."
        if not given.head
        else "nor what was changed after the head you gave."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
