"""The outbox: notices that are due are claimed, sent with no transaction open, and marked.

A claim is an UPDATE guarded by the old state, so that of many workers one sends a notice. As many are claimed
together as a worker can send at this moment: what it holds when it dies may have gone out
(docs/decisions/0038). Which way each goes is decided by `domain/delivery_plans.py`, and what became of it is
written by `domain/deliveries.py`. A worker that dies leaves notices SENDING; `release_stuck` frees them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from domain import access_links, personal_settings, platform_alerts
from domain.delivery_plans import Due, Plans, Settled
from domain.notices import PUSHED
from domain.ports import Letter
from domain.quiet_hours import quiet_until
from models.api_session import MiniProgramIdentity
from models.enums import NoticeChannel, NoticeState
from models.many_rows import among, is_sqlite
from models.notice import Notice, NoticeAttempt
from models.person import Person

# Longer than any try may take.
STUCK_AFTER = timedelta(minutes=2)
INTERRUPTED = "发送途中程序停止，结果未知"
MAYBE_SENT = "结果未知，可能已送出；为免重复，不再发"


# Made once: to make a statement costs more than to ask it.
_NOTICE = cast("Table", Notice.__table__)
_DUE, _OTHER = _NOTICE.alias().c, _NOTICE.alias().c
# Not as a value, of which SQLite knows too late that an index of these alone would do.
_UNDER_WAY = _OTHER.state == literal_column(f"'{NoticeState.SENDING.value}'")
# Another notice is on its way to the same person: theirs arrive in the order of the events. Asked for so that
# the list is made once, and not for each notice that waits. Nobody has the number 0, and no index: by that of
# whoever has one, SQLite would read all that was ever sent.
_RECIPIENT_IS_FREE = and_(
    *(
        or_(
            _DUE[whom].is_(None),
            _DUE[whom].not_in(select(func.coalesce(_OTHER[whom], 0)).where(_UNDER_WAY)),
        )
        for whom in ("person_id", "staff_id")
    )
)
_BY_MINI_PROGRAM_ALONE = _DUE.person_id.in_(
    select(MiniProgramIdentity.person_id).join(Person).where(Person.openid.is_(None))
)


def _lane(*, urgent: bool, bulk: bool, whom: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*(_DUE[name] for name in Due._fields))
        .where(
            _DUE.state == literal_column(f"'{NoticeState.PENDING.value}'"),
            _DUE.urgent.is_(urgent),
            _DUE.bulk.is_(bulk),
            _DUE.due_at <= bindparam("b_now"),
            _RECIPIENT_IS_FREE,
            whom,
        )
        .order_by(_DUE.due_at, _DUE.id)
        .limit(bindparam("b_most"))
        .with_for_update(skip_locked=True)
    )


# Asked for in three steps, because one index then answers each without sorting what waits.
_LANES = {
    of_mini_alone: tuple(
        _lane(urgent=urgent, bulk=bulk, whom=_BY_MINI_PROGRAM_ALONE if of_mini_alone else true())
        for urgent, bulk in ((True, False), (False, False), (False, True))
    )
    for of_mini_alone in (False, True)
}
# Said so that it is not looked up among all that wait: they are found by their ids.
_STILL_WAITS = case((_NOTICE.c.state == NoticeState.PENDING, true()), else_=false())
_CLAIM = (
    update(_NOTICE)
    .where(_STILL_WAITS)
    .values(
        state=NoticeState.SENDING,
        channel=bindparam("b_channel"),
        claimed_at=bindparam("b_now"),
        claimed_by=bindparam("b_worker"),
    )
    .returning(_NOTICE.c.id)
)
_CLAIMED = {
    for_sqlite: _CLAIM.where(among(_NOTICE.c.id, "b_ids", for_sqlite=for_sqlite))
    for for_sqlite in (True, False)
}


@dataclass(frozen=True)
class Claim:
    """A due notice that was taken; without a letter it was settled at once, with nothing to send."""

    notice_id: int
    letter: Letter | None


def is_due(now: datetime) -> ColumnElement[bool]:
    """Give the condition on Notice that it waits and may go out at this hour."""
    due = and_(Notice.state == NoticeState.PENDING, Notice.due_at <= now)
    if quiet_until(now) is not None:
        due = and_(due, or_(Notice.urgent, Notice.person_id.in_(personal_settings.keeping_own_hours())))
    return due


def anything_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a worker would find something to do."""
    return session.scalar(select(exists().where(is_due(now)))) or False


def claim(session: Session, *, worker: str, now: datetime, base_url: str) -> Claim | None:
    """Take the notice that has been due longest, urgent ones first; see `claim_some`."""
    taken = claim_some(session, 1, worker=worker, now=now, base_url=base_url)
    return taken[0] if taken else None


def claim_some(session: Session, most: int, *, worker: str, now: datetime, base_url: str) -> list[Claim]:
    """Take the notices that have been due longest, urgent ones first, none to the same person.

    Args:
        most: how many can be sent at this moment.
        worker: who takes them; unique among running workers.
        base_url: address of the site, ending in a slash.

    Returns:
        Nothing when nothing is due. While the official account may send nothing, only what goes to people who
        use the mini program alone.
    """
    paused = platform_alerts.pauses(session, now=now)
    morning = quiet_until(now)
    if morning is not None:
        _put_off(session, until=morning)
    taken = _lock(session, most, of_mini_alone=platform_alerts.ACCOUNT in paused, now=now)
    if not taken:
        return []
    plans = Plans(session, taken, paused, worker, now, base_url)
    planned = plans.all()
    ours = _mark(session, taken, planned, worker=worker, now=now)
    access_links.keep(session, plans.links)
    return [
        Claim(one.id, plan if isinstance(plan, Letter) else None)
        for one, plan in zip(taken, planned, strict=True)
        if one.id in ours
    ]


def _put_off(session: Session, *, until: datetime) -> None:
    """Let what can wait be due in the morning; for who keeps hours of their own that is seen one by one."""
    keeps_own = Notice.person_id.in_(personal_settings.keeping_own_hours())
    session.execute(
        update(Notice)
        .where(Notice.state == NoticeState.PENDING, Notice.urgent.is_(False), Notice.due_at < until)
        .where(or_(Notice.person_id.is_(None), ~keeps_own))
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def _lock(session: Session, most: int, *, of_mini_alone: bool, now: datetime) -> list[Due]:
    """Give what is due, locked until the end of the transaction."""
    taken: list[Due] = []
    people: set[tuple[int | None, int | None]] = set()
    for lane in _LANES[of_mini_alone]:
        for row in session.connection().execute(lane, {"b_now": now, "b_most": most - len(taken)}):
            notice = Due(*row)
            if (notice.person_id, notice.staff_id) not in people:
                people.add((notice.person_id, notice.staff_id))
                taken.append(notice)
        if len(taken) == most:
            break
    return taken


def _mark(
    session: Session, taken: Sequence[Due], planned: Sequence[Letter | Settled], *, worker: str, now: datetime
) -> set[int]:
    """Write down who is sent by which way, and what the others wait for; give those that were still due."""
    by_way: defaultdict[NoticeChannel, list[int]] = defaultdict(list)
    settled: defaultdict[Settled, list[int]] = defaultdict(list)
    for notice, plan in zip(taken, planned, strict=True):
        if isinstance(plan, Letter):
            by_way[plan.channel].append(notice.id)
        else:
            settled[plan].append(notice.id)
    ours: set[int] = set()
    for channel, ids in by_way.items():
        claim = {"b_ids": ids, "b_channel": channel, "b_now": now, "b_worker": worker}
        ours.update(session.connection().scalars(_CLAIMED[is_sqlite(session)], claim))
    for plan, ids in settled.items():
        values = {"state": plan.state, "error": plan.words}
        change = update(_NOTICE).where(_NOTICE.c.id.in_(ids), _STILL_WAITS)
        if plan.due_at is not None:
            change = change.values(due_at=plan.due_at)
        ours.update(session.scalars(change.values(values).returning(_NOTICE.c.id)))
    return ours


def release_stuck(session: Session, *, now: datetime, longer_than: timedelta = STUCK_AFTER) -> int:
    """Free the notices that have been on their way for too long, as their worker must be gone.

    Returns:
        How many were freed.
    """
    return _release(session, Notice.claimed_at <= now - longer_than, now=now)


def release_of(session: Session, worker: str, *, now: datetime) -> int:
    """Free the notices of a worker that is known to be gone.

    Returns:
        How many were freed.
    """
    return _release(session, Notice.claimed_by == worker, now=now)


def give_back(
    session: Session, *, worker: str, claimed_at: datetime, only: Collection[int] | None = None
) -> None:
    """Let wait again what a worker claimed at this very moment and surely did not send.

    Args:
        only: the ids of these notices; None for all of that moment.
    """
    theirs = and_(
        Notice.state == NoticeState.SENDING, Notice.claimed_by == worker, Notice.claimed_at == claimed_at
    )
    session.execute(
        update(Notice)
        .where(theirs, Notice.id.in_(only) if only is not None else true())
        .values(state=NoticeState.PENDING, claimed_at=None)
        .execution_options(synchronize_session=False)
    )


def _release(session: Session, whose: ColumnElement[bool], *, now: datetime) -> int:
    stuck = session.scalars(
        select(Notice)
        .where(Notice.state == NoticeState.SENDING, whose)
        .order_by(Notice.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for notice in stuck:
        # The way it went stays on the notice and in this line: the next try must reckon with its arrival.
        session.add(
            NoticeAttempt(
                notice_id=notice.id,
                at=now,
                channel=notice.channel or NoticeChannel.INBOX,
                code=None,
                words=INTERRUPTED,
            )
        )
        if notice.kind in PUSHED:
            # No way of a push drops repeats, and one that comes twice is worse than one on the page only.
            _settle(notice, NoticeState.INBOX, MAYBE_SENT)
            continue
        notice.due_at = now
        _settle(notice, NoticeState.PENDING, INTERRUPTED)
    return len(stuck)


def _settle(notice: Notice, state: NoticeState, words: str) -> None:
    notice.state = state
    notice.claimed_at = None
    notice.error = words
