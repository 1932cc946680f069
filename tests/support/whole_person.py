"""A person of whom we hold one of everything, so that taking it away or deleting it has something to do."""

from datetime import UTC, datetime
from io import BytesIO

from PIL import Image
from sqlalchemy.orm import Session

from domain import grants, pending_uploads, personal_settings
from domain.actors import Actor
from domain.file_store import FileStore
from domain.people import open_window
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintFollower
from models.conversation import Conversation, Draft, DraftPiece
from models.delivery_receipt import DeliveryReceipt
from models.enums import AttachmentKind, AttachmentState, InboundState, NoticeChannel, NoticeKind, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice, NoticeAttempt
from models.person import Person

OPENID = "oTestStudent0000000000000001"
NAME, PHONE = "林小溪", "13912345678"
_DRAFT, _SECRET, _MESSAGE = "没交的草稿", "悄悄话", "消息原文"
FILES = ("语音的字节", "草稿的字节", "一半的字节")
# What only this person wrote, or is called by; after they left, none of it may be found anywhere.
MARKS = (OPENID, NAME, PHONE, _DRAFT, _SECRET, _MESSAGE, *FILES)


def give_everything(
    session: Session, person: Person, *, own: Complaint, followed: Complaint, files: FileStore
) -> None:
    """Put a row of the person's into every table that may hold one, and files of theirs into the store."""
    now = datetime.now(UTC)
    _attach(session, person, own, files, now=now)
    _write_messages(session, person, now=now)
    _queue_notices(session, person, now=now)
    session.add(ComplaintFollower(complaint_id=followed.id, person_id=person.id, since=now))
    kept = pending_uploads.Kept(files.save(FILES[2].encode(), "jpg"), "image/jpeg", 15, AttachmentKind.PHOTO)
    pending_uploads.put(session, Actor.of_person(person), name=f"{NAME}.jpg", kept=kept, now=now)
    open_window(session, person, seconds=3600, messages=3, now=now)
    grants.note_popup(session, person, template_id="T", accepted=True, event_key="e", now=now)
    personal_settings.save(
        session, person, heard=[], quiet_from="23:00", quiet_to="07:00", wants_digest=True, now=now
    )


def _attach(session: Session, person: Person, own: Complaint, files: FileStore, *, now: datetime) -> None:
    draft = Draft(person_id=person.id, created_at=now, updated_at=now)
    session.add(draft)
    session.flush()
    picture = BytesIO()
    Image.new("RGB", (8, 6)).save(picture, "JPEG")
    reported = {"complaint_id": own.id, "event_id": own.events[0].id}
    for kind, data, ending, where in (
        (AttachmentKind.VOICE, FILES[0].encode(), "amr", reported),
        (AttachmentKind.PHOTO, picture.getvalue(), "jpg", reported),
        (AttachmentKind.PHOTO, FILES[1].encode(), "jpg", {"draft_id": draft.id}),
    ):
        values = {"media_id": f"media-of-{OPENID}", "state": AttachmentState.STORED, "created_at": now}
        session.add(Attachment(kind=kind, file_key=files.save(data, ending), **values, **where))
    place = {"label": "6 号楼门口", "latitude": 30.1, "longitude": 120.1, "state": AttachmentState.STORED}
    session.add(Attachment(kind=AttachmentKind.LOCATION, created_at=now, draft_id=draft.id, **place))
    session.add(DraftPiece(draft_id=draft.id, sent_at=now, text=_DRAFT))
    session.add(Conversation(person_id=person.id, draft=draft, updated_at=now))


def _write_messages(session: Session, person: Person, *, now: datetime) -> None:
    session.add(DeliveryReceipt(key=f"subscription:{OPENID}:T", succeeded=True, received_at=now))
    for state in (InboundState.HANDLED, InboundState.DEFERRED):
        session.add(
            InboundMessage(
                dedupe_key=state.value,
                openid=person.openid,
                kind="text",
                body=f"<xml>{OPENID}{_MESSAGE}</xml>",
                reply=_SECRET,
                state=state,
                received_at=now,
            )
        )


def _queue_notices(session: Session, person: Person, *, now: datetime) -> None:
    for state in (NoticeState.SENT, NoticeState.SENDING):
        notice = Notice(
            key=state.value,
            kind=NoticeKind.CHAT_REPLY,
            person_id=person.id,
            title="回复",
            body=_SECRET,
            created_at=now,
            due_at=now,
            claimed_at=now,
            state=state,
        )
        session.add(notice)
        session.flush()
        session.add(NoticeAttempt(notice_id=notice.id, at=now, channel=NoticeChannel.CUSTOM))
