"""How long a table of 10,000 actions takes: read alone, understood, and both in a process of their own."""

import csv
import time
from datetime import date
from io import BytesIO

import openpyxl

from actions.tables.apart import understood_apart
from actions.tables.read import read
from actions.tables.understand import understand
from gscp.settings import BASE_DIR
from tests.test_tables_corpus import known

ROWS, MOST_TIMES = 10_000, 20
PERIOD = (date(2021, 4, 1), date(2022, 3, 31))


def large_plan(size=ROWS):
    """The published plan's rows again and again, with dates, ratings and progress, as a workbook."""
    with (BASE_DIR / "fixtures" / "business-plan-2021-22.tsv").open(newline="") as file:
        headings, *lines = [line for line in csv.reader(file, delimiter="\t") if any(line)]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Plan")
    sheet.append([*headings, "Timescale", "RAG", "Progress"])
    for number in range(size):
        _, driver, title, text, *others = lines[number % len(lines)]
        day = f"{number % 28 + 1}/{number % 9 + 4}/2021"
        sheet.append(
            [f"{number:05}", driver, title, f"{text} {number}", *others, day, "Green", f"Report {number}"]
        )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def timed(function, *args):
    started = time.perf_counter()
    result = function(*args)
    return result, time.perf_counter() - started


def main():
    data = large_plan()
    tables, alone = timed(read, data, "plan.xlsx")
    found, understanding = timed(understand, tables, known(), {}, PERIOD)
    apart, in_all = timed(understood_apart, data, "plan.xlsx", known(), {}, PERIOD)
    assert len(found.actions) == ROWS
    assert apart == found
    print(f"{ROWS:,} rows of a workbook: read in {alone:.1f} s, understood in {understanding:.1f} s")
    times = f"{in_all / alone:.1f} times reading (at most {MOST_TIMES})"
    print(f"both in a process of their own: {in_all:.1f} s, {times}")
    return in_all < MOST_TIMES * alone


if __name__ == "__main__":
    main()
