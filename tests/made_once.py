"""What takes long to make at the begin of a run: one of several processes makes it, while the others wait.

They name one folder with --made, which is of one run of the suite and gone at its end.
"""

import fcntl
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.apps import apps
from django.db import connection, models

Rows = dict[type[models.Model], list[dict]]


@contextmanager
def turn_at(folder: str, name: str) -> Iterator[Path | None]:
    """The file of this name, which is there if a process before has made it; None without a folder."""
    if not folder:
        yield None
        return
    with (Path(folder) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(folder) / name


def take_database(made: Path) -> None:
    """Have this process begin with it: a file is laid where its own will be, or PostgreSQL told its name."""
    own = connection.settings_dict["TEST"]
    own["MIGRATE"] = False  # it is
    if connection.vendor == "postgresql":
        own["TEMPLATE"] = made.read_text()
    else:
        for left in ("", "-wal", "-shm"):  # by a run that did not end
            Path(f"{own['NAME']}{left}").unlink(missing_ok=True)
        shutil.copyfile(made, own["NAME"])


def leave_database(made: Path, published) -> None:
    """For the others: once all of it is there. No transaction may be open, or SQLite waits for its end."""
    part = Path(f"{made}.part")
    if connection.vendor == "postgresql":
        part.write_text(published.copied)
    else:
        connection.ensure_connection()
        with closing(sqlite3.connect(part)) as copy:
            connection.connection.backup(copy)
    part.rename(made)


def rows(folder: str, name: str, make: Callable[[], Rows]) -> tuple[Rows, bool]:
    """The rows of the record, and whether this process has made them, so that they are in its database."""
    with turn_at(folder, name) as made:
        if made and made.exists():
            return {apps.get_model(model): rows for model, rows in pickle.loads(made.read_bytes())}, False
        found = make()
        if made:
            made.write_bytes(pickle.dumps([(model._meta.label_lower, rows) for model, rows in found.items()]))
        return found, True
