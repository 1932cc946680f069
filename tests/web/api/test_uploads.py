"""Photos: sent before their form, named by it once, and read back by the complaint's people alone."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import time_machine
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from domain import complaints
from models.attachment import Attachment
from models.enums import AttachmentState, ComplaintStatus, Outcome
from models.person import Person
from tests.support.api_program import Program, refusal
from tests.support.recordings import silence
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]


def _send(program: Program, data: bytes, name: str = "a.jpg") -> TestResponse:
    answer = program.app.test_client(use_cookies=False).post(
        "/api/v1/uploads",
        data={"file": (BytesIO(data), name)},
        headers={"Authorization": f"Bearer {program.token}"},
    )
    answer.request.environ["wsgi.input"].close()
    return answer


def _file(program: Program, path: str) -> TestResponse:
    return program.call("GET", path.removeprefix("/api/v1"))


def test_photo_is_attached_once_and_seen_by_its_sender(
    program: MakeProgram, world: World, photo: bytes, clock: time_machine.Traveller
) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    sent = _send(student, photo)
    assert sent.status_code == 201
    upload = sent.json["id"]

    filed = student.file(text="", uploads=[upload])
    [shown] = filed["timeline"][0]["attachments"]
    whole, small = _file(student, shown["path"]), _file(student, shown["small_path"])

    assert (filed["subject"], shown["kind"]) == ("（照片或语音）", "photo")
    assert (whole.status_code, whole.mimetype, small.mimetype) == (200, "image/jpeg", "image/jpeg")
    assert Image.open(BytesIO(whole.data)).size == (40, 30)
    again = student.call("POST", "/complaints", {"kind": "praise", "uploads": [upload]}, key="k" * 16)
    assert refusal(again) == (422, "invalid", "uploads")
    assert refusal(_file(friend, shown["path"]))[:2] == (404, "not_found")
    assert refusal(_file(student, shown["path"].partition("?")[0]))[:2] == (404, "not_found")
    clock.shift(timedelta(hours=13))
    assert refusal(_file(student, shown["path"])) == (403, "not_allowed", None)


def test_photo_comes_with_what_is_added_and_with_a_judgement(
    program: MakeProgram, world: World, photo: bytes
) -> None:
    student, office = program(world.office.student), world.office
    number = world.file(ComplaintStatus.WAITING, service_point=office.canteen)
    uploads = [_send(student, photo).json["id"] for _ in range(2)]

    added = student.post(f"/complaints/{number}/supplement", {"uploads": uploads[:1]})
    world.do(number, complaints.resolve, staff=office.handler, words="好了", outcome=Outcome.SOLVED)
    rated = student.post(
        f"/complaints/{number}/rate", {"solved": False, "stars": 2, "words": "还是凉", "uploads": uploads[1:]}
    )

    assert len(added["timeline"][0]["attachments"]) == 1
    assert (rated["status"], len(rated["timeline"][0]["attachments"])) == ("in_progress", 1)


def test_what_is_no_photo_is_refused(program: MakeProgram, world: World, photo: bytes) -> None:
    student, friend = program(world.office.student), program(world.office.friend)

    assert refusal(_send(student, b"MZ not a photo")) == (422, "invalid", "file")
    assert refusal(student.call("POST", "/uploads", {})) == (415, "unsupported_media_type", None)
    empty = student.app.test_client().post(
        "/api/v1/uploads",
        data={"other": "x"},
        content_type="multipart/form-data",
        headers={"Authorization": f"Bearer {student.token}"},
    )
    assert refusal(empty) == (422, "invalid", "file")
    upload = _send(student, photo).json["id"]
    assert refusal(friend.call("DELETE", f"/uploads/{upload}"))[:2] == (404, "not_found")
    student.delete(f"/uploads/{upload}")
    gone = student.call("POST", "/complaints", {"kind": "praise", "uploads": [upload]}, key="k" * 16)
    assert refusal(gone) == (422, "invalid", "uploads")


def test_recording_is_filed_and_made_playable_by_the_worker(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    sent = _send(student, silence(2), "a.amr").json

    filed = student.file(text="", uploads=[sent["id"]])

    [shown] = filed["timeline"][0]["attachments"]
    assert (sent["kind"], shown["kind"], shown["path"]) == ("voice", "voice", None)
    with world.database.reading() as session:
        kept = session.scalars(select(Attachment)).one()
        assert (kept.state, kept.next_attempt_at) == (AttachmentState.PENDING, world.now)
    too_long = _send(student, b"#!AMR\n" + bytes(2 * 1024 * 1024))
    assert refusal(too_long) == (422, "invalid", "file")
