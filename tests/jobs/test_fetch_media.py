"""Files from the chat: fetched, checked, kept; and what becomes of those that cannot be had."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from domain import complaints, drafts, platform_alerts
from domain.actors import Actor
from domain.errors import NotFound
from jobs import fetch_media
from jobs.context import JobContext
from jobs.fetch_media import fetch_waiting
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentState
from simulator import Simulator
from tests.support.factories import Factory
from tests.support.recordings import film, length_of, silence, tone
from wechat import client as wechat_client
from wechat import transport

MEDIA_GET = "/cgi-bin/media/get"


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def photo() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    output = BytesIO()
    Image.new("RGB", (300, 200), "green").save(output, "JPEG", exif=exif)
    return output.getvalue()


def sent(platform: Simulator, data: bytes, kind: str, content_type: str) -> str:
    name = f"a.{content_type.split('/')[1]}"
    return platform.media.save(data, kind=kind, filename=name, content_type=content_type).media_id


def waiting(
    context: JobContext, media_id: str, kind: AttachmentKind = AttachmentKind.PHOTO, **changes: Any
) -> int:
    with context.database.transaction() as session:
        values: dict[str, Any] = {
            "kind": kind,
            "state": AttachmentState.PENDING,
            "media_id": media_id,
            "created_at": context.clock(),
            "next_attempt_at": context.clock(),
        }
        attachment = Attachment(**(values | changes))
        session.add(attachment)
        session.flush()
        return attachment.id


def found(context: JobContext, attachment_id: int) -> Attachment:
    with context.database.reading() as session:
        return session.get_one(Attachment, attachment_id)


def test_photo_is_kept_without_what_it_tells_about_its_owner(
    context: JobContext, platform: Simulator
) -> None:
    attachment_id = waiting(context, sent(platform, photo(), "image", "image/jpeg"))
    fetch_waiting(context)
    kept = found(context, attachment_id)
    data = context.files.read(kept.file_key)
    assert (kept.state, kept.content_type, kept.size, kept.error) == (
        AttachmentState.STORED,
        "image/jpeg",
        len(data),
        "",
    )
    assert Image.open(BytesIO(data)).size == (300, 200)
    assert b"Secret" not in data


def test_voice_is_kept_as_every_browser_plays_it(context: JobContext, platform: Simulator) -> None:
    attachment_id = waiting(
        context, sent(platform, tone(1.5), "voice", "audio/amr"), kind=AttachmentKind.VOICE
    )
    fetch_waiting(context)
    kept = found(context, attachment_id)
    data = context.files.read(kept.file_key)
    assert (kept.state, kept.content_type, kept.seconds, kept.size) == (
        AttachmentState.STORED,
        "audio/mpeg",
        2,
        len(data),
    )
    assert kept.file_key.endswith(".mp3")
    assert 1.4 <= length_of(data) <= 1.7


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("webm", "libopus")])
def test_voice_a_browser_recorded_is_made_anew_without_asking_the_platform(
    context: JobContext, platform: Simulator, container: str, codec: str
) -> None:
    came = context.files.save(tone(1.5, container=container, codec=codec, rate=48_000), "m4a")
    attachment_id = waiting(context, "", kind=AttachmentKind.VOICE, file_key=came)
    fetch_waiting(context)
    kept = found(context, attachment_id)
    assert (kept.state, kept.content_type, kept.seconds) == (AttachmentState.STORED, "audio/mpeg", 2)
    assert 1.4 <= length_of(context.files.read(kept.file_key)) <= 1.7
    with pytest.raises(NotFound):
        context.files.read(came)
    assert platform.calls.find(path=MEDIA_GET, limit=10) == []


def test_voice_that_cannot_be_converted_is_kept_as_it_came(context: JobContext, platform: Simulator) -> None:
    odd = b"#!AMR\n" + b"x" * 1000
    attachment_id = waiting(context, sent(platform, odd, "voice", "audio/amr"), kind=AttachmentKind.VOICE)
    fetch_waiting(context)
    kept = found(context, attachment_id)
    assert (kept.state, kept.content_type, kept.seconds) == (
        AttachmentState.STORED,
        "application/octet-stream",
        None,
    )
    assert kept.file_key.endswith(".amr")
    assert context.files.read(kept.file_key) == odd


def test_film_is_kept_as_it_came(context: JobContext, platform: Simulator) -> None:
    data = film()
    attachment_id = waiting(context, sent(platform, data, "video", "video/mp4"), kind=AttachmentKind.VIDEO)
    fetch_waiting(context)
    kept = found(context, attachment_id)
    assert (kept.state, kept.content_type, kept.seconds) == (AttachmentState.STORED, "video/mp4", None)
    assert context.files.read(kept.file_key) == data


def test_film_may_be_larger_than_other_answers_but_not_without_end(
    context: JobContext, platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = film()
    monkeypatch.setattr(transport, "MAX_BYTES", len(data) - 1)
    media_id = sent(platform, data, "video", "video/mp4")
    kept, refused = (waiting(context, media_id, kind=AttachmentKind.VIDEO) for _ in range(2))
    monkeypatch.setattr(wechat_client, "MAX_VIDEO_BYTES", len(data))
    with context.database.transaction() as session:
        session.get_one(Attachment, refused).next_attempt_at = context.clock() + timedelta(seconds=1)
    fetch_waiting(context)
    assert found(context, kept).state is AttachmentState.STORED
    monkeypatch.setattr(wechat_client, "MAX_VIDEO_BYTES", len(data) - 1)
    with context.database.transaction() as session:
        session.get_one(Attachment, refused).next_attempt_at = context.clock()
    fetch_waiting(context)
    assert (found(context, refused).state, found(context, refused).error) == (
        AttachmentState.FAILED,
        "视频太大，没有保存",
    )


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (silence(62), AttachmentKind.VOICE, "语音超过 60 秒，没有保存。"),
        (b"MZ" * 50, AttachmentKind.VOICE, "语音的格式不支持。"),
        (film()[:-1], AttachmentKind.VIDEO, "视频不完整或已损坏，请重新发送。"),
    ],
    ids=["too long", "a program", "cut short"],
)
def test_recording_that_is_refused_says_why(
    context: JobContext, platform: Simulator, data: bytes, kind: AttachmentKind, words: str
) -> None:
    attachment_id = waiting(context, sent(platform, data, kind.value, "audio/amr"), kind=kind)
    fetch_waiting(context)
    assert (found(context, attachment_id).state, found(context, attachment_id).error) == (
        AttachmentState.FAILED,
        words,
    )


def test_full_disk_is_waited_out_and_keeps_no_other_file_waiting(
    context: JobContext, platform: Simulator, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    first, second = (waiting(context, sent(platform, photo(), "image", "image/jpeg")) for _ in range(2))
    write, times = context.files.save, []

    def full_once(data: bytes, extension: str) -> str:
        times.append(1)
        if len(times) == 1:
            raise OSError(28, "No space left on device")
        return write(data, extension)

    monkeypatch.setattr(context.files, "save", full_once)
    fetch_waiting(context)
    trouble = found(context, first)
    assert (trouble.state, trouble.error) == (
        AttachmentState.PENDING,
        "服务器处理这个文件时出错，请系统管理员查看日志",
    )
    assert found(context, second).state is AttachmentState.STORED
    clock.advance(seconds=fetch_media.RETRY_DELAYS[0])
    fetch_waiting(context)
    assert (found(context, first).state, found(context, first).error) == (AttachmentState.STORED, "")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: "gone", "媒体文件不存在或已过期（只保留三天），微信错误码 40007"),
        (lambda platform: sent(platform, b"MZ" * 50, "image", "image/jpeg"), "这不是照片"),
        (lambda platform: sent(platform, photo()[:-300], "image", "image/jpeg"), "照片不完整"),
    ],
    ids=["gone", "a program", "cut short"],
)
def test_what_can_never_be_had_fails_at_once_and_says_why(
    context: JobContext, platform: Simulator, make: Any, words: str
) -> None:
    attachment_id = waiting(context, make(platform))
    fetch_waiting(context)
    failed = found(context, attachment_id)
    assert (failed.state, failed.attempts, failed.next_attempt_at) == (AttachmentState.FAILED, 1, None)
    assert failed.error.startswith(words)


def test_trouble_is_waited_out_longer_each_time(context: JobContext, platform: Simulator, clock: Any) -> None:
    context.client.get_menu()
    attachment_id = waiting(context, sent(platform, photo(), "image", "image/jpeg"))
    platform.faults.add(path=MEDIA_GET, kind="http_502", times=2)
    for delay in fetch_media.RETRY_DELAYS[:2]:
        fetch_waiting(context)
        fetch_waiting(context)
        assert found(context, attachment_id).next_attempt_at == clock.now + timedelta(seconds=delay)
        clock.advance(seconds=delay)
    fetch_waiting(context)
    assert (found(context, attachment_id).state, found(context, attachment_id).attempts) == (
        AttachmentState.STORED,
        3,
    )


def test_trouble_without_end_fails_in_the_end(context: JobContext, platform: Simulator, clock: Any) -> None:
    context.client.get_menu()
    attachment_id = waiting(context, sent(platform, photo(), "image", "image/jpeg"))
    platform.faults.add(path=MEDIA_GET, kind="errcode", errcode=48001, times=-1)
    for delay in fetch_media.RETRY_DELAYS:
        fetch_waiting(context)
        assert found(context, attachment_id).state is AttachmentState.PENDING
        clock.advance(seconds=delay)
    fetch_waiting(context)
    assert found(context, attachment_id).state is AttachmentState.FAILED
    assert sum(fetch_media.RETRY_DELAYS) < 3 * 86_400


def test_file_another_worker_fetched_meanwhile_is_left_alone(
    context: JobContext, platform: Simulator
) -> None:
    attachment_id = waiting(context, sent(platform, photo(), "image", "image/jpeg"))
    with context.database.reading() as session:
        seen = session.get_one(Attachment, attachment_id)
    fetch_waiting(context)
    key = found(context, attachment_id).file_key
    fetch_media._fetch(context, seen)
    assert (found(context, attachment_id).file_key, found(context, attachment_id).attempts) == (key, 1)


def test_position_needs_no_fetching(context: JobContext) -> None:
    attachment_id = waiting(
        context, "", AttachmentKind.LOCATION, state=AttachmentState.STORED, next_attempt_at=None
    )
    fetch_waiting(context)
    assert found(context, attachment_id).attempts == 0


def test_worker_that_is_to_end_begins_no_other_file(context: JobContext, platform: Simulator) -> None:
    attachment_id = waiting(context, sent(platform, photo(), "image", "image/jpeg"))
    context.stopping.set()
    fetch_waiting(context)
    assert found(context, attachment_id).state is AttachmentState.PENDING


def test_stopped_account_is_asked_once_and_left_alone_for_a_while(
    context: JobContext, platform: Simulator
) -> None:
    files = [waiting(context, sent(platform, photo(), "image", "image/jpeg")) for _ in range(3)]
    platform.faults.add(path=MEDIA_GET, kind="errcode", errcode=50002, times=1)
    fetch_waiting(context)
    context.clock.advance(minutes=5)  # type: ignore[attr-defined]
    fetch_waiting(context)

    assert len(platform.calls.find(path=MEDIA_GET)) == 1
    with context.database.reading() as session:
        assert [alert.subject for alert in platform_alerts.open_alerts(session)] == ["account"]
    context.clock.advance(minutes=6)  # type: ignore[attr-defined]
    fetch_waiting(context)
    assert {found(context, file).state for file in files} == {AttachmentState.STORED}
    with context.database.reading() as session:
        assert platform_alerts.open_alerts(session) == []


def test_the_same_photo_of_one_person_is_kept_once(
    context: JobContext, platform: Simulator, factory: Factory
) -> None:
    with context.database.transaction() as session:
        office = factory.office(session)
        now = context.clock()
        drafts_of = [drafts.begin(session, who, now=now).id for who in (office.student, office.friend)]
        complaint = factory.complaint(session, office)
        actor = Actor.of_person(office.student)
        words = complaints.supplement(session, complaint, words="见照片", actor=actor, now=now)
        added = {"complaint_id": complaint.id, "event_id": words.id}
    media_id = sent(platform, photo(), "image", "image/jpeg")
    places = ({"draft_id": drafts_of[0]}, {"draft_id": drafts_of[0]}, added, {"draft_id": drafts_of[1]})
    ids = [waiting(context, media_id, **place) for place in places]
    fetch_waiting(context)
    keys = [found(context, attachment_id).file_key for attachment_id in ids]
    # Of somebody else it is a file of its own, so that either can be taken away.
    assert [keys.index(key) for key in keys] == [0, 0, 0, 3]
    assert all(context.files.read(key) for key in keys)
