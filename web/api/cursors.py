"""Cursors: where a list goes on, sealed so that they say nothing and fit one list of one reader alone."""

import json
from collections.abc import Sequence
from typing import Any

from domain.queries import Page
from domain.secret_box import Unreadable
from web.parts import parts
from web.problems import ApiProblem, FieldError

_STALE = "cursor 无效：请从第一页重新读取。"


def write_cursor(place: Sequence[object], *, of: str) -> str:
    """Seal the place of a list's last row.

    Args:
        of: which list it is: its name, whose it is, what it was narrowed to.
    """
    return parts().secret_box.seal(json.dumps(list(place)), owner=f"cursor {of}")


def read_cursor(cursor: str | None, *, of: str) -> list[Any] | None:
    """Open a cursor; None where none was given.

    Raises:
        ApiProblem: it is none of ours, or is of another list.
    """
    if cursor is None:
        return None
    try:
        place: list[Any] = json.loads(parts().secret_box.open(cursor, owner=f"cursor {of}"))
    except Unreadable:
        raise ApiProblem("invalid", _STALE, errors=[FieldError("cursor", _STALE)]) from None
    return place


def read_page_number(cursor: str | None, *, of: str) -> int:
    """Open a cursor of a list that is read page by page; the first page where none was given.

    Raises:
        ApiProblem: as `read_cursor`.
    """
    place = read_cursor(cursor, of=of)
    return int(place[0]) if place else 1


def write_page_after(page: Page[Any], *, of: str) -> str | None:
    """Seal the number of the page behind this one; None where it is the last."""
    return write_cursor([page.page + 1], of=of) if page.page < page.pages else None
