"""Reads what nobody read of a request before it is answered.

Who is answered in the middle of their sending finds the connection closed under their next request, and a
program cannot tell that from a server that died.
"""

from contextlib import suppress

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

# A piece of an upload and its form. What is larger and was refused is not worth the reading.
_MOST_BYTES = 1024 * 1024


def _read(response: Response) -> Response:
    if 0 < (request.content_length or 0) <= _MOST_BYTES:
        # It may be too large for its page, or its sender gone.
        with suppress(HTTPException, OSError):
            request.stream.read()
    return response


def init_app(app: Flask) -> None:
    """Do so with every request of the application."""
    app.after_request(_read)
