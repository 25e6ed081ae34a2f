"""Ways to tamper with the record: what the triggers make of each and, with them off, the verifiers.

Everything happens in a transaction that is undone. `KINDS` damage anything; those in `LEDGER` damage what
an export holds, so that both verifiers have to see them.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from random import Random

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from gscp.record import Change, ChangeText, FreeText, Signature, history_of, ledger, signing, triggers
from scrutiny import checker
from scrutiny.proof import export
from scrutiny.proof.findings import Finding
from scrutiny.proof.walk import first_finding, missing_heads, verify
from tests.published import publish, publish_measures


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def an_entry(chance: Random, first: int = 1) -> Change:
    return Change.objects.get(number=chance.randint(first, Change.objects.last_number()))


def a_model(chance: Random):
    return chance.choice([model for model in triggers.tracked_models() if model._base_manager.exists()])


def a_row(chance: Random):
    model = a_model(chance)
    return model, chance.choice(list(model._base_manager.all()))


def a_copy(chance: Random):
    """A history row."""
    history = history_of(a_model(chance))
    return history, chance.choice(list(history.objects.all()))


def other(chance: Random, field, value):
    """Another value for that column, of its own kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.randint(1, 9)
    if field.get_internal_type() in ("DateField", "DateTimeField"):
        return "2019-01-01" if field.get_internal_type() == "DateField" else "2019-01-01 00:00:00+00:00"
    return f"{value[:-1]}{chr(ord(value[-1]) ^ 1)}" if value else "x"


def change(chance: Random, row, fields) -> None:
    field = chance.choice(fields)
    value = other(chance, field, getattr(row, field.attname))
    key = row._meta.pk
    sql(f'UPDATE "{row._meta.db_table}" SET "{field.column}" = %s WHERE "{key.column}" = %s', value, row.pk)


def line(chance: Random) -> None:
    entry = an_entry(chance)
    at = chance.randrange(len(entry.line))
    text = entry.line[:at] + ("x" if entry.line[at] != "x" else "y") + entry.line[at + 1 :]
    sql('UPDATE gscp_change SET "line" = %s WHERE "number" = %s', text, entry.number)


def hash_of_an_entry(chance: Random) -> None:
    entry = an_entry(chance)
    last = "0" if entry.hash[-1] != "0" else "1"
    sql('UPDATE gscp_change SET "hash" = %s WHERE "number" = %s', entry.hash[:-1] + last, entry.number)


def column(chance: Random) -> None:
    names = ("at", "model", "object_id", "object_name", "created", "actor_name", "actor_post")
    change(chance, an_entry(chance), [Change._meta.get_field(name) for name in names])


def differences(chance: Random) -> None:
    entry = an_entry(chance)
    said = json.dumps(
        [*entry.differences, {"field": "rating", "label": "Rating", "old": "Red", "new": "Green"}]
    )
    sql("UPDATE gscp_change SET differences = %s WHERE number = %s", said, entry.number)


def entry_gone(chance: Random) -> None:
    sql("DELETE FROM gscp_change WHERE number = %s", an_entry(chance).number)


def entries_swapped(chance: Random) -> None:
    one, two = chance.sample(range(1, Change.objects.last_number() + 1), 2)
    for was, now in ((one, 10**9), (two, one), (10**9, two)):
        sql("UPDATE gscp_change SET number = %s WHERE number = %s", now, was)


def chain_rewritten(chance: Random) -> None:
    """An entry is edited and every hash after it made to fit."""
    entry = an_entry(chance)
    said = json.loads(entry.line)
    said["actor"]["name"] = "Somebody else"
    sql("UPDATE gscp_change SET actor_name = %s WHERE number = %s", "Somebody else", entry.number)
    said_anew(entry.number, said)


def backdated(chance: Random) -> None:
    """An entry and its history row say they were of a moment before all others, and every hash fits."""
    entry, first = an_entry(chance, 2), "2019-01-01T08:00:00.000001Z"
    said = json.loads(entry.line)
    said["at"] = said["row"]["history_date"] = first
    moment = first.replace("T", " ").rstrip("Z") + ("" if connection.vendor == "sqlite" else "Z")
    history = history_of(apps.get_model(entry.model))._meta.db_table
    sql(f'UPDATE "{history}" SET history_date = %s WHERE change_id = %s', moment, entry.number)
    sql("UPDATE gscp_change SET at = %s WHERE number = %s", moment, entry.number)
    said_anew(entry.number, said)


def another_person(chance: Random) -> None:
    """An entry names somebody else, of whom its history row knows nothing, and every hash fits."""
    entry = an_entry(chance)
    said, person = json.loads(entry.line), (entry.actor_id or 0) + 1
    said["actor"]["id"] = person
    sql("UPDATE gscp_change SET actor_id = %s WHERE number = %s", person, entry.number)
    said_anew(entry.number, said)


def another_action(chance: Random) -> None:
    """A change of an action is put on the timeline of another, and every hash fits."""
    entry = chance.choice(list(Change.objects.filter(model="actions.action")))
    said = json.loads(entry.line)
    said["concerns"]["action"] += 1
    sql("UPDATE gscp_change SET action = %s WHERE number = %s", said["concerns"]["action"], entry.number)
    said_anew(entry.number, said)


def said_anew(number: int, said: dict) -> None:
    sql("UPDATE gscp_change SET line = %s WHERE number = %s", ledger.canonical(said), number)
    rehash(number)
    sign_anew()


def sign_anew() -> None:
    """As somebody could who holds the key beside the database."""
    for number, hash in Signature.objects.values_list("change_id", "change__hash"):
        sql("UPDATE gscp_signature SET signature = %s WHERE change_id = %s", signing.sign(hash), number)


def rehash(first: int) -> None:
    """Makes every hash from this entry on fit the lines that stand."""
    before = Change.objects.filter(number__lt=first).order_by("-number").first()
    last = before.hash if before else ledger.GENESIS
    after = Change.objects.filter(number__gte=first).order_by("number")
    for number, text in after.values_list("number", "line"):
        last = ledger.chained(last, text)
        sql("UPDATE gscp_change SET hash = %s WHERE number = %s", last, number)


def old_backup(chance: Random) -> None:
    """All as it was some entries ago: nothing is wrong with it, except for who wrote down a later head."""
    keep = chance.randint(1, Change.objects.last_number() - 1)
    sql("DELETE FROM gscp_changetext WHERE change_id > %s", keep)
    for model in triggers.tracked_models():
        table, history = model._meta.db_table, history_of(model)
        copies = f'FROM "{history._meta.db_table}"'
        sql(f"DELETE {copies} WHERE change_id > %s", keep)
        sql(f'DELETE FROM "{table}" WHERE id NOT IN (SELECT id {copies})')
        columns = ", ".join(
            f'"{f.column}" = (SELECT "{f.column}" {copies} AS copy WHERE copy.id = "{table}".id '
            f"ORDER BY copy.change_id DESC LIMIT 1)"
            for f in history.tracked_fields
            if not f.primary_key
        )
        sql(f'UPDATE "{table}" SET {columns} WHERE change_id > %s', keep)
    sql("DELETE FROM gscp_signature WHERE change_id > %s", keep)
    sql("DELETE FROM gscp_change WHERE number > %s", keep)


def a_text(chance: Random) -> ChangeText:
    return chance.choice(list(ChangeText.objects.exclude(value="")))


def text(chance: Random) -> None:
    change(chance, a_text(chance), [ChangeText._meta.get_field("value")])


def salt(chance: Random) -> None:
    row = a_text(chance)
    sql("UPDATE gscp_changetext SET salt = %s WHERE id = %s", f"{int(row.salt, 16) ^ 1:032x}", row.pk)


def text_gone(chance: Random) -> None:
    sql("DELETE FROM gscp_changetext WHERE id = %s", a_text(chance).pk)


def text_added(chance: Random) -> None:
    sql(
        "INSERT INTO gscp_changetext (change_id, field, salt, value) VALUES (%s, %s, %s, %s)",
        an_entry(chance).number, "one_more", "00" * 16, "Nobody said this",
    )  # fmt: skip


def copy_changed(chance: Random) -> None:
    history, row = a_copy(chance)
    change(chance, row, [f for f in history.tracked_fields if not f.primary_key and f.name != "change"])


def text_of_a_copy(chance: Random) -> None:
    histories = [history_of(model) for model in triggers.tracked_models()]
    rows = [
        (row, f)
        for history in histories
        for f in history._meta.concrete_fields
        if isinstance(f, FreeText)
        for row in history.objects.all()
    ]
    row, field = chance.choice(rows)
    change(chance, row, [field])


def copy_gone(chance: Random) -> None:
    history, row = a_copy(chance)
    sql(f'DELETE FROM "{history._meta.db_table}" WHERE history_id = %s', row.pk)


def copy_added(chance: Random) -> None:
    """A history row of its own, under the number of another entry."""
    history, row = a_copy(chance)
    fields = [f for f in history._meta.concrete_fields if f.name not in ("history_id", "change")]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    number = chance.choice([n for n in range(1, Change.objects.last_number() + 2) if n != row.change_id])
    sql(
        f'INSERT INTO "{history._meta.db_table}" (history_id, change_id, {columns}) '
        f'SELECT 1000000, %s, {columns} FROM "{history._meta.db_table}" WHERE history_id = %s',
        number, row.pk,
    )  # fmt: skip


def row_changed(chance: Random) -> None:
    model, row = a_row(chance)
    change(chance, row, [f for f in history_of(model).tracked_fields if not f.primary_key])


def row_gone(chance: Random) -> None:
    model, row = a_row(chance)
    sql(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" = %s', row.pk)


def row_set_back(chance: Random) -> None:
    """A row of today as it was before, with its number of then: as if the last change had not been."""
    entry = chance.choice(list(Change.objects.filter(created=False)))
    model = next(m for m in triggers.tracked_models() if m._meta.label_lower == entry.model)
    rows = history_of(model).objects.filter(id=entry.object_id, change__lt=entry.number)
    before, table = rows.latest("change"), model._meta.db_table
    for f in history_of(model).tracked_fields:
        if not f.primary_key:
            value = f.get_db_prep_save(getattr(before, f.attname), connection)
            sql(f'UPDATE "{table}" SET "{f.column}" = %s WHERE id = %s', value, entry.object_id)


def named(*kinds: Callable[[Random], None]) -> dict[str, Callable[[Random], None]]:
    return {kind.__name__: kind for kind in kinds}


LEDGER = named(
    line, hash_of_an_entry, entry_gone, entries_swapped, chain_rewritten, old_backup,
    backdated, another_person, another_action,
    text, salt, text_gone, text_added,
)  # fmt: skip
KINDS = LEDGER | named(
    column,
    differences,
    copy_changed,
    text_of_a_copy,
    copy_gone,
    copy_added,
    row_changed,
    row_gone,
    row_set_back,
)


# What only a head finds that somebody wrote down before; without one the checker finds no end cut off.
WITNESSED = ("entry_gone", "chain_rewritten", "old_backup")


def refused(kind: str, seed: int) -> bool:
    """Whether the database lets nobody do that damage while its triggers stand."""
    chance = Random(seed)
    with transaction.atomic():
        while True:
            try:
                with transaction.atomic():
                    KINDS[kind](chance)
                    connection.check_constraints()  # as the end of a transaction does
            except DataError:  # no value of its column: that is tried another way
                continue
            except IntegrityError:
                return True
            transaction.set_rollback(True)
            return False


def tampered(kind: str, seed: int, head: str, whole: bool = True) -> tuple[list[Finding], list[str]]:
    """What the two verifiers find after that damage; where it takes one, against a head of before it.

    Not `whole`: the first of the findings of ours. It is found much sooner.
    """
    chance, heads = Random(seed), [head] if kind in WITNESSED else []
    with transaction.atomic():
        triggers.remove()
        done = False
        while not done:
            # What the tables themselves refuse is tried another way.
            with suppress(DatabaseError), transaction.atomic():
                KINDS[kind](chance)
                done = True
        findings = verify().findings if whole else [one for one in [first_finding()] if one]
        findings += missing_heads(heads)
        try:
            wrong, *_ = checker.check(export.lines(), heads)
        except checker.CannotCheck as error:
            wrong = [str(error)]
        transaction.set_rollback(True)
    return findings, wrong


def attack(times: int, seed: int, kinds: dict = KINDS) -> None:
    """So many damages, one after the other: each refused and, with the triggers off, found; those an export
    holds, by both verifiers.

    Raises:
        AssertionError: one was not refused, or not found, or the verifiers do not agree; its kind and seed.
    """
    untouched = verify()
    assert not untouched.findings, untouched.findings
    names = list(kinds)
    for number in range(times):
        kind = names[number % len(names)]
        assert refused(kind, seed + number), f"{kind}, seed {seed + number}: not refused"
        findings, wrong = tampered(kind, seed + number, untouched.head, whole=False)
        assert findings, f"{kind}, seed {seed + number}: not found"
        assert bool(wrong) == (kind in LEDGER), f"{kind}, seed {seed + number}: the checker says {wrong}"


def main() -> None:
    """Run by the soak, in a process of its own: python -c … times damaged seed."""
    times, exports, seed = map(int, sys.argv[1:4])
    with tempfile.TemporaryDirectory(
        prefix="gscp-"
    ) as settings.STATIC_ROOT:  # for the pages of the played year
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", verbosity=0)
        publish(stdout=StringIO())
        publish_measures()
        call_command("play_year", stdout=StringIO())
    attack(times, seed)
    print(f"{connection.vendor}: {times} tamperings, each found (seed {seed})", flush=True)
    attack(exports, seed, LEDGER)
    print(f"{connection.vendor}: {exports} damaged exports, and the two verifiers agree", flush=True)
