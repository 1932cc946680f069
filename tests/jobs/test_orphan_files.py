"""Files that nothing leads to go after a day; everything else stays."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from domain.file_store import SLICES, LocalFileStore
from jobs import orphan_files
from jobs.context import JobContext
from jobs.orphan_files import remove_orphans
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentState

Keep = Callable[..., str]


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def folder(context: JobContext) -> Path:
    return Path(context.settings.upload_dir)


def row(context: JobContext, key: str) -> Attachment:
    return Attachment(
        kind=AttachmentKind.PHOTO, state=AttachmentState.STORED, created_at=context.clock(), file_key=key
    )


@pytest.fixture
def keep(context: JobContext, folder: Path) -> Keep:
    """Keep a file of an age, with a row that names it or without."""

    def make(age: timedelta = timedelta(hours=25), *, named: bool = False) -> str:
        key = context.files.save(b"photo", "jpg")
        written = (context.clock() - age).timestamp()
        os.utime(folder / key, (written, written))
        if named:
            with context.database.transaction() as session:
                session.add(row(context, key))
        return key

    return make


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def a_day_of(context: JobContext, clock: object) -> None:
    for _ in range(24):
        remove_orphans(context)
        clock.advance(hours=1)  # type: ignore[attr-defined]


def test_within_a_day_every_file_without_a_row_goes(
    context: JobContext, clock: object, folder: Path, keep: Keep
) -> None:
    orphans = {keep() for _ in range(40)}
    named = {keep(named=True) for _ in range(40)}
    young = keep(timedelta(hours=-2))
    assert left(folder) == orphans | named | {young}
    a_day_of(context, clock)
    assert left(folder) == named | {young}


def test_file_of_a_process_that_died_before_its_row_goes_and_so_does_what_it_had_not_finished(
    context: JobContext, clock: object, folder: Path, keep: Keep
) -> None:
    key = keep()

    def file_and_die() -> None:
        with context.database.transaction() as session:
            session.add(row(context, key))
            session.flush()
            raise SystemExit

    with pytest.raises(SystemExit):
        file_and_die()
    half = (folder / keep(named=True)).with_suffix(".unfinished")
    half.write_bytes(b"pho")
    young = half.with_name("0" * 28 + ".unfinished")
    young.write_bytes(b"pho")
    later = (context.clock() + timedelta(hours=2)).timestamp()
    os.utime(young, (later, later))
    os.utime(half, (0, 0))
    a_day_of(context, clock)
    assert not (folder / key).exists()
    assert not half.exists()
    assert young.exists()


def test_one_run_looks_at_one_part_of_the_store(context: JobContext, folder: Path, keep: Keep) -> None:
    keys = {keep() for _ in range(60)}
    hour = context.clock().hour
    remove_orphans(context)
    assert left(folder) == {key for key in keys if int(key[:2], 16) % SLICES != hour}


def test_a_store_that_seems_to_belong_to_another_database_is_left_alone(
    context: JobContext, folder: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphan_files, "SUSPICIOUS", 1)
    prefixes = [f"{number:02x}" for number in range(context.clock().hour, 256, SLICES)]
    wanted: list[str] = []
    while len(wanted) < 3:
        key = keep()
        wanted += [key] if key[:2] in prefixes else []
    before = left(folder)
    remove_orphans(context)
    assert left(folder) == before


def test_worker_that_is_to_end_takes_nothing_away(context: JobContext, folder: Path, keep: Keep) -> None:
    keys = {keep() for _ in range(30)}
    context.stopping.set()
    remove_orphans(context)
    assert left(folder) == keys


def test_nothing_that_is_none_of_ours_is_touched(
    context: JobContext, clock: object, folder: Path, keep: Keep
) -> None:
    inner = (folder / keep(named=True)).parent
    strange = [inner / "README.md", folder / "notes.jpg", inner / ("A" * 28 + ".jpg")]
    for path in strange:
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    a_day_of(context, clock)
    assert all(path.exists() for path in strange)


def test_store_without_a_folder_has_nothing_to_clear(context: JobContext, clock: object) -> None:
    a_day_of(context, clock)
    assert list(LocalFileStore(Path(context.settings.upload_dir)).old_files(0, before=context.clock())) == []
