"""The OpenAPI 3.1 document, made of the declared operations.

https://spec.openapis.org/oas/v3.1.0.html
"""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from web.api.conventions import SUMMARY, TAGS, TEXT, TITLE, VERSION
from web.api.operations import OPERATIONS, PATH_PARTS, PREFIX, Key, Operation
from web.api.parsing import JSON, KEY_HEADER
from web.api.shapes import Asked, Shown, example_of
from web.problems import CONTENT_TYPE, PROBLEMS, FieldError, problem_body

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_REQUEST_ID = "4f2a9c01d3be"
_FIELDS = {"invalid": "text", "idempotency_key_reused": KEY_HEADER}
_ALWAYS = ("rate_limited", "internal_error", "busy")
_WITH_TOKEN = ("token_missing", "token_unknown", "session_ended", "session_expired")
_WITH_BODY = ("bad_request", "too_large", "unsupported_media_type", "invalid")


class FieldProblem(Shown):
    """What is wrong with one field."""

    field: str = Field(description="有问题的那一项，按请求里的名字", examples=["text"])
    message: str = Field(description="哪里不对", examples=["请写几句话说明情况，或附上照片、语音。"])


class ProblemOut(Shown):
    """An error (RFC 9457)."""

    type: str = Field(description="这种错误的说明在哪里", examples=["/api/docs#problem-invalid"])
    title: str = Field(description="是什么错误", examples=["内容需要修改"])
    status: int = Field(description="HTTP 状态", examples=[422])
    detail: str = Field(
        description="可以给用户看的一句话", examples=["请写几句话说明情况，或附上照片、语音。"]
    )
    code: str = Field(description="给程序判断的代码，含义不变", examples=["invalid"])
    field: str | None = Field(description="有问题的那一项", examples=["text"])
    errors: list[FieldProblem] = Field(description="全部问题")
    request_id: str = Field(description="请求编号", examples=[_REQUEST_ID])


def path_of(declared: Operation) -> str:
    """Give the address as OpenAPI writes it: /api/v1/complaints/{number}."""
    return PREFIX + _PART.sub(r"{\1}", declared.rule)


def path_parts(declared: Operation) -> list[str]:
    """Name the parts of the address that are filled in."""
    return _PART.findall(declared.rule)


def problems_of(declared: Operation) -> list[str]:
    """Name all errors that an operation may answer, by status."""
    codes = [*declared.problems, *_ALWAYS]
    codes += () if declared.is_open else _WITH_TOKEN
    codes += ["not_found"] if path_parts(declared) else []
    codes += ["invalid"] if declared.query else []
    codes += _WITH_BODY if declared.body or declared.files else ()
    codes += [] if declared.key is Key.NONE else ["invalid", "idempotency_key_reused"]
    return sorted(set(codes), key=lambda code: (PROBLEMS[code].status, list(PROBLEMS).index(code)))


def models_in_use() -> list[type[BaseModel]]:
    """List the models of bodies and answers, each once."""
    found = [model for one in OPERATIONS for model in (one.body, one.answer) if model is not None]
    return list(dict.fromkeys([*found, ProblemOut]))


@cache
def document() -> Json:
    """Build the document; it is the same for as long as the process lives."""
    paths: dict[str, Json] = {}
    for declared in OPERATIONS:
        paths.setdefault(path_of(declared), {})[declared.method.lower()] = _operation(declared)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "summary": SUMMARY, "description": TEXT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "POST /api/v1/sessions 给的凭证"}
            },
        },
    }


@cache
def schemas() -> Json:
    """Give the schemas of all models in use, and of what they are made of."""
    wanted: list[tuple[type[BaseModel], Any]] = [
        (model, "validation" if issubclass(model, Asked) else "serialization") for model in models_in_use()
    ]
    wanted += [(one.query, "validation") for one in OPERATIONS if one.query is not None]
    _, whole = models_json_schema(wanted, ref_template=_REFERENCE)
    queries = {one.query.__name__ for one in OPERATIONS if one.query is not None}
    found = {name: schema for name, schema in whole["$defs"].items() if name not in queries}
    # What pydantic takes from our docstrings is for who reads the code.
    for schema in found.values():
        schema.pop("description", None)
    return {name: _without_titles(schema) for name, schema in found.items()}


def _without_titles(schema: Json) -> Json:
    """Take out the titles that pydantic makes of the names, at every depth."""
    found = {name: each for name, each in schema.items() if name != "title" or not isinstance(each, str)}
    for name, each in found.items():
        if name == "properties":
            found[name] = {key: _without_titles(inner) for key, inner in each.items()}
        elif name == "items":
            found[name] = _without_titles(each)
        elif name == "anyOf":
            found[name] = [_without_titles(inner) for inner in each]
    return found


def query_schema(model: type[BaseModel]) -> Json:
    """Give the schema of what stands behind the ? of an address."""
    return model.model_json_schema(ref_template=_REFERENCE)


def _operation(declared: Operation) -> Json:
    described: Json = {
        "operationId": declared.name,
        "tags": [declared.tag],
        "summary": declared.summary,
        "description": "\n\n".join(filter(None, [declared.description, limit_words(declared)])),
        "parameters": _parameters(declared),
        "responses": _responses(declared),
        "security": [] if declared.is_open else [{"token": []}],
    }
    if declared.body is not None:
        content = {JSON: _json_content(declared.body)}
        described["requestBody"] = {"required": True, "content": content}
    elif declared.files:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": _files(declared)}}
    return described


def limit_words(declared: Operation) -> str:
    """Say how often it may be called, in Chinese."""
    found = re.findall(r"(\d+) per (?:(\d+) )?(minute|hour|day)", declared.limit)
    units = {"minute": "分钟", "hour": "小时", "day": "天"}
    each = [f"每{f' {span} ' if span else ''}{units[unit]} {count} 次" for count, span, unit in found]
    who = "每个地址" if declared.is_open else "每人"
    return f"频率：{who}{'、'.join(each)}。"


def _files(declared: Operation) -> Json:
    one = {"type": "string", "contentMediaType": "application/octet-stream", "description": "照片或录音"}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(declared.files, one),
        "required": list(declared.files),
    }
    return {"schema": schema, "example": dict.fromkeys(declared.files, "（文件的内容）")}


def _json_content(model: type[BaseModel]) -> Json:
    return {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}, "example": example_of(model)}


def _parameters(declared: Operation) -> list[Json]:
    found = [_path_parameter(name) for name in path_parts(declared)]
    if declared.query is not None:
        schema = query_schema(declared.query)
        required = schema.get("required", [])
        found += [
            _query_parameter(name, each, is_required=name in required)
            for name, each in schema["properties"].items()
        ]
    if declared.key is not Key.NONE:
        found.append(
            {
                "name": KEY_HEADER,
                "in": "header",
                "required": declared.key is Key.REQUIRED,
                "description": "用户每点一次生成一个；没有收到回答时用同一个重发",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"},
                "example": "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d",
            }
        )
    if declared.tagged:
        found.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "上次回答的 ETag；没有变化时回答 304",
                "schema": {"type": "string"},
                "example": '"9f86d081884c7d659a2feaa0c55ad015"',
            }
        )
    return found


def _path_parameter(name: str) -> Json:
    part = PATH_PARTS[name]
    if isinstance(part.example, int):
        schema: Json = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
    else:
        schema = {"type": "string", "pattern": part.pattern}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": part.description,
        "schema": schema,
        "example": part.example,
    }


def _query_parameter(name: str, schema: Json, *, is_required: bool) -> Json:
    schema = dict(schema)
    kinds = schema.pop("anyOf", None)
    if kinds:  # a parameter that is not there is not null
        schema = {**next(kind for kind in kinds if kind.get("type") != "null"), **schema}
    if schema.get("default", 0) is None:
        schema.pop("default")
    description, examples = schema.pop("description", ""), schema.pop("examples", None)
    schema.pop("title", None)
    found: Json = {
        "name": name,
        "in": "query",
        "required": is_required,
        "description": description,
        "schema": schema,
    }
    return found | ({"example": examples[0]} if examples else {})


def _responses(declared: Operation) -> Json:
    found: Json = {str(declared.status): _success(declared)}
    if declared.media:
        found["206"] = _success(declared) | {"description": "请求头 Range 要的那一段"}
    if declared.tagged:
        found["304"] = {"description": "没有变化", "headers": _headers({"ETag": "内容的标记"})}
    by_status: dict[int, list[str]] = {}
    for code in problems_of(declared):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    for status, codes in by_status.items():
        found[str(status)] = _refusal(status, codes)
    return found


def _success(declared: Operation) -> Json:
    extra = {"ETag": "内容的标记"} if declared.tagged else {}
    success: Json = {
        "description": "成功" if declared.answer or declared.media else "成功，没有内容",
        "headers": _headers({**extra, **declared.headers}),
    }
    if declared.answer is not None:
        success["content"] = {JSON: _json_content(declared.answer)}
    elif declared.media:
        success["content"] = {kind: {"schema": {"type": "string"}} for kind in declared.media}
    return success


def _refusal(status: int, codes: list[str]) -> Json:
    extra = {}
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        extra["Retry-After"] = "多少秒以后再试"
    if status == HTTPStatus.UNAUTHORIZED:
        extra["WWW-Authenticate"] = "Bearer"
    examples = {code: {"summary": PROBLEMS[code].title, "value": example_problem(code)} for code in codes}
    schema = {"$ref": _REFERENCE.format(model=ProblemOut.__name__)}
    return {
        "description": "；".join(f"{code} {PROBLEMS[code].title}" for code in codes),
        "headers": _headers(extra),
        "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
    }


def example_problem(code: str) -> Json:
    """Give an example of an error."""
    detail = PROBLEMS[code].example
    errors = [FieldError(_FIELDS[code], detail)] if code in _FIELDS else []
    return dict(problem_body(code, detail, errors=errors, request_id=_REQUEST_ID))


def _headers(extra: dict[str, str]) -> Json:
    named = {**extra, "X-Request-Id": "请求编号"}
    return {
        name: {"description": words, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, words in named.items()
    }
