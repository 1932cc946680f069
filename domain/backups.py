"""Backups: one archive with all rows and all files, checked on writing and before anything is put back.

An archive is a plain tar file. `SHA256SUMS`, its last member, names every other member with its checksum, so
that `sha256sum -c` can check an unpacked one too; an archive without it was cut off.
"""

import gzip
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, cast

from sqlalchemy import Connection, Table

from domain.errors import DomainError, NotFound
from domain.file_store import FileStore
from models import dump, migrate
from models.database import Database

FORMAT = 1
_AT_ONCE = 1 << 20
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_TABLE = re.compile(r"tables/([a-z_]+)\.jsonl\.gz")
_FILE = "files/"
_KEY_COLUMN = re.compile(r"(?:.+_)?file_key")
Progress = Callable[[str], None]


class BadBackup(DomainError):
    """The archive cannot be made, or is none that can be put back."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds.

    Attributes:
        revision: of the tables when it was made.
        rows: by table.
        files: their number.
        gone: keys the database named whose files were not there; what was deleted meanwhile, mostly.
    """

    made_at: datetime
    revision: str
    rows: dict[str, int]
    files: int
    gone: tuple[str, ...] = ()


def make(
    database: Database, files: FileStore, target: Path, *, now: datetime, say: Progress = lambda _: None
) -> Contents:
    """Write an archive of all there is at this moment; everybody may go on working meanwhile.

    Args:
        target: the archive; it appears when it is whole and on the disk.
        say: is told, in a sentence, how far it has come.

    Raises:
        BadBackup: there is a file of this name, or the database is not of this version.
        OSError: it could not be written; nothing is left of it.
    """
    if target.exists():
        raise BadBackup(f"{target} 已经存在。请换一个文件名，以免盖掉以前的备份。")
    revision = migrate.current_revision(database)
    if revision is None or revision != migrate.head_revision():
        raise BadBackup("数据库的结构和程序的版本不一致。请先运行 app.py migrate。")
    with _appearing(target) as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        writer = _Writer(archive, now)
        rows, keys = _write_tables(database, writer, folder=target.parent, say=say)
        gone = _write_files(files, writer, sorted(keys), say=say)
        contents = Contents(now, revision, rows, len(keys) - len(gone), tuple(gone))
        writer.add(MANIFEST, _manifest(contents))
        writer.finish()
    return contents


@contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that gets its name when all is on the disk; nobody else may read it."""
    unfinished = target.with_name(target.name + ".unfinished")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


class _Summed:
    """Reads from a file and sums up what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.sum.update(data)
        return data


class _Writer:
    def __init__(self, archive: tarfile.TarFile, now: datetime) -> None:
        self._archive = archive
        self._now = now
        self._sums: list[str] = []

    def add(self, name: str, data: bytes) -> None:
        self.add_from(name, BytesIO(data), len(data))

    def add_from(self, name: str, source: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(self._now.timestamp())
        summed = _Summed(source)
        self._archive.addfile(member, cast("IO[bytes]", summed))
        self._sums.append(f"{summed.sum.hexdigest()}  {name}\n")

    def finish(self) -> None:
        self.add(SUMS, "".join(self._sums).encode())


def _write_tables(
    database: Database, writer: _Writer, *, folder: Path, say: Progress
) -> tuple[dict[str, int], set[str]]:
    """Write all tables as they are at one moment; give how many rows each has, and all keys of files."""
    rows: dict[str, int] = {}
    keys: set[str] = set()
    with dump.snapshot(database) as connection:
        for table in dump.tables(connection):
            with NamedTemporaryFile(dir=folder, prefix=".backup-") as packed:
                rows[table.name] = _pack(connection, table, packed, keys)
                size = packed.tell()
                packed.seek(0)
                writer.add_from(f"tables/{table.name}.jsonl.gz", packed, size)
            say(f"{table.name}：{rows[table.name]} 行")
    return rows, keys


def _pack(connection: Connection, table: Table, target: IO[bytes], keys: set[str]) -> int:
    """Write the rows of a table, one a line; collect what keys of files are in them."""
    named = [column.name for column in table.columns if _KEY_COLUMN.fullmatch(column.name)]
    count = 0
    # A fixed time in the head makes the same rows the same bytes.
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=5, mtime=0) as out:
        for row in dump.rows(connection, table):
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            keys.update(row[name] for name in named if row[name])
            count += 1
    return count


def _write_files(files: FileStore, writer: _Writer, keys: list[str], *, say: Progress) -> list[str]:
    """Write all files that rows name; give the keys of those that are not there."""
    gone = []
    for number, key in enumerate(keys, start=1):
        try:
            size = files.size(key)
            with files.open(key) as source:
                writer.add_from(_FILE + key, source, size)
        except NotFound:
            gone.append(key)
        if number % 1000 == 0 or number == len(keys):
            say(f"照片等文件：{number} / {len(keys)}")
    return gone


def _manifest(contents: Contents) -> bytes:
    told = {
        "format": FORMAT,
        "made_at": contents.made_at.isoformat(),
        "revision": contents.revision,
        "rows": contents.rows,
        "files": contents.files,
        "gone": contents.gone,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def check(source: Path) -> Contents:
    """Read a whole archive and compare it with its checksums; nothing is changed.

    Raises:
        BadBackup: it is no archive of ours, was cut off or has been changed.
        OSError: it could not be read.
    """
    found: dict[str, str] = {}
    kept: dict[str, bytes] = {}
    try:
        with tarfile.open(source, "r:") as archive:
            for member, data in _members(archive):
                summed = _Summed(data)
                while some := summed.read(_AT_ONCE):
                    if member.name in {MANIFEST, SUMS}:
                        kept[member.name] = kept.get(member.name, b"") + some
                found[member.name] = summed.sum.hexdigest()
    except (tarfile.TarError, EOFError) as error:
        raise BadBackup(f"{source} 不是完整的备份文件：{error}") from error
    if SUMS not in kept or MANIFEST not in kept:
        raise BadBackup(f"{source} 不是备份文件，或者没有写完。")
    del found[SUMS]
    said: dict[str, str] = {}
    for line in kept[SUMS].decode(errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        said[name] = digest
    if wrong := sorted(name for name in said.keys() | found.keys() if said.get(name) != found.get(name)):
        raise BadBackup(f"{source} 里有 {len(wrong)} 项和校验值不符，如 {wrong[0]}。请换一份备份。")
    return _contents(kept[MANIFEST])


def _members(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for member in archive:
        data = archive.extractfile(member) if member.isreg() else None
        if data is None:
            raise BadBackup(f"备份文件里有不该有的东西：{member.name[:80]}")
        yield member, data


def _contents(manifest: bytes) -> Contents:
    try:
        told = json.loads(manifest)
        contents = Contents(
            datetime.fromisoformat(told["made_at"]),
            str(told["revision"]),
            {str(name): int(number) for name, number in told["rows"].items()},
            int(told["files"]),
            tuple(told["gone"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadBackup("备份文件的清单读不懂。") from error
    if told.get("format") != FORMAT:
        raise BadBackup("这份备份是更新的版本做的，请先升级程序。")
    return contents


def put_back(
    database: Database, files: FileStore, source: Path, *, say: Progress = lambda _: None
) -> Contents:
    """Put an archive into a database that holds nothing of anybody, and bring it up to date.

    Files come first and rows last, all in one transaction: cut off anywhere, it can be done again.

    Raises:
        BadBackup: see `check`; or the database is not empty, or older or newer than can be helped.
        OSError: it could not be read or written.
    """
    contents = check(source)
    say("校验值全部相符。")
    _prepare(database, contents)
    with tarfile.open(source, "r:") as archive:
        for member, data in _members(archive):
            if member.name.startswith(_FILE):
                files.put_back(member.name.removeprefix(_FILE), cast("BinaryIO", data))
    say(f"照片等文件：{contents.files} 个")
    with dump.filling(database) as filling, tarfile.open(source, "r:") as archive:
        for member, data in _members(archive):
            if table := _TABLE.fullmatch(member.name):
                _fill(filling, table[1], data, contents)
                say(f"{table[1]}：{contents.rows[table[1]]} 行")
        filling.finish()
    migrate.upgrade(database)
    return contents


def _prepare(database: Database, contents: Contents) -> None:
    """Make tables as they were when the archive was made."""
    if not migrate.is_known(contents.revision):
        raise BadBackup("这份备份是更新的版本做的，请先升级程序。")
    try:
        with database.engine.connect() as connection:
            dump.check_empty(connection)
    except dump.NotEmpty as error:
        raise BadBackup("数据库里已经有数据。恢复只能进到空的数据库，请换一个，或先把它清空。") from error
    current = migrate.current_revision(database)
    if current is None:
        migrate.upgrade(database, to=contents.revision)
    elif current != contents.revision:
        raise BadBackup("数据库里已经建了另一个版本的表。请给一个完全空的数据库。")


def _fill(filling: dump.Filling, table: str, data: IO[bytes], contents: Contents) -> None:
    if table not in filling.names or table not in contents.rows:
        raise BadBackup(f"备份文件里有不认识的表：{table[:80]}")
    with gzip.GzipFile(fileobj=data, mode="rb") as lines:
        number = filling.fill(table, (json.loads(line) for line in lines))
    if number != contents.rows[table]:
        raise BadBackup(f"{table} 应有 {contents.rows[table]} 行，备份文件里只有 {number} 行。")
