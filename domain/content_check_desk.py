"""What colleagues do with checks of content: look at what was not passed, let it through or keep it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from domain import audit
from domain.acts import cleaned
from domain.content_checks import FOR_STAFF, UNDECIDED, hold_or_let_go
from domain.errors import Invalid, NotAllowed, NotFound
from domain.paging import page_within
from domain.permissions import may_release
from domain.queries import Page
from models.complaint import Complaint
from models.content_check import ContentCheck
from models.content_check_words import CheckState
from models.enums import Word
from models.staff import Staff

MAX_WORDS = 200
_LARGEST_ID = 2**31 - 1


class Pile(Word):
    """The lists of the page."""

    TO_LOOK_AT = "to_look_at", "等人看"
    RUNNING = "running", "检查中"
    WITHHELD = "withheld", "不公开"
    RELEASED = "released", "已放行"


_STATES: Mapping[Pile, Sequence[CheckState]] = {
    Pile.TO_LOOK_AT: FOR_STAFF,
    Pile.RUNNING: UNDECIDED,
    Pile.WITHHELD: (CheckState.WITHHELD,),
    Pile.RELEASED: (CheckState.RELEASED,),
}


def to_look_at() -> Select[int]:
    """Give the query that counts what waits for a colleague."""
    return select(func.count(ContentCheck.id)).where(ContentCheck.state.in_(FOR_STAFF))


def any_to_see(session: Session) -> bool:
    """Tell whether anything was ever checked."""
    return session.scalar(select(ContentCheck.id).limit(1)) is not None


def counts(session: Session) -> dict[Pile, int]:
    """Count each list, in one query."""
    query = select(ContentCheck.state, func.count()).group_by(ContentCheck.state)
    found = {row[0]: int(row[1]) for row in session.execute(query)}
    return {pile: sum(found.get(state, 0) for state in states) for pile, states in _STATES.items()}


def listed(session: Session, pile: Pile, *, page: int, per_page: int) -> Page[ContentCheck]:
    """List one; what waits longest first, what was decided last first."""
    chosen = ContentCheck.state.in_(_STATES[pile])
    total = session.scalar(select(func.count(ContentCheck.id)).where(chosen)) or 0
    page = page_within(page, total, per_page)
    is_decided = pile in (Pile.WITHHELD, Pile.RELEASED)
    order = (
        (ContentCheck.decided_at.desc(), ContentCheck.id.desc())
        if is_decided
        else (ContentCheck.created_at, ContentCheck.id)
    )
    query = select(ContentCheck).where(chosen).options(*_LOADED_WITH).order_by(*order)
    rows = session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(list(rows), total, page, per_page)


_LOADED_WITH = (
    joinedload(ContentCheck.complaint, innerjoin=True).joinedload(Complaint.category, innerjoin=True),
    joinedload(ContentCheck.attachment),
    joinedload(ContentCheck.decided_by).lazyload("*"),
)


def holding(session: Session, complaint: Complaint) -> Sequence[ContentCheck]:
    """List what keeps the words or photos of a complaint from the public."""
    still = (*UNDECIDED, *FOR_STAFF, CheckState.WITHHELD)
    query = select(ContentCheck).where(
        ContentCheck.complaint_id == complaint.id, ContentCheck.state.in_(still)
    )
    return session.scalars(query.order_by(ContentCheck.id)).all()


def decide(
    session: Session, check_id: int, *, let_through: bool, words: str, staff: Staff, now: datetime
) -> ContentCheck:
    """Let something through, or keep it from the public; always with the reason.

    A decision can be changed; what the platform still checks, and what it passed, is not decided on.

    Raises:
        NotFound: there is no such check.
        NotAllowed: this member of staff may not, or the platform decides.
        Invalid: the reason is missing or too long.
    """
    if not may_release(staff):
        raise NotAllowed("内容检查由受理员处理。")
    query = select(ContentCheck).where(ContentCheck.id == min(check_id, _LARGEST_ID))
    check = session.scalar(query.with_for_update(of=ContentCheck))
    if check is None:
        raise NotFound("没有找到这条内容。")
    if check.state in (*UNDECIDED, CheckState.PASSED):
        raise NotAllowed(f"这条内容现在是「{check.state.label}」，不用人工处理。")
    words = cleaned(words)
    if not words or len(words) > MAX_WORDS:
        raise Invalid(f"请写明理由，最多 {MAX_WORDS} 字。", "words")
    before = check.state
    check.state = CheckState.RELEASED if let_through else CheckState.WITHHELD
    check.decided_by_id, check.decided_at, check.decision = staff.id, now, words
    session.flush()
    hold_or_let_go(session, check)
    part = "照片" if check.attachment_id is not None else "文字"
    done = "放行" if let_through else "不公开"
    audit.record(
        session,
        staff,
        action="content.release" if let_through else "content.withhold",
        subject_kind="complaint",
        subject=check.complaint.number,
        words=f"诉求 {check.complaint.number} 的{part}没有通过内容检查，决定{done}：{words}",
        details={"check": check.id, "before": before.value, "reason": check.reason},
        now=now,
    )
    return check
