"""What holds for every operation: exact bodies, keys, limits, and nothing done twice or by halves."""

import threading
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.api_session import IdempotentRequest
from models.complaint import Complaint
from models.person import Person
from tests.support.api_program import Program, refusal
from tests.support.many_filings import many_filings
from tests.web.h5.conftest import World
from web.api import complaints as filing

MakeProgram = Callable[[Person], Program]
BODY = {"kind": "suggestion", "text": "多开一个小时"}
KEY = "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d"


def test_body_that_cannot_be_read_is_told_apart(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    client = student.app.test_client()
    told = [
        refusal(
            client.post(
                "/api/v1/complaints",
                data=data,
                headers={
                    "Authorization": f"Bearer {student.token}",
                    "Content-Type": kind,
                    "Idempotency-Key": KEY,
                },
            )
        )
        for data, kind in (
            ('{"kind":', "application/json"),
            ("kind=praise", "application/x-www-form-urlencoded"),
            ("[]", "application/json"),
            ('{"kind":"praise","text":"好"}', "text/plain"),
        )
    ]

    assert told == [
        (400, "bad_request", None),
        (415, "unsupported_media_type", None),
        (422, "invalid", None),
        (415, "unsupported_media_type", None),
    ]


@pytest.mark.parametrize("key", ["short", "a" * 65, "with blank in the middle", "键" * 20])
def test_key_of_another_form_is_refused(program: MakeProgram, world: World, key: str) -> None:
    answer = program(world.office.student).call(
        "POST", "/complaints", BODY, key=key.encode().decode("latin-1")
    )

    assert refusal(answer) == (422, "invalid", "Idempotency-Key")


def test_failure_before_the_answer_leaves_nothing_and_the_retry_files_one(
    program: MakeProgram, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = program(world.office.student)

    def fail(*_: object) -> None:
        raise OSError("the machine is going down")

    with monkeypatch.context() as patch:
        patch.setattr(filing, "shown", fail)
        broken = student.call("POST", "/complaints", BODY, key=KEY)
    lost = student.call("POST", "/complaints", BODY, key=KEY)  # done, but nobody hears of it
    heard = student.post("/complaints", BODY, key=KEY)

    assert refusal(broken)[:2] == (500, "internal_error")
    assert heard == lost.json
    assert (world.count(Complaint), world.count(IdempotentRequest)) == (1, 1)


def test_same_key_sent_twice_at_once_files_one(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    numbers: list[str] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        numbers.append(student.post("/complaints", BODY, key=KEY)["number"])

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 4
    assert len(set(numbers)) == 1
    with world.database.reading() as session:
        assert session.scalar(select(func.count(Complaint.id))) == 1


def test_limit_is_told_with_how_long_to_wait(
    program: MakeProgram, world: World, clock: time_machine.Traveller
) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    with many_filings():
        for _ in range(20):
            student.file()

    stopped = student.call("POST", "/complaints", BODY, key=KEY)

    assert refusal(stopped) == (429, "rate_limited", None)
    assert 0 < int(stopped.headers["Retry-After"]) <= 601
    friend.file()
    clock.shift(int(stopped.headers["Retry-After"]) + 1)
    with many_filings():
        student.file()


def test_times_and_errors_have_one_form_everywhere(app: Flask) -> None:
    answer = Program(app).call("GET", "/service-points/%00")

    assert refusal(answer)[:2] == (404, "not_found")
    assert answer.json is not None
    assert list(answer.json) == [
        "type", "title", "status", "detail", "code", "field", "errors", "request_id",
    ]  # fmt: skip
