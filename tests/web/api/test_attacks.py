"""What somebody sends who means ill, or whose program has run wild: told apart, and without any effect."""

import gzip
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import Settings
from domain.photos import MAX_BYTES
from domain.submissions import MAX_TEXT
from models.complaint import Complaint
from models.database import Database
from models.person import Person
from tests.support.api_program import Program, refusal, token_of
from tests.support.factories import Office
from tests.web.h5.conftest import World
from web.api.cursors import write_cursor
from web.application import create_web

MakeProgram = Callable[[Person], Program]
BODY = {"kind": "suggestion", "text": "多开一个小时"}
KEY = "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d"
ORIGIN = "https://www.example.edu.cn"


def _send(program: Program, data: bytes, **headers: str) -> TestResponse:
    """File with a body byte by byte as given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    whole = {
        "Authorization": f"Bearer {program.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": KEY,
    }
    client = program.app.test_client(use_cookies=False)
    return client.post("/api/v1/complaints", data=data, headers=whole | named)


def _body(**changes: object) -> bytes:
    return json.dumps(BODY | changes).encode()


ILL: list[tuple[bytes, tuple[int, str, str | None]]] = [
    # Nobody makes themselves somebody else, or decides of their own complaint.
    *(
        (_body(**{name: value}), (422, "invalid", name))
        for name, value in {
            "number": "2026-1123-0001", "status": "closed", "reporter_id": 1, "team": "x", "urgent": True,
            "channel": "wechat", "public": True, "due_at": "2026-11-23T10:00:00+08:00", "__class__": {},
        }.items()
    ),
    (b"[" * 100_000, (400, "bad_request", None)),
    (b'{"text":' * 5_000 + b"1" + b"}" * 5_000, (400, "bad_request", None)),
    (b'{"kind":"praise","text":' + b"[" * 150 + b"]" * 150 + b"}", (422, "invalid", "text")),
    (_body(text="灯" * (MAX_TEXT + 1)), (422, "invalid", "text")),
    (b'{"kind":"praise","text":"' + b"a" * 600_000 + b'"}', (413, "too_large", None)),
    (b'{"kind":"praise","text":"\xff\xfe"}', (400, "bad_request", None)),
    (b'{"kind":"praise","text":"\\ud800"}', (400, "bad_request", None)),
    (b"\xef\xbb\xbf" + _body(), (400, "bad_request", None)),
    (b"", (400, "bad_request", None)),
    (b"null", (422, "invalid", None)),
    (_body(latitude=0)[:-2] + b'NaN, "longitude": 1}', (422, "invalid", "latitude")),
    (_body(text="\0\0"), (422, "invalid", "text")),
    (_body(uploads=["../../etc/passwd"]), (422, "invalid", "uploads.0")),
    (_body(uploads=["a"] * 1_000), (422, "invalid", "uploads")),
]  # fmt: skip


def test_body_that_means_ill_is_refused_and_files_nothing(program: MakeProgram, world: World) -> None:
    # Each may try twenty times.
    senders = [program(world.office.student), program(world.office.friend)]

    told = [refusal(_send(senders[at % 2], data)) for at, (data, _) in enumerate(ILL)]

    assert told == [expected for _, expected in ILL]
    assert world.count(Complaint) == 0


def test_file_far_larger_than_any_photo_is_not_taken_in(program: MakeProgram, world: World) -> None:
    student, told = program(world.office.student), []
    for size in (MAX_BYTES + 1, 2 * MAX_BYTES):
        answer = student.app.test_client(use_cookies=False).post(
            "/api/v1/uploads",
            data={"file": (BytesIO(bytes(size)), "a.jpg")},
            headers={"Authorization": f"Bearer {student.token}"},
        )
        told.append(refusal(answer))
        answer.request.environ["wsgi.input"].close()

    assert told == [(422, "invalid", "file"), (413, "too_large", None)]


def test_of_a_member_that_comes_twice_the_last_one_counts(program: MakeProgram, world: World) -> None:
    answer = _send(program(world.office.student), b'{"kind":"repair","kind":"praise","text":"a","text":"b"}')

    assert answer.json is not None
    assert (answer.status_code, answer.json["kind"], answer.json["text"]) == (201, "praise", "b")


def test_packed_body_is_not_unpacked(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    bomb = gzip.compress(b" " * 10_000_000 + _body())

    assert refusal(_send(student, bomb, Content_Encoding="gzip")) == (415, "unsupported_media_type", None)
    assert _send(student, _body(), Content_Encoding="identity").status_code == 201


def test_token_counts_in_its_header_alone(app: Flask, world: World) -> None:
    token = token_of(world.database, world.office.student)
    ways = [
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {token}, Bearer {token}"},
        {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Token {token}"},
        {"Cookie": f"token={token}; Authorization=Bearer {token}"},
        {"X-Authorization": f"Bearer {token}"},
    ]

    told = [Program(app, headers=way).call("GET", "/me", token=token, access_token=token) for way in ways]

    assert [refusal(answer)[0] for answer in told] == [401] * len(ways)


def test_headers_of_a_request_come_back_in_none_of_the_answer(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    evil = "aaaaaaaaaaaaaaaa\r\nSet-Cookie: evil=1"
    # No server lets this through; should one ever do, nothing comes of it.
    inside = {"HTTP_IDEMPOTENCY_KEY": evil, "HTTP_X_REQUEST_ID": evil, "HTTP_ORIGIN": evil}

    answer = student.app.test_client(use_cookies=False).post(
        "/api/v1/complaints",
        json=BODY,
        headers={"Authorization": f"Bearer {student.token}"},
        environ_overrides=inside,
    )

    assert refusal(answer) == (422, "invalid", "Idempotency-Key")
    assert re.fullmatch("[0-9a-f]{12}", answer.headers["X-Request-Id"])
    assert "evil" not in f"{answer.headers} {answer.get_data(as_text=True)}"


def test_cursor_that_is_none_of_ours_is_told_apart_from_nothing(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    for _ in range(3):
        student.file()
    given = student.get("/complaints", limit=1)["next_cursor"]
    with student.app.app_context():
        elsewhere = write_cursor(["2026-11-23T02:00:00+00:00", 1], of="complaints 0 all all ")
    another = "A" if given[20] != "A" else "B"
    forged = [
        "", "null", "eyJpZCI6MX0=", "é", "A" * 600, given[:-2], given + given,
        given[:20] + another + given[21:],
        elsewhere,
    ]  # fmt: skip

    told = {cursor: refusal(student.call("GET", "/complaints", cursor=cursor)) for cursor in forged}
    long = refusal(student.call("GET", "/complaints", cursor="A" * 100_000))

    assert told == dict.fromkeys(forged, (422, "invalid", "cursor"))
    assert long == (422, "invalid", "cursor")


def test_head_answers_as_get_without_content_and_with_its_guards(program: MakeProgram, world: World) -> None:
    student, nobody = program(world.office.student), Program(world.app)
    number = student.file()["number"]

    asked = student.call("HEAD", f"/complaints/{number}")

    assert (asked.status_code, asked.data, asked.content_type) == (200, b"", "application/json")
    assert nobody.call("HEAD", f"/complaints/{number}").status_code == 401
    assert program(world.office.friend).call("HEAD", f"/complaints/{number}").status_code == 404


@pytest.fixture
def opened(make_settings: Callable[..., Settings], database: Database, clock: object) -> Flask:
    """The application with one origin whose pages may call it."""
    del clock
    return create_web(make_settings(api_origins=ORIGIN), database)


def _preflight(app: Flask, origin: str) -> dict[str, str]:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = app.test_client().options("/api/v1/complaints", headers=asked)
    allowed = {name: value for name, value in answer.headers if name.startswith("Access-Control-")}
    assert answer.status_code == (204 if allowed else 401)
    return allowed


def test_page_of_another_origin_may_call_only_where_it_is_listed(
    app: Flask, opened: Flask, database: Database, office: Office
) -> None:
    token = token_of(database, office.student)
    strangers = (
        "https://evil.example",
        f"{ORIGIN}.evil.example",
        ORIGIN.upper(),
        f"{ORIGIN}:8443",
        "null",
        "",
    )

    told = [_preflight(app, ORIGIN), *(_preflight(opened, origin) for origin in strangers)]

    assert told == [{}] * (len(strangers) + 1)
    assert _preflight(opened, ORIGIN) == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match",
        "Access-Control-Max-Age": "600",
    }
    for status, sent in ((200, token), (401, "")):
        answer = Program(opened, sent, {"Origin": ORIGIN}).call("GET", "/me")
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    elsewhere = Program(opened, token, {"Origin": "https://evil.example"}).call("GET", "/me")
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
    assert "Origin" in elsewhere.headers["Vary"]
    page = opened.test_client().get("/admin/sign-in", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in page.headers


def test_what_is_open_to_all_is_limited_by_address_whatever_it_says_of_itself(
    app: Flask, clock: time_machine.Traveller
) -> None:
    def ask(turn: int, address: str = "10.1.0.9") -> TestResponse:
        said: Any = {"X-Forwarded-For": f"10.0.{turn // 250}.{turn % 250}", "Content-Type": "text/plain"}
        client = app.test_client(use_cookies=False)
        return client.post("/api/v1/sessions", headers=said, environ_base={"REMOTE_ADDR": address})

    met = {refusal(ask(turn))[:2] for turn in range(600)}
    stopped = ask(600)

    assert met == {(415, "unsupported_media_type")}
    assert refusal(stopped) == (429, "rate_limited", None)
    assert 0 < int(stopped.headers["Retry-After"]) <= 61
    assert refusal(ask(601, "10.1.0.10"))[0] == 415
    clock.shift(int(stopped.headers["Retry-After"]) + 1)
    assert refusal(ask(602))[0] == 415
