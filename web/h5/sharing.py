"""What may be passed on of a complaint: never its own page, which shows a stranger nothing."""

from dataclasses import dataclass

from flask import url_for

from domain.disclosure import is_released
from domain.place_records import is_joinable
from models.complaint import Complaint
from models.enums import ServicePointKind
from web.parts import parts

_SUBJECT = 30
_MET = "这件事正在办，您也遇到了？点「我也遇到」，有进展告诉您。"


@dataclass(frozen=True)
class ShareCard:
    """A card as WeChat shows it in a chat.

    Attributes:
        path: of a page that everybody may open.
        what: what the reader passes on by it, in words for themselves.
    """

    title: str
    words: str
    path: str
    what: str

    @property
    def url(self) -> str:
        """The whole address, with the host."""
        return parts().settings.base_url + self.path.removeprefix("/")


def share_card(complaint: Complaint) -> ShareCard | None:
    """Give the card of a complaint: of what was released of it, else of the place it is about."""
    if is_released(complaint):
        return _released(complaint)
    place = complaint.service_point
    # Where somebody lives is passed on by nobody but themselves.
    if place is None or not place.active or place.kind is ServicePointKind.ROOM:
        return None
    return ShareCard(
        title=f"{place.full_name}：大家反映的，办得怎么样",
        words="您也遇到了？点开就能反映，进展会告诉您。",
        path=url_for("h5_place.place", code=place.code),
        what=f"这件没有公开，别人打开看到的是「{place.full_name}」的公开页面，看不到您写的内容。",
    )


def _released(complaint: Complaint) -> ShareCard:
    text = " ".join(complaint.public_text.split())
    return ShareCard(
        title=text if len(text) <= _SUBJECT else text[: _SUBJECT - 1] + "…",
        words=_MET if is_joinable(complaint) else "这件事的办理结果",
        path=url_for("h5_board.item", number=complaint.number),
        what="别人看到的是公示的文字和办理结果，看不到是谁反映的。",
    )
