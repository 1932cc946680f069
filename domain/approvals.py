"""Telling colleagues that something waits for their approval, and who asked for it what came of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import notices
from domain.notice_texts import local_text, shortened
from models.enums import NoticeKind
from models.staff import Staff


@dataclass(frozen=True)
class Approval:
    """What is to be approved.

    Attributes:
        key: names it and this asking of it: what is asked again after a change is told of again.
        what: the kind of thing, such as 通报.
        name: what this one is called.
        path: where it is looked at and decided.
    """

    key: str
    what: str
    name: str
    path: str


def call(
    session: Session,
    approval: Approval,
    *,
    may: Callable[[Staff], bool],
    by: Staff | None,
    but: Collection[int | None],
    words: str = "",
    now: datetime,
) -> None:
    """Tell all who may approve.

    Args:
        may: who approves such things.
        by: who asks; None: the clock.
        but: ids of those who asked for it or wrote it, who may not approve this one.
    """
    body = (
        f"{by.name if by is not None else '到时间'}提出「{approval.name}」{words or '，请您看过以后决定。'}"
    )
    for colleague in session.scalars(select(Staff).where(Staff.active).order_by(Staff.id)):
        if may(colleague) and colleague.id not in but:
            _tell(session, approval, colleague.id, NoticeKind.STAFF_REQUEST, "待您审批", body, now=now)


def answer(
    session: Session,
    approval: Approval,
    *,
    to: Collection[int | None],
    outcome: str,
    words: str = "",
    now: datetime,
) -> None:
    """Tell those who asked for it what came of it.

    Args:
        outcome: in a word, such as 已退回.
        words: why.
    """
    body = f"「{approval.name}」{outcome}。{words}"
    for staff_id in sorted({one for one in to if one is not None}):
        _tell(session, approval, staff_id, NoticeKind.STAFF_DECIDED, outcome, body, now=now)


def _tell(
    session: Session,
    approval: Approval,
    staff_id: int,
    kind: NoticeKind,
    status: str,
    body: str,
    *,
    now: datetime,
) -> None:
    notices.queue(
        session,
        key=f"{approval.key}:{kind}:staff:{staff_id}",
        kind=kind,
        title=f"{approval.what}{status}",
        body=body,
        fields={
            "number": "",
            "subject": shortened(approval.name),
            "status": status,
            "time": local_text(now),
            "remark": body,
        },
        path=approval.path,
        staff_id=staff_id,
        now=now,
    )
