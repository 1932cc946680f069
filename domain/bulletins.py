"""Bulletins (通报): finding, listing and counting them, and what every act on one has in common.

They are written in `bulletin_writing` and go out in `bulletin_approval`; what is counted stands in
`bulletin_figures`, typical cases in `bulletin_cases`, pictures in `bulletin_charts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, selectinload

from domain import office_changes
from domain.acts import cleaned
from domain.bulletin_figures import BulletinFigures, from_json
from domain.errors import NotAllowed, NotFound, TooLate
from domain.figure_rules import Figure
from domain.paging import page_within
from domain.permissions import may_publish_bulletins, may_write_bulletins
from domain.queries import Page
from models.bulletin import Bulletin
from models.bulletin_words import BulletinState
from models.staff import Staff

NOT_FOUND = "没有找到这期通报。链接可能不完整，或者它已经删除。"
_CHANGED = "同事刚刚改过这期通报，您的操作没有生效。请看过最新的样子再决定。"
S = BulletinState


class Deed(TypedDict):
    """Who acts and when; `seen` is the revision of the page that they looked at."""

    staff: Staff
    now: datetime
    seen: NotRequired[int | None]


@dataclass(frozen=True)
class BulletinCard:
    """A published bulletin as a link tells of it: in the chat, in a push, on a card."""

    title: str
    digest: str
    path: str


def find(session: Session, bulletin_id: int) -> Bulletin:
    """Give a bulletin, or raise NotFound."""
    bulletin = session.get(Bulletin, bulletin_id, options=[selectinload(Bulletin.cases)])
    if bulletin is None:
        raise NotFound(NOT_FOUND)
    return bulletin


def by_code(session: Session, code: str) -> Bulletin:
    """Give a bulletin that is out, or was and is withdrawn, by its number.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Bulletin).where(Bulletin.code == code[:12]))
    if found is None:
        raise NotFound(NOT_FOUND)
    return found


def need_writer(staff: Staff) -> None:
    """Raise NotAllowed unless staff writes bulletins."""
    if not may_write_bulletins(staff):
        raise NotAllowed("通报由受理员、分管领导、督导组和系统管理员编写。")


def held(session: Session, bulletin: Bulletin, before: S, **deed: Unpack[Deed]) -> None:
    """Keep others from changing a bulletin until the transaction ends, if it still is as it was seen.

    Raises:
        NotAllowed: not a role that writes bulletins.
        TooLate: a colleague has changed it since, or it is in another state than `before`.
    """
    need_writer(deed["staff"])
    session.get(Bulletin, bulletin.id, with_for_update=True, populate_existing=True)
    if bulletin.state is not before or deed.get("seen") not in (None, bulletin.revision):
        raise TooLate(_CHANGED)


def figures_of(bulletin: Bulletin) -> BulletinFigures:
    """Give the figures as they were counted."""
    return from_json(bulletin.figures)


def listed(
    session: Session,
    *,
    state: BulletinState | None = None,
    words: str = "",
    page: int = 1,
    per_page: int = 20,
) -> Page[Bulletin]:
    """List bulletins, what is being worked on first, then the newest."""
    narrowed: list[ColumnElement[bool]] = [Bulletin.state == state] if state is not None else []
    for word in cleaned(words).split()[:5]:
        columns = Bulletin.title, Bulletin.code
        narrowed.append(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    query = select(Bulletin).where(*narrowed).options(selectinload(Bulletin.written_by))
    order = (Bulletin.published_at.is_not(None), Bulletin.published_at.desc(), Bulletin.id.desc())
    return _page(session, query.order_by(*order), narrowed, page, per_page)


def counts(session: Session) -> dict[BulletinState, int]:
    """Count the bulletins of each state."""
    rows = session.execute(select(Bulletin.state, func.count()).group_by(Bulletin.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in BulletinState}


def waiting_for(staff: Staff) -> Select[int]:
    """Give the query that counts the bulletins that this member of staff may publish."""
    mine = or_(Bulletin.written_by_id == staff.id, Bulletin.submitted_by_id == staff.id)
    is_theirs = ~mine if may_publish_bulletins(staff) else false()
    return select(func.count(Bulletin.id)).where(Bulletin.state == S.WAITING, is_theirs)


def published(session: Session, *, page: int = 1, per_page: int = 10) -> Page[Bulletin]:
    """List what everybody may read, the newest first."""
    narrowed: list[ColumnElement[bool]] = [Bulletin.state == S.PUBLISHED]
    query = select(Bulletin).where(*narrowed).order_by(Bulletin.published_at.desc(), Bulletin.id.desc())
    return _page(session, query, narrowed, page, per_page)


def published_after(
    session: Session, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[Bulletin]:
    """List the same, reading on behind one of them.

    Args:
        after: when that one was published, and its id.
    """
    query = select(Bulletin).where(Bulletin.state == S.PUBLISHED)
    if after is not None:
        moment, bulletin_id = after
        same = and_(Bulletin.published_at == moment, Bulletin.id < bulletin_id)
        query = query.where(or_(Bulletin.published_at < moment, same))
    query = query.order_by(Bulletin.published_at.desc(), Bulletin.id.desc())
    return session.scalars(query.limit(limit)).all()


def _page(
    session: Session,
    query: Select[Bulletin],
    narrowed: Sequence[ColumnElement[bool]],
    page: int,
    per_page: int,
) -> Page[Bulletin]:
    total = session.scalar(select(func.count(Bulletin.id)).where(*narrowed)) or 0
    page = page_within(page, total, per_page)
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(rows, total, page, per_page)


def card_of(bulletin: Bulletin) -> BulletinCard:
    """Tell of a published bulletin in a title, one line of figures, and where to read on."""
    figures = figures_of(bulletin)
    said = [f"收到诉求 {figures.filed} 件，办结 {figures.number(Figure.RESOLVED).now} 件"]
    said += [f"{line.name} {line.rate.words}" for line in figures.rates[:3] if line.rate.enough]
    return BulletinCard(bulletin.title, "，".join(said), f"/h5/bulletins/{bulletin.code}")


def note(session: Session, bulletin: Bulletin, verb: str, deed_words: str, **deed: Unpack[Deed]) -> None:
    """Write a deed at a bulletin into the audit log."""
    session.flush()
    office_changes.note(
        session,
        deed["staff"],
        action=f"bulletin.{verb}",
        subject=bulletin.id,
        words=f"{deed_words}：「{bulletin.title}」",
        now=deed["now"],
    )
