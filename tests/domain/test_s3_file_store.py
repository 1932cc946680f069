"""What a bucket does that a folder does not: it is away, refuses, loses the line, and may stand open."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ResponseStreamingError

from config.settings import Settings
from domain import backups, deletion_ledger, file_store, s3_file_store
from domain.file_store import SLICES, LocalFileStore
from domain.file_stores import bucket_of, file_store_for
from domain.s3_file_store import S3FileStore
from models.database import Database
from models.trouble import FilesAway, Trouble, trouble_of
from tests.support.bucket import BUCKET, bucket_server, bucket_settings, client_of
from tests.support.factories import Factory


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with bucket_server() as found:
        yield found


@pytest.fixture
def store(address: str, make_settings: Callable[..., Settings]) -> S3FileStore:
    found = file_store_for(make_settings(**bucket_settings(address)))
    assert isinstance(found, S3FileStore)
    return found


def test_settings_choose_the_store(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    assert isinstance(file_store_for(settings), LocalFileStore)
    assert bucket_of(settings) is None


def test_store_says_in_a_sentence_what_is_wrong(store: S3FileStore, address: str) -> None:
    assert store.problem() is None
    client = client_of(address)
    other = S3FileStore(endpoint=address, bucket="nowhere", access_key="somebody", secret_key="no secret")
    assert other.problem() == "文件存储拒绝了：没有这个桶，请在对象存储里建好，或改 S3_BUCKET"
    with pytest.raises(FilesAway, match="没有这个桶"):  # and no file of it is "gone"
        other.size("ab/cd/" + "0" * 28 + ".jpg")
    key = store.save(b"photo", "jpg")
    stranger = S3FileStore(endpoint=address, bucket=BUCKET, access_key="somebody", secret_key="no secret")
    stranger._made = stranger._client_with(signature_version=UNSIGNED)
    with pytest.raises(FilesAway, match="密钥不对，或没有读写这个桶的权限"):
        stranger.size(key)
    assert store._openness(key) is None
    client.put_object_acl(Bucket=BUCKET, Key=key, ACL="public-read")
    assert (store._openness(key) or "").startswith("这个桶谁都能读")
    client.close()


def test_store_that_is_away_is_asked_again_after_a_pause_only(monkeypatch: pytest.MonkeyPatch) -> None:
    away = S3FileStore(endpoint="http://127.0.0.1:9", bucket=BUCKET, access_key="a" * 8, secret_key="b" * 8)
    with pytest.raises(FilesAway, match="EndpointConnectionError") as met:
        away.save(b"photo", "jpg")
    assert (trouble_of(met.value), met.value.strerror) == (
        Trouble.FILES,
        "连不上文件存储（EndpointConnectionError）",
    )
    with pytest.raises(FilesAway, match="刚才连不上"):
        away.read("ab/cd/" + "0" * 28 + ".jpg")
    away.delete("ab/cd/" + "0" * 28 + ".jpg")  # nobody who waits could do anything about it
    assert away.problem() == "刚才连不上文件存储"
    monkeypatch.setattr(s3_file_store, "PAUSE_SECONDS", 0.0)
    away._away_until = 0.0
    for _ in range(2):
        with pytest.raises(FilesAway, match="EndpointConnectionError"):
            away.size("ab/cd/" + "0" * 28 + ".jpg")


def test_file_that_comes_otherwise_than_it_was_kept_is_not_given(store: S3FileStore, address: str) -> None:
    key = store.save(b"photo", "jpg")
    client = client_of(address)
    digest = client.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    client.put_object(Bucket=BUCKET, Key=key, Body=b"phota", Metadata=digest)
    with pytest.raises(FilesAway, match="不一样"):
        store.read(key)
    client.put_object(Bucket=BUCKET, Key=key, Body=b"put there by other means")
    assert store.read(key) == b"put there by other means"
    client.close()


class _Breaking:
    """A line that breaks after some bytes."""

    def __init__(self, body: Any, *, after: int) -> None:
        self._body, self._left = body, after

    def read(self, most: int) -> bytes:
        if self._left == 0:
            raise ResponseStreamingError(error="broken")
        data: bytes = self._body.read(min(most, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._body.close()


def test_reading_goes_on_where_the_line_broke(store: S3FileStore) -> None:
    data = bytes(range(256)) * 2048
    key = store.save(data, "bin")
    with store.open(key) as file:
        remote: Any = file.raw  # type: ignore[attr-defined]
        remote._body = _Breaking(remote._body, after=300_000)
        assert file.read() == data
        file.seek(-10, 2)
        assert file.read() == data[-10:]
    file = store.open(key)
    store.put_back(key, BytesIO(b"another" * 100_000))
    remote = file.raw  # type: ignore[attr-defined]
    remote._body = _Breaking(remote._body, after=0)
    with pytest.raises(FilesAway, match="PreconditionFailed"):  # never the end of another file
        file.read()
    remote.close()
    remote.close()


def test_old_files_are_found_and_nothing_else(
    store: S3FileStore, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "SOME", 2)
    client = client_of(address)
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    part = 0xAB % SLICES
    mine = [f"ab/cd/{number:028x}.jpg" for number in range(1, 6)]
    for name in (*mine, "ab/other", "deletions/abc"):
        client.put_object(Bucket=BUCKET, Key=name, Body=b"")
    later = datetime.now(UTC) + timedelta(minutes=1)
    found = list(store.old_files(part, before=later))
    assert sorted(key for some in found for key in some) == mine
    assert max(len(some) for some in found) == 2
    assert list(store.old_files(part, before=later - timedelta(hours=1))) == []
    client.close()


def test_who_left_is_noted_by_all_machines_in_the_bucket(
    store: S3FileStore, address: str, make_settings: Callable[..., Settings], now: datetime, tmp_path: Path
) -> None:
    settings = make_settings(**bucket_settings(address))
    ledger = deletion_ledger.ledger_of(settings, store)
    ledger.add(["a" * 64, "b" * 64], now=now)
    deletion_ledger.ledger_of(settings, store).add(["a" * 64], now=now + timedelta(days=1))
    assert ledger.read() == {"a" * 64: now + timedelta(days=1), "b" * 64: now}
    own = deletion_ledger.ledger_of(settings.model_copy(update={"deletions_file": tmp_path / "own"}), store)
    assert own.read() == {}


def test_backup_of_a_bucket_is_put_back_into_a_folder(
    store: S3FileStore,
    sqlite: Database,
    migrated_sqlite_file: Path,
    factory: Factory,
    tmp_path: Path,
    now: datetime,
) -> None:
    key, gone = store.save(b"of the bucket", "jpg"), store.save(b"soon gone", "jpg")
    with sqlite.transaction() as session:
        office = factory.office(session)
        office.canteen.photo_file_key = key
        office.hall.photo_file_key = gone
    store.delete(gone)
    contents = backups.make(sqlite, store, tmp_path / "all.tar", now=now)
    assert (contents.files, contents.gone) == (1, (gone,))
    shutil.copy(migrated_sqlite_file, tmp_path / "back.db")
    folder, back = LocalFileStore(tmp_path / "uploads"), Database(f"sqlite:///{tmp_path}/back.db")
    backups.put_back(back, folder, tmp_path / "all.tar")
    back.close()
    assert folder.read(key) == b"of the bucket"
