"""The whole record checked: the ledger from its first entry to its last, then the rows of today.

`verify()` says everything that is wrong, in several processes where the ledger is long. `first_finding()`
says whether anything is.
"""

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context

import django
from django.db import DatabaseError

from gscp.record import Change, ledger
from scrutiny.proof import decisions, files, indexes, meetings, plans, reports, reviews, today
from scrutiny.proof.findings import Finding, without_text
from scrutiny.proof.rows import last_number, snapshot
from scrutiny.proof.signatures import Keys
from scrutiny.proof.walker import Progress, Walker, hash_of

ENTRIES_FOR_ONE_PROCESS = 100_000  # one process checks as many before others have started


@dataclass
class WalkResult:
    """The last entry of the record, or of a part of it, and what is wrong: it is sound without findings."""

    number: int = 0
    hash: str = ledger.GENESIS
    findings: list[Finding] = field(default_factory=list)
    redactions: list[tuple[int, str]] = field(default_factory=list)  # number of the entry, name of the field
    keys: Keys = field(default_factory=Keys)
    unchecked: str = ""  # a sentence: what this database cannot check

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)


def verify(progress: Progress = lambda number: None, processes: int = 0) -> WalkResult:
    """Check everything; the findings come sorted and printable.

    In so many processes; without a number, in as many as there are processors if the ledger is long.
    """
    try:
        with snapshot():
            last = last_number()
            result = WalkResult(last, hash_of(last), keys=Keys.on_record(), unchecked=indexes.unchecked())
    except DatabaseError as error:
        what = f"the ledger cannot be read: {without_text(error)}."
        return WalkResult(findings=[Finding(1, what)])
    for part in walk_in_parts(last, progress, processes):
        result.findings += part.findings
        result.redactions += part.redactions
    printable = (finding.printable() for finding in result.findings)
    result.findings = sorted(printable, key=lambda one: (type(one.number).__name__, one.number, one.what))
    return result


def walk_in_parts(last: int, progress: Progress, processes: int) -> Iterator[WalkResult]:
    parts = processes or ((os.cpu_count() or 1) if last > ENTRIES_FOR_ONE_PROCESS else 1)
    first, *others = pairwise(last * part // parts for part in range(parts + 1))
    with ProcessPoolExecutor(parts, get_context("spawn"), initializer=django.setup) as pool:
        submitted = [pool.submit(walk, *part) for part in others]
        yield walk(*first, progress)
        yield check_rows_of_today(last)  # takes about as long as the other processes take to start
        yield check_files(last)
        for part in submitted:
            yield part.result()


def walk(after: int, until: int, progress: Progress = lambda number: None) -> WalkResult:
    try:
        with snapshot():
            walker = Walker(after, until)
            findings = list(walker.findings(progress))
            return WalkResult(walker.number, walker.hash, findings, walker.redactions)
    except DatabaseError as error:  # for example a text that is not UTF-8
        what = f"it or another up to {until} cannot be read: {without_text(error)}."
        return WalkResult(until, findings=[Finding(after + 1, what)])


def check_rows_of_today(last: int) -> WalkResult:
    try:
        with snapshot():
            return WalkResult(findings=list(findings_of_today()))
    except DatabaseError as error:  # for example a table that is gone
        what = f"the rows of today cannot be read: {without_text(error)}."
        return WalkResult(findings=[Finding(last, what)])


def check_files(last: int) -> WalkResult:
    try:
        return WalkResult(findings=list(files.findings()))
    except DatabaseError as error:
        return WalkResult(findings=[Finding(last, f"files cannot be looked up: {without_text(error)}.")])


def first_finding() -> Finding | None:
    """One thing that is wrong with the record; None, after reading all of it, where nothing is.

    Raises:
        DatabaseError: something cannot be read, or the database does not answer.
    """
    # Closed in the snapshot: cursors of PostgreSQL end with their transaction.
    with snapshot(), closing(all_findings()) as findings:
        return next(findings, None)


def all_findings() -> Generator[Finding, None, None]:
    yield from Walker(0, last_number()).findings()
    yield from findings_of_today()


def findings_of_today() -> Iterator[Finding]:
    for check in (today, reports, decisions, meetings, plans, reviews, indexes):
        yield from check.findings()


def missing_heads(heads: Iterable[str]) -> list[Finding]:
    """The heads, written down elsewhere, of which the ledger has no entry, or another one.

    Raises:
        ValueError: one of them is not written as a head.
    """
    numbered = [ledger.read_head(head) for head in heads]
    numbers = [number for number, _ in numbered]
    hashes: dict[int, str] = {}
    with suppress(DatabaseError), snapshot():  # verify() reports that the ledger cannot be read
        hashes |= Change.objects.filter(number__in=numbers).values_list("number", "hash")
    return [
        Finding(number, f"the seal {head} was written down elsewhere, and it does not stand here.")
        for number, head in numbered
        if number not in hashes or ledger.head(number, hashes[number]) != head
    ]
