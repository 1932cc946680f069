"""Errors of the API as application/problem+json (RFC 9457), each with a code that never changes its meaning.

https://www.rfc-editor.org/rfc/rfc9457
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from flask import g
from werkzeug.wrappers import Response

from domain.api_sessions import SessionOver
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate, TooMuch
from domain.idempotency import KeyReused

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One kind of error.

    Attributes:
        title: what it is, in a few words; the same for every error of this kind.
        advice: what a program should do about it, for the documentation.
        example: the sentence for the person, where it is always the same, or one of them.
        retry_after: seconds after which it may have passed; 0 where waiting does not help.
    """

    status: int
    title: str
    advice: str
    example: str
    retry_after: int = 0


PROBLEMS = {
    code: Problem(**values)
    for code, values in tomllib.loads(
        Path(__file__).with_name("problems.toml").read_text(encoding="utf-8")
    ).items()
}


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request, named as in the request."""

    field: str
    message: str


class ApiProblem(Exception):
    """An error that an operation answers.

    Attributes:
        code: one of PROBLEMS.
        detail: the sentence for the person; by default the one of PROBLEMS.
        errors: what is wrong with which field, the most important first.
        retry_after: seconds, where the program should wait.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        self.code = code
        self.detail = detail or PROBLEMS[code].example
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(self.detail)

    def answer(self) -> Response:
        """Make the response."""
        return problem(self.code, self.detail, errors=self.errors, retry_after=self.retry_after)


def problem_body(
    code: str, detail: str, *, errors: Sequence[FieldError] = (), request_id: str
) -> Mapping[str, object]:
    """Give the members of a problem, in the order in which people read them."""
    known = PROBLEMS[code]
    return {
        "type": f"/api/docs#problem-{code}",
        "title": known.title,
        "status": known.status,
        "detail": detail,
        "code": code,
        "field": (errors[0].field or None) if errors else None,
        "errors": [{"field": one.field, "message": one.message} for one in errors],
        "request_id": request_id,
    }


def problem(
    code: str,
    detail: str = "",
    *,
    errors: Sequence[FieldError] = (),
    retry_after: int | None = None,
    status: int | None = None,
) -> Response:
    """Make the answer that tells of a problem."""
    known = PROBLEMS[code]
    body = problem_body(code, detail or known.example, errors=errors, request_id=g.get("request_id", ""))
    text = json.dumps(body, ensure_ascii=False)
    answer = Response(text, status=status or known.status, content_type=CONTENT_TYPE)
    if retry_after or known.retry_after:
        answer.headers["Retry-After"] = str(retry_after or known.retry_after)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="banshishi"'
    return answer


_OF_DOMAIN = {
    TooMuch: "rate_limited",
    NotAllowed: "not_allowed",
    NotFound: "not_found",
    TooLate: "too_late",
    Invalid: "invalid",
}


def domain_problem(error: DomainError) -> Response:
    """Answer what the rules refused."""
    if isinstance(error, SessionOver):
        return problem(error.why.value, error.message)
    code = next((code for kind, code in _OF_DOMAIN.items() if isinstance(error, kind)), "invalid")
    if isinstance(error, KeyReused):
        code = "idempotency_key_reused"
    field = error.field if isinstance(error, Invalid) else None
    return problem(code, error.message, errors=[FieldError(field, error.message)] if field else [])


_BY_STATUS = {
    400: "bad_request",
    401: "token_missing",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "too_late",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    422: "invalid",
    429: "rate_limited",
    503: "busy",
}


def code_of_status(status: int) -> str:
    """Name the problem that a bare status stands for."""
    return _BY_STATUS.get(status, "internal_error" if status >= 500 else "bad_request")
