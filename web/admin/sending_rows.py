"""Notices as the list 「通知发送」 shows them: to whom, which ways were tried, and how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain import sending
from domain.mini_people import mini_openids
from domain.ports import NOT_TRIED
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice, NoticeAttempt


@dataclass(frozen=True)
class Rung:
    """One way of the ladder and what came of it: "" not tried, "sent", "refused", "silent"."""

    channel: NoticeChannel
    outcome: str
    words: str


@dataclass(frozen=True)
class SendingRow:
    """One notice of the list.

    Attributes:
        whom: the recipient without anything that names an anonymous reporter.
        may_resend: whether it is not on its way already.
    """

    notice: Notice
    whom: str
    ladder: Sequence[Rung]
    attempts: Sequence[NoticeAttempt]
    may_resend: bool


_WORDS = {"": "没有用到", "sent": "已送出", "refused": "没有发成", "silent": "没有回音"}


def rows_of(session: Session, notices: Sequence[Notice]) -> list[SendingRow]:
    """Look up the tries of these notices at once."""
    tried = sending.attempts_of(session, [notice.id for notice in notices])
    people = [sending.recipient(notice) for notice in notices]
    of_mini = mini_openids(session, {one.id for one in people if one is not None and one.openid is None})
    return [_row(notice, tried.get(notice.id, []), of_mini) for notice in notices]


def _row(notice: Notice, attempts: Sequence[NoticeAttempt], of_mini: Mapping[int, str]) -> SendingRow:
    rungs = [_rung(channel, notice, attempts) for channel in sending.LADDER]
    return SendingRow(
        notice=notice,
        whom=_whom(notice, of_mini),
        # Many offices have no mini program, and most people who have it use the official account too.
        ladder=[one for one in rungs if one.outcome or one.channel is not NoticeChannel.MINI_SUBSCRIPTION],
        attempts=attempts,
        may_resend=notice.state not in sending.UNDER_WAY,
    )


def _rung(channel: NoticeChannel, notice: Notice, attempts: Sequence[NoticeAttempt]) -> Rung:
    if channel is NoticeChannel.INBOX:
        return Rung(channel, "sent", "页面里能看到")  # every notice stands there
    last = next((one for one in reversed(attempts) if one.channel is channel and one.staff_id is None), None)
    if notice.state is NoticeState.SENT and notice.channel is channel:
        return Rung(channel, "sent", "已到手机" if notice.delivered_at else _WORDS["sent"])
    if last is None or last.words.startswith(NOT_TRIED):
        return Rung(channel, "", _WORDS[""])
    outcome = "silent" if last.code is None else "refused" if last.code else "sent"
    return Rung(channel, outcome, _WORDS[outcome])


def _whom(notice: Notice, of_mini: Mapping[int, str]) -> str:
    person = sending.recipient(notice)
    openid = "（没有绑定微信）"
    if person is not None and person.openid:
        openid = f"（微信 {masked(person.openid)}）"
    elif person is not None and person.id in of_mini:
        openid = f"（小程序 {masked(of_mini[person.id])}）"
    if notice.staff is not None:
        return notice.staff.name + openid
    complaint = notice.complaint
    if complaint is not None and complaint.reporter_id == notice.person_id:
        # Of an anonymous reporter not even a part of the openid may be seen.
        return "匿名诉求人" if complaint.anonymous else f"诉求人{openid}"
    return f"师生{openid}"


def masked(openid: str) -> str:
    """Show so much of an openid that two can be told apart, and no more."""
    return f"{openid[:3]}…{openid[-4:]}"
