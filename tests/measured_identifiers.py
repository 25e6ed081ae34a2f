"""How much of what could identify a child is found, and how often it is found where there is none.

tests/identifying_sentences.tsv has invented sentences, each with what is in it. Those held out were not
looked at while the search was made. docs/child-safe-text.md has the rates.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.test import override_settings

from gscp import personal
from tests.tables_corpus import ROOT

SENTENCES = ROOT / "tests" / "identifying_sentences.tsv"
DAY = date(2022, 4, 6)  # dates of birth are of so many years before
EITHER, HELD_OUT = "all", "held out"


@dataclass
class Rates:
    """Counts by kind: sentences that have it, those in which it was found, innocent ones in which it was."""

    have: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    innocent: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    false: int = 0  # innocent ones in which anything was found


def sentences() -> list[dict[str, str]]:
    with SENTENCES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@override_settings(DEMO_TODAY=DAY)
def measured(only: str = EITHER) -> Rates:
    rates = Rates()
    for row in sentences():
        if only not in (EITHER, row["set"]):
            continue
        kinds = {detail.kind for detail in personal.details(row["sentence"])}
        if row["kind"]:
            rates.have[row["kind"]] += 1
            rates.found[row["kind"]] += row["kind"] in kinds
        else:
            rates.innocent += 1
            rates.false += bool(kinds)
            rates.alarms.update(kinds)
    return rates


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f}%)"


def table() -> list[str]:
    """The rows of the table in docs/child-safe-text.md."""
    every, held = measured(), measured(HELD_OUT)
    rows = [
        f"| {kind} | {share(every.found[kind], every.have[kind])} "
        f"| {share(held.found[kind], held.have[kind])} | {every.alarms[kind]} | {held.alarms[kind]} |"
        for kind in personal.KINDS
    ]
    found = [share(sum(one.found.values()), sum(one.have.values())) for one in (every, held)]
    false = [share(one.false, one.innocent) for one in (every, held)]
    return [*rows, f"| any of them | {found[0]} | {found[1]} | {false[0]} | {false[1]} |"]


def main() -> None:
    print("| kind | found | found, held out | false alarms | false alarms, held out |")
    print("|---|---|---|---|---|")
    print("\n".join(table()))
