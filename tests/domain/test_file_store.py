"""Files under keys that cannot be guessed, nor used to reach anything else; in a folder and in a bucket."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import SEEK_END, BytesIO
from pathlib import Path

import pytest

from domain import file_store
from domain.errors import NotFound
from domain.file_store import SLICES, FileStore, LocalFileStore
from domain.s3_file_store import S3FileStore
from tests.support.bucket import ACCESS_KEY, BUCKET, SECRET_KEY, bucket_server


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3FileStore]:
    with bucket_server() as address:
        yield S3FileStore(endpoint=address, bucket=BUCKET, access_key=ACCESS_KEY, secret_key=SECRET_KEY)


@pytest.fixture
def folder(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "uploads")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> FileStore:
    found: FileStore = request.getfixturevalue(request.param)
    return found


def test_file_is_given_back_as_it_was_kept_from_any_place_in_it(store: FileStore) -> None:
    key = store.save(b"photo", "jpg")
    with store.open(key) as file:
        assert file.read() == b"photo"
        assert (file.seek(0, SEEK_END), file.seek(2), file.read(2)) == (5, 2, b"ot")
        assert (file.seek(1), file.tell(), file.read(), file.read()) == (1, 1, b"hoto", b"")
    assert (store.read(key), store.size(key)) == (b"photo", 5)


def test_file_is_put_back_under_the_key_it_had(store: FileStore) -> None:
    key = store.save(b"before", "jpg")
    store.put_back(key, BytesIO(b"as it was saved"))
    assert store.read(key) == b"as it was saved"
    with pytest.raises(NotFound):
        store.put_back("../" + key, BytesIO(b"elsewhere"))


def test_keys_differ_though_the_files_are_equal(folder: LocalFileStore) -> None:
    assert len({folder.save(b"same", "jpg") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../secret.jpg",
        "ab/cd/../../../secret.jpg",
        "/etc/passwd",
        "ab/cd/" + "0" * 28 + ".jpg/../../../secret",
        "ab/cd/" + "0" * 28 + ".JPG",
        "AB/cd/" + "0" * 28 + ".jpg",
        "ab/cd/" + "0" * 28 + ".jpg\n",
        "ab\\cd\\" + "0" * 28 + ".jpg",
        "ab/cd/" + "0" * 28 + ".jpg",
    ],
)
def test_key_that_is_none_of_ours_finds_nothing(store: FileStore, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    store.save(b"photo", "jpg")
    with pytest.raises(NotFound):
        store.read(key)
    with pytest.raises(NotFound):
        store.size(key)
    store.delete(key)
    assert (tmp_path / "secret.jpg").exists()


@pytest.mark.parametrize("extension", ["", "JPG", "jp/g", "../x", "jpegjpeg", ".jpg"])
def test_strange_extension_is_refused(store: FileStore, extension: str) -> None:
    with pytest.raises(ValueError, match="not a file extension"):
        store.save(b"photo", extension)


def test_failed_write_leaves_nothing_behind(
    folder: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        folder.save(b"photo", "jpg")
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []


def test_deleted_file_is_gone_and_may_be_deleted_again(store: FileStore) -> None:
    key = store.save(b"photo", "jpg")
    store.delete(key)
    store.delete(key)
    with pytest.raises(NotFound):
        store.open(key)
    with pytest.raises(NotFound):
        store.size(key)


def test_old_files_are_given_some_at_a_time_and_every_one_once(
    folder: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "SOME", 2)
    keys = [folder.save(b"photo", "jpg") for _ in range(400)]
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    for number, key in enumerate(keys):
        written = moment.timestamp() - (number < 300)
        os.utime(tmp_path / "uploads" / key, (written, written))
    found = [keys for part in range(SLICES) for keys in folder.old_files(part, before=moment)]
    assert sorted(key for some in found for key in some) == sorted(keys[:300])
    assert max(len(some) for some in found) > 1
    assert all(some for some in found)


def test_file_that_goes_while_its_folder_is_read_is_passed_over(
    folder: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = folder.save(b"photo", "jpg")
    part = int(key[:2], 16) % SLICES
    inner = (tmp_path / "uploads" / key).parent
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([inner / "gone.jpg", inner / Path(key).name]))
    later = datetime.now(UTC) + timedelta(days=1)
    assert list(folder.old_files(part, before=later)) == [[key]]


def test_large_file_is_kept_without_being_read_at_once(store: FileStore) -> None:
    class Long(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size < 2**20
            return super().read(size)

    key = store.save_from(Long(b"0123456789" * 300_000), "pdf")
    assert store.size(key) == 3_000_000
