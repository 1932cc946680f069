"""What a page of the public board shows, in words; the same for every reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, url_for

from domain.board import Item, Show
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, Closing, ComplaintStatus, Outcome
from web.h5.status_look import Tone, status_words, tone_of

S = ComplaintStatus
# The pages of the public side that have a tab here as soon as they are there.
_PAGES = (
    ("h5_board.board", "公示"),
    ("h5_matters.listing", "办实事清单"),
    ("h5_bulletins.bulletins", "通报"),
)
_JUDGED: Mapping[Closing | None, str] = {
    Closing.RATED: "，诉求人已评价",
    Closing.UNRATED: "，到期未评价",
}


@dataclass(frozen=True)
class PageTab:
    """A page of the public side."""

    words: str
    path: str
    is_current: bool


@dataclass(frozen=True)
class Card:
    """One complaint as it is drawn.

    Attributes:
        outcome: how it ended; empty while it is open.
        dates: what happened, with the day.
    """

    item: Item
    status: str
    tone: Tone
    outcome: str
    dates: Sequence[tuple[str, datetime]]

    @property
    def complaint(self) -> Complaint:
        """The complaint; of it the templates show only what everybody may know."""
        return self.item.complaint


def page_tabs(current: str = "h5_board.board") -> list[PageTab]:
    """Give the tabs over the pages that are there; none where there is but one."""
    found = [
        PageTab(words, url_for(endpoint), endpoint == current)
        for endpoint, words in _PAGES
        if endpoint in current_app.view_functions
    ]
    return found if len(found) > 1 else []


def card_of(item: Item) -> Card:
    """Put one into words."""
    complaint = item.complaint
    return Card(
        item=item,
        status=status_words(complaint.status, own=False),
        tone=tone_of(complaint.status, own=False),
        outcome=_outcome(complaint),
        dates=_dates(complaint),
    )


def _outcome(complaint: Complaint) -> str:
    if complaint.status in ACTIVE_STATUSES or complaint.outcome is None:
        return ""
    return complaint.outcome.label + _JUDGED.get(complaint.closing, "")


def _dates(complaint: Complaint) -> list[tuple[str, datetime]]:
    dates: list[tuple[str, datetime | None]] = [("提出", complaint.filed_at)]
    if complaint.status is S.DEFERRED:
        dates.append(("承诺办理", complaint.deferred_until))
    if complaint.status is S.REJECTED:
        dates.append(("不予受理", complaint.closed_at))
    elif complaint.status in {S.RESOLVED, S.CLOSED}:
        solved = complaint.outcome is Outcome.SOLVED
        dates += [("办结" if solved else "答复", complaint.resolved_at), ("销号", complaint.closed_at)]
    return [(words, moment) for words, moment in dates if moment is not None]


EMPTY: Mapping[Show, str] = {
    Show.ALL: "还没有公开的诉求。后勤处核对、去掉个人信息后，会把有代表性的诉求和答复放在这里。",
    Show.OPEN: "公开的诉求里没有正在办的。",
    Show.DEFERRED: "现在没有挂账的诉求：没有一件因为暂时办不了而放着。",
    Show.DONE: "还没有公开的办结诉求。",
    Show.WEEK: "本周办结的诉求还没有公开的。",
    Show.REFUSED: "近 90 天没有不予受理的诉求。",
}
