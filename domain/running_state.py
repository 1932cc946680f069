"""How the program itself is doing: what waits, which workers live, when the last backup was made.

Workers and backups leave their traces as rows of `office_setting`, so that every machine sees all of them; no
member of staff changed these, so nothing of it is in the audit log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain import outbox
from models.background_task import BackgroundTask
from models.connected_system import ConnectedSystem, Webhook, WebhookDelivery
from models.connected_words import DeliveryState
from models.content_check import ContentCheck
from models.content_check_words import CheckState
from models.enums import InboundState, TaskState, Word
from models.inbound import InboundMessage
from models.notice import Notice
from models.office_setting import OfficeSetting
from models.push import PushRun
from models.push_words import PushState
from models.upsert import insert_into
from models.wechat_token import WeChatToken

# A worker shows itself as often; it counts as gone when it missed some in a row.
SHOWN_EVERY = timedelta(seconds=15)
GONE_AFTER = timedelta(seconds=60)
# Of a worker that ended without a word; long enough to be noticed.
REMEMBERED = timedelta(days=1)
_WORKER = "worker:"
_BACKUP = "last_backup"
# As long as a name in that table.
_LONGEST_NAME = 40


class QueueName(Word):
    """Where something waits for a worker."""

    NOTICES = "notices", "通知"
    BULK = "bulk_notices", "群发的通知"
    INBOUND = "inbound", "微信来的消息"
    TASKS = "tasks", "后台任务"
    WEBHOOKS = "webhooks", "给接入系统的推送"
    PUSHES = "pushes", "正在推送的批次"
    CHECKS = "content_checks", "内容检查"


@dataclass(frozen=True)
class Queue:
    """What waits in one place.

    Attributes:
        waiting: how much could be done now.
        oldest: since when the first of it could; None when nothing waits.
    """

    name: QueueName
    waiting: int
    oldest: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Tell how long the first of it has waited."""
        return max(now - self.oldest, timedelta()) if self.oldest is not None else timedelta()


@dataclass(frozen=True)
class SeenWorker:
    """A worker as it showed itself last.

    Attributes:
        leads: whether it saw to the schedule.
    """

    name: str
    leads: bool
    started_at: datetime
    seen_at: datetime

    def lives(self, now: datetime) -> bool:
        """Tell whether it still shows itself."""
        return now - self.seen_at < GONE_AFTER


@dataclass(frozen=True)
class LastBackup:
    """The last backup that was made."""

    made_at: datetime
    size: int
    rows: int
    files: int


@dataclass(frozen=True)
class Token:
    """One of the platform's tokens.

    Attributes:
        name: of the account, with what is kept of it.
        expires_at: None when it was refused, or none was fetched yet.
    """

    name: str
    fetched_at: datetime | None
    expires_at: datetime | None


def queues(session: Session, *, now: datetime) -> list[Queue]:
    """Count what waits, each by an index that holds nothing but what waits."""
    found = []
    for name, query in _queries(now).items():
        waiting, oldest = session.execute(query).one()
        found.append(Queue(name, waiting, oldest))
    return found


def _queries(now: datetime) -> dict[QueueName, Select[int, datetime | None]]:
    # What waits for somebody to mend a receiver is told of elsewhere.
    receivers = (
        select(Webhook.system_id)
        .join(ConnectedSystem, ConnectedSystem.id == Webhook.system_id)
        .where(Webhook.stopped_at.is_(None), ConnectedSystem.active, ConnectedSystem.may_hook)
    )
    webhook_waits = and_(
        WebhookDelivery.state == DeliveryState.PENDING,
        WebhookDelivery.due_at <= now,
        WebhookDelivery.system_id.in_(receivers),
    )
    message, task, push, check = InboundMessage, BackgroundTask, PushRun, ContentCheck
    return {
        QueueName.NOTICES: _waiting(Notice.due_at, and_(outbox.is_due(now), Notice.bulk.is_(False))),
        QueueName.BULK: _waiting(Notice.due_at, and_(outbox.is_due(now), Notice.bulk)),
        QueueName.INBOUND: _waiting(message.received_at, message.state == InboundState.DEFERRED),
        QueueName.TASKS: _waiting(task.created_at, task.state == TaskState.WAITING),
        QueueName.WEBHOOKS: _waiting(WebhookDelivery.due_at, webhook_waits),
        QueueName.PUSHES: _waiting(push.started_at, push.state == PushState.RUNNING),
        QueueName.CHECKS: _waiting(check.created_at, check.state == CheckState.WAITING),
    }


def _waiting(since: InstrumentedAttribute[Any], waits: ColumnElement[bool]) -> Select[int, datetime | None]:
    return select(func.count(), func.min(since)).where(waits)


def show_worker(session: Session, name: str, *, leads: bool, started_at: datetime, now: datetime) -> None:
    """Write down that a worker lives; call it every SHOWN_EVERY."""
    value = {"leads": leads, "started_at": started_at.isoformat()}
    _leave_trace(session, _row_of(name), value, now=now)


def forget_worker(session: Session, name: str) -> None:
    """Strike a worker off that has ended as it should."""
    session.execute(delete(OfficeSetting).where(OfficeSetting.name == _row_of(name)))


def drop_gone_workers(session: Session, *, now: datetime) -> int:
    """Strike off the workers that ended without a word long ago.

    Returns:
        How many there were.
    """
    gone = and_(OfficeSetting.name.startswith(_WORKER), OfficeSetting.changed_at < now - REMEMBERED)
    done = session.execute(delete(OfficeSetting).where(gone))
    return int(done.rowcount)  # type: ignore[attr-defined]


def workers(session: Session) -> list[SeenWorker]:
    """List the workers that showed themselves within a day and did not say farewell, the latest first."""
    query = select(OfficeSetting).where(OfficeSetting.name.startswith(_WORKER))
    return [
        SeenWorker(
            name=row.name.removeprefix(_WORKER),
            leads=bool(row.value["leads"]),
            started_at=datetime.fromisoformat(row.value["started_at"]),
            seen_at=row.changed_at,
        )
        for row in session.scalars(query.order_by(OfficeSetting.changed_at.desc()))
    ]


def note_backup(session: Session, backup: LastBackup) -> None:
    """Write down that a backup was made; what was known of the one before is forgotten."""
    value = {"size": backup.size, "rows": backup.rows, "files": backup.files}
    _leave_trace(session, _BACKUP, value, now=backup.made_at)


def last_backup(session: Session) -> LastBackup | None:
    """Give the last backup that was made; None if there never was one."""
    row = session.get(OfficeSetting, _BACKUP)
    return LastBackup(made_at=row.changed_at, **row.value) if row is not None else None


def tokens(session: Session) -> list[Token]:
    """List the platform's tokens we hold, without the tokens."""
    held = WeChatToken
    query = select(held.app_id, held.fetched_at, held.expires_at).order_by(held.app_id)
    return [Token(name, fetched_at, expires_at) for name, fetched_at, expires_at in session.execute(query)]


def _row_of(worker: str) -> str:
    """Give the name of a worker's row: the end of its own, which is what tells it from others."""
    return _WORKER + worker[-(_LONGEST_NAME - len(_WORKER)) :]


def _leave_trace(session: Session, name: str, value: dict[str, Any], *, now: datetime) -> None:
    row = insert_into(session, OfficeSetting).values(
        name=name, value=value, changed_at=now, changed_by_id=None
    )
    fresh = {"value": row.excluded.value, "changed_at": row.excluded.changed_at}
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=fresh))
