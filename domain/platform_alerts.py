"""Troubles with the platform that concern everybody: all workers heed them, administrators see them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NewType, cast

from sqlalchemy import Table, bindparam, case, select, update
from sqlalchemy.orm import Session

from domain.errors import NotFound
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice
from models.platform_alert import PlatformAlert
from models.upsert import insert_into

# What an alert is about. All are made here, so that each can be put into words (`wechat/troubles.py`).
Subject = NewType("Subject", str)

ACCOUNT = Subject("account")
VERIFICATION = Subject("verification")
NAMING = Subject("naming")
ARTICLES = Subject("articles")
QR_CODES = Subject("qr_codes")
MINI_CODES = Subject("mini_codes")
CONTENT_CHECKS = Subject("content_checks")
# What a notice says while it waits for the end of such a trouble.
LIMITED = "平台暂时限制发送，稍后自动再发"
# Made once, as they are asked with every few notices.
_ALERT = cast("Table", PlatformAlert.__table__)
_PAUSES = select(_ALERT.c.subject, _ALERT.c.paused_until).where(_ALERT.c.paused_until > bindparam("b_now"))
_WORKS = (
    update(_ALERT)
    .where(_ALERT.c.subject.in_(bindparam("b_subjects", expanding=True)), _ALERT.c.cleared_at.is_(None))
    .values(cleared_at=bindparam("b_now"), paused_until=None)
)


def way(channel: NoticeChannel) -> Subject:
    """Name a way of sending as the subject of an alert."""
    return Subject(f"way:{channel}")


def right(channel: NoticeChannel) -> Subject:
    """Name the account's right to a way of sending as the subject of an alert."""
    return Subject(f"right:{channel}")


def template(kind: NoticeKind, channel: NoticeChannel = NoticeChannel.TEMPLATE) -> Subject:
    """Name the template by which a way tells a kind of notice as the subject of an alert."""
    return Subject(f"{channel}:{kind}")


def quota(path: str) -> Subject:
    """Name the daily quota of one of the platform's addresses as the subject of an alert."""
    return Subject(f"quota:{path}"[:60])


def content(kind: NoticeKind) -> Subject:
    """Name the text of a kind of notice as the subject of an alert."""
    return Subject(f"content:{kind}")


def raise_alert(
    session: Session,
    subject: Subject,
    *,
    code: int | None,
    words: str,
    now: datetime,
    paused_until: datetime | None = None,
) -> None:
    """Note a trouble; one that is known already is counted on."""
    row = insert_into(session, PlatformAlert).values(
        subject=subject,
        code=code,
        words=words[:300],
        raised_at=now,
        last_at=now,
        times=1,
        paused_until=paused_until,
    )
    was_cleared = PlatformAlert.cleared_at.is_not(None)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "code": row.excluded.code,
                "words": row.excluded.words,
                "last_at": now,
                "paused_until": paused_until,
                "cleared_at": None,
                "raised_at": case((was_cleared, row.excluded.raised_at), else_=PlatformAlert.raised_at),
                "times": case((was_cleared, row.excluded.times), else_=PlatformAlert.times + 1),
            },
        )
    )


def clear_alerts(session: Session, subjects: Collection[str], *, now: datetime) -> None:
    """Note that what was refused works again."""
    session.flush()
    session.connection().execute(_WORKS, {"b_subjects": list(subjects), "b_now": now})


def settle(session: Session, alert_id: int, *, now: datetime) -> PlatformAlert:
    """Note that somebody has mended a trouble, and let what waited for it go out now.

    Raises:
        NotFound: there is no such trouble, or it went away by itself.
    """
    alert = session.get(PlatformAlert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None or alert.cleared_at is not None:
        raise NotFound("这条提醒已经处理过了。")
    alert.cleared_at, alert.paused_until = now, None
    session.execute(
        update(Notice)
        .where(Notice.state == NoticeState.PENDING, Notice.error == LIMITED, Notice.due_at > now)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    return alert


def pauses(session: Session, *, now: datetime) -> dict[str, datetime]:
    """Give what must not be tried now, and until when."""
    session.flush()
    return {row[0]: row[1] for row in session.connection().execute(_PAUSES, {"b_now": now})}


def open_alerts(session: Session) -> Sequence[PlatformAlert]:
    """List the troubles that have not gone away, the newest first."""
    query = select(PlatformAlert).where(PlatformAlert.cleared_at.is_(None))
    return session.scalars(query.order_by(PlatformAlert.last_at.desc(), PlatformAlert.id)).all()
