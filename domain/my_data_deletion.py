"""Deleting a person at their own wish: what they raised stays as work orders that lead to nobody.

What is asked for by name below is everything that needs more than the rule of `_let_go_of_the_rest`: where
a row may be without a person the name goes, where it may not the row goes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from domain import audit, former_people
from domain.disclosure import masked
from domain.errors import Invalid
from domain.secret_box import SecretBox
from domain.stored_files import unnamed
from domain.taking_names_off import drop_recordings, take_name_off
from domain.unlinking import unlink
from models.access_words import SeenIn
from models.api_session import MiniProgramIdentity
from models.attachment import Attachment
from models.background_task import BackgroundTask
from models.complaint import Complaint
from models.content_check import MediaVerdict
from models.conversation import Conversation, Draft, DraftPiece
from models.delivery_receipt import DeliveryReceipt
from models.enums import ACTIVE_STATUSES, InboundState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice, NoticeAttempt
from models.pending_upload import PendingUpload, UploadChunk
from models.person import Person
from models.personal_data_access import PersonalDataAccess
from models.place_rating import PlaceRating
from models.rating import Rating
from models.scan_ticket import ScanTicket
from models.tables import Base

# Typed by the person, so that nobody deletes themselves by tapping.
CONFIRMATION = "删除"
# The long work whose file holds contacts; see jobs/task_kinds.py.
EXPORTS_CONTACTS = "ledger_export"
_LEFT = "提交人已注销，语音、视频、文件已删除"
_EXPORT_GONE = "文件已删除：里面有一位已注销师生的联系方式。需要的话请重新导出。"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Deleted:
    """What became of a person's things.

    Attributes:
        complaints: how many work orders stay, without the person.
        file_keys: files that nothing leads to any more, to be deleted once this is committed.
        marks: of the openids that are known no more, for `domain.deletion_ledger`.
    """

    complaints: int
    file_keys: frozenset[str]
    marks: tuple[str, ...] = ()


def check_word(word: str) -> None:
    """Make sure that somebody means it; quotation marks around the word do no harm.

    Raises:
        Invalid: it is another word, or none.
    """
    if word.strip(' 　「」"“”') != CONFIRMATION:
        raise Invalid(f"没有删除。确定要删除，请在框里输入「{CONFIRMATION}」两个字。", "word")


def delete_person(session: Session, person: Person, *, box: SecretBox, now: datetime) -> Deleted:
    """Forget a person: unlink them, delete what is theirs alone, and take their name off what stays.

    Their row stays behind empty, so that its number is never given to somebody else: phones may still hold
    sessions with it, which `person_only` refuses. Whoever writes again with the same openid is somebody new.

    Args:
        box: makes the mark that stays; see `domain.former_people`.
    """
    identity = session.get(MiniProgramIdentity, person.id)
    openids = [person.openid, identity.openid if identity is not None else None]
    known = [openid for openid in openids if openid is not None]
    if not known:  # the other of two taps was faster
        return Deleted(0, frozenset())
    for openid in known:
        _empty_messages(session, openid)
    unlink(session, person, now=now)
    keys = {*_drop_drafts(session, person), *_drop_uploads(session, person)}
    _mask_judgements(session, person)
    complaints = _take_name_off(session, person, now=now)
    keys |= drop_recordings(session, [complaint.id for complaint in complaints], why=_LEFT)
    keys |= _drop_exports(session, complaints)
    _drop_notices(session, person)
    theirs = or_(ScanTicket.person_id == person.id, ScanTicket.for_person_id == person.id)
    session.execute(delete(ScanTicket).where(theirs))
    _let_go_of_the_rest(session, person)
    person.created_at, person.followed_at, person.unfollowed_at = now, None, None
    marks = tuple(former_people.mark_of(openid, box=box) for openid in known)
    for mark in marks:
        former_people.note_leaving(session, mark, now=now)
    _write_down(session, len(complaints), now=now)
    session.flush()
    return Deleted(len(complaints), frozenset(unnamed(session, keys)), marks)


def _empty_messages(session: Session, openid: str) -> None:
    """Forget what was received from them, also what still waits; that it came stays known for repeats."""
    theirs = update(InboundMessage).where(InboundMessage.openid == openid)
    gone = {"openid": "", "body": "", "reply": "", "error": "", "state": InboundState.HANDLED}
    session.execute(theirs.values(gone).execution_options(synchronize_session=False))
    early = DeliveryReceipt.key.startswith(f"subscription:{openid}:", autoescape=True)
    session.execute(delete(DeliveryReceipt).where(early))
    session.execute(delete(MediaVerdict).where(MediaVerdict.openid == openid))


def _drop_drafts(session: Session, person: Person) -> set[str]:
    drafts = select(Draft.id).where(Draft.person_id == person.id)
    pieces = Attachment.draft_id.in_(drafts)
    keys = set(session.scalars(select(Attachment.file_key).where(pieces, Attachment.complaint_id.is_(None))))
    session.execute(delete(Conversation).where(Conversation.person_id == person.id))
    session.execute(delete(Attachment).where(pieces, Attachment.complaint_id.is_(None)))
    session.execute(update(Attachment).where(pieces).values(draft_id=None, media_id=""))
    session.execute(delete(DraftPiece).where(DraftPiece.draft_id.in_(drafts)))
    session.execute(delete(Draft).where(Draft.person_id == person.id))
    return keys


def _drop_uploads(session: Session, person: Person) -> set[str]:
    uploads = select(PendingUpload.id).where(PendingUpload.person_id == person.id)
    theirs = PendingUpload.person_id == person.id
    keys = {
        *session.scalars(select(UploadChunk.file_key).where(UploadChunk.upload_id.in_(uploads))),
        *session.scalars(select(PendingUpload.file_key).where(theirs)),
    }
    session.execute(delete(UploadChunk).where(UploadChunk.upload_id.in_(uploads)))
    session.execute(delete(PendingUpload).where(theirs))
    return keys


def _take_name_off(session: Session, person: Person, *, now: datetime) -> list[Complaint]:
    query = select(Complaint).where(Complaint.reporter_id == person.id).with_for_update(of=Complaint)
    complaints = list(session.scalars(query.execution_options(populate_existing=True)))
    for complaint in complaints:
        take_name_off(session, complaint, now=now)
    return complaints


def _mask_judgements(session: Session, person: Person) -> None:
    """Keep what they judged, for the figures, in words that name nobody."""
    for rating in session.scalars(select(Rating).where(Rating.person_id == person.id)):
        rating.words = masked(rating.words)
    for judgement in session.scalars(select(PlaceRating).where(PlaceRating.person_id == person.id)):
        judgement.words = masked(judgement.words)


def _drop_exports(session: Session, complaints: Sequence[Complaint]) -> set[str]:
    """Take away workbooks of contacts that they stand in; who wants one has it made again."""
    ids = [complaint.id for complaint in complaints]
    taken_out = select(PersonalDataAccess.staff_id, PersonalDataAccess.hour).where(
        PersonalDataAccess.complaint_id.in_(ids), PersonalDataAccess.seen_in == SeenIn.EXPORT
    )
    keys = set[str]()
    for staff_id, hour in session.execute(taken_out).all():
        made = select(BackgroundTask).where(
            BackgroundTask.staff_id == staff_id,
            BackgroundTask.kind == EXPORTS_CONTACTS,
            BackgroundTask.result_file_key != "",
            BackgroundTask.finished_at >= hour,
            BackgroundTask.started_at < hour + _HOUR,
        )
        for task in session.scalars(made):
            keys.add(task.result_file_key)
            task.result_file_key, task.result_name = "", ""
            task.result = {"lines": [_EXPORT_GONE]}
    return keys


def _drop_notices(session: Session, person: Person) -> None:
    theirs = Notice.person_id == person.id
    # What a worker is sending this moment is emptied only: its outcome is about to be written.
    going = (theirs, Notice.state == NoticeState.SENDING)
    empty: dict[str, Any] = {"title": "", "body": "", "fields": {}, "path": "", "complaint_id": None}
    session.execute(update(Notice).where(*going).values(empty).execution_options(synchronize_session="fetch"))
    done = select(Notice.id).where(theirs, Notice.state != NoticeState.SENDING)
    session.execute(delete(NoticeAttempt).where(NoticeAttempt.notice_id.in_(done)))
    session.execute(delete(Notice).where(Notice.id.in_(done)).execution_options(synchronize_session="fetch"))


def naming_columns() -> list[Column[Any]]:
    """List the columns that name a person, in every table there is."""
    person: Table = Person.metadata.tables["person"]
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.references(person) for key in column.foreign_keys)
    ]


def _let_go_of_the_rest(session: Session, person: Person) -> None:
    for column in reversed(naming_columns()):
        table = column.table
        if table.name == "notice":
            continue
        change = update(table).values({column: None}) if column.nullable else delete(table)
        session.execute(change.where(column == person.id))


def _write_down(session: Session, complaints: int, *, now: datetime) -> None:
    """Note that it was done, and nothing of whose it was: neither the address nor the request."""
    with _from_nowhere():
        audit.record(
            session,
            None,
            action="person.delete",
            subject_kind="person",
            subject="",
            words=f"一位师生注销了自己的账号，{complaints} 件工单去掉姓名后保留",
            details={"complaints": complaints},
            now=now,
        )


@contextmanager
def _from_nowhere() -> Iterator[None]:
    token = audit.ORIGIN.set(audit.Origin())
    try:
        yield
    finally:
        audit.ORIGIN.reset(token)


def open_complaints(session: Session, person: Person) -> int:
    """Count what of theirs is still being worked on, for the page that asks whether they are sure."""
    theirs = Complaint.reporter_id == person.id
    query = select(func.count(Complaint.id)).where(theirs, Complaint.status.in_(ACTIVE_STATUSES))
    return session.scalar(query) or 0
