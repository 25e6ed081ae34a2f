"""A record in a database as the first migrations make it, written by these lines alone.

The application's models and its way of recording may change. This script does not: it has the columns of the
first migrations, and format 2 of the ledger as docs/ledger.md describes it. So later migrations can be tried
on what an installation of that time holds.
"""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import models, transaction

FIRST_MIGRATIONS = [
    ("gscp", "0001_initial"),
    ("subgroups", "0001_initial"),
    ("actions", "0001_initial"),
    ("scrutiny", "0001_initial"),
]
TOMBSTONE = "[taken out of the record]"
REASON = "history_change_reason"
ITSELF = {"actions.businessplan": "plan", "actions.action": "action", "subgroups.group": "group"}


def written(value: Any) -> Any:
    """A value as a line has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def private_key(secret_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret_key))


class FirstRecord:
    """Writes rows with their history, entries, texts and signatures; each is an act of its own."""

    def __init__(self, apps):
        self.apps = apps
        self.key = private_key("11" * 32)
        self.number, self.hash, self.at = 0, "0" * 64, datetime(2021, 12, 1, 9, 0, tzinfo=UTC)
        self.lines: dict[tuple[str, int], dict[str, Any]] = {}  # of each record, the row in its latest line
        self.user: int | None = None  # who acts

    def change_key(self, secret_key: str) -> None:
        new = private_key(secret_key)
        self.save("gscp.recordkey", public=new.public_key().public_bytes_raw().hex())
        self.key = new

    def save(self, label: str, concerns: dict[str, int] | None = None, /, pk: int = 0, **columns) -> Any:
        """Record a new row or, with `pk`, a change of one. Columns are given by name, relations by key."""
        model = self.apps.get_model(label)
        history = self.apps.get_model(label.replace(".", ".historical"))
        self.number += 1
        self.at += timedelta(hours=1)
        row = model.objects.get(pk=pk) if pk else model()
        before = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields} if pk else {}
        row.change_id = self.number
        for name, value in columns.items():
            setattr(row, model._meta.get_field(name).attname, value)
        with transaction.atomic():
            row.save()
            self.write(label, history, row, before, concerns or {})
        return row

    def write(self, label: str, history, row, before: dict[str, Any], concerns: dict[str, int]) -> None:
        own = {
            "history_date": self.at,
            "history_type": "~" if before else "+",
            "history_user_id": self.user,
            REASON: f"Reason {self.number}",
        }
        fields = [f for f in history._meta.concrete_fields if f.attname not in (*own, "history_id")]
        copy = history.objects.create(**own, **{f.attname: getattr(row, f.attname) for f in fields})
        values = {f.attname: getattr(copy, f.attname) for f in history._meta.concrete_fields}
        line_row = {name: written(value) for name, value in values.items()}
        earlier = self.lines.get((label, row.pk), {})
        for f in history._meta.concrete_fields:
            if f.name == REASON or type(f).__name__ == "FreeText":
                previous = None if f.name == REASON else earlier.get(f.name)
                same = bool(before) and f.name != REASON and before[f.attname] == values[f.attname]
                line_row[f.name] = previous if same else self.text(f.name, values[f.name], previous)
        self.lines[label, row.pk] = line_row
        differences = [
            difference(f, before.get(f.attname), values[f.attname])
            for f in fields
            if f.name not in ("id", "change") and is_different(f, before.get(f.attname), values[f.attname])
        ]
        self.enter(label, row.pk, not before, concerns, differences, line_row)

    def text(self, name: str, value: str, previous: Any) -> Any:
        replaces = previous["entry"] if isinstance(previous, dict) else None
        salt = sha256(f"{self.number} {name}".encode())[:32] if value else ""
        if value or replaces:
            texts = self.apps.get_model("gscp.changetext").objects
            texts.create(change_id=self.number, field=name, salt=salt, value=value, replaces=replaces)
        return {"entry": self.number, "sha256": sha256(bytes.fromhex(salt) + value.encode())} if value else ""

    def enter(self, label, pk, created, concerns, differences, line_row) -> None:
        if label in ITSELF:
            concerns = {**concerns, ITSELF[label]: pk}
        ids = {name: concerns.get(name) for name in ("plan", "action", "group")}
        about = concerns.get("about")
        act = UUID(int=self.number)
        name = f"{{subgroups.user:{self.user}}}" if self.user else "The first database"
        held = self.apps.get_model("subgroups.postholding").objects.filter(user=self.user)
        post = "; ".join(f"{{subgroups.post:{one.post_id}}}" for one in held)
        object_name = f"{{{label}:{pk}}}"
        line = canonical(
            {
                "act": str(act),
                "actor": {"id": self.user, "name": name, "post": post},
                "at": written(self.at),
                "clock": written(self.at),
                "concerns": {"about": {"id": about, "model": "actions.action"} if about else None, **ids},
                "differences": differences,
                "model": label,
                "number": self.number,
                "object": {"id": pk, "name": object_name},
                "row": line_row,
            }
        )
        self.hash = sha256(f"gscp-2\n{self.hash}\n{line}".encode())
        self.apps.get_model("gscp.change").objects.create(
            number=self.number, at=self.at, clock=self.at, act=act, model=label, object_id=pk,
            object_name=object_name, created=created, **ids,
            about_model="actions.action" if about else "", about_id=about,
            actor_id=self.user, actor_name=name, actor_post=post, differences=differences,
            line=line, hash=self.hash,
        )  # fmt: skip
        self.apps.get_model("gscp.signature").objects.create(
            change_id=self.number,
            key=self.key.public_key().public_bytes_raw().hex(),
            signature=self.key.sign(f"gscp-2 signed\n{self.hash}".encode()).hex(),
        )

    def take_out(self, label: str, pk: int, name: str, entry: int) -> None:
        """Put the tombstone in place of a text, as a done redaction lets it."""
        model = self.apps.get_model(label)
        history = self.apps.get_model(label.replace(".", ".historical"))
        model.objects.filter(pk=pk).update(**{name: TOMBSTONE})
        history.objects.filter(id=pk, change__gte=entry).update(**{name: TOMBSTONE})
        texts = self.apps.get_model("gscp.changetext").objects.filter(change=entry, field=name)
        texts.update(value=TOMBSTONE, salt="")


def is_different(f: models.Field, old: Any, new: Any) -> bool:
    return f.editable and old != new and not (old in (None, "") and new in (None, "", False))


def difference(f: models.Field, old: Any, new: Any) -> dict[str, str]:
    named = {"field": f.name, "label": f.name}
    if type(f).__name__ == "FreeText":
        return named
    return named | {"old": in_words(f, old), "new": in_words(f, new)}


def in_words(f: models.Field, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(f, models.ForeignKey):
        return f"{{{f.related_model._meta.label_lower}:{value}}}"
    if f.flatchoices:
        return str(dict(f.flatchoices)[value])
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return f"{value.day} {value:%B %Y}, {value.hour % 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)


def fill(record: FirstRecord, secret_key: str) -> None:
    """A small partnership with a plan: every tracked model of the first migrations has a row."""
    partnership = fill_partnership(record)
    record.change_key(secret_key)
    action = fill_plan(record, partnership)
    fill_chain(record, partnership, action)


def fill_partnership(record: FirstRecord) -> SimpleNamespace:
    save, day = record.save, date(2021, 4, 1)
    names = {"name": "Exampleshire Partnership", "short_name": "EP"}
    save("subgroups.partnership", **names, access_contact="The office", data_contact="The office")
    council = save("subgroups.partner", name="Council", aliases="The council", kind="council", started_on=day)
    trust = save("subgroups.partner", name="Trust", kind="health", started_on=day)
    board = save("subgroups.group", name="Board", slug="board", takes_decisions=True, established_on=day)
    group = save("subgroups.group", name="Group", slug="group", reports_to=board.pk, established_on=day)
    of_board, of_group = {"group": board.pk}, {"group": group.pk}
    part = save("subgroups.quorumpart", of_board, group=board.pk, at_least=1, position=1, started_on=day)
    save("subgroups.quorumpartner", of_board, part=part.pk, partner=council.pk)
    manager, chair, member = (
        save("subgroups.user", email=f"{name}@council.example", name=name.title(), password="!")
        for name in ("manager", "chair", "member")
    )
    post = save("subgroups.post", of_group, name="Chair of the Group", role="chair", group=group.pk)
    save("subgroups.postholding", of_group, post=post.pk, user=chair.pk, started_on=day)
    closes = datetime(2021, 12, 3, 17, 0, tzinfo=UTC)
    meets = {"group": board.pk, "date": date(2021, 12, 10), "papers_close": closes}
    meeting = save("subgroups.meeting", of_board, **meets)
    save("subgroups.attendance", of_board, meeting=meeting.pk, partner=council.pk, presence="present")
    return SimpleNamespace(
        trust=trust, board=board, group=group, post=post, manager=manager, chair=chair, member=member
    )


def fill_plan(record: FirstRecord, there: SimpleNamespace) -> Any:
    save, record.user = record.save, there.manager.pk
    days = {"first_day": date(2021, 4, 1), "last_day": date(2022, 3, 31)}
    meanings = {f"{rating}_means": f"It is {rating}." for rating in ("green", "amber", "red")}
    plan = save("actions.businessplan", label="2021-22", title="Plan", status="live", **days, **meanings)
    of_plan = {"plan": plan.pk}
    driver = save("actions.strategicdriver", of_plan, plan=plan.pk, kind="audit", text="An audit")
    theme = save("actions.theme", of_plan, plan=plan.pk, text="A theme", position=1, lead_post=there.post.pk)
    concerned = of_plan | {"group": there.group.pk}
    action = save(
        "actions.action", concerned, plan=plan.pk, ref="1.1", slug="1-1", position=1, driver=driver.pk,
        theme=theme.pk, title="A title", text="Something to be done", who="Chair of the Group",
        group=there.group.pk, priority="high", original_date=date(2022, 1, 31), outcome="Seen sooner",
    )  # fmt: skip
    concerned = concerned | {"action": action.pk}
    save("actions.actionlead", concerned, action=action.pk, post=there.post.pk)
    save("actions.ownership", concerned, action=action.pk, partner=there.trust.pk)
    save("actions.milestone", concerned, action=action.pk, text="The first step", due=date(2021, 12, 31))
    save("actions.furtheraction", concerned, action=action.pk, text="The next step")
    save("actions.action", concerned, pk=action.pk, title="", text="Something else to be done", rating="red")
    return action


def fill_chain(record: FirstRecord, there: SimpleNamespace, action: Any) -> None:
    save, of = record.save, {"action": action.pk}
    concerned = {"plan": action.plan_id, "group": action.group_id, "action": action.pk}
    reported = save(
        "actions.progressupdate", concerned, **of, done="Met", difference="None yet", rating="red",
        entered_by=there.manager.pk, on_behalf=True,
    )  # fmt: skip
    record.user = there.chair.pk
    save("actions.confirmation", concerned, update=reported.pk, confirmed_by=there.chair.pk)
    about, with_board = concerned | {"about": action.pk}, {"state": "waiting", "with_group": there.board.pk}
    said = {
        "what": "Late",
        "cause": "A name",
        "effect": "They wait",
        "recovery": "Ask",
        "asked_for": "A lead",
    }
    report = save("actions.exceptionreport", about, **of, kind="exception", **said, **with_board)
    place = {"to_state": "waiting", "to_group": there.board.pk}
    by = {"entered_by": there.chair.pk, "post": there.post.pk}
    save("actions.exceptionstep", about, report=report.pk, move="raise", **place, **by)
    entry = record.lines["actions.exceptionreport", report.pk]["cause"]["entry"]
    record.user = there.manager.pk
    redaction = save("gscp.redaction", entry=entry, field="cause", state="asked")
    record.user = there.member.pk
    save("gscp.redaction", pk=redaction.pk, state="done")
    record.take_out("actions.exceptionreport", report.pk, "cause", entry)
