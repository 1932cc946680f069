"""Addresses of static files that change with their content, so that browsers may keep them for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask


@lru_cache(maxsize=1024)
def _content_mark(path: Path, changed_at: int) -> str:
    del changed_at  # part of the key only: a changed file is read again
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()


def init_app(app: Flask) -> None:
    """Let `url_for("static", …)` add a mark of the file's content."""
    folder = Path(app.static_folder or "")

    def add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "filename" not in values:
            return
        path = folder / values["filename"]
        if path.is_file():
            values["v"] = _content_mark(path, path.stat().st_mtime_ns)

    app.url_defaults(add_mark)
