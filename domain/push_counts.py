"""How a push went: to how many it was to go, by which way it went, and why it did not."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import NoticeChannel, NoticeState
from models.notice import Notice
from models.push import PushRun

# The platform gives each refusal a number of its own.
_REQUEST = re.compile(r"，rid [\w-]+")
_UNDER_WAY = frozenset({NoticeState.PENDING, NoticeState.SENDING})


@dataclass(frozen=True)
class PushCounts:
    """The recipients of a push, by what became of their message.

    Attributes:
        total: recipients in the outbox; the sum of all others.
        under_way: not settled yet.
        sent: by the word of the way.
        inside: only on the page 「消息」, by the reason why.
        failed: by the reason why.
        read: how many opened 「消息」 since, or the page it led to.
        withdrawn: taken back before they went out, as the push was called off; not in the total.
        forgotten: the messages were deleted since, as they were old; how many were read is as of then.
    """

    total: int = 0
    under_way: int = 0
    sent: Mapping[str, int] = field(default_factory=dict)
    inside: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    read: int = 0
    withdrawn: int = 0
    forgotten: bool = False

    @property
    def sent_total(self) -> int:
        """How many got it in WeChat."""
        return sum(self.sent.values())

    @property
    def inside_total(self) -> int:
        """How many find it on the page 「消息」 only."""
        return sum(self.inside.values())

    @property
    def failed_total(self) -> int:
        """How many it could not be sent to; they find it on the page too."""
        return sum(self.failed.values())

    @property
    def settled(self) -> int:
        """How many are no longer under way."""
        return self.total - self.under_way

    def kept(self) -> dict[str, Any]:
        """Give it as it is kept once the push is over."""
        return {
            name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(self).items()
        }


def counts_of(session: Session, run: PushRun) -> PushCounts:
    """Count what became of a push: from the outbox while it runs, as it was kept after that."""
    return PushCounts(**run.counts) if run.counts else counted(session, run)


def counts_today(session: Session, run: PushRun) -> PushCounts:
    """Give the same with how many have read it by now: people read on long after the last was sent."""
    counts = counts_of(session, run)
    return counts if counts.forgotten else replace(counts, read=_read(session, run))


def _read(session: Session, run: PushRun) -> int:
    read = select(func.count(Notice.read_at)).where(Notice.push_run_id == run.id)
    return session.scalars(read).one()


def counted(session: Session, run: PushRun) -> PushCounts:
    """Count what became of a push from the outbox."""
    query = (
        select(Notice.state, Notice.channel, Notice.error, func.count(), func.count(Notice.read_at))
        .where(Notice.push_run_id == run.id)
        .group_by(Notice.state, Notice.channel, Notice.error)
    )
    sent: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    total = under_way = read = 0
    for state, channel, error, count, opened in session.execute(query):
        total, read = total + count, read + opened
        if state in _UNDER_WAY:
            under_way += count
        elif state is NoticeState.SENT:
            sent[(channel or NoticeChannel.INBOX).label] += count
        else:
            reasons = failed if state is NoticeState.FAILED else inside
            reasons[_REQUEST.sub("", error) or "没有说明"] += count
    return PushCounts(
        total=total,
        under_way=under_way,
        sent=dict(sent.most_common()),
        inside=dict(inside.most_common()),
        failed=dict(failed.most_common()),
        read=read,
    )
