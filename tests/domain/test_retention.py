"""What is kept for how long: each kind with things that are due and things that are not."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import complaints, pending_uploads, retention, retention_ways
from domain.actors import Actor
from domain.audit_check import verify
from domain.disclosure import MASK
from domain.retention import Kind
from domain.retention_ways import Due
from domain.taking_names_off import mask_for
from models.access_words import Seen, SeenIn
from models.api_session import ApiSession, IdempotentRequest
from models.attachment import Attachment
from models.background_task import BackgroundTask
from models.board import PublicPhoto
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import ConnectedRequest, ConnectedSystem, WebhookAttempt, WebhookDelivery
from models.connected_words import DeliveryState, WebhookType
from models.content_check import MediaVerdict
from models.content_check_words import CheckState
from models.conversation import Conversation, Draft, DraftPiece
from models.database import Database
from models.delivery_receipt import DeliveryReceipt
from models.desk import ActDraft
from models.enums import (
    AttachmentKind,
    AttachmentState,
    ComplaintStatus,
    ConversationState,
    InboundState,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    ScanKind,
    StepName,
    TaskState,
)
from models.inbound import InboundMessage
from models.notice import Notice, NoticeAttempt
from models.person import AccessLink
from models.person_limit import LimitKind, PersonLimit
from models.personal_data_access import PersonalDataAccess
from models.personal_settings import FormerPerson
from models.rating import Rating
from models.scan_ticket import ScanTicket
from models.staff import Staff
from models.subscription_grant import SubscriptionTap
from tests.support.factories import Factory, Office
from tests.support.retention import DAYS, KINDS, drop

# All on, so that each has something to do.
SET = {**DAYS, "photo_days": 1000, "reporter_days": 1000}
OLD, YOUNG = timedelta(days=900), timedelta(minutes=5)
PHONE = "13912345678"


def furnish(session: Session, office: Office, now: datetime, age: timedelta) -> None:
    """Put a row of this age into every table that is looked after."""
    at, mark = now - age, f"{age.days}"
    person, staff, complaint = office.student, office.dispatcher, _complaint(session)
    system = session.scalar(select(ConnectedSystem)) or ConnectedSystem(
        name="门户", key_hash="k", key_start="k", key_made_at=at, created_at=at
    )
    draft = Draft(person_id=person.id, created_at=at, updated_at=at)
    notice, in_hand = (
        Notice(
            key=f"{state}{mark}",
            kind=NoticeKind.CHAT_REPLY,
            person_id=person.id,
            title="回复",
            body="好",
            created_at=at,
            due_at=at,
            claimed_at=at,
            state=state,
        )
        for state in (NoticeState.SENT, NoticeState.SENDING)
    )
    session.add_all([system, draft, notice, in_hand])
    session.flush()
    told: dict[str, Any] = {"system_id": system.id, "payload": "{}", "type": WebhookType.TEST, "due_at": at}
    webhook = WebhookDelivery(message_id=mark, state=DeliveryState.DELIVERED, created_at=at, **told)
    session.add(webhook)
    session.flush()
    upload = {"kind": AttachmentKind.PHOTO, "state": AttachmentState.STORED, "created_at": at}
    session.add_all(
        [
            InboundMessage(
                dedupe_key=f"known{mark}",
                openid=person.openid,
                body="<xml/>",
                state=InboundState.HANDLED,
                received_at=at,
            ),
            InboundMessage(
                dedupe_key=f"gone{mark}",
                openid="oGone",
                body="<xml/>",
                state=InboundState.HANDLED,
                received_at=at,
            ),
            DraftPiece(draft_id=draft.id, sent_at=at, text="没交"),
            Attachment(draft_id=draft.id, file_key=f"draft{mark}", **upload),
            Attachment(draft_id=draft.id, complaint_id=complaint.id, file_key=f"both{mark}", **upload),
            NoticeAttempt(notice_id=notice.id, at=at, channel=NoticeChannel.CUSTOM),
            NoticeAttempt(notice_id=in_hand.id, at=at, channel=NoticeChannel.CUSTOM),
            ApiSession(
                key=mark,
                token_hash=mark,
                person_id=person.id,
                device="手机",
                created_at=at,
                last_seen_at=at,
                expires_at=at,
            ),
            AccessLink(token_hash=mark, person_id=person.id, path="/h5", expires_at=at),
            ScanTicket(
                kind=ScanKind.LOGIN, secret_hash=mark, url="u", number="1234", created_at=at, expires_at=at
            ),
            FormerPerson(mark=mark.rjust(64, "0"), left_at=at),
            PersonalDataAccess(
                at=at,
                hour=at,
                staff_id=staff.id,
                post="受理员",
                complaint_id=complaint.id,
                seen=Seen.PHONE,
                seen_in=SeenIn.PAGE,
            ),
            ActDraft(
                staff_id=staff.id,
                complaint_id=complaint.id,
                step=StepName.NOTE if age == OLD else StepName.REPLY,
                fields={},
                changed_at=at,
            ),
            BackgroundTask(
                kind="ledger_export",
                title="台账",
                state=TaskState.DONE,
                staff_id=staff.id,
                result_file_key=f"task{mark}",
                created_at=at,
                finished_at=at,
            ),
            WebhookAttempt(delivery_id=webhook.id, at=at, milliseconds=1),
            PersonLimit(person_id=person.id, kind=LimitKind.CHAT, began_at=at, until=at),
            DeliveryReceipt(key=mark, succeeded=True, received_at=at),
            MediaVerdict(trace_id=mark, openid="o", state=CheckState.PASSED, reason="", received_at=at),
            SubscriptionTap(event_key=mark, template_id="T", counted_at=at),
            IdempotentRequest(person_id=person.id, key=mark, fingerprint="f", result="", created_at=at),
            ConnectedRequest(system_id=system.id, key=mark, fingerprint="f", created_at=at),
        ]
    )
    kept = pending_uploads.Kept(f"upload{mark}", "image/jpeg", 3, AttachmentKind.PHOTO)
    pending_uploads.put(session, Actor.of_person(person), name="x.jpg", kept=kept, now=at)
    session.flush()


def _complaint(session: Session) -> Complaint:
    return session.scalars(select(Complaint).where(Complaint.status == ComplaintStatus.SUBMITTED)).one()


@pytest.mark.parametrize("batch", [1, 500])
def test_dry_run_counts_exactly_what_is_then_deleted_and_once_only(
    database: Database,
    office: Office,
    factory: Factory,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(retention_ways, "BATCH", batch)
    monkeypatch.setattr("domain.retention_special.BATCH", batch)
    with database.transaction() as session:
        factory.complaint(session, office, now=now - OLD, service_point=session.merge(office.hall))
        for age in (OLD, YOUNG):
            furnish(session, office, now, age)

    def standings() -> dict[str, Due]:
        with database.reading() as session:
            found = retention.standings(session, list(KINDS.values()), days=SET, now=now)
            return {one.kind.name: one.due for one in found if one.due.count}

    def drop_all(kind: Kind) -> tuple[int, set[str]]:
        total, keys = 0, set[str]()
        while True:
            with database.transaction() as session:
                dropped = retention.drop(session, kind, days=SET, now=now)
            if not dropped.count:
                return total, keys
            total, keys = total + dropped.count, keys | dropped.file_keys

    due = standings()
    dropped = {name: drop_all(kind) for name, kind in KINDS.items()}
    assert due["chat_drafts"] == Due(1, now - OLD)
    # A push, a form of a matter and the like are tried elsewhere.
    assert set(KINDS) - set(due) == {
        *("pushes", "files", "reporters", "matter_drafts", "meeting_drafts"),
        *(name for name, kind in KINDS.items() if kind.way is None),
    }
    assert {name: done[0] for name, done in dropped.items() if done[0]} == {
        name: one.count for name, one in due.items()
    }
    assert {key for _, keys in dropped.values() for key in keys} == {"draft900", "task900", "upload900"}
    assert standings() == {}
    assert {name: drop_all(kind)[0] for name, kind in KINDS.items()} == dict.fromkeys(KINDS, 0)
    with database.reading() as session:
        left = session.scalars(select(Attachment.file_key).order_by(Attachment.file_key)).all()
        assert left == ["both0", "both900", "draft0"]
        ours = Notice.kind == NoticeKind.CHAT_REPLY
        told = sorted(session.scalars(select(Notice.key).where(ours)))
        assert told == ["sending0", "sending900", "sent0"]


def closed(session: Session, office: Office, factory: Factory, at: datetime) -> Complaint:
    """File a complaint with all that names its reporter, and close it."""
    complaint = factory.complaint(
        session,
        office,
        ComplaintStatus.CLOSED,
        now=at,
        service_point=session.merge(office.canteen),
        text=f"我是林小溪，电话{PHONE}，饭是凉的",
        contact_name="林小溪",
        contact_phone=PHONE,
    )
    handler = Actor.of_staff(session.get_one(Staff, office.handler.id))
    complaints.note(session, complaint, words=f"已打林小溪电话 {PHONE}", actor=handler, now=at)
    for kind, key in ((AttachmentKind.PHOTO, "photo"), (AttachmentKind.VOICE, "voice")):
        values = {"state": AttachmentState.STORED, "created_at": at, "event_id": complaint.events[0].id}
        file = Attachment(kind=kind, complaint_id=complaint.id, file_key=key, **values)
        session.add(file)
        if kind is AttachmentKind.PHOTO:
            session.flush()
            session.add(PublicPhoto(attachment_id=file.id, complaint_id=complaint.id))
    session.add(Draft(person_id=office.student.id, complaint_id=complaint.id, created_at=at, updated_at=at))
    session.add(
        Conversation(
            person_id=office.student.id,
            state=ConversationState.FOLLOWING_UP,
            complaint_id=complaint.id,
            updated_at=at,
        )
    )
    session.flush()
    return complaint


def test_reporters_and_files_of_old_complaints_go_when_the_office_wants_it(
    database: Database, office: Office, factory: Factory, now: datetime
) -> None:
    at = now - timedelta(days=1001)
    with database.transaction() as session:
        complaint_id = closed(session, office, factory, at).id
        assert drop(session, "reporters", now=now) == 0
        assert drop(session, "files", now=now) == 0
    with database.transaction() as session:
        assert drop(session, "reporters", now=now, reporter_days=1001) == 0
        assert drop(session, "reporters", now=now, reporter_days=1000) == 1
    with database.transaction() as session:
        complaint = session.get_one(Complaint, complaint_id)
        assert (complaint.reporter_id, complaint.contact_name, complaint.contact_phone) == (None, "", "")
        assert complaint.text == f"我是{MASK}，电话{MASK}，饭是凉的"
        events = session.scalars(select(ComplaintEvent).where(ComplaintEvent.complaint_id == complaint_id))
        assert {event.person_id for event in events} == {None}
        note = session.scalars(select(ComplaintEvent.words).where(ComplaintEvent.step == StepName.NOTE)).one()
        assert note == f"已打{MASK}电话 {MASK}"
        assert session.scalars(select(Rating.person_id)).all() == [None]
        assert session.scalars(select(Draft.id)).all() == []
        assert session.scalars(select(Conversation.complaint_id)).all() == [None]
        assert session.scalars(select(Notice.person_id).where(Notice.person_id.is_not(None))).all() == []
        assert drop(session, "reporters", now=now, reporter_days=1000) == 0
    with database.transaction() as session:
        assert drop(session, "files", now=now, photo_days=1000) == 1
        assert drop(session, "files", now=now, photo_days=1000) == 0
        assert {one.file_key for one in session.scalars(select(Attachment))} == {""}
        assert session.scalars(select(PublicPhoto.attachment_id)).all() == []
    with database.reading() as session:
        # The log knows that the note was changed at its person's wish; any other change it would tell of.
        assert verify(session).faults == ()
    with database.transaction() as session:
        session.execute(update(ComplaintEvent).where(ComplaintEvent.step == StepName.NOTE).values(words="改"))
    with database.reading() as session:
        assert ["被改过" in fault for fault in verify(session).faults] == [True]


def test_what_is_no_name_stays_in_the_words() -> None:
    said = f"同学您好，王五说{PHONE}"
    assert [mask_for(name)(said) for name in ("同学", "王", "王五")] == [
        f"同学您好，王五说{MASK}",
        f"同学您好，王五说{MASK}",
        f"同学您好，{MASK}说{MASK}",
    ]


def test_every_term_is_told_in_words() -> None:
    terms = {name: kind.term(DAYS) for name, kind in KINDS.items()}
    assert (terms["messages"], terms["messages_of_nobody"], terms["files"], terms["audit"]) == (
        "90 天",
        "1 小时",
        "长期保存",
        "长期保存",
    )
    assert set(DAYS) == {kind.setting for kind in KINDS.values() if kind.setting}


def test_notice_of_the_docs_has_every_kind_with_its_days() -> None:
    words = (Path(__file__).parents[2] / "docs" / "privacy-notice.md").read_text(encoding="utf-8")
    missing = [
        kind.title
        for kind in KINDS.values()
        if f"| {kind.title} | {kind.term(DAYS)} | {kind.since} | {kind.done} |" not in words
    ]
    assert missing == []
