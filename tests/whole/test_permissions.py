"""Every URL is tried as everybody: the list beside this file says what each may do, and is read in review."""

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from domain.file_store import LocalFileStore
from models.database import Database
from tests.support import api_roles
from tests.support.furnished import ROLES, Furnished
from tests.support.restoring import restoring

LIST = Path(__file__).with_name("permissions.txt")
# What is sent where an empty form would be refused for what it holds, before anybody asks who sends it.
BODIES: dict[str, dict[str, str]] = {
    "/admin/complaints/<number>/acts/<step>": {"words": "已看过"},
    "/admin/complaints/<number>/links": {"other": "$other"},
    "/admin/menu/button": {"at": "0"},
    "/admin/menu/move": {"at": "0"},
    "/admin/menu/remove": {"at": "0"},
    "/admin/surveys/<int:survey_id>/texts/<sheet>": {"state": "released"},
}


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Give all URLs with each method they answer, in the order of their paths."""
    pairs = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(pairs, key=lambda pair: (pair[1].rule, pair[0]))


def ask(furnished: Furnished, role: str, method: str, rule: Rule) -> TestResponse:
    if rule.rule.startswith(api_roles.PREFIX):
        return api_roles.ask(furnished, role, method, rule)
    client, path = furnished.client(role), furnished.as_read(role, furnished.address(rule))
    if method == "GET":
        return client.get(path)
    body = {"csrf_token": furnished.token(role)}
    for name, value in BODIES.get(rule.rule, {}).items():
        body[name] = str(furnished.values[value[1:]]) if value.startswith("$") else value
    return client.open(path, method=method, data=body)


def answer_of(answer: TestResponse) -> str:
    """Name what somebody met: the thing itself, the door, or a refusal."""
    leads = answer.headers.get("Location", "")
    if answer.status_code == 401 or leads.startswith(("/admin/sign-in?", "/h5/oauth/begin")):
        return "door"
    if leads == "/admin/sign-in" and answer.request.path != "/admin/sign-out":
        return "door"
    if answer.status_code in {400, 403, 404} or answer.status_code >= 500:
        return str(answer.status_code)
    return "ok"


def test_everybody_meets_what_the_list_says(
    furnished: Furnished, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite.engine.url.database
    # Rows that were taken away are put back for the next one who asks; their files could not be.
    monkeypatch.setattr(LocalFileStore, "delete", lambda _self, _key: None)
    kept = restoring(sqlite)
    found = [f"{'':5} {'':60} {' '.join(f'{role:10}' for role in ROLES)}".rstrip()]
    for method, rule in routes(furnished.app):
        met = []
        for role in ROLES:
            answer = ask(furnished, role, method, rule)
            met.append(answer_of(answer))
            answer.close()
            kept.restore()
        found.append(f"{method:5} {rule.rule:60} {' '.join(f'{word:10}' for word in met)}".rstrip())
    kept.close()

    listed = LIST.read_text(encoding="utf-8").splitlines()
    differing = [line for line in found if line not in listed], [line for line in listed if line not in found]
    assert differing == ([], []), f"look who may do this, then mend {LIST.name}"
    assert len(found) == len(listed)
