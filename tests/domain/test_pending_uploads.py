"""Uploads that no form named: swept after their day, with all their files; and two that finish at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from domain import pending_uploads
from domain.actors import Actor
from domain.errors import NotFound, TooMuch
from domain.file_store import LocalFileStore
from domain.pending_uploads import KEPT, Kept
from jobs.context import JobContext
from jobs.uploads import sweep_uploads
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind
from models.pending_upload import PendingUpload, UploadChunk
from tests.support.factories import Office
from wechat.client import build_client


def kept(files: LocalFileStore, extension: str = "jpg") -> Kept:
    return Kept(files.save(b"jpeg", extension), "image/jpeg", 4, AttachmentKind.PHOTO)


def test_what_no_form_named_is_swept_after_a_day_and_what_one_named_stays(
    database: Database,
    office: Office,
    now: datetime,
    tmp_path: Path,
    make_settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pending_uploads, "BATCH", 2)
    files, student = LocalFileStore(tmp_path), Actor.of_person(office.student)
    with database.transaction() as session:
        begun = pending_uploads.begin(session, student, name="a.jpg", size=8, now=now)
        for start in (0, 4):
            key = files.save(b"half", "part")
            taken = pending_uploads.add_chunk(
                session, student, begun.token, start=start, size=4, file_key=key, now=now
            )
            assert taken[1]
        again = pending_uploads.add_chunk(  # the same piece, on another machine at the same moment
            session, student, begun.token, start=0, size=4, file_key=files.save(b"half", "jpg"), now=now
        )
        assert again == (begun, False)
        forgotten = pending_uploads.put(session, student, name="b", kept=kept(files), now=now)
        used = pending_uploads.put(session, student, name="c", kept=kept(files), now=now)
        session.add_all(pending_uploads.take(session, student, [used.token], now=now))
        fresh = pending_uploads.put(
            session, student, name="d", kept=kept(files), now=now + timedelta(hours=1)
        )
        assert not pending_uploads.finish(session, student, fresh.token, kept(files), now=now)
        assert pending_uploads.remove(session, student, used.token, now=now) == []
        lost = pending_uploads.begin(session, Actor.of_staff(office.handler), name="e", size=1, now=now)

    settings = make_settings()
    context = JobContext(
        settings=settings,
        database=database,
        client=build_client(settings, database),
        files=files,
        clock=lambda: now + KEPT,
    )
    sweep_uploads(context)
    sweep_uploads(context)

    with database.reading() as session:
        assert list(session.scalars(select(PendingUpload.token))) == [fresh.token]
        assert session.scalar(select(func.count()).select_from(UploadChunk)) == 0
        (attachment,) = session.scalars(select(Attachment.file_key))
        with pytest.raises(NotFound):
            pending_uploads.find(session, student, lost.token, now=now)
    assert attachment == used.file_key
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {used.file_key, fresh.file_key} <= there
    assert forgotten.file_key not in there
    assert [name for name in there if name.endswith(".part")] == []


def test_staff_upload_so_much_in_a_day_and_more_the_next(
    database: Database, office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_uploads, "MOST_BYTES_OF_STAFF", 12)
    handler = Actor.of_staff(office.handler)
    with database.transaction() as session:
        for name in ("a.jpg", "b.jpg"):
            pending_uploads.begin(session, handler, name=name, size=6, now=now)
        with pytest.raises(TooMuch, match="明天再传"):
            pending_uploads.begin(session, handler, name="c.jpg", size=1, now=now)
        assert pending_uploads.begin(session, handler, name="c.jpg", size=12, now=now + KEPT)
