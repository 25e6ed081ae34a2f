"""Exception reports whose state, or the group that they are with, is not what their steps lead to.

Pages and permissions read the state of a row. Whoever can write an entry can set it without a step, and so
without a meeting.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from actions.models import ExceptionReport, ExceptionStep, chain
from scrutiny.proof.findings import Finding


def findings() -> Iterator[Finding]:
    steps = ExceptionStep.objects.order_by("report_id", "change_id").iterator()
    places = {pk: chain.place_after(of_one) for pk, of_one in groupby(steps, attrgetter("report_id"))}
    reports = ExceptionReport.objects.order_by("pk").values_list("pk", "change_id", "state", "with_group_id")
    for pk, number, *place in reports.iterator():
        if tuple(place) != places.get(pk):
            what = "its steps lead to another state, or to another group."
            yield Finding(number, f"actions.exceptionreport {pk}: {what}")
