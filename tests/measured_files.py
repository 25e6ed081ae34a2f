"""What tests.bench measures of files: the register as Excel, against openpyxl writing the same values."""

from collections.abc import Callable, Iterator
from io import BytesIO

import openpyxl

from actions.models import BusinessPlan
from actions.tables import lists
from actions.tables.listed import action_rows
from tests.measured_pages import get

MOST = 1.5  # of a plan of 10,000 actions, at the median
Ratios = Callable[[Callable, Callable, int], list[float]]


def files(ratios: Ratios, queries: Callable[[Callable], int]) -> Iterator[list]:
    """Our file is made from the record, by a request; the other from values that are in memory already."""
    plan = BusinessPlan.objects.get()
    save = get(f"{plan.get_absolute_url()}export.xlsx", "scrutineer")
    keys = list(plan.actions.values_list("pk", flat=True))
    values = [[column.value(row) or None for column in lists.REGISTER] for row in action_rows(keys)]

    def floor() -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in values:
            sheet.append(row)
        book.save(BytesIO())

    yield ["the register as Excel / openpyxl write-only", MOST, *ratios(save, floor, 1), queries(save)]
