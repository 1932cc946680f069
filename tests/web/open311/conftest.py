"""A portal that speaks GeoReport v2, and whether every answer has the shape of the standard."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from lxml import etree
from werkzeug.test import TestResponse

from models.database import Database
from tests.support.connected import ALL_RIGHTS, connect
from tests.support.factories import Factory, Office
from tests.web.h5.conftest import World
from web.clock import now

FOLDER = Path(__file__).parent
# Written by hand from https://wiki.open311.org/GeoReport_v2/.
XML = etree.XMLSchema(etree.parse(str(FOLDER / "georeport_v2.xsd")))
JSON = json.loads((FOLDER / "georeport_v2.json").read_text(encoding="utf-8"))


def shape_of(path: str, answer: TestResponse) -> str:
    """Name the shape that an answer must have."""
    if answer.status_code >= 400:
        return "errors"
    place = path.partition("?")[0]
    for start, shape in (
        ("/v2/services/", "service_definition"),
        ("/v2/services", "services"),
        ("/v2/tokens", "tokens"),
        ("/discovery", "discovery"),
    ):
        if place.startswith(start):
            return shape
    return "created" if answer.request.method == "POST" else "service_requests"


def check(path: str, answer: TestResponse) -> Any:
    """Hold an answer to the standard, and give what it says, as JSON has it, or the root of the XML."""
    shape = shape_of(path, answer)
    if answer.content_type == "application/json; charset=utf-8":
        schema = {"$ref": f"#/$defs/{shape}", "$defs": JSON["$defs"]}
        jsonschema.validate(answer.json, schema, jsonschema.Draft202012Validator)
        return answer.json
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.data.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = etree.fromstring(answer.data)
    XML.assertValid(root)
    return root


@dataclass
class Portal:
    """One program of others.

    Attributes:
        key: empty for none.
    """

    app: Flask
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, *, answers: int = 200, **query: Any) -> Any:
        """Ask for something below /open311, and check the shape of the answer."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        answer = self.app.test_client(use_cookies=False).get(
            f"/open311{path}", headers=sent | self.headers, query_string=dict(query) or None
        )
        assert answer.status_code == answers, answer.get_data(as_text=True)
        return check(path, answer)

    def post(
        self,
        form: Mapping[str, object],
        *,
        status: int = 201,
        path: str = "/v2/requests.json",
        **headers: str,
    ) -> Any:
        """File something, and check the shape of the answer."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.app.test_client(use_cookies=False).post(
            f"/open311{path}", data={"api_key": self.key, **form}, headers=self.headers | sent
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        return check(path, answer)

    def file(self, **changes: object) -> str:
        """File something that is accepted, and give its number."""
        form: dict[str, object] = {
            "service_code": "other",
            "description": "水龙头关不紧",
            "address_string": "东区 3 号楼",
        }
        [filed] = self.post(form | changes)
        return str(filed["service_request_id"])


MakePortal = Callable[..., Portal]


@pytest.fixture
def world(app: Flask, database: Database, office: Office, factory: Factory) -> World:
    """The office, with the clock standing still."""
    return World(app, database, office, factory)


@pytest.fixture
def portal(app: Flask, database: Database, office: Office) -> MakePortal:
    """Give a portal with a key of its own; `system` holds its row."""

    def make(name: str = "市热线", **changes: Any) -> Portal:
        with database.transaction() as session:
            admin = session.merge(office.admin)
            _, key = connect(session, admin, name, now=now(), **({"rights": ALL_RIGHTS} | changes))
        return Portal(app, key)

    return make


@pytest.fixture
def stranger(app: Flask) -> Portal:
    """A program without a key."""
    return Portal(app)
