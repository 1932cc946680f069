"""What every answer has to tell browsers."""

from collections.abc import Iterator

from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

_MUST = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self)",
}
# What a browser shows by itself; all else it only keeps.
_SHOWN = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/mp4",
        "audio/wav",
        "video/mp4",
    }
)
_RUNS = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"})
_OWN = frozenset({"'self'", "'none'", "data:", "blob:", "https://*.qq.com", "webcompt:"})


def faults(answer: TestResponse, *, is_https: bool = False) -> Iterator[str]:
    """Name what the headers of an answer leave open.

    Args:
        is_https: whether people come by https.
    """
    headers = answer.headers
    for name, value in _MUST.items():
        if headers.getlist(name) != [value]:
            yield f"{name}: {headers.getlist(name)}"
    yield from _in_policy(answer)
    if is_https and headers.get("Strict-Transport-Security", "") < "max-age=31536000":
        yield "no Strict-Transport-Security"
    kept = headers.getlist("Cache-Control")
    if len(kept) != 1:
        yield f"Cache-Control: {kept}"
    elif not {"no-store", "private", "public"} & {word.strip() for word in kept[0].split(",")} and (
        answer.request.path.startswith("/static/") is False
    ):
        yield f"does not say who may keep it: {kept[0]}"
    for cookie in headers.getlist("Set-Cookie"):
        yield from _in_cookie(cookie, is_https=is_https)
        if "public" in kept[0]:
            yield "a cookie in an answer that may be kept for others"
    if answer.data and not headers.get("Content-Type", "").strip():
        yield "no Content-Type"
    if answer.mimetype.startswith("text/") and "utf-8" not in headers.get("Content-Type", "").lower():
        yield f"no charset: {headers.get('Content-Type')}"
    if "Server" in headers or "X-Powered-By" in headers:
        yield "tells what it is made of"


def _in_policy(answer: TestResponse) -> Iterator[str]:
    policies = answer.headers.getlist("Content-Security-Policy")
    if len(policies) != 1:
        yield f"Content-Security-Policy: {policies}"
        return
    rules = {
        name: words for name, *words in (rule.split() for rule in policies[0].split(";") if rule.strip())
    }
    if rules.get("default-src") != ["'none'"]:
        yield f"default-src: {rules.get('default-src')}"
    if "sandbox" in rules:
        if rules["sandbox"]:
            yield f"sandbox: {rules['sandbox']}"
        return
    for name in ("script-src", "style-src"):
        if rules.get(name) != ["'self'"]:
            yield f"{name}: {rules.get(name)}"
    for name in ("base-uri", "form-action", "frame-ancestors"):
        if name not in rules:
            yield f"no {name}"
    strange = {word for words in rules.values() for word in words} - _OWN
    if strange:
        yield f"lets in {sorted(strange)}"


def _in_cookie(cookie: str, *, is_https: bool) -> Iterator[str]:
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    if not {"httponly", "samesite=lax", "path=/"} <= attributes or any(
        part.startswith("domain") for part in attributes
    ):
        yield f"a cookie with {sorted(attributes)}"
    if is_https and ("secure" not in attributes or not cookie.startswith("__Host-")):
        yield f"a cookie that http may read: {cookie.partition('=')[0]}"


def faults_of_file(answer: TestResponse) -> Iterator[str]:
    """Name what lets a file that somebody sent run as one of our pages."""
    disposition = parse_options_header(answer.headers.get("Content-Disposition", ""))[0]
    if answer.mimetype in _RUNS:
        yield f"runs as {answer.mimetype}"
    if answer.mimetype not in _SHOWN and disposition != "attachment":
        yield f"shown as {answer.mimetype}"
    if disposition != "attachment" and "sandbox" not in answer.headers.get("Content-Security-Policy", ""):
        yield "not in a sandbox"
