"""Ways of forgetting that take more than one table, or files (see domain/retention_ways.py)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from domain import background_tasks, board_version, pending_uploads, push_forgetting
from domain.housekeeping import is_nobodys
from domain.retention_ways import BATCH, Dropped, Due, due_of
from domain.stored_files import unnamed
from domain.taking_names_off import drop_recordings, empty_files, take_name_off
from models.attachment import Attachment
from models.background_task import BackgroundTask
from models.board import PublicPhoto
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState
from models.conversation import Conversation, Draft, DraftPiece
from models.enums import ENDED_STATUSES, AttachmentState, ConversationState, InboundState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice, NoticeAttempt
from models.pending_upload import PendingUpload
from models.push import PushRun

UNDER_WAY = (NoticeState.PENDING, NoticeState.SENDING)
# Each is a dozen statements.
_COMPLAINTS_AT_ONCE = 50
_PHOTO_GONE = "超过保存期限，已删除"
_REPORTER_GONE = "诉求人的信息超过保存期限，语音、视频、文件已删除"


def _delete(session: Session, table: type[Any], which: ColumnElement[bool]) -> int:
    done = session.execute(delete(table).where(which).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class MessagesOfNobody:
    """Empties what was received from people we no longer know.

    Attributes:
        but: kinds that are about the account, whose sender never was a person.
    """

    but: Collection[str]

    def _which(self, before: datetime) -> ColumnElement[bool]:
        # The answer stays as long as the platform may deliver the message again.
        answered = and_(InboundMessage.openid == "", InboundMessage.reply != "")
        return and_(InboundMessage.received_at < before, or_(self._gone(), answered))

    def _gone(self) -> ColumnElement[bool]:
        return and_(InboundMessage.state == InboundState.HANDLED, is_nobodys(but=self.but))

    def takes_whole(self) -> ColumnElement[bool]:
        """Give the condition on messages of which nothing is left when this is done."""
        return or_(self._gone(), and_(InboundMessage.openid == "", InboundMessage.body == ""))

    def due(self, session: Session, before: datetime) -> Due:
        """Count the messages."""
        counted = select(func.count(), func.min(InboundMessage.received_at))
        return due_of(session, counted.where(self._which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Empty them, all at once."""
        del now
        kept = case((InboundMessage.openid == "", InboundMessage.body), else_="")
        change = update(InboundMessage).where(self._which(before)).values(openid="", body=kept, reply="")
        done = session.execute(change.execution_options(synchronize_session=False))
        return Dropped(int(done.rowcount))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Drafts:
    """Deletes what was typed in the chat: drafts with their pieces, and files that came with none else."""

    def due(self, session: Session, before: datetime) -> Due:
        """Count the drafts."""
        counted = select(func.count(), func.min(Draft.updated_at)).where(Draft.updated_at < before)
        return due_of(session, counted)

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete BATCH of them."""
        del now
        ids = session.scalars(select(Draft.id).where(Draft.updated_at < before).limit(BATCH)).all()
        return Dropped(len(ids), frozenset(unnamed(session, forget_drafts(session, ids))))


def forget_drafts(session: Session, ids: Sequence[int]) -> set[str]:
    """Delete drafts with all that hangs on them; what was submitted stays with its complaint."""
    never_sent = and_(Attachment.draft_id.in_(ids), Attachment.complaint_id.is_(None))
    keys = set(session.scalars(select(Attachment.file_key).where(never_sent)))
    idle: dict[str, Any] = {"draft_id": None, "state": ConversationState.IDLE, "options": []}
    session.execute(update(Conversation).where(Conversation.draft_id.in_(ids)).values(idle))
    _delete(session, Attachment, never_sent)
    session.execute(update(Attachment).where(Attachment.draft_id.in_(ids)).values(draft_id=None))
    _delete(session, DraftPiece, DraftPiece.draft_id.in_(ids))
    _delete(session, Draft, Draft.id.in_(ids))
    return keys - {""}


@dataclass(frozen=True)
class Notices:
    """Deletes notices that are no part of a push, with the tries to deliver them."""

    @staticmethod
    def _which(before: datetime) -> ColumnElement[bool]:
        over = Notice.state.not_in(UNDER_WAY)
        return and_(Notice.created_at < before, Notice.push_run_id.is_(None), over)

    def due(self, session: Session, before: datetime) -> Due:
        """Count the notices."""
        return due_of(session, select(func.count(), func.min(Notice.created_at)).where(self._which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete BATCH of them."""
        del now
        ids = session.scalars(select(Notice.id).where(self._which(before)).limit(BATCH)).all()
        _delete(session, NoticeAttempt, NoticeAttempt.notice_id.in_(ids))
        return Dropped(_delete(session, Notice, Notice.id.in_(ids)))


@dataclass(frozen=True)
class PushMessages:
    """Deletes the messages of pushes that are over."""

    def due(self, session: Session, before: datetime) -> Due:
        """Count the messages."""
        counted = select(func.count(), func.min(PushRun.finished_at)).select_from(Notice)
        counted = counted.join(PushRun, PushRun.id == Notice.push_run_id)
        return due_of(session, counted.where(PushRun.finished_at < before, Notice.state.not_in(UNDER_WAY)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete some of one push."""
        del now
        return Dropped(push_forgetting.drop_old_messages(session, before=before))


@dataclass(frozen=True)
class Webhooks:
    """Deletes what connected systems were told, with the tries, and calls off what waited for too long."""

    @staticmethod
    def _which(before: datetime) -> ColumnElement[bool]:
        return and_(WebhookDelivery.created_at < before, WebhookDelivery.state != DeliveryState.SENDING)

    def due(self, session: Session, before: datetime) -> Due:
        """Count the deliveries."""
        counted = select(func.count(), func.min(WebhookDelivery.created_at))
        return due_of(session, counted.where(self._which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete BATCH of them."""
        del now
        ids = session.scalars(select(WebhookDelivery.id).where(self._which(before)).limit(BATCH)).all()
        _delete(session, WebhookAttempt, WebhookAttempt.delivery_id.in_(ids))
        return Dropped(_delete(session, WebhookDelivery, WebhookDelivery.id.in_(ids)))


@dataclass(frozen=True)
class Tasks:
    """Deletes long work that is over, with its files."""

    def due(self, session: Session, before: datetime) -> Due:
        """Count the tasks."""
        counted = select(func.count(), func.min(BackgroundTask.finished_at))
        over = BackgroundTask.state.not_in(background_tasks.UNFINISHED)
        return due_of(session, counted.where(BackgroundTask.finished_at < before, over))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete some of them."""
        del now
        keys = background_tasks.drop_old(session, before=before)
        return Dropped(len(keys) // 2, frozenset(filter(None, keys)))


@dataclass(frozen=True)
class Uploads:
    """Deletes what was uploaded for a form that nobody sent."""

    def due(self, session: Session, before: datetime) -> Due:
        """Count the uploads."""
        counted = select(func.count(), func.min(PendingUpload.created_at))
        return due_of(session, counted.where(PendingUpload.created_at <= before))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete some of them."""
        del before
        count, keys = pending_uploads.sweep(session, now=now)
        return Dropped(count, frozenset(keys))


def _at_rest(before: datetime) -> ColumnElement[bool]:
    """Give the condition on Complaint that it is over and nothing was done to it since."""
    later = exists().where(ComplaintEvent.complaint_id == Complaint.id, ComplaintEvent.at >= before)
    return and_(Complaint.status.in_(ENDED_STATUSES), Complaint.filed_at < before, ~later)


@dataclass(frozen=True)
class Files:
    """Deletes photos and other files of complaints that are over; that there was one stays known."""

    @staticmethod
    def _which(before: datetime) -> ColumnElement[bool]:
        of_old = select(Complaint.id).where(_at_rest(before))
        stored = and_(Attachment.state == AttachmentState.STORED, Attachment.file_key != "")
        return and_(stored, Attachment.complaint_id.in_(of_old))

    def due(self, session: Session, before: datetime) -> Due:
        """Count the files."""
        counted = select(func.count(), func.min(Attachment.created_at))
        return due_of(session, counted.where(self._which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Delete BATCH of them."""
        del now
        found = session.scalars(select(Attachment).where(self._which(before)).limit(BATCH)).all()
        if _delete(session, PublicPhoto, PublicPhoto.attachment_id.in_([one.id for one in found])):
            board_version.touch(session)
        keys = empty_files(session, found, why=_PHOTO_GONE)
        return Dropped(len(found), frozenset(unnamed(session, keys)))


@dataclass(frozen=True)
class Reporters:
    """Takes the reporter out of complaints that are over."""

    @staticmethod
    def _which(before: datetime) -> ColumnElement[bool]:
        left = or_(Complaint.contact_name != "", Complaint.contact_phone != "")
        return and_(or_(Complaint.reporter_id.is_not(None), left), _at_rest(before))

    def due(self, session: Session, before: datetime) -> Due:
        """Count the complaints."""
        return due_of(session, select(func.count(), func.min(Complaint.filed_at)).where(self._which(before)))

    def drop(self, session: Session, before: datetime, *, now: datetime) -> Dropped:
        """Take it out of some of them."""
        query = select(Complaint).where(self._which(before)).limit(_COMPLAINTS_AT_ONCE)
        found = session.scalars(query.with_for_update(of=Complaint)).unique().all()
        ids = [complaint.id for complaint in found]
        for complaint in found:
            take_name_off(session, complaint, now=now)
        keys = drop_recordings(session, ids, why=_REPORTER_GONE)
        keys |= forget_drafts(
            session, session.scalars(select(Draft.id).where(Draft.complaint_id.in_(ids))).all()
        )
        session.execute(
            update(Conversation).where(Conversation.complaint_id.in_(ids)).values(complaint_id=None)
        )
        told = select(Notice.id).where(Notice.complaint_id.in_(ids), Notice.person_id.is_not(None))
        _delete(session, NoticeAttempt, NoticeAttempt.notice_id.in_(told))
        _delete(session, Notice, Notice.id.in_(told))
        return Dropped(len(found), frozenset(unnamed(session, keys)))
