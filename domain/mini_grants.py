"""Taps on the question for subscription messages of the mini program: each counts once, whoever tells of it.

Of one tap two tell, who share no number for it: the program, of what `wx.requestSubscribeMessage` answered,
and WeChat, by `subscribe_msg_popup_event`. Neither tells always: WeChat does not where the person has ticked
"always", and the program may be closed too soon. So what each tells of as allowed makes a list, and a report
counts if it makes its list, looked at around the moment of the tap, longer than the other one. A tap that
both tell of counts once, two count twice, and one that only one tells of counts too, in whatever order.
Refusals need no list: each ends what was allowed before it, however often it is told.
https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import Word
from models.person import Person
from models.subscription_grant import SubscriptionGrant, SubscriptionTap
from models.upsert import insert_into

# Reports of one tap name moments that lie no further apart; they may arrive much later.
APART = timedelta(minutes=5)
_KEY_DIGITS = 24


class TapAnswer(Word):
    """What somebody answered for one template."""

    ACCEPT = "accept", "允许一次"
    REJECT = "reject", "拒绝"
    BAN = "ban", "模板被封禁"
    FILTER = "filter", "没有问到"


class Teller(Enum):
    """Who tells of a tap."""

    PROGRAM = "p"
    WECHAT = "w"

    @property
    def other(self) -> "Teller":
        """The other one."""
        return Teller.WECHAT if self is Teller.PROGRAM else Teller.PROGRAM


@dataclass(frozen=True)
class TapReport:
    """What one of the two tells of a tap.

    Attributes:
        key: the same each time this report comes; of WeChat the event's, of the program one it has made up.
        at: when it was tapped.
        answers: by template.
    """

    told_by: Teller
    key: str
    at: datetime
    answers: Mapping[str, TapAnswer]


def note_tap(session: Session, person: Person, report: TapReport, *, now: datetime) -> frozenset[str]:
    """Take in a report of a tap; a moment that lies in the future is taken to be now.

    Returns:
        The templates for which one message more may be sent by it.
    """
    report = replace(report, at=min(report.at, now))
    # Always in the same order: two reports of one tap wait for each other, and never both.
    return frozenset(
        template_id
        for template_id in sorted(report.answers)
        if _note(session, person.id, template_id, report)
    )


def _note(session: Session, person_id: int, template_id: str, report: TapReport) -> bool:
    answer, at = report.answers[template_id], report.at
    if answer is TapAnswer.FILTER:
        return False
    grant = _held(session, person_id, template_id, at=at)
    if answer is not TapAnswer.ACCEPT:
        if grant.updated_at <= at:  # who has allowed it since has the last word
            grant.remaining, grant.updated_at = 0, at
        session.flush()
        return False
    digest = hashlib.sha256(report.key.encode()).hexdigest()[:_KEY_DIGITS]
    tap = insert_into(session, SubscriptionTap).values(
        event_key=f"{_list_of(report.told_by, person_id)}{digest}", template_id=template_id, counted_at=at
    )
    written = tap.on_conflict_do_nothing().returning(SubscriptionTap.template_id)
    if session.scalar(written) is None:
        return False
    told = _length(session, report.told_by, person_id, template_id, at=at)
    if told <= _length(session, report.told_by.other, person_id, template_id, at=at):
        return False
    grant.remaining += 1
    grant.updated_at = max(grant.updated_at, at)
    session.flush()
    return True


def _held(session: Session, person_id: int, template_id: str, *, at: datetime) -> SubscriptionGrant:
    """Keep other reports about this template waiting until the transaction ends."""
    row = insert_into(session, SubscriptionGrant).values(
        person_id=person_id, template_id=template_id, remaining=0, updated_at=at
    )
    session.execute(row.on_conflict_do_nothing())
    return session.get_one(
        SubscriptionGrant, (person_id, template_id), with_for_update=True, populate_existing=True
    )


def _list_of(teller: Teller, person_id: int) -> str:
    return f"{teller.value}:{person_id}:"


def _length(session: Session, teller: Teller, person_id: int, template_id: str, *, at: datetime) -> int:
    query = select(func.count()).select_from(SubscriptionTap)
    query = query.where(
        SubscriptionTap.event_key.startswith(_list_of(teller, person_id), autoescape=True),
        SubscriptionTap.template_id == template_id,
        SubscriptionTap.counted_at.between(at - APART, at + APART),
    )
    return session.scalar(query) or 0


def remaining(session: Session, person_id: int) -> dict[str, int]:
    """Give how many messages may still be sent, by template; those for which none may are left out."""
    query = select(SubscriptionGrant.template_id, SubscriptionGrant.remaining).where(
        SubscriptionGrant.person_id == person_id, SubscriptionGrant.remaining > 0
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(SubscriptionGrant.template_id))}
