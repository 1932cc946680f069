"""Pages of other origins that may call the API: those the setting API_ORIGINS lists, and no other.

No cookie is asked for or taken: such a page needs the token of its person, as every program does.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Collection

from flask import Flask, Response, request

_PREFIX = "/api/v1/"
_METHODS = "GET, POST, PUT, DELETE"
_TAKEN = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
_TOLD = "Deprecation, ETag, Location, Retry-After, Sunset, X-Request-Id"
_KEPT_SECONDS = "600"


def init_app(app: Flask, origins: Collection[str]) -> None:
    """Let pages of these origins call the API; without any, no answer says a word of it."""

    def is_listed() -> bool:
        return request.path.startswith(_PREFIX) and request.headers.get("Origin") in origins

    def answer_preflight() -> Response | None:
        # Before the guards, since a browser asks without the token.
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if asks and is_listed() else None

    def add_headers(response: Response) -> Response:
        if request.path.startswith(_PREFIX):
            response.vary.add("Origin")
        if is_listed():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = _METHODS
                response.headers["Access-Control-Allow-Headers"] = _TAKEN
                response.headers["Access-Control-Max-Age"] = _KEPT_SECONDS
            else:
                response.headers["Access-Control-Expose-Headers"] = _TOLD
        return response

    if origins:
        app.before_request(answer_preflight)
        app.after_request(add_headers)
