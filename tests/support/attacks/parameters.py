"""Which parameters a view reads, and what is put into them; where an answer then leads."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask, has_request_context, request
from werkzeug.test import TestResponse

HOST = "evil.example"
# What browsers read as another host, and what they run.
ELSEWHERE = (
    f"https://{HOST}/",
    f"//{HOST}/",
    f"///{HOST}/",
    f"/\\{HOST}/",
    f"\\\\{HOST}/",
    f"https:{HOST}",
    f"http:///{HOST}",
    f" //{HOST}/",
    f"/\t/{HOST}/",
    f"/admin/\n//{HOST}/",
    f"/admin/..//{HOST}/",
    f"/h5/..//{HOST}/",
    f"/admin/\\..\\\\{HOST}/",
    f"https://127.0.0.1:8000@{HOST}/",
    f"http://127.0.0.1:8000.{HOST}/",
    # What follows the mark keeps a harmless end of an attribute apart from a mark that breaks out of one.
    "javascript:mk()//zq0z;",
    "\x01javascript:mk()//zq0z;",
    "data:text/html,<script>mk()</script>",
    f"/admin/%0d%0aLocation:%20//{HOST}/",
    f"/admin/\r\nLocation: //{HOST}/",
)
_LONG = 100_000
# Each breaks something that programs do with what they are given.
HOSTILE: Mapping[str, str] = {
    "quote": "'",
    "quotes and a condition": "' OR '1'='1' --",
    "another statement": "1; DROP TABLE complaint; --",
    "union": "') UNION SELECT password_hash FROM staff --",
    "double quote": '"',
    "wildcards": "%_%\\",
    "full text": '"a" NEAR b* OR -c ^d (e AND',
    "column of full text": "words:*",
    "brackets": "[]{}()",
    "NUL": "a\0b",
    "no UTF-8": "%ED%A0%80%FF%FE",
    "long": "x" * _LONG,
    "long in Chinese": "长" * (_LONG // 10),
    "many words": "a b " * (_LONG // 40),
    "minus one": "-1",
    "huge": "9" * 30,
    "beyond 64 bits": "9223372036854775808",
    "very many digits": "1" * 5000,
    "not a number": "NaN",
    "infinite": "1e309",
    "digits of others": "１２³٣",
    "no day": "2026-02-30",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "first moment": "0001-01-01T00:00:00+14:00",
    "year": "0000",
    "months": "2026-13",
    "path": "../../../../etc/passwd",
    "header": "a\r\nX-Mk: 1\r\n\r\n<b>",
    "terminal": "\x1b[31m\x07\u202e\u2028",
    "template": "zq0z{{7*7}}{0}%(x)s%s",
    "markup": "zq0z\"'><img src=x onerror=mk()>{{7*7}}</textarea></script>",
    "emptiness": "",
    "blanks": " \t\u3000 ",
}
# What is put where a name stands in the path itself.
HOSTILE_PATHS: Mapping[str, str] = {
    "quote": "'%20OR%20'1'='1",
    "NUL": "a%00b",
    "no UTF-8": "%ED%A0%80%FF",
    "upwards": "..%2f..%2f..%2fetc%2fpasswd",
    "upwards on Windows": "..%5c..%5cwindows%5cwin.ini",
    "header": "a%0d%0aX-Mk:%201",
    "markup": "zq0z%22'%3E%3Cimg%20src=x%20onerror=mk()%3E%7B%7B7*7%7D%7D",
    "long": "x" * 8000,
    "wildcards": "%25_%25",
    "terminal": "%1b%5B31m%e2%80%ae",
}
HOSTILE_NUMBERS = ("0", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 40)
_ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "content")


class Noted:
    """Which parameters each URL was seen to read, in the address and in the form."""

    def __init__(self) -> None:
        self.args: dict[str, set[str]] = defaultdict(set)
        self.form: dict[str, set[str]] = defaultdict(set)


@contextmanager
def noting(app: Flask) -> Iterator[Noted]:
    """Note every name that is looked for in the parameters of a request."""
    noted, usual = Noted(), app.request_class

    class Noting(usual.parameter_storage_class):  # type: ignore[misc, name-defined]
        def _note(self, name: object) -> None:
            if not has_request_context() or request.url_rule is None or not isinstance(name, str):
                return
            kept = noted.form if self is request.__dict__.get("form") else noted.args
            kept[request.url_rule.rule].add(name)

        def get(self, key: Any, *rest: Any, **more: Any) -> Any:
            self._note(key)
            return super().get(key, *rest, **more)

        def getlist(self, key: Any, *rest: Any, **more: Any) -> Any:
            self._note(key)
            return super().getlist(key, *rest, **more)

        def __getitem__(self, key: Any) -> Any:
            self._note(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            self._note(key)
            return super().__contains__(key)

    class NotingRequest(usual):  # type: ignore[misc, valid-type]
        parameter_storage_class = Noting

    app.request_class = NotingRequest
    try:
        yield noted
    finally:
        app.request_class = usual


def leads_out(answer: TestResponse, *, base: str, allowed: str = "") -> Iterator[str]:
    """Name what leads a reader of an answer to another host, or runs something.

    Args:
        base: the address of our own host.
        allowed: how addresses begin that may be led to all the same.
    """
    for name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh"):
        for address in answer.headers.getlist(name):
            if is_elsewhere(address, base=base) and not (allowed and address.startswith(allowed)):
                yield f"{name}: {address[:100]!r}"
    if answer.mimetype != "text/html" or (HOST not in answer.text and "mk()" not in answer.text):
        return
    for node in lxml.html.fragments_fromstring(f"<div>{answer.text}</div>")[0].iter():
        for attribute in _ADDRESSES if isinstance(node.tag, str) else ():
            if attribute in node.attrib and is_elsewhere(node.attrib[attribute], base=base, only=HOST):
                yield f"<{node.tag} {attribute}={node.attrib[attribute][:100]!r}>"


def is_elsewhere(address: str, *, base: str, only: str = "") -> bool:
    """Tell whether a browser reads an address as one of another host, or runs it.

    Args:
        only: the host that counts; any when empty.
    """
    plain = re.sub(r"[\t\n\r]", "", address).lstrip("".join(map(chr, range(33)))).replace("\\", "/")
    if re.match(r"(?:javascript|data|vbscript):", plain, re.IGNORECASE):
        return True
    # Browsers forgive a missing or an additional slash.
    plain = re.sub(r"^(https?:)?/{2,}", lambda found: f"{found[1] or ''}//", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(https?:)(?!//)", r"\1//", plain, flags=re.IGNORECASE)
    host = urlsplit(urljoin(base, plain)).hostname
    return host != urlsplit(base).hostname and (not only or only in (host or ""))
