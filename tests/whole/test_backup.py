"""A backup of everything: from one kind of database to the other and back, and archives that are none."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from commands import database as commands
from commands.database import backup, restore
from config.settings import Settings
from domain import audit_check, backups, complaints
from domain.backups import BadBackup
from domain.errors import DomainError
from domain.file_store import LocalFileStore
from models import dump, migrate
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import Channel, ComplaintKind, ComplaintStatus
from models.person import Person
from tests.support.factories import Factory, Office
from tests.support.furnished import Furnished
from tests.support.postgresql import fresh_database

Everything = dict[str, list[dump.Values]]


def everything(database: Database) -> Everything:
    """All rows there are, in an order that does not depend on the database."""
    with dump.snapshot(database) as connection:
        return {
            table.name: sorted(dump.rows(connection, table), key=repr) for table in dump.tables(connection)
        }


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, make_settings: Callable[..., Settings]) -> Callable[..., None]:
    """Have commands work at this database and this folder of files."""

    def use(database: Database, folder: Path) -> None:
        url = database.engine.url.render_as_string(hide_password=False)
        settings = make_settings(database_url=url, upload_dir=folder)
        monkeypatch.setattr("commands.with_settings.load_settings", lambda: settings)

    return use


@contextmanager
def _no_tables_yet() -> Iterator[Database]:
    with fresh_database("banshishi_restored") as url:
        database = Database(url)
        yield database
        database.close()


def test_everything_comes_back_in_either_kind_of_database(
    furnished: Furnished, sqlite: Database, at: Callable[..., None], tmp_path: Path
) -> None:
    store = furnished.app.extensions["banshishi"].file_store
    before = everything(sqlite)
    lost, *kept = sorted(_keys_in(before))
    assert len(kept) > 5
    store.delete(lost)
    assert sum(bool(rows) for rows in before.values()) > 50, "an office with one of nearly everything"

    at(sqlite, tmp_path / "uploads")
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    made = CliRunner().invoke(backup, [str(first)], catch_exceptions=False)
    assert (made.exit_code, made.output.splitlines()[-2][:5]) == (0, "有 1 个"), made.exception or made.output
    assert first.stat().st_mode & 0o077 == 0, "nobody else reads it"
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "xmf", str(first)], cwd=unpacked, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=unpacked, check=True)

    with _no_tables_yet() as there:
        at(there, tmp_path / "there")
        restored = CliRunner().invoke(restore, [str(first)])
        assert restored.exit_code == 0, restored.output
        assert everything(there) == before
        assert migrate.schema_drift(there) == []
        again = CliRunner().invoke(restore, [str(first)])
        assert (again.exit_code, "数据库里已经有数据" in again.output) == (1, True)
        with there.transaction() as session:
            assert audit_check.verify(session).faults == ()
            student = session.get_one(Person, furnished.office.student.id)
            told = complaints.Submission(
                text="恢复之后新提的", channel=Channel.WECHAT, kind=ComplaintKind.COMPLAINT, reporter=student
            )
            new = complaints.submit(session, told, now=furnished.factory.now)
            assert new.id > max(row["id"] for row in before["complaint"]), "numbered after what came back"
            session.rollback()
        with there.reading() as session:
            stale = session.scalars(select(ComplaintSearch.stale)).all()
            assert (len(stale), all(stale)) == (len(before["complaint"]), True), "the worker makes it anew"
        assert CliRunner().invoke(backup, [str(second)]).exit_code == 0

    back = Database(f"sqlite:///{tmp_path}/back.db")
    at(back, tmp_path / "back")
    assert CliRunner().invoke(commands.migrate).exit_code == 0, "tables and first teams may be there already"
    assert CliRunner().invoke(restore, [str(second)]).exit_code == 0
    assert everything(back) == before
    copies = LocalFileStore(tmp_path / "back")
    assert [copies.read(key) for key in kept] == [store.read(key) for key in kept]
    back.close()


def _keys_in(rows: Everything) -> set[str]:
    return {
        row[column]
        for table in rows.values()
        for row in table
        for column in row
        if column.endswith("file_key") and row[column]
    }


@pytest.fixture
def archive(sqlite: Database, factory: Factory, tmp_path: Path) -> Path:
    """A small archive, of the database of this test."""
    with sqlite.transaction() as session:
        factory.complaint(session, factory.office(session))
    path = tmp_path / "small.tar"
    backups.make(sqlite, LocalFileStore(tmp_path / "uploads"), path, now=factory.now)
    return path


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def _written(path: Path, members: dict[str, bytes], *, summed: bool = True) -> Path:
    """Write an archive by hand, with sums that are right if `summed`."""
    if summed:
        members.pop("SHA256SUMS", None)
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in members.items())
        members["SHA256SUMS"] = sums.encode()
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20_000])


def _one_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"\x1f\x8b") + 12] ^= 1
    path.write_bytes(data)


def _newer(path: Path) -> None:
    members = _members(path)
    told = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(told | {"revision": "9999"}).encode()
    _written(path, members)


def _other_format(path: Path) -> None:
    members = _members(path)
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {"format": 2}).encode()
    _written(path, members)


def _fewer_rows(path: Path) -> None:
    members = _members(path)
    members["tables/complaint.jsonl.gz"] = gzip.compress(b"")
    _written(path, members)


def _climbing(path: Path) -> None:
    _written(path, _members(path) | {"files/../../../etc/cron.d/evil": b"*"})


def _strange_table(path: Path) -> None:
    _written(path, _members(path) | {"tables/pg_authid.jsonl.gz": gzip.compress(b"{}")})


def _a_link(path: Path) -> None:
    with tarfile.open(path, "a") as tar:
        link = tarfile.TarInfo("files/aa")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)


def _without_its_end(path: Path) -> None:
    members = _members(path)
    del members["SHA256SUMS"]
    _written(path, members, summed=False)


def _no_manifest_to_read(path: Path) -> None:
    _written(path, _members(path) | {"manifest.json": b"[1]"})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut_off, "不是完整的备份文件|没有写完"),
        (_one_bit, "和校验值不符"),
        (_newer, "请先升级程序"),
        (_other_format, "请先升级程序"),
        (_fewer_rows, "complaint 应有 1 行，备份文件里只有 0 行"),
        (_climbing, "找不到这个文件"),
        (_strange_table, "不认识的表"),
        (_a_link, "不该有的东西"),
        (_without_its_end, "没有写完"),
        (_no_manifest_to_read, "清单读不懂"),
        (lambda path: path.write_bytes(b"MZ" * 4000), "不是完整的备份文件"),
        (lambda path: path.write_bytes(b""), "不是完整的备份文件|没有写完"),
    ],
)
def test_damaged_archive_changes_nothing(
    archive: Path, tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(archive)
    there = Database(f"sqlite:///{tmp_path}/there.db")
    with pytest.raises(DomainError, match=said):
        backups.put_back(there, LocalFileStore(tmp_path / "there"), archive)
    with there.engine.connect() as connection:
        dump.check_empty(connection)
    there.close()
    assert not (tmp_path / "etc").exists()


def test_archive_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime, sqlite: Database
) -> None:
    old = Database(f"sqlite:///{tmp_path}/old.db")
    migrate.upgrade(old, to="0010")
    with old.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, openid, following, created_at) VALUES (7, 'o7', TRUE, '2026-01-02')"
            )
        )
    with pytest.raises(BadBackup, match=r"请先运行 app\.py migrate"):
        backups.make(old, LocalFileStore(tmp_path), tmp_path / "old.tar", now=now)
    with monkeypatch.context() as as_then:
        as_then.setattr(migrate, "head_revision", lambda: "0010")
        backups.make(old, LocalFileStore(tmp_path), tmp_path / "old.tar", now=now)
    old.close()

    with pytest.raises(BadBackup, match="已经建了另一个版本的表"):
        backups.put_back(sqlite, LocalFileStore(tmp_path / "new"), tmp_path / "old.tar")
    new = Database(f"sqlite:///{tmp_path}/new.db")
    contents = backups.put_back(new, LocalFileStore(tmp_path / "new"), tmp_path / "old.tar")
    assert (contents.revision, migrate.current_revision(new)) == ("0010", migrate.head_revision())
    assert migrate.schema_drift(new) == []
    with new.reading() as session:
        assert [person.openid for person in session.scalars(select(Person))] == ["o7"]
    new.close()


def test_archive_is_of_one_moment_while_others_write(
    office: Office, database: Database, factory: Factory, tmp_path: Path
) -> None:
    stop = threading.Event()
    written = []

    def go_on() -> None:
        while not stop.is_set():
            with database.transaction() as session:
                written.append(factory.complaint(session, office, ComplaintStatus.IN_PROGRESS).id)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        while len(written) < 3:
            stop.wait(0.01)
        path = tmp_path / "live.tar"
        begun = len(written)
        contents = backups.make(database, LocalFileStore(tmp_path), path, now=factory.now)
        went_on = len(written) - begun
    finally:
        stop.set()
        writer.join()

    assert went_on > 0, "nobody had to wait for the backup"
    lines = gzip.decompress(_members(path)["tables/complaint_event.jsonl.gz"]).splitlines()
    steps = Counter(json.loads(line)["complaint_id"] for line in lines)
    assert len(steps) == contents.rows["complaint"], "each with its events"
    assert len(set(steps.values())) == 1, "and with all of them"


def test_backup_takes_the_place_of_no_other_file(archive: Path, sqlite: Database, now: datetime) -> None:
    before = archive.read_bytes()
    with pytest.raises(BadBackup, match="已经存在"):
        backups.make(sqlite, LocalFileStore(archive.parent), archive, now=now)
    assert archive.read_bytes() == before


def test_commands_say_in_a_sentence_what_went_wrong(
    archive: Path, sqlite: Database, at: Callable[..., None], tmp_path: Path
) -> None:
    at(sqlite, tmp_path / "uploads")
    run = CliRunner().invoke
    missing = run(backup, [str(tmp_path / "no" / "folder" / "x.tar")])
    assert (missing.exit_code, "No such file or directory" in missing.output) == (1, True), missing.output
    checked = run(restore, ["--check-only", str(archive)])
    assert (checked.exit_code, checked.output[:5]) == (0, "完整无误："), checked.output
    archive.write_bytes(b"")
    assert run(restore, ["--check-only", str(archive)]).exit_code == 1
