"""Files under keys that cannot be guessed, nor used to reach anything else."""

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain import file_store
from domain.errors import NotFound
from domain.file_store import SLICES, LocalFileStore


@pytest.fixture
def store(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "uploads")


def test_file_is_given_back_as_it_was_kept(store: LocalFileStore) -> None:
    key = store.save(b"photo", "jpg")
    with store.open(key) as file:
        assert file.read() == b"photo"
    assert store.read(key) == b"photo"
    assert store.path(key).parent.parent.parent.name == "uploads"


def test_keys_differ_though_the_files_are_equal(store: LocalFileStore) -> None:
    assert len({store.save(b"same", "jpg") for _ in range(50)}) == 50


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
def test_key_that_is_none_of_ours_finds_nothing(store: LocalFileStore, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    store.save(b"photo", "jpg")
    with pytest.raises(NotFound):
        store.read(key)
    store.delete(key)
    assert (tmp_path / "secret.jpg").exists()


@pytest.mark.parametrize("extension", ["", "JPG", "jp/g", "../x", "jpegjpeg", ".jpg"])
def test_strange_extension_is_refused(store: LocalFileStore, extension: str) -> None:
    with pytest.raises(ValueError, match="not a file extension"):
        store.save(b"photo", extension)


def test_failed_write_leaves_nothing_behind(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.save(b"photo", "jpg")
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []


def test_deleted_file_is_gone_and_may_be_deleted_again(store: LocalFileStore) -> None:
    key = store.save(b"photo", "jpg")
    store.delete(key)
    store.delete(key)
    with pytest.raises(NotFound):
        store.path(key)


def test_old_files_are_given_some_at_a_time_and_every_one_once(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "_SOME", 2)
    keys = [store.save(b"photo", "jpg") for _ in range(400)]
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    for number, key in enumerate(keys):
        written = moment.timestamp() - (number < 300)
        os.utime(tmp_path / "uploads" / key, (written, written))
    found = [keys for part in range(SLICES) for keys in store.old_files(part, before=moment)]
    assert sorted(key for some in found for key in some) == sorted(keys[:300])
    assert max(len(some) for some in found) > 1
    assert all(some for some in found)


def test_file_that_goes_while_its_folder_is_read_is_passed_over(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = store.save(b"photo", "jpg")
    part = int(key[:2], 16) % SLICES
    inner = (tmp_path / "uploads" / key).parent
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([inner / "gone.jpg", inner / Path(key).name]))
    later = datetime.now(UTC) + timedelta(days=1)
    assert list(store.old_files(part, before=later)) == [[key]]


def test_large_file_is_kept_without_being_read_at_once(store: LocalFileStore) -> None:
    class Long(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size < 2**20
            return super().read(size)

    key = store.save_from(Long(b"0123456789" * 300_000), "pdf")
    assert store.size(key) == 3_000_000
