"""How an operation of the API is declared: its view's annotations say what goes in and out.

    @operation("POST", "/complaints/<number>/urge", tag="诉求", summary="催办", key=Key.OPTIONAL)
    def urge(number: str, body: WordsIn) -> ComplaintOut: ...

`query` and `body` are read and checked before the view runs; what it returns is written as JSON. The same
declaration makes the OpenAPI document (`web/api/openapi.py`), so that the two cannot differ.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from http import HTTPStatus
from typing import Any, get_type_hints

from flask import Blueprint, after_this_request, g, request
from pydantic import BaseModel
from werkzeug.wrappers import Response

from domain.errors import NotFound
from web.api.parsing import read_body, read_query
from web.guards import open_to_all, token_only
from web.rate_limits import limiter

PREFIX = "/api/v1"
# More than anybody taps; a program that has run wild is stopped before it costs the others.
READING_LIMIT = "300 per minute"
# Of what is open to all: a whole campus may share an address.
OPEN_LIMIT = "600 per minute"


@dataclass(frozen=True)
class PathPart:
    """A part of an address that names something; what does not even look like one is not looked up."""

    pattern: str
    description: str
    example: str | int


PATH_PARTS: dict[str, PathPart] = {
    "number": PathPart(r"^\d{4}-\d{4}-\d{4,8}$", "诉求的编号", "2026-1123-0007"),
    "code": PathPart(r"^[A-Za-z0-9_-]{1,40}$", "服务点的代码（二维码里的 scene）", "p7f3a0c91be24"),
    "session_id": PathPart(r"^[A-Za-z0-9_-]{22}$", "登录的 id", "nC2m0Cq3l2mWv7b1rX8k1A"),
    "upload_id": PathPart(r"^[A-Za-z0-9_-]{1,43}$", "照片的 id", "4Jx0QqLx9B7wZr1cS8fQmN0d"),
    "item": PathPart(r"^\d{4}-\d{4}-\d{4,8}$", "公示的诉求的编号", "2026-1120-0003"),
    "matter": PathPart(r"^[A-Z]-\d{4}-\d{4,8}$", "事项的编号", "B-2026-0012"),
    "bulletin": PathPart(r"^\d{4}-\d{2,4}$", "通报的期号", "2026-03"),
    "survey": PathPart(r"^[A-Za-z0-9_-]{1,20}$", "测评的代码", "x3Qm7vYq0cUu"),
    "push": PathPart(r"^[A-Za-z0-9_-]{1,20}$", "推送的代码", "k7Rm2vYq0cUu"),
    "notice_id": PathPart(r"^[0-9]{1,9}$", "通知的 id", 41),
    "attachment_id": PathPart(r"^[0-9]{1,9}$", "附件的 id", 12),
}
_NOT_FOUND = "没有找到。网址可能不完整。"


class Key(Enum):
    """Whether an operation takes the header Idempotency-Key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class Operation:
    """One method of one address.

    Attributes:
        rule: Flask's, below PREFIX.
        summary, description: for who builds on the API, in Chinese.
        status: of success.
        answer: what success holds; None for an answer without content.
        media: content types of an answer that is no JSON.
        problems: codes it may answer beside those that all of its kind may.
        tagged: whether the answer has an ETag and can be asked for again with If-None-Match.
        files: names of the files of a multipart form, which then takes the place of `body`.
    """

    name: str
    method: str
    rule: str
    tag: str
    summary: str
    description: str
    is_open: bool
    status: int
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    media: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    key: Key = Key.NONE
    tagged: bool = False
    limit: str = READING_LIMIT
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


OPERATIONS: list[Operation] = []

View = Callable[..., Any]


def api_blueprint(name: str, import_name: str, *, is_open: bool = False) -> Blueprint:
    """Make a blueprint below PREFIX for programs with a token, or for all."""
    blueprint = Blueprint(name, import_name, url_prefix=PREFIX)
    blueprint.before_request(open_to_all if is_open else token_only)
    return blueprint


def operation(
    blueprint: Blueprint,
    method: str,
    rule: str,
    *,
    tag: str,
    summary: str,
    description: str = "",
    status: int = HTTPStatus.OK,
    problems: Sequence[str] = (),
    key: Key = Key.NONE,
    tagged: bool = False,
    limit: str = READING_LIMIT,
    media: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    files: Sequence[str] = (),
) -> Callable[[View], View]:
    """Declare a view as an operation; see `Operation` for the arguments, most of which have a default."""

    def declare(view: View) -> View:
        hints = get_type_hints(view)
        answer = hints.get("return")
        declared = Operation(
            name=view.__name__,
            method=method,
            rule=rule,
            tag=tag,
            summary=summary,
            description=description,
            is_open=open_to_all in blueprint.before_request_funcs.get(None, []),
            status=HTTPStatus(status),
            query=hints.get("query"),
            body=hints.get("body"),
            answer=answer if isinstance(answer, type) and issubclass(answer, BaseModel) else None,
            media=tuple(media),
            problems=tuple(problems),
            key=key,
            tagged=tagged,
            limit=limit,
            headers=headers or {},
            files=tuple(files),
        )
        OPERATIONS.append(declared)
        endpoint = _endpoint(declared, view)
        endpoint = limiter.limit(limit, key_func=who)(endpoint)
        blueprint.add_url_rule(rule, view.__name__, endpoint, methods=[method])
        return view

    return declare


def _endpoint(declared: Operation, view: View) -> View:
    @wraps(view)
    def answering(**path: Any) -> Response:  # noqa: ANN401 (whatever the address names)
        for name, value in path.items():
            if not re.fullmatch(PATH_PARTS[name].pattern, str(value), re.ASCII):
                raise NotFound(_NOT_FOUND)
        if declared.query is not None:
            path["query"] = read_query(declared.query)
        if declared.body is not None:
            path["body"] = read_body(declared.body)
        return present(view(**path), declared.status)

    return answering


def present(result: object, status: int) -> Response:
    """Write what a view returned: a model, nothing, or an answer it made itself."""
    if isinstance(result, Response):
        return result
    if isinstance(result, BaseModel):
        return Response(result.model_dump_json(), status=status, content_type="application/json")
    return Response(status=HTTPStatus.NO_CONTENT)


def set_location(path: str) -> None:
    """Let the answer to this request say where to find what was made."""

    def add(answer: Response) -> Response:
        answer.headers["Location"] = path
        return answer

    after_this_request(add)


def who() -> str:
    """Name whose counter a limit uses: a campus shares few addresses, so it counts each person."""
    if "known_person" in g:
        return f"person:{g.known_person.id}"
    return f"address:{request.remote_addr}"
