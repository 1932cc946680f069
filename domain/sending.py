"""Looking after the outbox: what went out how, what did not, and sending it again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, joinedload

from domain.errors import NotFound, TooLate
from domain.paging import page_within
from domain.queries import Page
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person
from models.staff import Staff

LADDER = (
    NoticeChannel.CUSTOM,
    NoticeChannel.TEMPLATE,
    NoticeChannel.SUBSCRIPTION,
    NoticeChannel.MINI_SUBSCRIPTION,
    NoticeChannel.INBOX,
)
UNDER_WAY = frozenset({NoticeState.PENDING, NoticeState.SENDING})
# Longer than a few failures in a row last; then somebody should look.
WORRYING_AFTER = timedelta(minutes=10)
_WAITS_SINCE = case((Notice.error == "", Notice.due_at), else_=Notice.created_at)
# More are sent again by asking once more, so that nobody waits long for the database.
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class SendingFilters:
    """What to look for; None and empty mean anything.

    Attributes:
        to_staff: only notices to staff (True), or only to students and teachers (False).
        created_from, created_to: half-open.
    """

    state: NoticeState | None = None
    kind: NoticeKind | None = None
    to_staff: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give the conditions on Notice."""
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Notice.state == self.state)
        if self.kind is not None:
            found.append(Notice.kind == self.kind)
        if self.to_staff is not None:
            found.append(Notice.staff_id.is_not(None) if self.to_staff else Notice.person_id.is_not(None))
        if self.created_from is not None:
            found.append(Notice.created_at >= self.created_from)
        if self.created_to is not None:
            found.append(Notice.created_at < self.created_to)
        return found


def find(session: Session, filters: SendingFilters, *, page: int, per_page: int) -> Page[Notice]:
    """List notices to anybody, the newest first; a page past the end is the last one."""
    conditions = filters.conditions()
    total = session.scalar(select(func.count(Notice.id)).where(*conditions)) or 0
    page = page_within(page, total, per_page)
    query = (
        select(Notice)
        .where(*conditions)
        .options(
            joinedload(Notice.person),
            joinedload(Notice.staff).joinedload(Staff.person),
            joinedload(Notice.complaint),
        )
        .order_by(Notice.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return Page(list(session.scalars(query)), total, page, per_page)


def attempts_of(session: Session, notice_ids: Collection[int]) -> dict[int, Sequence[NoticeAttempt]]:
    """Give the tries of these notices, the oldest first."""
    query = (
        select(NoticeAttempt)
        .where(NoticeAttempt.notice_id.in_(notice_ids))
        .options(joinedload(NoticeAttempt.staff))
        .order_by(NoticeAttempt.id)
    )
    found: dict[int, list[NoticeAttempt]] = defaultdict(list)
    for attempt in session.scalars(query):
        found[attempt.notice_id].append(attempt)
    return dict(found)


def resend(session: Session, notice_id: int, *, staff: Staff, now: datetime) -> None:
    """Send a notice again, under a key of its own, and note who wanted it.

    Raises:
        NotFound: there is none.
        TooLate: it is on its way already.
    """
    notice = session.get(Notice, notice_id, with_for_update={"of": Notice}, populate_existing=True)
    if notice is None:
        raise NotFound("没有找到这条通知。")
    if notice.state in UNDER_WAY:
        raise TooLate("这条通知正在等待发送，不用重发。")
    _put_back(session, notice, staff=staff, now=now)


def resend_failed(session: Session, filters: SendingFilters, *, staff: Staff, now: datetime) -> int:
    """Send again what failed among what is looked for, the oldest first.

    Returns:
        How many; at most MOST_AT_ONCE.
    """
    failed = session.scalars(
        select(Notice)
        .where(*filters.conditions(), Notice.state == NoticeState.FAILED)
        .order_by(Notice.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Notice)
    ).all()
    for notice in failed:
        _put_back(session, notice, staff=staff, now=now)
    return len(failed)


def _put_back(session: Session, notice: Notice, *, staff: Staff, now: datetime) -> None:
    notice.state = NoticeState.PENDING
    notice.due_at = now
    notice.resends += 1
    notice.attempts = 0
    notice.error = ""
    # As if it had never been tried: no earlier try is to be reckoned with.
    notice.channel = None
    notice.template_id = notice.platform_message_id = ""
    notice.sent_at = notice.delivered_at = notice.claimed_at = None
    session.add(
        NoticeAttempt(
            notice_id=notice.id,
            at=now,
            channel=NoticeChannel.INBOX,
            code=None,
            words="安排重新发送",
            staff_id=staff.id,
        )
    )


def waiting_since(session: Session, *, now: datetime) -> datetime | None:
    """Tell since when the notice waits that has waited longest; None when none has for WORRYING_AFTER.

    What is put off to the morning does not wait yet; what has failed before waits since it was written.
    A push takes its time behind everything else, and has a page that tells how far it is.
    """
    waits, before = Notice.state == NoticeState.PENDING, now - WORRYING_AFTER
    # Each apart, and each the first of an index that holds nothing but what waits: every page asks.
    parts = [
        *(
            (Notice.due_at, (waits, Notice.urgent.is_(urgent), Notice.error == ""))
            for urgent in (True, False)
        ),
        (Notice.created_at, (waits, Notice.error != "")),
        (_WAITS_SINCE, (Notice.state == NoticeState.SENDING,)),
    ]
    firsts = [
        select(func.min(since)).where(Notice.bulk.is_(False), since <= before, *conditions).scalar_subquery()
        for since, conditions in parts
    ]
    return min(filter(None, session.execute(select(*firsts)).one()), default=None)


def recipient(notice: Notice) -> Person | None:
    """Give the person whose WeChat a notice goes to."""
    return notice.staff.person if notice.staff is not None else notice.person
