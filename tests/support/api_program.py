"""A mini program on somebody's phone, as far as it calls the API."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from domain import api_sessions
from models.database import Database
from models.person import Person
from web.clock import now

MINI_APP = {
    "miniprogram_app_id": "wxsimmini000000001",
    "miniprogram_secret": "sim-mini-secret-00000000000000000",
}


def token_of(database: Database, person: Person, device: str = "手机") -> str:
    """Sign a person in without asking WeChat."""
    with database.transaction() as session:
        return api_sessions.begin(session, person, device=device, now=now())[1]


@dataclass
class Program:
    """One program on one device.

    Attributes:
        token: empty when nobody is signed in.
    """

    app: Flask
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **query: object
    ) -> TestResponse:
        """Call an operation below /api/v1."""
        sent = dict(self.headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else None
        return self.app.test_client(use_cookies=False).open(
            f"/api/v1{path}", method=method, data=data, headers=sent, query_string=dict(query) or None
        )

    def get(self, path: str, **query: object) -> Any:
        """Read what is there."""
        return self._well(self.call("GET", path, **query))

    def post(self, path: str, body: object, *, key: str | None = None) -> Any:
        """Send something that is accepted."""
        return self._well(self.call("POST", path, body, key=key))

    def put(self, path: str, body: object) -> Any:
        """Put something that is accepted."""
        return self._well(self.call("PUT", path, body))

    def delete(self, path: str, **query: object) -> None:
        """Delete something that can be."""
        assert self.call("DELETE", path, **query).status_code == 204

    def file(self, **changes: object) -> Any:
        """File a complaint that is accepted."""
        body: Mapping[str, object] = {"kind": "suggestion", "text": "希望图书馆多开一个小时"} | changes
        return self.post("/complaints", body, key=secrets.token_hex(16))

    @staticmethod
    def _well(answer: TestResponse) -> Any:
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.json


def refusal(answer: TestResponse) -> tuple[int, str, str | None]:
    """Give status, code and field of a problem, after looking at its form."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, answer.json["code"], answer.json["field"]
