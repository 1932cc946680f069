"""The bar at the foot of the phone pages; the one place that knows which page lies behind which tab."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import g, request, url_for

from domain import notices
from web.database_session import current_session

# Endpoint, sign, words.
_TABS = (
    ("h5_report.start", "edit", "我要反映"),
    ("h5_complaint_list.complaints", "list", "我的诉求"),
    ("h5_board.board", "speakerphone", "公示"),
    ("h5_me.me", "user", "我的"),
)
# Which tab stands for the pages of a blueprint.
_UNDER = {
    "h5_complaint_list": "h5_complaint_list.complaints",
    "h5_complaint": "h5_complaint_list.complaints",
    "h5_acts": "h5_complaint_list.complaints",
    "h5_rating": "h5_complaint_list.complaints",
    "h5_report": "h5_report.start",
    "h5_report_place": "h5_report.start",
    "h5_report_alike": "h5_report.start",
    "h5_board": "h5_board.board",
    "h5_bulletins": "h5_board.board",
    "h5_matters": "h5_board.board",
    "h5_me": "h5_me.me",
    "h5_notices": "h5_me.me",
    "h5_settings": "h5_me.me",
    "h5_my_data": "h5_me.me",
    "h5_privacy": "h5_me.me",
}


@dataclass(frozen=True)
class Tab:
    """One tab.

    Attributes:
        unread: notices the reader has not read; shown on 我的, where the inbox is.
    """

    path: str
    sign: str
    words: str
    is_current: bool
    unread: int


def phone_tabs(unread: int | None = None) -> Sequence[Tab]:
    """Give the tabs of this page.

    Args:
        unread: notices the reader has not read, when the page has counted them already.
    """
    current = _UNDER.get(request.blueprint or "")
    found = []
    for endpoint, sign, words in _TABS:
        count = (_unread() if unread is None else unread) if endpoint == "h5_me.me" else 0
        found.append(Tab(url_for(endpoint), sign, words, endpoint == current, count))
    return found


def _unread() -> int:
    """Count for who is known on this page already; an open page asks nobody who they are for a number."""
    person = g.get("known_person")
    return notices.unread_count(current_session(), person=person) if person is not None else 0


def phone_tabs_in_templates() -> dict[str, Callable[..., Sequence[Tab]]]:
    """Let the layout of the phone pages ask for its tabs; a context processor."""
    return {"phone_tabs": phone_tabs}
