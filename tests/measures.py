"""What tests.bench measures, on the one database that DATABASE_URL names; it serves the empty page, too."""

import multiprocessing
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, perf_counter, process_time

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.shortcuts import render
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from actions.models import Action, ProgressUpdate
from gscp.permissions import may
from gscp.record import Change, ledger, recording, triggers
from gscp.record.looking_back import Past, looking_back
from scrutiny.timeline import PER_PAGE
from subgroups.models import DEMO_DOMAIN, User
from tests import measured_request
from tests.bench import SIZES
from tests.generator import in_bulk, play
from tests.measured_files import files
from tests.measured_import import imported
from tests.measured_pages import STREAMED, get, measured_pages, rate_another
from tests.published import publish, publish_measures

BATCHES, ACTS, FEW, MANY, ENTRIES = 12, 400, 10, 10_000, 1_000_000
REPORTS = 20  # entries for each action of a smaller plan
CHAIR = "management.chair" + DEMO_DOMAIN
UPDATE_FIELDS = {
    "done": "Met the three providers and agreed one referral form, in use since Monday. " * 2,
    "difference": "Children are seen within five working days instead of eleven. " * 2,
    "next_step": "Audit the first thirty referrals.",
}


@contextmanager
def new_database() -> Iterator[None]:
    """With the published plan, and what production serves."""
    with tempfile.TemporaryDirectory(prefix="gscp-") as settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", verbosity=0)
        publish(stdout=StringIO())
        yield


def main(size: int = MANY) -> None:
    with new_database():
        sqlite = connection.vendor == "sqlite"
        server = "" if sqlite else "PostgreSQL {}.{}".format(*divmod(connection.pg_version, 10_000))
        python = ".".join(map(str, sys.version_info[:3]))
        print(f"## {server or f'SQLite {sqlite3.sqlite_version}'}\n")
        print(f"Python {python}, Django {django.__version__}\n")
        if size == MANY:
            recorded()
        settings.ROOT_URLCONF = __name__
        publish_measures()
        large(size, ENTRIES if size == MANY else REPORTS * size)
        measure_pages(size)
        measure_request()
        if size == MANY:
            heads = f"{size:,} rows saved | at most | min | median | max | queries"
            table(heads, files(ratios, queries))
            table(f"with {ENTRIES:,} entries | min | median | max | queries | queries, other", past())
            table("entries verified | min | median | max", [walked()])
            whole()


def an_import() -> None:
    """On a database of its own: its thousands of actions are drafts."""
    with new_database():
        table("a plan's table imported | min | median | max", imported(MANY, bare, processor_time))


def alone(part: str, size: int, name: str = "") -> None:
    """One part, with so many actions and ten entries for each, or twenty of a smaller plan."""
    with new_database():
        settings.ROOT_URLCONF = __name__
        publish_measures()
        large(size, (10 if size == MANY else REPORTS) * size)
        measure_pages(size, name) if part == "pages" else measure_request()


def measure_pages(size: int, name: str = "") -> None:
    heads = f"{size:,} actions, processor time: page / empty page | at most | min | median | max | queries"
    table(heads, pages(size, name))


def measure_request() -> None:
    heads = "processor time: ours / plain Django form with simple-history | min | median | max | queries"
    table(f"{heads} | queries, plain", measured_request.requests(BATCHES))


def recorded() -> None:
    large(FEW)
    table("recorded / bare save of the same rows | min | median | max | queries | queries, bare", price())
    together(8)  # the first writers of a new database pay for its caches and its growing log
    heads = "writers | acts a second | wait: median | 99 in 100 | longest"
    table(heads, [together(writers) for writers in (1, 8)])


def table(heads: str, rows: Iterable[list]) -> None:
    print(f"| {heads} |\n|---|{'---:|' * heads.count('|')}")
    for row in rows:
        print("|", " | ".join(f"{cell:.1f}" if isinstance(cell, float) else f"{cell}" for cell in row), "|")
    print(flush=True)


def ratios(
    one: Callable, other: Callable, batch: int, before: Callable = int, clock: Callable = perf_counter
) -> list[float]:
    """The least, median and greatest ratio of a batch's time; by turns the one and the other goes first.

    Each time `before` is done before `one`, and takes no part in its time.
    """
    found = []
    for _ in range(BATCHES + 1):
        spent = {one: 0.0, other: 0.0}
        for number in range(batch):
            for work in (one, other) if number % 2 else (other, one):
                if work is one:
                    before()
                spent[work] += took(work, clock)
        found.append(spent[one] / spent[other])
    warm = found[1:]
    return [min(warm), median(warm), max(warm)]


def queries(work: Callable) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def price() -> list[list]:
    """What is recorded, against the same rows in tables without a record; each in one transaction."""
    chair = User.objects.get(email=CHAIR)
    actions = list(Action.objects.filter(plan__status="live").select_related("group"))
    BareAction = bare(Action)
    BareUpdate = bare(ProgressUpdate, action=BareAction)
    # As they come in a partnership: one action after the other.
    turns, twins = cycle(actions), cycle([BareAction.objects.get(pk=action.pk) for action in actions])
    change = actions[0].change_id

    def report():
        action = next(turns)
        with recording(chair, "Reported for the Management Group"):
            action.rating = another(action.rating)
            ProgressUpdate(action=action, rating=action.rating, entered_by=chair, **UPDATE_FIELDS).save()
            action.save()

    def bare_report():
        with transaction.atomic():
            twin = next(twins)
            twin.rating = another(twin.rating)
            update = BareUpdate(
                action=twin, rating=twin.rating, entered_by=chair, change_id=change, **UPDATE_FIELDS
            )
            update.save()
            twin.save()

    def rate():
        action = next(turns)
        with recording(chair, "Rated anew"):
            action.rating = another(action.rating)
            action.save()

    def bare_rate():
        with transaction.atomic():
            twin = next(twins)
            twin.rating = another(twin.rating)
            twin.save()

    pairs = {"an update and its action's rating": (report, bare_report), "an action": (rate, bare_rate)}
    rows = [[name, *ratios(*pair, batch=30), *map(queries, pair)] for name, pair in pairs.items()]
    for _ in actions:
        report()  # or verification would find ratings that no update gave
    return rows


def another(rating: str) -> str:
    return "red" if rating == "amber" else "amber"


def bare(model: type[models.Model], **to: type[models.Model]) -> type[models.Model]:
    """A copy of the table, its rows, keys, indexes and constraints, without history, ledger or triggers."""
    group: dict = {"__module__": __name__}
    for field in model._meta.concrete_fields:
        _name, _path, arguments, options = field.deconstruct()
        if field.is_relation:
            options |= {"related_name": "+", "to": to.get(field.name, options["to"])}
        group[field.name] = type(field)(*arguments, **options)
    constraints = [constraint.clone() for constraint in model._meta.constraints]
    for constraint in constraints:
        constraint.name = f"bare_{constraint.name}"
    group["Meta"] = type("Meta", (), {"app_label": "bench", "constraints": constraints})
    twin = type(f"Bare{model.__name__}", (models.Model,), group)
    with connection.schema_editor() as editor:
        editor.create_model(twin)
    twin.objects.bulk_create(twin(**row) for row in model.objects.values())
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [twin]):
            cursor.execute(statement)
    return twin


def together(writers: int) -> list:
    """So many processes, each with its own action; all start at one moment, and nothing is lost."""
    spawn = multiprocessing.get_context("spawn")
    expected = Change.objects.last_number() + 2 * (ACTS + writers)
    with spawn.Manager() as manager, ProcessPoolExecutor(writers, spawn, initializer=django.setup) as pool:
        start = manager.Barrier(writers)
        at_work = [
            pool.submit(write, action, ACTS // writers, writers, start)
            for action in Action.objects.filter(plan__status="live").values_list("pk", flat=True)[:writers]
        ]
        acts = [act for writer in at_work for act in writer.result()]
    assert Change.objects.last_number() == expected, "an act was lost"
    waits = [ended - began for began, ended in acts]
    lasted = max(ended for _, ended in acts) - min(began for began, _ in acts)
    shown = [f"{wait * 1000:.0f} ms" for wait in (median(waits), quantiles(waits, n=100)[-1], max(waits))]
    return [writers, round(ACTS / lasted), *shown]


def write(action: int, acts: int, writers: int, start) -> list[tuple[float, float]]:
    """When each act of one writer began and ended; one more, before the start, opens the connection."""
    chair, moments = User.objects.get(email=CHAIR), []
    subject = Action.objects.select_related("group").get(pk=action)
    for number in range(acts + 1):
        if number == 1:
            start.wait(60)  # and no longer: a writer that failed before would keep the others for ever
        began = monotonic()
        with recording(chair, "One of many at once"):
            # The same words twice would be refused as no news.
            said = UPDATE_FIELDS | {"done": f"Visited locality {number} of {writers}"}
            subject.record_update(ProgressUpdate(rating=another(subject.rating), entered_by=chair, **said))
        moments.append((began, monotonic()))
    return moments[1:]


def whole() -> None:
    """Numbers without a gap, each hash over the one before, a history row for every entry."""
    before, entries = ledger.GENESIS, 0
    for entries, change in enumerate(Change.objects.iterator(), start=1):
        assert change.number == entries, "the ledger has a gap"
        assert change.hash == ledger.chained(before, change.line), "the chain is broken"
        before = change.hash
    rows = sum(model.history.count() for model in triggers.tracked_models())
    assert rows == entries, "an entry without its history row"


@may("read")
def empty(request):
    return render(request, "base.html")


urlpatterns = [
    path("empty/", empty),
    path("plain/", include(measured_request)),
    path("", include("gscp.urls")),
]


def pages(size: int, name: str = "") -> Iterator[list]:
    """Those whose name has this in it."""
    blank, column = get("/empty/"), SIZES.index(size)
    for measured in measured_pages():
        if name not in measured.name:
            continue
        page = get(measured.address, measured.post)
        limit = measured.limits[column]
        if limit == STREAMED:
            yield [measured.name, "", "", f"{sent_with(page):.0f} MB more", "", ""]
        else:
            before = rate_another if measured.after_write else int
            found = ratios(page, blank, 1, before, processor_time)
            yield [measured.name, limit, *found, queries(page)]


def sent_with(page: Callable) -> float:
    """By how many megabytes this process grew at most while it made the page."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    page()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def past() -> Iterator[list]:
    """What it costs to look back, near and far."""
    head = Change.objects.last_number()
    first, far = (get(f"/scrutiny/changes/?before={head + 1 - number * PER_PAGE}") for number in (0, 9_999))

    def plan():
        list(Action.objects.all())

    def plan_at(number: int) -> Callable:
        then = Past.read(str(number))

        def read():
            with looking_back(then):
                list(Action.objects.all())

        return read

    last = Change.objects.get(number=head).at
    since, until = (f"{last - timedelta(days=days):%Y-%m-%d}" for days in (180, 90))
    compared = get(f"/scrutiny/compare/?since={since}&until={until}")

    def plan_as_of():
        list(Action.history.as_of(Change.objects.get(number=head // 2).at))

    pairs = {
        "timeline, page 1 / empty page": (first, get("/empty/"), 4),
        "timeline, page 10,000 / empty page": (far, get("/empty/"), 4),
        "timeline, page 10,000 / page 1": (far, first, 4),
        "plan as at a tenth of the record / plan now": (plan_at(head // 10), plan, 1),
        "plan as at the middle / plan now": (plan_at(head // 2), plan, 1),
        "plan as at the last entry / plan now": (plan_at(head), plan, 1),
        "a quarter compared, its page / plan now": (compared, plan, 1),
    }
    for name, (one, other, batch) in pairs.items():
        yield [name, *ratios(one, other, batch), queries(one), queries(other)]
    # Once only: it takes minutes on SQLite.
    once = took(plan_as_of) / took(plan)
    yield ["simple-history's as_of the middle / plan now", "", once, "", queries(plan_as_of), queries(plan)]


def walked() -> list:
    """How long the whole record takes to be verified, three times; nothing may be found."""
    spent = [took(lambda: call_command("verify_history", stdout=sys.stderr)) for _ in range(3)]
    return [
        f"{Change.objects.last_number():,}",
        *(f"{seconds:.1f} s" for seconds in (min(spent), median(spent), max(spent))),
    ]


def took(work: Callable, clock: Callable = perf_counter) -> float:
    started = clock()
    work()
    return clock() - started


def processor_time() -> float:
    """Of this process and, where PostgreSQL is on this machine, of the one that serves it there."""
    if connection.vendor == "sqlite":
        return process_time()
    served_by = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    of_server = int(served_by.read_text().split()[0]) / 1e9 if served_by.exists() else 0
    return process_time() + of_server


def large(actions: int, entries: int = 0) -> None:
    """So many actions, and reports on them to so many entries; today is the day of the last."""
    with in_bulk() as record:
        settings.DEMO_TODAY = play(record, actions, entries).date()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "VACUUM ANALYZE"
            )  # as its autovacuum would within minutes, beside what is measured
