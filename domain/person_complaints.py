"""What one person raised or follows, as their own pages list it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import Session, joinedload

from domain.disclosure import released
from domain.paging import page_within
from domain.queries import Page
from models.complaint import Complaint, ComplaintFollower
from models.enums import ENDED_STATUSES, ComplaintStatus, Word
from models.notice import Notice
from models.person import Person
from models.service_point import ServicePoint


class PersonTab(Word):
    """What a person looks for among their complaints; each complaint is in 全部 and in one other."""

    ALL = "all", "全部"
    OPEN = "open", "办理中"
    TO_RATE = "to_rate", "待我评价"
    TO_SUPPLEMENT = "to_supplement", "待我补充"
    ENDED = "ended", "已结束"


class Whose(Word):
    """Whose complaints are looked for."""

    ALL = "all", "全部"
    OWN = "own", "我提交的"
    FOLLOWED = "followed", "我关注的"


@dataclass(frozen=True)
class Narrowed:
    """What a person looks for in their list, besides the tab."""

    words: str = ""
    whose: Whose = Whose.ALL

    def __bool__(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.words) or self.whose is not Whose.ALL


_EVERYTHING = Narrowed()


def _narrowing(person: Person, narrowed: Narrowed) -> ColumnElement[bool]:
    own = and_(Complaint.reporter_id.is_not(None), Complaint.reporter_id == person.id)
    found = [_has_word(word, own) for word in narrowed.words.split()]
    if narrowed.whose is not Whose.ALL:
        found.append(own if narrowed.whose is Whose.OWN else not_(own))
    return and_(true(), *found)


def _has_word(word: str, own: ColumnElement[bool]) -> ColumnElement[bool]:
    places = select(ServicePoint.id).where(ServicePoint.full_name.icontains(word, autoescape=True))
    # What a follower may not read they must not be able to guess at by searching either.
    readable = and_(released(), Complaint.public_text.icontains(word, autoescape=True))
    return or_(
        Complaint.number.icontains(word, autoescape=True),
        Complaint.service_point_id.in_(places),
        and_(own, Complaint.text.icontains(word, autoescape=True)),
        and_(own, Complaint.place_text.icontains(word, autoescape=True)),
        readable,
    )


def _concerns(person: Person) -> ColumnElement[bool]:
    followed = select(ComplaintFollower.complaint_id).where(ComplaintFollower.person_id == person.id)
    return or_(Complaint.reporter_id == person.id, Complaint.id.in_(followed))


def _condition(tab: PersonTab, person: Person) -> ColumnElement[bool]:
    # Only who raised it is asked for more and for a judgement; to a follower it is simply not over yet.
    own = and_(Complaint.reporter_id.is_not(None), Complaint.reporter_id == person.id)
    to_rate = and_(own, Complaint.status == ComplaintStatus.RESOLVED)
    to_supplement = and_(own, Complaint.status == ComplaintStatus.WAITING)
    ended = Complaint.status.in_(ENDED_STATUSES)
    conditions = {
        PersonTab.ALL: Complaint.id.is_not(None),
        PersonTab.OPEN: not_(or_(to_rate, to_supplement, ended)),
        PersonTab.TO_RATE: to_rate,
        PersonTab.TO_SUPPLEMENT: to_supplement,
        PersonTab.ENDED: ended,
    }
    return conditions[tab]


def tab_counts(session: Session, person: Person, *, narrowed: Narrowed = _EVERYTHING) -> dict[PersonTab, int]:
    """Count each tab for this person, in one query."""
    sums = [func.coalesce(func.sum(case((_condition(tab, person), 1), else_=0)), 0) for tab in PersonTab]
    of = (_concerns(person), _narrowing(person, narrowed))
    row = session.execute(select(*sums).select_from(Complaint).where(*of)).one()
    return {tab: int(count) for tab, count in zip(PersonTab, row, strict=True)}


def page_of(
    session: Session,
    person: Person,
    *,
    tab: PersonTab,
    total: int,
    page: int,
    per_page: int,
    narrowed: Narrowed = _EVERYTHING,
) -> Page[Complaint]:
    """Give one page of a tab, newest first.

    Args:
        total: how many there are, as `tab_counts` said.
        page: from 1; one beyond the end gives the last.
    """
    page = page_within(page, total, per_page)
    query = (
        select(Complaint)
        .where(_concerns(person), _condition(tab, person), _narrowing(person, narrowed))
        .options(joinedload(Complaint.service_point), joinedload(Complaint.team))
        .order_by(Complaint.filed_at.desc(), Complaint.id.desc())
    )
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page))
    return Page(list(rows), total, page, per_page)


def page_after(
    session: Session,
    person: Person,
    *,
    tab: PersonTab,
    narrowed: Narrowed = _EVERYTHING,
    after: tuple[datetime, int] | None,
    limit: int,
) -> Sequence[Complaint]:
    """List some of a tab, newest first; what is filed meanwhile moves nothing from page to page.

    Args:
        after: time of filing and id of the last one that was listed before; None to begin.
    """
    query = select(Complaint).where(_concerns(person), _condition(tab, person), _narrowing(person, narrowed))
    if after is not None:
        filed_at, last_id = after
        query = query.where(
            or_(Complaint.filed_at < filed_at, and_(Complaint.filed_at == filed_at, Complaint.id < last_id))
        )
    query = query.options(joinedload(Complaint.service_point), joinedload(Complaint.team))
    return session.scalars(query.order_by(Complaint.filed_at.desc(), Complaint.id.desc()).limit(limit)).all()


def with_news(session: Session, person: Person, complaints: Collection[Complaint]) -> frozenset[int]:
    """Name those of the complaints, by id, about which the person has a notice they have not read."""
    about = [complaint.id for complaint in complaints]
    unread = select(Notice.complaint_id).where(
        Notice.person_id == person.id, Notice.read_at.is_(None), Notice.complaint_id.in_(about)
    )
    return frozenset(found for found in session.scalars(unread.distinct()) if found is not None)
