"""A big record to measure by: years of meetings and reports, the same for the same seed.

Each entry is made by Recording itself. Only the rows reach the database in large batches, past the triggers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from random import Random
from types import SimpleNamespace
from uuid import UUID, uuid4

from django.core.management.color import no_style
from django.db import connection, models, transaction

from actions.management.commands.load_plan import PUBLISHED
from actions.models import Action, ActionLead, FurtherAction, Ownership, ProgressUpdate
from gscp.record import Actor, Change, ChangeText, Signature, Tracked, history_of, triggers
from gscp.record.names import AsReferences
from gscp.record.recording import ActorLike, Recording
from gscp.record.sql import BATCH, insert_statement, run
from gscp.record.tracked import current_recording
from subgroups.models import Attendance, Group, Meeting, Partner, Post, PostHolding, User

# record(actor, reason, at, act): the block is one act, done at that moment.
Record = Callable[[ActorLike, str, datetime, UUID], AbstractContextManager[Recording]]
FIRST_DAY = datetime(2021, 4, 2, 9, tzinfo=UTC)  # after the plan was loaded, whatever the time of day
BETWEEN_MEETINGS = timedelta(days=30)
DIFFERENCE = "Children are seen within five working days instead of eleven."


@dataclass
class Bulk(Recording):
    """Many acts, one after the other; their rows are kept and written together."""

    tables: dict[type[models.Model], list] = field(default_factory=lambda: defaultdict(list))
    changed: dict[tuple[type[Tracked], int], Tracked] = field(default_factory=dict)
    ids: dict[type[models.Model], Iterator[int]] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)  # one for each act

    @contextmanager
    def record(self, actor: ActorLike, reason: str, at: datetime, act: UUID) -> Iterator[Recording]:
        self.actor, self.reason, self.act = actor, reason, act
        self.clock, self.at = at, max(at, self.at)
        with AsReferences():
            self.name, self.posts = str(actor), actor.post_titles
        token = current_recording.set(self)
        yield self
        current_recording.reset(token)
        self.signatures.append(self.signature())
        if len(self.changes) >= BATCH:
            self.write()

    def check_unique(self, instance, changed):
        pass  # 10,000 queries more, and what is generated is unique

    def store(self, instance, read, changed, row):
        model, history = type(instance), history_of(type(instance))
        instance.pk = instance.pk or self.next_id(model)
        fields = {f.attname: getattr(instance, f.attname) for f in history.tracked_fields}
        # What insert_statement() asks of a row; an instance takes longer to make.
        copy = SimpleNamespace(_meta=history._meta, history_id=self.next_id(history), **row, **fields)
        self.tables[history].append(copy)
        if not read:
            self.tables[model].append(instance)
            return copy.history_id, instance.pk, None
        self.changed[model, instance.pk] = instance
        before = run(('SELECT "line" FROM "gscp_change" WHERE "number" = %s', [read["change_id"]]))
        return copy.history_id, instance.pk, before[0][0] if before else None

    def next_id(self, model: type[models.Model]) -> int:
        if model not in self.ids:
            last = model._base_manager.aggregate(models.Max("pk"))["pk__max"] or 0
            self.ids[model] = count(last + 1)
        return next(self.ids[model])

    def write(self) -> None:
        self.tables |= {ChangeText: self.texts, Change: self.changes, Signature: self.signatures}
        for rows in self.tables.values():
            for first in range(0, len(rows), BATCH):
                run(insert_statement(rows[first : first + BATCH]))
        for kept in (self.tables, self.changes, self.texts, self.saved, self.signatures):
            kept.clear()

    def end(self) -> None:
        self.write()
        for row in self.changed.values():
            models.Model.save(row)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.ids)):
                cursor.execute(statement)


@contextmanager
def in_bulk() -> Iterator[Record]:
    """Yields the `record` for play(): many times as fast as recording(), and for an empty room only."""
    triggers.remove()
    with transaction.atomic():
        bulk = Bulk(Actor(""), "", uuid4())
        bulk.begin()
        yield bulk.record
        bulk.end()
        connection.check_constraints()  # PostgreSQL alters no table that has keys to check yet
    triggers.install()


def play(record: Record, actions: int, entries: int = 0, seed: int = 2021) -> datetime:
    """On the published plan: so many actions, then a meeting a month and reports on all, to so many entries.

    Returns the moment of the last act.
    """
    random, at = Random(seed), FIRST_DAY

    def act(actor: ActorLike, reason: str) -> AbstractContextManager[Recording]:
        return record(actor, reason, at, UUID(int=random.getrandbits(128)))

    holdings = PostHolding.objects.current_on(FIRST_DAY.date()).order_by("started_on", "pk")
    holdings = holdings.select_related("user", "post__group")
    chairs = {held.post.group: held.user for held in holdings if held.post.role == Post.Role.CHAIR}
    manager = next(held.user for held in holdings if held.post.role == Post.Role.BUSINESS_MANAGER)
    management = Group.objects.get(slug="management-group")
    partners = list(Partner.objects.filter(succeeded_by=None))
    register = list(Action.objects.select_related("plan", "driver", "group").prefetch_related("leads"))
    published = cycle(register[:6])
    own = ("id", "ref", "slug", "position", "change")
    columns = [f.name for f in Action._meta.concrete_fields if f.name not in own]
    while len(register) < actions:
        with act(PUBLISHED, "Added to measure by"):  # by a person it would be a decision of a meeting
            for like in islice(published, min(50, actions - len(register))):
                ref, copied = f"B{len(register):05}", {name: getattr(like, name) for name in columns}
                new = Action(ref=ref, slug=ref, position=len(register) + 1, **copied)
                new.group, new.rating = random.choice(list(chairs)), ""
                new.save()
                for lead in like.leads.all():
                    ActionLead(action=new, post_id=lead.post_id, position=lead.position).save()
                Ownership(action=new, partner=random.choice(partners)).save()
                FurtherAction(action=new, text="Look at what the audit found.").save()
                register.append(new)
    for month in count(1) if entries else ():
        closing = FIRST_DAY + month * BETWEEN_MEETINGS
        with act(manager, "The year's meetings"):
            meeting = Meeting(group=management, date=closing.date() + timedelta(days=7), papers_close=closing)
            meeting.save()
            for partner in partners:
                Attendance(meeting=meeting, partner=partner, presence="present").save()
        for place, action in enumerate(register):
            # Some come in after the papers have closed.
            at = closing + BETWEEN_MEETINGS * ((place + 1) / len(register) - 0.9)
            chair = chairs.get(action.group, manager)
            with act(chair, f"Before the meeting of {closing:%B %Y}") as recorded:
                report(action, chair, month, random)
            if recorded.number >= entries:
                return at
    return at


def report(action: Action, chair: User, month: int, random: Random) -> None:
    """As Action.record_update() does, without its look at the last update: this one says something else."""
    if random.random() < 0.1:
        ProgressUpdate(action=action, nil_return=True, entered_by=chair).save()
        return
    rating = random.choice(["red", "amber", "green"])
    said = {"done": f"Met {random.randrange(2, 20)} providers in month {month}.", "difference": DIFFERENCE}
    ProgressUpdate(action=action, rating=rating, entered_by=chair, **said).save()
    if (action.rating, action.status) != (rating, Action.Status.IN_PROGRESS):
        action.rating, action.status = rating, Action.Status.IN_PROGRESS
        action.save()
