"""Static files: addresses that change with their content, to be kept for a year; texts come compressed."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

_COMPRESSED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
# A smaller file fits into the first packets anyway.
_WORTH_IT = 600


@lru_cache(maxsize=1024)
def _content_mark(path: Path, changed_at: int) -> str:
    del changed_at  # part of the key only: a changed file is read again
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()


@lru_cache(maxsize=256)
def _compressed(path: Path, changed_at: int) -> bytes:
    del changed_at
    return gzip.compress(path.read_bytes(), mtime=0)


def _compress(response: Response, folder: Path) -> Response:
    """Send a text compressed to who takes that; each process compresses a file once."""
    if request.endpoint != "static" or response.mimetype not in _COMPRESSED:
        return response
    response.vary.add("Accept-Encoding")
    path = folder / (request.view_args or {})["filename"]
    takes_it = request.accept_encodings["gzip"] > 0 and "Range" not in request.headers
    if response.status_code != 200 or not takes_it or path.stat().st_size < _WORTH_IT:
        return response
    response.close()  # the file that was about to be sent
    response.direct_passthrough = False
    response.set_data(_compressed(path, path.stat().st_mtime_ns))
    response.content_encoding = "gzip"
    mark, _ = response.get_etag()
    response.set_etag(f"{mark}-gzip")
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """Let `url_for("static", …)` add a mark of the file's content, and compress what is sent."""
    folder = Path(app.static_folder or "")

    def add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "filename" not in values:
            return
        path = folder / values["filename"]
        if path.is_file():
            values["v"] = _content_mark(path, path.stat().st_mtime_ns)

    app.url_defaults(add_mark)
    app.after_request(lambda response: _compress(response, folder))
