"""Who had themselves deleted, kept beside the database: so that no backup brings them back.

An archive from before still holds them. `app.py restore` reads this file and deletes them again; see
docs/decisions/0029-personal-data.md. A line holds a moment and the mark of `domain.former_people`, which
leads back to nobody. It lies in a file, or with the files of many machines in their bucket.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain import former_people
from domain.file_store import FileStore
from domain.secret_box import SecretBox
from models.api_session import MiniProgramIdentity
from models.person import Person

_HEAD = "# 注销过的账号（只有记号，认不出是谁）。恢复备份时用它再注销一次，请和备份一起保存，不要删改。\n"

_PREFIX = "deletions/"


class Ledger(Protocol):
    """Where the marks are kept; nothing is ever taken out of it."""

    def add(self, marks: Iterable[str], *, now: datetime) -> None:
        """Note that somebody left, for good before this returns.

        Raises:
            OSError: it could not be written.
        """

    def read(self) -> Mapping[str, datetime]:
        """Give when each mark was last noted.

        Raises:
            OSError: it could not be read.
        """


class FileLedger:
    """A file of lines.

    Args:
        file: made with the first line.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, marks: Iterable[str], *, now: datetime) -> None:
        """Write a line for each, on the disk before this returns."""
        _add_lines(self._file, marks, now=now)

    def read(self) -> Mapping[str, datetime]:
        """Read all lines; one that was cut off is passed over."""
        text = self._file.read_text(encoding="utf-8", errors="replace") if self._file.exists() else ""
        lines = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
        return _latest((moment, mark) for moment, _, mark in lines)


class BucketLedger:
    """Names in a bucket: machines that write at the same moment do not get in each other's way."""

    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def add(self, marks: Iterable[str], *, now: datetime) -> None:
        """Keep a name for each."""
        for mark in marks:
            self._bucket.note(f"{_PREFIX}{now.isoformat(timespec='seconds')}/{mark}")

    def read(self) -> Mapping[str, datetime]:
        """Read all names."""
        names = (name.removeprefix(_PREFIX).partition("/") for name in self._bucket.noted(_PREFIX))
        return _latest((moment, mark) for moment, _, mark in names)


class Bucket(Protocol):
    """What keeps names: `domain.s3_file_store`."""

    def note(self, name: str) -> None:
        """Keep a name."""

    def noted(self, prefix: str) -> Iterator[str]:
        """Give the names that begin like this."""


def ledger_of(settings: Settings, files: FileStore) -> Ledger:
    """Give the ledger of this installation.

    Args:
        files: its store of files.
    """
    if settings.has_bucket and settings.deletions_file is None:
        return BucketLedger(cast("Bucket", files))
    return FileLedger(settings.deletion_ledger)


def _add_lines(file: Path, marks: Iterable[str], *, now: datetime) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{now.isoformat(timespec='seconds')}\t{mark}\n" for mark in marks)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        head = _HEAD if os.fstat(handle).st_size == 0 else ""
        # One write, so that lines of two processes do not mix.
        os.write(handle, (head + lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _latest(noted: Iterable[tuple[str, str]]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for moment, mark in noted:
        if len(mark) != 64:
            continue
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            continue
        found[mark] = max(at, found.get(mark, at))
    return found


def complete(ledger: Ledger, left: Mapping[str, datetime]) -> int:
    """Add those who left and are not in the ledger, because a process ended at that very moment.

    Returns:
        How many were added.
    """
    known = ledger.read() if left else {}
    missing = [
        mark for mark, at in left.items() if mark not in known or known[mark] < at.replace(microsecond=0)
    ]
    for mark in missing:
        ledger.add([mark], now=left[mark])
    return len(missing)


def to_delete_again(
    session: Session, ledger: Ledger, *, since: datetime, box: SecretBox
) -> list[tuple[int, datetime]]:
    """Name, by id, the people in a restored database who left after it was saved, and when they did.

    Args:
        since: when the archive was made.
        box: makes the marks; with another SECRET_KEY than then nobody is found.
    """
    later = {mark: at for mark, at in ledger.read().items() if at >= since.replace(microsecond=0)}
    if not later:
        return []
    openids = select(Person.id, Person.openid).where(Person.openid.is_not(None))
    of_mini = select(MiniProgramIdentity.person_id, MiniProgramIdentity.openid)
    found: dict[int, datetime] = {}
    for query in (openids, of_mini):
        for person_id, openid in session.execute(query):
            at = later.get(former_people.mark_of(openid or "", box=box))
            if at is not None:
                found[person_id] = at
    return sorted(found.items())
