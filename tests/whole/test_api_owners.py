"""Of what belongs to others a person meets nothing in the API: every operation is tried, new ones as well."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from domain import api_sessions
from models.database import Database
from models.enums import ComplaintStatus as S
from tests.conftest import NOW
from tests.support import api_roles
from tests.support.api_program import token_of
from tests.support.factories import Factory
from tests.support.file_links import signed
from tests.support.furnished import Furnished, furnish
from tests.support.restoring import Restored, restoring
from tests.support.settings import settings_in
from web.api.openapi import document, path_parts
from web.api.operations import OPERATIONS, PREFIX, Operation
from web.application import create_web
from web.clock import now
from web.rate_limits import limiter

# What names something that belongs to somebody, as nobody's would be named; None for what all may read.
NOBODYS: dict[str, str | None] = {
    "attachment_id": "999999999",
    "bulletin": None,
    "code": None,
    "item": None,
    "matter": None,
    "notice_id": "999999999",
    "number": "2026-1123-9999",
    "push": None,
    "session_id": "A" * 22,
    "survey": None,
    "upload_id": "A" * 24,
}
# What a complaint must have come to before its owner can do this with it.
STATES = {"rate": S.RESOLVED, "reopen": S.CLOSED, "appeal": S.REJECTED}
# Where the owner does not succeed: there is no mini program here, their accounts are linked already, and
# the survey runs.
REFUSED = {
    "create_session": 503,
    "read_phone": 503,
    "create_link": 403,
    "confirm_link": 403,
    "read_survey_results": 403,
}


@dataclass
class Tried:
    """The office with one of everything; what a test writes is undone."""

    furnished: Furnished
    database: Database
    kept: Restored


@pytest.fixture(scope="module")
def office(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """Furnish once for all tests of this file."""
    folder = tmp_path_factory.mktemp("owners")
    shutil.copy(migrated_sqlite_file, folder / "test.db")
    database = Database(f"sqlite:///{folder}/test.db")
    with time_machine.travel(NOW, tick=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter, "enabled", False)
        app = create_web(settings_in(folder), database)
        app.testing = True
        yield Tried(furnish(app, database, Factory(NOW)), database, restoring(database))
    database.close()


@pytest.fixture
def tried(office: Tried) -> Iterator[Tried]:
    """The office as it was furnished."""
    yield office
    office.kept.restore()


def _rule(app: Flask, declared: Operation) -> Rule:
    [found] = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule == PREFIX + declared.rule and declared.method in (rule.methods or ())
    ]
    return found


def _owned(declared: Operation) -> list[str]:
    unknown = set(path_parts(declared)) - set(NOBODYS)
    assert not unknown, f"{declared.name}: say in NOBODYS who may read what {unknown} names"
    return [name for name in path_parts(declared) if NOBODYS[name] is not None]


def _told(answer: TestResponse) -> tuple[int, Any, list[tuple[str, str]]]:
    """Give all that an answer says, but for the number of its request."""
    said = json.loads(answer.data) if answer.is_json else answer.data
    if isinstance(said, dict):
        said.pop("request_id", None)
    return answer.status_code, said, sorted(pair for pair in answer.headers if pair[0] != "X-Request-Id")


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def test_without_a_token_that_lives_nothing_is_told(tried: Tried) -> None:
    furnished, sqlite = tried.furnished, tried.database
    with sqlite.transaction() as session:
        student = session.merge(furnished.readers["person"])
        over, ended = api_sessions.begin(session, student, device="", now=now())
        api_sessions.end(session, student, key=over.key, now=now())
    ways = {
        "token_missing": ("admin", ""),
        "token_unknown": ("nobody", "x"),
        "session_ended": ("person", ended),
    }
    things = api_roles.things_of(furnished, furnished.readers["person"])

    for declared in OPERATIONS:
        rule = _rule(furnished.app, declared)
        path = api_roles.address(furnished, rule, things)
        for code, (role, token) in ways.items():
            answer = api_roles.send(furnished.client(role), declared.method, rule, path, token)
            if not declared.is_open:
                assert (answer.status_code, answer.json and answer.json["code"]) == (401, code), declared.name
            else:
                assert answer.status_code != 401, declared.name


def test_what_belongs_to_somebody_else_is_answered_as_what_does_not_exist(tried: Tried) -> None:
    furnished, sqlite = tried.furnished, tried.database
    student, client = furnished.readers["person"], furnished.app.test_client(use_cookies=False)
    things = api_roles.things_of(furnished, student)
    private = {furnished.named, furnished.anonymous, *things.values()}
    token = token_of(sqlite, furnished.readers["stranger"])
    kept = restoring(sqlite)

    for declared in OPERATIONS:
        rule, owned, met = _rule(furnished.app, declared), _owned(declared), []
        for named in (things, things | {name: str(NOBODYS[name]) for name in owned}):
            path = api_roles.address(furnished, rule, named)
            if "/attachments/" in path:  # as somebody copied it
                path = signed(furnished.app, path, student)
            with _statements(sqlite) as sent:
                answer = api_roles.send(client, declared.method, rule, path, token)
            met.append((_told(answer), sent))
            answer.close()
        if owned:
            theirs, nobodys = met
            assert theirs == nobodys, declared.name
            assert theirs[0][0] == 404, declared.name
            assert not kept.restore(), f"{declared.name} wrote something"
        else:
            assert not any(thing in str(met[0][0][1]) for thing in private), declared.name
            kept.restore()
    kept.close()


def test_owner_is_refused_nothing(tried: Tried) -> None:
    furnished, sqlite = tried.furnished, tried.database
    student, client = furnished.readers["person"], furnished.app.test_client(use_cookies=False)
    with sqlite.transaction() as session:
        found = {
            name: furnished.factory.complaint(session, furnished.office, status).number
            for name, status in STATES.items()
        }
    found["join_complaint"] = furnished.values["h5_board.item.number"]
    things = api_roles.things_of(furnished, student)
    token = token_of(sqlite, student)
    kept, refused = restoring(sqlite), {}

    for declared in OPERATIONS:
        rule = _rule(furnished.app, declared)
        named = things | ({"number": found[declared.name]} if declared.name in found else {})
        path = api_roles.address(furnished, rule, named)
        if "/attachments/" in path:
            path = signed(furnished.app, path, student)
        answer = api_roles.send(client, declared.method, rule, path, token)
        if answer.status_code >= 400:
            refused[declared.name] = answer.status_code
        answer.close()
        kept.restore()
    kept.close()

    assert refused == REFUSED


def test_no_body_takes_what_the_document_does_not_name() -> None:
    schemas, waiting, loose = document()["components"]["schemas"], [], []
    waiting += [declared.body.__name__ for declared in OPERATIONS if declared.body is not None]
    seen = set(waiting)
    while waiting:
        schema = schemas[waiting.pop()]
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            loose.append(schema)
        inner = {ref.rpartition("/")[2] for ref in _references(schema)} - seen
        seen |= inner
        waiting += sorted(inner)

    assert loose == []


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from ([schema["$ref"]] if "$ref" in schema else [])
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def test_every_method_is_one_that_a_mini_program_can_send() -> None:
    # https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
    assert {declared.method for declared in OPERATIONS} <= {"GET", "POST", "PUT", "DELETE"}
