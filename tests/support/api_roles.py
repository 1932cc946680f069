"""Asks each operation of the API as each role: people by a token, staff by the cookie that opens nothing."""

from io import BytesIO
from typing import Any

from PIL import Image
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from domain import api_sessions, pending_uploads
from domain.actors import Actor
from domain.file_store import FileStore
from domain.pending_uploads import Kept
from models.database import Database
from models.enums import AttachmentKind
from models.person import Person
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
}


def ask(furnished: Furnished, role: str, method: str, rule: Rule) -> TestResponse:
    """Call an operation on what the student has, as a role."""
    database: Database = furnished.app.extensions["banshishi"].database
    student, reader = furnished.readers["person"], furnished.readers.get(role)
    path = _address(furnished, rule, _things_of(furnished, database, student))
    headers = {"Idempotency-Key": _KEY}
    if reader is not None:
        with database.transaction() as session:
            _, token = api_sessions.begin(session, reader, device="", now=now())
        headers["Authorization"] = f"Bearer {token}"
        if "/attachments/" in path:
            path = signed(furnished.app, path, reader)
    client = furnished.client(role)
    if rule.rule == f"{PREFIX}/uploads":
        return client.post(path, headers=headers, data={"file": (BytesIO(_photo()), "a.jpg")})
    body = _BODIES.get(rule.rule.removeprefix(PREFIX), {}) if method in {"POST", "PUT"} else None
    if rule.rule == f"{PREFIX}/scans":
        path += f"?text={furnished.values['code']}"
    return client.open(path, method=method, headers=headers, json=body)


def _address(furnished: Furnished, rule: Rule, things: dict[str, str]) -> str:
    given = {name: things.get(name) or furnished.values[name] for name in rule.arguments}
    built = rule.build(given, append_unknown=False)
    assert built is not None, f"{rule.rule} cannot be built with {given}"
    return str(built[1])


def _things_of(furnished: Furnished, database: Database, student: Person) -> dict[str, str]:
    """Give the student a session and a photo that only they may name."""
    files: FileStore = furnished.app.extensions["banshishi"].file_store
    kept = Kept(files.save(_photo(), "jpg"), "image/jpeg", 10, AttachmentKind.PHOTO)
    with database.transaction() as session:
        opened, _ = api_sessions.begin(session, student, device="平板", now=now())
        upload = pending_uploads.put(session, Actor.of_person(student), name="a.jpg", kept=kept, now=now())
        return {"session_id": opened.key, "upload_id": upload.token}


def _photo() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (8, 6)).save(picture, "JPEG")
    return picture.getvalue()
