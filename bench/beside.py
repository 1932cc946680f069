"""What stands beside complaints in a grown office: notices, timers, messages of the platform, the audit log.

It also lets the public board show one of four of what is over, with its photos.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, cast, func, insert, select, update
from sqlalchemy.orm import Session

from domain.search_words import released_tokens_of
from models.attachment import Attachment
from models.audit import AuditChain, AuditEntry
from models.base import Base
from models.board import PublicPhoto
from models.complaint import Complaint, ComplaintFollower
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import (
    ACTIVE_STATUSES,
    Channel,
    ComplaintStatus,
    InboundState,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    TimerKind,
)
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import Person
from models.timer import Timer

S = ComplaintStatus
Row = dict[str, Any]
_PUBLIC = 4
_FOLLOWED = 10
_ANSWER = "已处理完毕，感谢您的反映。"
_RUNNING = ACTIVE_STATUSES - {S.DEFERRED}


def surround(database: Database, *, now: datetime, seed: int = 8) -> None:
    """Add it to an office of `bench/grow.py` that has nothing of it yet.

    What is older than a day was sent; of what is newer all waits to be sent.
    """
    random = Random(seed)  # noqa: S311 (made-up rows, the same each time)
    with database.transaction() as session:
        complaints = session.scalars(select(Complaint).order_by(Complaint.id)).all()
        openids = {row.id: row.openid for row in session.execute(select(Person.id, Person.openid))}
        made: dict[type[Base], list[Row]] = {
            Notice: [row for one in complaints for row in _notices(one, now)],
            Timer: [row for one in complaints for row in _timers(one)],
            InboundMessage: [_message(one, openids) for one in complaints if one.channel is Channel.WECHAT],
            AuditEntry: [_entry(one) for one in complaints],
            ComplaintFollower: [
                {"complaint_id": one.id, "person_id": random.choice(list(openids)), "since": one.filed_at}
                for one in complaints
                if one.id % _FOLLOWED == 0
            ],
        }
        for table, rows in made.items():
            session.connection().execute(insert(table), rows)  # as a session it would ask for each id
        session.merge(AuditChain(id=1, length=len(complaints), seal="0" * 64))
        _publish(session)


def _notices(one: Complaint, now: datetime) -> Sequence[Row]:
    def notice(kind: NoticeKind, at: datetime, **to: int | None) -> Row:
        waits = at > now - timedelta(days=30) and one.status in _RUNNING
        return {
            "key": f"{kind.value}:{one.id}",
            "kind": kind,
            "person_id": None,
            "staff_id": None,
            "complaint_id": one.id,
            "title": kind.label,
            "body": f"{one.number}：{one.text[:40]}",
            "fields": {"number": one.number},
            "path": f"/h5/complaints/{one.number}",
            "created_at": at,
            "state": NoticeState.PENDING if waits else NoticeState.SENT,
            "due_at": at,
            "channel": None if waits else NoticeChannel.CUSTOM,
            "sent_at": None if waits else at,
            "read_at": None if waits else at,
            "platform_message_id": "" if waits else f"m{one.id}{kind.value}",
            **to,
        }

    found = [notice(NoticeKind.RECEIVED, one.filed_at, person_id=one.reporter_id)]
    if one.handler_id is not None:
        found.append(notice(NoticeKind.STAFF_ASSIGNED, one.filed_at, staff_id=one.handler_id))
    if one.resolved_at is not None:
        found.append(notice(NoticeKind.RESOLVED, one.resolved_at, person_id=one.reporter_id))
    return found


def _timers(one: Complaint) -> Sequence[Row]:
    def timer(kind: TimerKind, due: datetime, fired: datetime | None) -> Row:
        return {"complaint_id": one.id, "kind": kind, "round": 1, "due_at": due, "fired_at": fired}

    if one.done_due_at is None or one.near_due_at is None:
        return []
    if one.status in {S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS}:
        return [
            timer(TimerKind.DONE_NEAR, one.near_due_at, None),
            timer(TimerKind.DONE_OVERDUE, one.done_due_at, None),
        ]
    if one.status is S.RESOLVED and one.resolved_at is not None:
        return [timer(TimerKind.CLOSE_UNRATED, one.resolved_at + timedelta(days=7), None)]
    return [timer(TimerKind.DONE_NEAR, one.near_due_at, one.near_due_at)]


def _message(one: Complaint, openids: dict[int, str | None]) -> Row:
    return {
        "dedupe_key": sha256(f"bench {one.id}".encode()).hexdigest(),
        "openid": openids.get(one.reporter_id or 0) or "",
        "kind": "text",
        "body": f"<xml><MsgType>text</MsgType><Content>{one.text}</Content></xml>",
        "state": InboundState.HANDLED,
        "reply": one.number,
        "received_at": one.filed_at,
        "handled_at": one.filed_at,
        "attempts": 1,
    }


def _entry(one: Complaint) -> Row:
    return {
        "position": one.id,
        "at": one.filed_at,
        "staff_id": one.handler_id,
        "actor_label": "经办人",
        "action": "complaint.step",
        "subject_kind": "complaint",
        "subject": one.number,
        "words": f"办理诉求 {one.number}",
        "details": {},
        "seal": sha256(f"seal {one.id}".encode()).hexdigest(),
    }


def _publish(session: Session) -> None:
    over = (Complaint.status.in_({S.CLOSED, S.RESOLVED}), Complaint.id % _PUBLIC == 0)
    session.execute(
        update(Complaint)
        .where(*over)
        .values(published_at=Complaint.resolved_at, public_text=Complaint.text, public_answer=_ANSWER)
    )
    photos = select(Attachment.id, Attachment.complaint_id).join(
        Complaint, Complaint.id == Attachment.complaint_id
    )
    session.execute(insert(PublicPhoto).from_select(["attachment_id", "complaint_id"], photos.where(*over)))
    _have_it_found(session, over)


def _have_it_found(session: Session, over: Sequence[ColumnElement[bool]]) -> None:
    """Put into the index what everybody finds them by, as `domain/search_index.py` would."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    cut = {
        row.id: sorted(released_tokens_of(row.text) | released_tokens_of(_ANSWER))
        for row in session.execute(select(Complaint.id, Complaint.text).where(*over))
    }
    more = bindparam("cut") if is_sqlite else func.array_to_tsvector(cast(bindparam("cut"), ARRAY(Text)))
    session.connection().execute(
        update(ComplaintSearch)
        .where(ComplaintSearch.complaint_id == bindparam("of"))
        .values(tokens=ComplaintSearch.tokens.op("||")(more)),
        [{"of": one, "cut": " " + " ".join(words) if is_sqlite else words} for one, words in cut.items()],
    )
