"""Pages, forms and the interfaces for programs: whatever is asked or sent, it is never an error of ours.

Which fields an address reads is learnt while it is read, beginning with the forms as they stand on the pages.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Flask, request
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.drills.fuzz.office import Site, put_back_each_time, whole_site
from tests.drills.fuzz.pieces import Check, Examples
from tests.drills.fuzz.wild import WILD_FIELD, WILD_JSON, WILD_TEXT
from tests.support.api_program import token_of
from tests.support.connected import connect
from tests.support.filled_forms import forms_of
from tests.support.furnished import ROLES
from web.api.openapi import document

_NAMES = ("page", "q", "sort", "number", "text", "words", "until", "day", "team_id", "place", "seen", "next")
_EDIT = st.tuples(st.integers(0, 200), st.sampled_from(["set", "set", "set", "drop", "file"]), WILD_FIELD)
_ASKED: defaultdict[str, set[str]] = defaultdict(set)
# The platform refused or was away, we are busy, the disk is full: each is said in a sentence.
_ON_PURPOSE = {502, 503, 507}
_PARAMETER = re.compile(r"<(?:[^<>:]+(?:\([^()]*\))?:)?(\w+)>")


class _Asked(ImmutableMultiDict[str, str]):
    """Notes which names an address asks for."""

    def get(self, key: Any, *given: Any, **more: Any) -> Any:
        self._note(key)
        return super().get(key, *given, **more)

    def getlist(self, key: Any, *given: Any, **more: Any) -> Any:
        self._note(key)
        return super().getlist(key, *given, **more)

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def _note(self, key: object) -> None:
        if isinstance(key, str) and key.isidentifier() and request and request.url_rule:
            _ASKED[request.url_rule.rule].add(key)


def _learning(app: Flask) -> None:
    class Noting(app.request_class):  # type: ignore[name-defined, misc]
        parameter_storage_class = _Asked

    app.request_class = Noting


def _rules(app: Flask, method: str, wanted: Callable[[str], bool]) -> list[Rule]:
    found = [
        rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()) and wanted(rule.rule)
    ]
    return sorted(found, key=lambda rule: rule.rule)


def _rule_of(app: Flask, path: str) -> str:
    with suppress(HTTPException):
        adapter = app.url_map.bind("localhost")
        return str(adapter.match(path.partition("?")[0], method="POST", return_rule=True)[0].rule)
    return ""


def _is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/open311/", "/wechat"))


def _path(site: Site, rule: Rule, wild: list[str]) -> str:
    """Give the address with something real in it, or with what is wild as far as that goes."""
    with suppress(AssertionError):  # not everything is there for each address
        real = site.furnished.address(rule)
        if not wild or not rule.arguments:
            return real
    given = iter(wild)
    parts = [str(site.furnished.values.get(name, "1")) for name in _PARAMETER.findall(rule.rule)]
    values = iter([quote(next(given, part)[:300], safe="") or "-" for part in parts])
    return _PARAMETER.sub(lambda _: next(values), rule.rule)


def _send(site: Site, exact: dict[str, Any]) -> None:
    """Send a request, and look at the answer.

    Raises:
        Exception: what was raised behind an error page, with the request beside it.
    """
    site.failures.clear()
    data = exact.get("data")
    if isinstance(data, dict):
        data = {name: _file(value) for name, value in data.items()}
    client = site.furnished.client(exact["role"]) if exact["role"] else site.furnished.app.test_client()
    # A signed address has parameters already, and takes no others.
    query = None if "?" in exact["path"] else exact.get("query")
    sent: dict[str, Any] = {"data": data, "headers": exact.get("headers"), "query_string": query}
    try:
        with client.open(exact["path"], method=exact["method"], **sent) as answer:
            status, kind = answer.status_code, answer.mimetype or ""
            text = answer.get_data()
            answer.request.environ["wsgi.input"].close()
        _raise_what_failed(site)
        assert status < 500 or status in _ON_PURPOSE, f"{status} for {exact['method']} {exact['path']}"
        if kind.endswith("json") and text:
            json.loads(text)
    except Exception as error:
        error.exact = exact  # type: ignore[attr-defined]
        error.add_note(f"{exact}")
        raise


def _raise_what_failed(site: Site) -> None:
    if site.failures:
        raise site.failures[-1]


def _file(value: Any) -> Any:
    return (BytesIO(value[1].encode()), value[2]) if isinstance(value, tuple) else value


def _edited(body: dict[str, Any], names: list[str], edits: list[tuple[int, str, Any]]) -> dict[str, Any]:
    body = dict(body)
    for at, what, value in edits:
        name = names[at % len(names)]
        if what == "drop":
            body.pop(name, None)
        elif what == "file":
            first = value if isinstance(value, str) else "".join(value)
            body[name] = ("file", first, f"{first[:20]}.jpg".replace("\0", ""))
        else:
            body[name] = value
    return body


@contextmanager
def _opened(make: Callable[[Site], Callable[[Any], dict[str, Any]]]) -> Iterator[Check]:
    with whole_site() as site:
        _learning(site.furnished.app)
        exact_of = make(site)

        def check(value: Any) -> None:
            _send(site, value if isinstance(value, dict) else exact_of(value))

        with put_back_each_time(site.folder, check) as checked:
            yield checked


def forms() -> Examples:
    """Every form of the admin and phone pages, with fields wild, missing, doubled, or files."""

    def make(site: Site) -> Callable[[Any], dict[str, Any]]:
        furnished = site.furnished
        filled = {role: forms_of(furnished, role) for role in ("admin", "dispatcher", "lead")}
        filled["person"] = forms_of(furnished, "person", below="/h5")
        usual = [
            (role, path, body) for role, found in filled.items() for path in found for body in found[path]
        ]
        rules = _rules(furnished.app, "POST", _is_page)

        def exact_of(value: Any) -> dict[str, Any]:
            (by_form, at, who, wild), edits = value
            if by_form:
                role, path, body = usual[at % len(usual)]
            else:
                rule = rules[at % len(rules)]
                people = ("person", "stranger") if rule.rule.startswith("/h5") else ROLES
                role, path, body = people[who % len(people)], _path(site, rule, wild), {}
            known = _ASKED[_rule_of(furnished.app, path)]
            names = sorted({*body, *known} - {"csrf_token"}) or list(_NAMES)
            data = _edited(body, names, edits) | {"csrf_token": furnished.token(role)}
            return {"method": "POST", "path": path, "role": role, "data": data}

        return exact_of

    where = st.tuples(st.booleans(), st.integers(0, 999), st.integers(0, 99), st.lists(WILD_TEXT, max_size=1))
    return Examples(st.tuples(where, st.lists(_EDIT, max_size=5)), lambda: _opened(make))


def pages() -> Examples:
    """Every address that is read, with wild parts and a wild query."""

    def make(site: Site) -> Callable[[Any], dict[str, Any]]:
        # What goes on without end is no page.
        rules = [
            rule
            for rule in _rules(site.furnished.app, "GET", lambda path: path != "/wechat")
            if "stream" not in rule.endpoint
        ]

        def exact_of(value: Any) -> dict[str, Any]:
            at, who, wild, edits = value
            rule = rules[at % len(rules)]
            names = sorted(_ASKED[rule.rule]) or list(_NAMES)
            edits = [(name, "set", text) for name, what, text in edits if what != "file"]
            role = ROLES[who % len(ROLES)]
            path = _path(site, rule, wild)
            if role in site.furnished.readers and not wild:
                path = site.furnished.as_read(role, path)
            return {"method": "GET", "path": path, "role": role, "query": _edited({}, names, edits)}

        return exact_of

    asked = st.tuples(
        st.integers(0, 999), st.integers(0, 99), st.lists(WILD_TEXT, max_size=2), st.lists(_EDIT, max_size=4)
    )
    return Examples(asked, lambda: _opened(make))


def api() -> Examples:
    """The JSON API and Open311, with wild bodies, queries, headers and parts of addresses."""

    def make(site: Site) -> Callable[[Any], dict[str, Any]]:
        furnished = site.furnished
        methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
        prefixes = ("/api/", "/open311/")
        rules = [
            (method, rule)
            for method in methods
            for rule in _rules(furnished.app, method, lambda path: path.startswith(prefixes))
        ]
        named = _body_names()
        bearer = {"Authorization": f"Bearer {token_of(site.database, furnished.office.student)}"}
        with site.database.transaction() as session:
            admin = session.merge(furnished.office.admin)
            _, key = connect(session, admin, "模糊测试", now=furnished.factory.now)

        def exact_of(value: Any) -> dict[str, Any]:
            at, wild, edits, (form, header) = value
            method, rule = rules[at % len(rules)]
            path = _path(site, rule, wild)
            is_open311 = rule.rule.startswith("/open311/")
            headers = {} if is_open311 else dict(bearer)
            headers |= (
                {"Idempotency-Key": header} if header and header.isascii() and header.isprintable() else {}
            )
            known = sorted({*_ASKED[rule.rule], *named.get((method, rule.rule), ())}) or list(_NAMES)
            plain = [(name, what, text) for name, what, text in edits if what != "file"]
            body = _edited({"api_key": key} if is_open311 else {}, known, plain)
            exact: dict[str, Any] = {"method": method, "path": path, "role": "", "headers": headers}
            if method == "GET" or form == "query":
                return exact | {"query": {name: _flat(part) for name, part in body.items()}}
            if is_open311 or form == "form":
                return exact | {"data": {name: _flat(part) for name, part in body.items()}}
            headers["Content-Type"] = "application/json"
            return exact | {"data": json.dumps(body) if form == "json" else str(body)}

        return exact_of

    edit = st.tuples(st.integers(0, 200), st.sampled_from(["set", "set", "drop"]), WILD_JSON)
    form = st.sampled_from(["json", "json", "json", "form", "query", "text"])
    how = st.tuples(form, WILD_TEXT)
    asked = st.tuples(st.integers(0, 999), st.lists(WILD_TEXT, max_size=1), st.lists(edit, max_size=6), how)
    return Examples(asked, lambda: _opened(make))


def _flat(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value)


def _body_names() -> dict[tuple[str, str], set[str]]:
    """Name what the bodies and queries of the documented operations may hold."""
    described = document()
    shapes = described.get("components", {}).get("schemas", {})
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, operations in described["paths"].items():
        rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            names = {
                one.get("name", "") for one in operation.get("parameters", []) if one.get("in") == "query"
            }
            said = json.dumps(operation.get("requestBody", {}))
            for shape in re.findall(r"schemas/(\w+)", said):
                names |= set(shapes.get(shape, {}).get("properties", {}))
            names |= set(re.findall(r'"properties": \{"(\w+)"', said))
            for prefix in ("", "/api/v1"):
                found[method.upper(), f"{prefix}{rule}"] |= names
    return found
