"""Numbers and words in addresses and forms: those that a database can hold, and no others.

What is longer, or holds a NUL, would only fail in a query, as a fault of ours; so it is taken for what names
nothing.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from flask.wrappers import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, UnicodeConverter

_NUMBER = re.compile("[0-9]{1,18}")
LARGEST = 10**18


class RowNumber(IntegerConverter):
    """A number in a path, of at most eighteen digits."""

    regex = _NUMBER.pattern


class _RowWord(UnicodeConverter):
    """Words in a path."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (as werkzeug has it)
        super().__init__(*arguments, **options)
        self.regex = self.regex.replace("[^/]", r"[^/\x00]")


class _Parameters(ImmutableMultiDict[str, str]):
    """Parameters of a request, of which `get(…, type=int)` gives no number that is too large."""

    def get(  # type: ignore[override]
        self,
        key: str,
        default: Any = None,  # noqa: ANN401 (as werkzeug has it)
        type: Callable[[str], Any] | None = None,  # noqa: A002 (as werkzeug has it)
    ) -> Any:  # noqa: ANN401 (as werkzeug has it)
        """Give a parameter, or the default when there is none or it is none of the type."""
        found = super().get(key, default, type)  # type: ignore[arg-type]
        return default if isinstance(found, int) and abs(found) > LARGEST else found


class _Request(Request):
    parameter_storage_class = _Parameters


def row_number(text: str) -> int | None:
    """Read a number that a row may have; None for what is none."""
    return int(text) if _NUMBER.fullmatch(text) else None


def row_numbers(texts: Iterable[str]) -> list[int]:
    """Read those that are numbers a row may have."""
    return [int(text) for text in texts if _NUMBER.fullmatch(text)]


def init_app(app: Flask) -> None:
    """Hold every part of a path and every number to it; to be called before any address is registered."""
    app.url_map.converters["int"] = RowNumber
    app.url_map.converters["default"] = app.url_map.converters["string"] = _RowWord
    app.request_class = _Request
