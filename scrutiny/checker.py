"""Checks an export of the ledger: python checker.py FILE [--seal SEAL] [--key KEY]

It needs Python alone; to check signatures, the library `cryptography` too. docs/ledger.md describes an
export. It ends with 0 if all that can be checked holds, else with 1. It says what is wrong and not checked.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # then signatures are not checked, which is told
    Ed25519PublicKey = None  # type: ignore[assignment,misc]
HAS_LIBRARY = Ed25519PublicKey is not None

EXPORT, LEDGER, HASH_BEFORE_FIRST = "gscp-export-2", "gscp-2", "0" * 64
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
REASON = "history_change_reason"
# The keys of the objects in a line, and of the line.
CONCERNS = {"about", "action", "plan", "group"}
PARTS = {"actor": {"id", "name", "post"}, "concerns": CONCERNS, "object": {"id", "name"}}
KEYS = {"act", "at", "clock", "differences", "model", "number", "row", *PARTS}
# Records that concern themselves: the key of `concerns` that holds the record's own id.
CONCERNS_ITSELF = {"actions.action": "action", "actions.businessplan": "plan", "subgroups.group": "group"}
# Columns of counts. Of these alone an export withholds the texts: small ones can point at a child.
FIGURES = {
    "subgroups.measure": ["baseline"], "subgroups.reading": ["numerator", "denominator"],
    "subgroups.audit": ["sample_size"], "subgroups.auditresult": ["right", "wrong"],
    "subgroups.trainingevent": ["impact_asked", "impact_shown"], "subgroups.escalations": ["count", "days"],
    "subgroups.trainingplaces": ["offered", "booked", "attended"],
}  # fmt: skip
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
ACT = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH, SALT = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{32}")
EMPTY = ("null", '""')
Checked = tuple[list[str], int, str, int, int, list[str]]  # what check() returns
BREAK = r"[-\s\u2010-\u2015\u2212]"  # printers and word processors have other dashes
HEAD_AS_TYPED = re.compile(
    rf"(?:CHANGE\s+([0-9]+)\s+(?=(?:HEAD|SEAL)\s+\1\b))?(?:(?:HEAD|SEAL):?\s+)?"
    rf"([0-9OIL]{{1,15}}){BREAK}+((?:[{ALPHABET}OIL]{BREAK}*){{16}})"
)


class CannotCheck(Exception):
    """Why the check ends here: nothing after this point can be read, or tied to what is before it."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def head(number: int, hash: str) -> str:
    return f"{number}-{code(hash)}"


def code(hash: str) -> str:
    """The first 80 bits of a hash in Crockford's base 32."""
    bits = int(hash[:20], 16)
    return heard("".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5)))


def fingerprint(key: str) -> str:
    return code(sha256(bytes.fromhex(key))) if HASH.fullmatch(key) else "none"


def read_head(typed: str) -> str:
    """A head as head() writes it, from what somebody typed or pasted; with the words printed before it."""
    match = HEAD_AS_TYPED.fullmatch(typed.strip(" \r\n\t.").upper().replace(",", ""))
    if not match:
        raise CannotCheck(f"“{typed}” is no seal: write it as 192-VAS4-ABDV-EFAR-Y3E7.")
    return f"{int(heard(match[2]).replace('-', ''))}-{heard(match[3])}"


def heard(typed: str) -> str:
    digits = re.sub(BREAK, "", typed.upper()).translate(str.maketrans("OIL", "011"))
    return "-".join(re.findall(".{1,4}", digits))


# As the record writes it: keys sorted, no spaces, nothing escaped that JSON does not require.
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def parsed(text: str, where: str) -> dict:
    """The object of JSON in this text; CannotCheck where it is not written as the record writes it."""
    try:
        # Other numbers than whole ones become texts, and of two values of one key one is lost: told below.
        value = json.loads(text, parse_float=str, parse_constant=str)
        written = canonical(value)
    except (ValueError, RecursionError) as error:
        raise CannotCheck(f"{where} is no JSON that can be read.") from error
    if written != text or not isinstance(value, dict):
        raise CannotCheck(f"{where} is not an object of JSON as the record writes it.")
    return value


def part(line: dict, name: str) -> dict:
    value = line.get(name)
    return value if isinstance(value, dict) else {}


def is_moment(value: object) -> bool:
    try:
        return bool(MOMENT.fullmatch(str(value)) and datetime.fromisoformat(str(value)))
    except ValueError:
        return False


def line_findings(line: dict, number: int, row_before: dict, at_before: str) -> Iterator[str]:
    if set(line) != KEYS or any(set(part(line, name)) != keys for name, keys in PARTS.items()):
        yield "its line does not have the parts of one."
        return
    if canonical(line["number"]) != str(number):
        yield "its line is that of another entry."
    at, clock = canonical(line["at"]), canonical(line["clock"])
    if not (is_moment(line["at"]) and is_moment(line["clock"])):
        yield "its moment is none."
    elif at < at_before:
        yield "its moment is before that of the entry before it."
    elif at != max(clock, at_before):
        yield "its moment is not that of its clock or of the entry before it."
    differences = line["differences"]
    if not (isinstance(line["act"], str) and ACT.fullmatch(line["act"]) and type(differences) is list):
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
        *((concerns[name], row.get(f"{name}_id", concerns[name])) for name in CONCERNS - {"about"}),
        *((concerns[name], object_id) for model, name in CONCERNS_ITSELF.items() if model == line["model"]),
    ]
    if any(canonical(one) != canonical(other) for one, other in same):
        yield "its row is of another record, person or moment."
    if concerns["about"] is not None and set(part(concerns, "about")) != {"id", "model"}:
        yield "what it is about is none."
    yield from difference_findings(differences if type(differences) is list else [], row, row_before)


def difference_findings(differences: list, row: dict, before: dict) -> Iterator[str]:
    """Each is of a column that changed, and tells nothing of a free text; a changed record has them all."""
    pairs = {name: (canonical(before.get(name)), canonical(value)) for name, value in row.items()}
    changed = {name for name, (old, new) in pairs.items() if old != new and not name.startswith("history_")}
    changed -= {name for name, (old, new) in pairs.items() if old in EMPTY and new in (*EMPTY, "false")}
    changed -= {"change_id", "id"}
    named = []
    for one in (one if isinstance(one, dict) else {} for one in differences):
        field = str(one.get("field"))
        named.append(field if field in row else f"{field}_id")
        old, new = pairs.get(named[-1], EMPTY)
        is_text = "{" in (old[0], new[0])
        keys = {"field", "label"} if is_text else {"field", "label", "old", "new"}
        emptiness = [one.get("old") == "", one.get("new") == ""]
        if set(one) != keys or not (is_text or emptiness == [old in EMPTY, new in EMPTY]):
            yield f"its difference of “{field}” is not that of its row and the row before."
    if len(set(named)) < len(named) or not (changed == set(named) if before else changed.issuperset(named)):
        yield "its differences are of other columns than those that changed."


def text_findings(entry: dict, line: dict, before: dict) -> Iterator[str]:
    """Each is the one that its line commits to; `before` is the row of the record's line before this one."""
    row, figures = part(line, "row"), FIGURES.get(str(line.get("model")), [])
    number, expected = entry["number"], {}  # by name the hash of a text, "" where it became empty
    before = {name: value for name, value in before.items() if name != REASON}  # every entry has its own
    if not isinstance(row.get(REASON), dict) and row.get(REASON) != "":
        yield "its reason stands in its line."
    if gone := before.keys() - row.keys():
        yield f"its line lacks what the one before of this record has: {', '.join(sorted(gone))}."
    for name, value in row.items():
        if isinstance(before.get(name), dict) and not isinstance(value, dict):
            expected[name] = ""
            if value != "":
                yield f"“{name}” is a text, and stands in its line."
        if isinstance(value, dict) and canonical(value) != canonical(before.get(name)):
            expected[name] = str(value.get("sha256"))
            is_own = canonical(value) == canonical({"entry": number, "sha256": expected[name]})
            if not (is_own and HASH.fullmatch(expected[name])):
                yield f"its line commits to a text “{name}” that no earlier line of this record has."
                del expected[name]
    for text in (one if isinstance(one, dict) else {} for one in entry["texts"]):
        name, salt, value = (text.get(key, "") for key in ("field", "salt", "value"))
        hash = expected.pop(str(name), None)
        if set(text) == {"field", "redacted"} and text["redacted"] is True:
            if not hash:
                yield f"“{name}” is said to be taken out, and its line commits to no such text."
        elif set(text) == {"field", "withheld"} and text["withheld"] is True:
            if not hash or name not in figures:
                yield f"“{name}” is said to be withheld, and is no figure that its line commits to."
        elif set(text) != {"field", "salt", "value"} or {type(salt), type(value)} != {str}:
            yield f"the text “{name}” beside it cannot be read."
        elif hash is None or (hash == "" and (salt or value)):
            yield f"its line commits to no text “{name}”."
        elif hash and not (SALT.fullmatch(salt) and sha256(bytes.fromhex(salt) + value.encode()) == hash):
            yield f"the text “{name}” is not the one its line commits to."
    for name, hash in sorted(expected.items()):
        emptied = f"the empty text “{name}”, in place of the one before,"
        yield f"{f'the text “{name}” that its line commits to' if hash else emptied} is not there."


@dataclass
class Removals:
    """Of texts, by [number of the entry, field] in JSON: which were taken out, and who agreed to that."""

    entered: set[str] = field(default_factory=set)
    taken: dict[str, str] = field(default_factory=dict)  # how a finding names a text that was taken out
    asked: dict[str, object] = field(default_factory=dict)  # by record and text, the person who asked
    consented: dict[str, int] = field(default_factory=dict)  # by text, the entry that consents
    withheld: int = 0  # figures, which nobody took out

    def enter(self, number: int, texts: list) -> None:
        for text in (one for one in texts if isinstance(one, dict)):
            key = canonical([number, text.get("field")])
            self.entered.add(key)
            self.withheld += text.get("withheld") is True
            if text.get("redacted") is True:
                self.taken[key] = f"Entry {number}: “{text.get('field')}”"

    def findings_of_entry(self, number: int, record: str, who: object, row: dict) -> Iterator[str]:
        text, state = canonical([row.get("entry"), row.get("field")]), row.get("state")
        if text not in self.entered:
            yield "the text of this redaction was not there."
        asker = self.asked.get(record + text)
        if state == "asked":
            self.asked.setdefault(record + text, who)
        elif who is None or asker is None or who == asker:
            yield "nobody else asked for this redaction."
        elif state == "done":
            self.consented[text] = number

    def findings_at_end(self) -> Iterator[str]:
        for text in self.taken.keys() - self.consented.keys():
            yield f"{self.taken[text]} is said to be taken out, and no two people asked for it and consented."
        for text in self.consented.keys() - self.taken.keys():
            yield f"Entry {self.consented[text]}: by it a text was taken out, and that stands here again."


@dataclass
class Signatures:
    """Each act has one beside its last entry, by the key in force: at first that of the first signature.

    An entry on a gscp.recordkey names the key from the next act on; if the key before is lost, from this one.
    """

    first: str = ""
    in_force: str = ""
    next: str = ""
    act: object = None
    by_whom: object = None
    is_signed: bool = True  # the entry before
    changes: list[str] = field(default_factory=list)  # of the key, a sentence each

    def findings_of_entry(self, entry: dict, line: dict) -> Iterator[str]:
        act, by_whom = line.get("act"), [line.get(key) for key in ("actor", "at", "clock")]
        row, signed = part(line, "row"), part(entry, "signature")
        if (act == self.act) is self.is_signed:
            yield "its act was signed before it." if self.is_signed else "the act before it is not signed."
        if act == self.act and by_whom != self.by_whom:
            yield "it is of another person, post or moment than the entry before it of its act."
        if act != self.act:
            self.in_force, self.next = self.next or self.in_force, ""
        if line.get("model") == "gscp.recordkey":
            self.next, is_lost = str(row.get("public")), row.get("lost") is True
            self.in_force = self.next if is_lost else self.in_force
            how = "was said to be lost" if is_lost else "signed for another one"
            at, new = entry["number"], fingerprint(self.next)
            self.changes.append(f"At entry {at} the key {how}, and {new} took its place.")
        self.act, self.by_whom, self.is_signed = act, by_whom, entry["signature"] is not None
        key, signature = str(signed.get("key")), str(signed.get("signature"))
        if not (HASH.fullmatch(key) and set(signed) == {"key", "signature"}):
            yield from ["its signature is none."] if self.is_signed else []
            return
        self.first, self.in_force = self.first or key, self.in_force or key
        if key != self.in_force:
            yield f"it is signed by another key, {fingerprint(key)}."
        if HAS_LIBRARY:
            try:
                public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
                public.verify(bytes.fromhex(signature), f"{LEDGER} signed\n{entry['hash']}".encode())
            except (InvalidSignature, ValueError):
                yield "its signature is not one of its hash."

    def findings_at_end(self, given: str) -> Iterator[str]:
        yield from [] if self.is_signed else ["The last act is not signed."]
        if given and heard(given) != fingerprint(self.first):
            yield f"The first key is not the one with the fingerprint {given}."


def chained(before: str, entry: dict, number: int, where: str) -> str:
    """The hash of the entry with this number, over the hash before it; CannotCheck where it says another."""
    if set(entry) != {"number", "line", "hash", "texts", "signature"} or type(entry["texts"]) is not list:
        raise CannotCheck(f"{where} is no entry.")
    if entry["number"] != number or type(entry["number"]) is not int:
        raise CannotCheck(f"{where} should be entry {number}, and is {json.dumps(entry['number'])[:40]}.")
    hash = sha256(f"{LEDGER}\n{before}\n{entry['line']}".encode())
    if hash != entry["hash"] or type(entry["line"]) is not str:
        raise CannotCheck(f"Entry {number}: its hash is not that of its line and the hash before it.")
    return hash


def check(lines: Iterable[str], witnesses: Iterable[str] = (), key: str = "") -> Checked:
    """What is wrong; how many entries; the head; how many texts taken out and withheld; changes of key.

    `witnesses` are heads and `key` is a fingerprint that were written down elsewhere. CannotCheck is raised
    where this is no export, or it was cut off.
    """
    lines, wrong, removals, signatures = iter(lines), [], Removals(), Signatures()
    rows: dict[str, dict] = {}  # by record, the row in its latest line
    first = next(lines, "").removesuffix("\n") or "0"
    if first.startswith("\ufeff"):
        raise CannotCheck("It begins with a byte order mark: check it as it was exported.")
    if parsed(first, "The first line") != {"format": EXPORT, "ledger": LEDGER}:
        raise CannotCheck(f"This is no export of the ledger in the form {EXPORT}.")
    seals = dict.fromkeys(sorted(map(read_head, witnesses)))  # those that are not there yet
    number, hash, last, at_before = 0, HASH_BEFORE_FIRST, None, '""'
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
        before = rows.get(record, {})
        findings = [*line_findings(line, number, before, at_before), *text_findings(entry, line, before)]
        findings += signatures.findings_of_entry(entry, line)
        if line.get("model") == "gscp.redaction":
            findings += removals.findings_of_entry(number, record, part(line, "actor").get("id"), row)
        wrong += [f"Entry {number}: {what}" for what in findings]
        removals.enter(number, entry["texts"])
        rows[record], at_before = row, canonical(line.get("at"))
        seals.pop(head(number, hash), None)
    if last != {"entries": number, "head": head(number, hash)}:
        raise CannotCheck("It has no last line that says what went before it: it was cut, or made of parts.")
    wrong += [*removals.findings_at_end(), *signatures.findings_at_end(key)]
    wrong += [f"The seal {one} was written down elsewhere, and it does not stand here." for one in seals]
    return wrong, number, head(number, hash), len(removals.taken), removals.withheld, signatures.changes


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


KNOWN = "Every act is signed, and its key goes back to the one that you gave."
NOT_KNOWN = "The signatures agree with one another, the key is not known: give its fingerprint with --key."
NO_LIBRARY = "Not checked: whether the signatures are right. That takes the library cryptography for Python."


def in_words(checked: Checked, heads: list[str], key: str) -> Iterator[str]:
    _, entries, last, redacted, withheld, changes_of_key = checked
    yield f"{counted(entries, 'entry', 'entries')}, and every hash and text holds. Seal: {last}"
    if withheld:
        yield f"Not opened, since this copy withholds them: {counted(withheld, 'figure', 'figures')}."
    yield from (f"The seal {read_head(one)} stands, and what is after it was added to it." for one in heads)
    yield (KNOWN if key else NOT_KNOWN) if HAS_LIBRARY else NO_LIBRARY
    yield from changes_of_key
    yield from [f"Taken out by consent: {counted(redacted, 'text', 'texts')}."] if redacted else []
    yield "Nobody can tell from this whether an entry was true when it was typed,"
    yield f"nor what was changed after the {'seal you gave' if heads else 'last seal that somebody holds'}."


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="checker.py", description="Checks an export of the ledger.")
    parser.add_argument("file", help="what export_ledger wrote; - reads standard input")
    seal = "a seal of the record that was written down earlier"
    parser.add_argument("--seal", "--head", dest="head", action="append", default=[], help=seal)
    parser.add_argument("--key", default="", help="the fingerprint of the first key, written down earlier")
    given, words = parser.parse_args(arguments), []
    try:
        path = Path("/dev/stdin" if given.file == "-" else given.file)
        with path.open(encoding="utf-8", newline="\n") as lines:
            checked = check(lines, given.head, given.key)
        wrong, words = checked[0], list(in_words(checked, given.head, given.key))
    except CannotCheck as error:
        wrong = [str(error)]
    except (OSError, UnicodeDecodeError) as error:
        wrong = [f"{given.file} cannot be read: {error}."]
    wrong += [NO_LIBRARY] if given.key and not HAS_LIBRARY else []
    for what in wrong:  # may quote characters that a terminal acts on
        print("".join(c if c.isprintable() else "?" for c in what), file=sys.stderr)
    print(*([] if wrong else words), sep="\n", end="" if wrong else "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
