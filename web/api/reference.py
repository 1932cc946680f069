"""The operations in a form that people read: for the page /api/docs and for docs/api.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from web.api.conventions import TAGS
from web.api.openapi import (
    Json,
    document,
    limit_words,
    path_of,
    problems_of,
    schemas,
)
from web.api.operations import OPERATIONS, Operation
from web.api.shapes import example_of
from web.problems import PROBLEMS

_KINDS = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "true/false",
    "object": "对象",
    "null": "null",
}
_BOUNDS = (
    ("maxLength", "最多 {} 字"),
    ("maxItems", "最多 {} 项"),
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
)


@dataclass(frozen=True)
class Row:
    """One parameter or member.

    Attributes:
        shape: the name of the shape it is made of; empty for a plain value.
    """

    name: str
    kind: str
    required: bool
    words: str
    shape: str = ""
    where: str = ""


@dataclass(frozen=True)
class ProblemRow:
    """One error."""

    status: int
    code: str
    title: str
    advice: str


@dataclass(frozen=True)
class Entry:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    limit: str
    is_open: bool
    parameters: Sequence[Row]
    body: str
    files: Sequence[str]
    body_example: str
    status: int
    answer: str
    media: Sequence[str]
    answer_example: str
    problems: Sequence[ProblemRow]


@dataclass(frozen=True)
class Section:
    """The operations of one tag."""

    tag: str
    words: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Shape:
    """One object that is sent or answered."""

    name: str
    rows: Sequence[Row]


@cache
def sections() -> list[Section]:
    """Give all operations, by tag, in their order."""
    return [
        Section(tag, words, [_entry(one) for one in OPERATIONS if one.tag == tag])
        for tag, words in TAGS.items()
    ]


@cache
def shapes() -> list[Shape]:
    """Give all objects, in the order of their names."""
    return [
        Shape(name, [_row(key, each, schema) for key, each in schema["properties"].items()])
        for name, schema in sorted(schemas().items())
        if schema.get("type") == "object"
    ]


@cache
def problem_rows() -> list[ProblemRow]:
    """Give all errors, by status."""
    return [_problem(code) for code in sorted(PROBLEMS, key=lambda code: PROBLEMS[code].status)]


def _problem(code: str) -> ProblemRow:
    known = PROBLEMS[code]
    return ProblemRow(known.status, code, known.title, known.advice)


def _entry(declared: Operation) -> Entry:
    described = document()["paths"][path_of(declared)][declared.method.lower()]
    return Entry(
        name=declared.name,
        method=declared.method,
        path=path_of(declared),
        summary=declared.summary,
        description=declared.description,
        limit=limit_words(declared),
        is_open=declared.is_open,
        parameters=[_parameter(each) for each in described["parameters"]],
        body=_name(declared.body),
        files=declared.files,
        body_example=_example(declared.body),
        status=int(declared.status),
        answer=_name(declared.answer),
        media=declared.media,
        answer_example=_example(declared.answer),
        problems=[_problem(code) for code in problems_of(declared)],
    )


def _name(model: type[BaseModel] | None) -> str:
    return model.__name__ if model is not None else ""


def _example(model: type[BaseModel] | None) -> str:
    return json.dumps(example_of(model), ensure_ascii=False, indent=2) if model is not None else ""


def _parameter(described: Json) -> Row:
    where = {"path": "网址", "query": "查询", "header": "请求头"}[described["in"]]
    row = _row(described["name"], described["schema"], {})
    return Row(row.name, row.kind, described["required"], described["description"], "", where)


def _row(name: str, schema: Json, owner: Json) -> Row:
    shape = _shape_in(schema)
    return Row(
        name=name,
        kind=_kind(schema),
        required=name in owner.get("required", ()),
        words=schema.get("description", ""),
        shape=shape if shape and schemas()[shape].get("type") == "object" else "",
    )


def _shape_in(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    inner: list[Json] = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    return next((found for each in inner if (found := _shape_in(each))), "")


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name if schemas()[name].get("type") == "object" else _kind(schemas()[name])
    if "anyOf" in schema:
        return " 或 ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "、".join(_plain(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return _bounded(f"{_kind(schema['items'])} 的数组", schema)
    if schema.get("format") == "date-time":
        return "时间"
    return _bounded(_KINDS[schema["type"]], schema)


def _plain(value: Any) -> str:  # noqa: ANN401 (JSON)
    return str(value)


def _bounded(words: str, schema: Json) -> str:
    bounds = [form.format(schema[name]) for name, form in _BOUNDS if name in schema]
    return f"{words}（{'，'.join(bounds)}）" if bounds else words
