"""Asks each operation of the API as each role: people by a token, staff by the cookie that opens nothing."""

import secrets
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from domain import api_sessions, pending_uploads
from domain.actors import Actor
from domain.file_store import FileStore
from domain.my_data_deletion import CONFIRMATION
from domain.pending_uploads import Kept
from models.database import Database
from models.enums import AttachmentKind, NoticeKind, NoticeState
from models.notice import Notice
from models.person import Person
from tests.support.api_program import token_of
from tests.support.file_links import signed
from tests.support.furnished import Furnished
from web.clock import now

PREFIX = "/api/v1"
_KEY = "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d"
# What is well formed, so that the answer tells who may and not what was wrong.
_BODIES: dict[str, dict[str, Any]] = {
    "/sessions": {"code": "0none"},
    "/complaints": {"kind": "suggestion", "text": "多开一个小时"},
    "/complaints/<number>/supplement": {"words": "周一"},
    "/complaints/<number>/rate": {"solved": True, "stars": 5},
    "/complaints/<number>/reopen": {"words": "又坏了"},
    "/complaints/<number>/appeal": {"words": "不同意"},
    "/me/phone": {"code": "0none"},
    "/me/link/confirm": {"number": "0000"},
    "/board/<item>/abuse": {"reason": "false"},
    "/service-points/<code>/rating": {"stars": 5},
    "/me/subscriptions": {"results": [{"template_id": "T1", "result": "accept"}]},
    "/me/deletion": {"word": CONFIRMATION},
    # The survey of tests/support/surveys.py that runs is the second one, of five questions and two sections.
    "/surveys/<survey>/sheet": {
        "answers": [{"question": 6, "choices": [5]}, {"question": 7, "choices": [1]}],
        "skipped": [4],
    },
}


def ask(furnished: Furnished, role: str, method: str, rule: Rule) -> TestResponse:
    """Call an operation on what the student has, as a role."""
    database: Database = furnished.app.extensions["banshishi"].database
    reader = furnished.readers.get(role)
    path = address(furnished, rule, things_of(furnished, furnished.readers["person"]))
    token = ""
    if reader is not None:
        token = token_of(database, reader)
        if "/attachments/" in path:
            path = signed(furnished.app, path, reader)
    return send(furnished.client(role), method, rule, path, token)


def send(client: FlaskClient, method: str, rule: Rule, path: str, token: str) -> TestResponse:
    """Call an operation with what it needs, well formed."""
    headers = {"Idempotency-Key": _KEY} | ({"Authorization": f"Bearer {token}"} if token else {})
    if rule.rule == f"{PREFIX}/uploads":
        return client.post(path, headers=headers, data={"file": (BytesIO(_photo()), "a.jpg")})
    body = _BODIES.get(rule.rule.removeprefix(PREFIX), {}) if method in {"POST", "PUT"} else None
    return client.open(path, method=method, headers=headers, json=body)


def address(furnished: Furnished, rule: Rule, things: Mapping[str, str]) -> str:
    """Give the path of an operation, with something real for each parameter; `things` take precedence."""
    given = {name: things.get(name) or furnished.values[name] for name in rule.arguments}
    built = rule.build(given, append_unknown=False)
    assert built is not None, f"{rule.rule} cannot be built with {given}"
    query = f"?text={furnished.values['code']}" if rule.rule == f"{PREFIX}/scans" else ""
    return str(built[1]) + query


def things_of(furnished: Furnished, person: Person) -> dict[str, str]:
    """Give a person a session, a photo and a notice that only they may name."""
    database: Database = furnished.app.extensions["banshishi"].database
    files: FileStore = furnished.app.extensions["banshishi"].file_store
    kept = Kept(files.save(_photo(), "jpg"), "image/jpeg", 10, AttachmentKind.PHOTO)
    with database.transaction() as session:
        opened, _ = api_sessions.begin(session, person, device="平板", now=now())
        upload = pending_uploads.put(session, Actor.of_person(person), name="a.jpg", kept=kept, now=now())
        notice = _notice_to(person)
        session.add(notice)
        session.flush()
        return {"session_id": opened.key, "upload_id": upload.token, "notice_id": str(notice.id)}


def _notice_to(person: Person) -> Notice:
    """Make a notice whose number stands in nothing else."""
    return Notice(
        id=900_000_000 + secrets.randbelow(90_000_000),
        key=f"roles:{secrets.token_hex(8)}",
        kind=NoticeKind.ANSWERED,
        person_id=person.id,
        title="诉求有新进展",
        body="已经出发",
        created_at=now(),
        due_at=now(),
        state=NoticeState.INBOX,
    )


def _photo() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (8, 6)).save(picture, "JPEG")
    return picture.getvalue()
