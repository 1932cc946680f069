"""The OpenAPI document is one, complete, and says the same as docs/api.md and the application."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from web.api.openapi import document
from web.api.reference_markdown import markdown
from web.problems import PROBLEMS

ROOT = Path(__file__).resolve().parents[2]
_FILLED = re.compile("<(?:[a-z]+:)?")


def _operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": described
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    }


def _contents(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    body = described.get("requestBody", {}).get("content", {})
    answers = [
        (f"{status} {kind}", content)
        for status, answer in described["responses"].items()
        for kind, content in answer.get("content", {}).items()
    ]
    return [*((f"body {kind}", content) for kind, content in body.items()), *answers]


def test_document_is_a_valid_openapi_document() -> None:
    validate(document())

    assert document()["openapi"].startswith("3.1.")


def test_every_url_of_the_api_is_in_the_document_and_no_other(whole_app: Flask) -> None:
    served = {
        f"{method} {_FILLED.sub('{', rule.rule).replace('>', '}')}"
        for rule in whole_app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert set(_operations()) == served


def test_every_example_is_what_its_schema_says() -> None:
    wrong, without = [], []
    for label, described in _operations().items():
        for where, content in _contents(described):
            if not where.endswith("json"):
                continue
            schema = content["schema"] | {"components": document()["components"]}
            examples = [content["example"]] if "example" in content else []
            examples += [each["value"] for each in content.get("examples", {}).values()]
            if not examples:
                without.append(f"{label} {where}")
            validator = Draft202012Validator(schema)
            wrong += [
                f"{label} {where}: {fault.message}"
                for each in examples
                for fault in validator.iter_errors(each)
            ]

    assert (wrong, without) == ([], [])


def test_every_operation_is_told_in_words() -> None:
    silent = [
        f"{label} {parameter['name']}"
        for label, described in _operations().items()
        for parameter in described["parameters"]
        if not parameter["description"]
    ]
    silent += [label for label, described in _operations().items() if not described["summary"]]
    names = [described["operationId"] for described in _operations().values()]

    assert silent == []
    assert len(names) == len(set(names))


def test_every_problem_is_answered_by_some_operation() -> None:
    told = set(re.findall(r'"code": "(\w+)"', json.dumps(document())))

    # This one is met where there is no operation.
    assert told >= set(PROBLEMS) - {"method_not_allowed"}


def test_reference_in_docs_is_up_to_date() -> None:
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    assert written == markdown(), "the API has changed: run `make docs`"


@pytest.fixture
def whole_app(make_settings: Any, sqlite: Any) -> Flask:
    """The whole web application."""
    from web.application import create_web

    return create_web(make_settings(), sqlite)


def test_document_and_page_are_kept_until_they_change(whole_app: Flask) -> None:
    client = whole_app.test_client()

    for path in ("/api/openapi.json", "/api/docs"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert "Set-Cookie" not in first.headers
    assert client.get("/api/openapi.json").json == document()


def test_page_names_every_operation_and_loads_nothing_from_elsewhere(whole_app: Flask) -> None:
    from tests.support.pages import Visitor, words_of

    page = Visitor(whole_app).get("/api/docs")

    assert {node["id"] for node in page.select("main article[id]")} >= {
        described["operationId"] for described in _operations().values()
    }
    places = {f"#{node['id']}" for node in page.select("[id]")}
    assert [link["href"] for link in page.select("a[href^='#']") if link["href"] not in places] == []
    told = words_of(page.select_one("#problems").find_parent("section"))
    assert [code for code in PROBLEMS if code not in told] == []


def test_errors_outside_the_operations_are_problems_too(whole_app: Flask) -> None:
    client = whole_app.test_client()

    unknown, wrong = client.get("/api/v1/wishes"), client.patch("/api/v1/complaints")

    assert (unknown.status_code, unknown.json["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert "Access-Control-Allow-Origin" not in client.options("/api/v1/complaints").headers
