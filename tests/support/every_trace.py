"""Somebody of whom every table that can hold anything of a person has a row."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain import complaints, personal_data_access, place_ratings
from domain.actors import Actor
from domain.file_store import FileStore
from domain.my_data_deletion import EXPORTS_CONTACTS
from domain.personal_data_access import Look
from models.access_words import Seen, SeenIn
from models.api_session import ApiSession, IdempotentRequest, MiniProgramIdentity
from models.background_task import BackgroundTask
from models.board import AbuseReport, HiddenText
from models.board_words import AbuseReason, BoardPart
from models.complaint import Complaint, ComplaintLink, ComplaintRequest
from models.content_check import MediaVerdict
from models.content_check_words import CheckState
from models.desk import ActDraft
from models.enums import (
    ComplaintStatus,
    InboundState,
    NoticeKind,
    NoticeState,
    RequestKind,
    RequestState,
    ScanKind,
    ScanState,
    StepName,
    TaskState,
)
from models.inbound import InboundMessage
from models.matter import MatterFollower, MatterVote
from models.notice import Notice
from models.person import AccessLink, Person
from models.person_limit import LimitKind, PersonLimit
from models.scan_ticket import ScanTicket
from models.staff import Staff
from tests.support.factories import Factory, Office
from tests.support.matters import matter
from tests.support.whole_person import MARKS, NAME, PHONE, give_everything

MINI, UNION, STUDENT_NUMBER = "oMiniStudent000000000000009", "uUnionStudent0000000000009", "3210105678"
EXPORT = "台账的字节"
OURS = (*MARKS, MINI, UNION, STUDENT_NUMBER, EXPORT)
_SAID = f"{NAME}，学号{STUDENT_NUMBER}，电话{PHONE}"


def give_every_trace(
    session: Session, office: Office, factory: Factory, files: FileStore, *, now: datetime
) -> int:
    """Leave a trace of the office's student everywhere; give the id of their complaint."""
    own = factory.complaint(
        session,
        office,
        ComplaintStatus.CLOSED,
        text=f"灯坏了，我是{_SAID}",
        contact_name=NAME,
        contact_phone=PHONE,
    )
    others = factory.complaint(session, office, reporter=session.merge(office.friend), text="别人的事")
    person = session.get_one(Person, office.student.id)
    give_everything(session, person, own=own, followed=others, files=files)
    for status in ComplaintStatus:
        factory.complaint(session, office, status, text=_SAID, contact_name=NAME, contact_phone=PHONE)
    session.get_one(Staff, office.handler.id).person_id = person.id
    person.unionid = UNION
    _in_programs(session, person, now=now)
    _in_work(session, office, own, others, now=now)
    _in_looks(session, office, own, files, now=now)
    place = office.canteen
    place_ratings.rate(session, place, person=person, stars=2, tags=[], words=f"找{PHONE}", now=now)
    listed = matter(session, office, now=now)
    session.add_all(
        [
            MatterFollower(matter_id=listed.id, person_id=person.id, since=now),
            MatterVote(matter_id=listed.id, person_id=person.id, at=now),
        ]
    )
    session.flush()
    return own.id


def _in_programs(session: Session, person: Person, *, now: datetime) -> None:
    seen: dict[str, Any] = {"created_at": now, "expires_at": now + timedelta(days=1)}
    session.add_all(
        [
            MiniProgramIdentity(
                person_id=person.id, openid=MINI, unionid=UNION, created_at=now, last_seen_at=now
            ),
            ApiSession(
                key="k", token_hash="t", person_id=person.id, device=f"{NAME}的手机", last_seen_at=now, **seen
            ),
            IdempotentRequest(person_id=person.id, key=PHONE, fingerprint="f", result="", created_at=now),
            AccessLink(
                token_hash="l", person_id=person.id, path=f"/h5/{NAME}", expires_at=seen["expires_at"]
            ),
            ScanTicket(
                kind=ScanKind.LOGIN,
                state=ScanState.SCANNED,
                secret_hash="s",
                url="u",
                number="1234",
                person_id=person.id,
                **seen,
            ),
            ScanTicket(
                kind=ScanKind.LINK, secret_hash="x", url="u", number="1", for_person_id=person.id, **seen
            ),
            MediaVerdict(trace_id="v", openid=MINI, state=CheckState.PASSED, reason="", received_at=now),
            InboundMessage(
                dedupe_key="mini",
                openid=MINI,
                kind="text",
                body=f"<xml>{MINI}{PHONE}</xml>",
                state=InboundState.HANDLED,
                received_at=now,
                from_mini_program=True,
            ),
            PersonLimit(
                person_id=person.id, kind=LimitKind.CHAT, began_at=now, until=now, reason=f"{NAME}发得太多"
            ),
        ]
    )


def _in_work(session: Session, office: Office, own: Complaint, others: Complaint, *, now: datetime) -> None:
    """Let staff write about them what staff write."""
    handler = Actor.of_staff(session.get_one(Staff, office.handler.id))
    complaints.note(session, own, words=f"已打给{_SAID}", actor=handler, now=now)
    own.public_text, own.public_answer = f"{NAME}说灯坏了", f"已告诉{PHONE}"
    about = {"complaint_id": own.id}
    session.add_all(
        [
            ComplaintRequest(
                kind=RequestKind.TRANSFER,
                state=RequestState.DROPPED,
                reason=_SAID,
                requested_by_id=office.handler.id,
                requested_at=now,
                **about,
            ),
            ComplaintLink(
                complaint_id=min(own.id, others.id),
                other_id=max(own.id, others.id),
                note=NAME,
                linked_by_id=office.dispatcher.id,
                linked_at=now,
            ),
            ActDraft(
                staff_id=office.handler.id,
                step=StepName.REPLY,
                fields={"words": _SAID, "more": [_SAID]},
                changed_at=now,
                **about,
            ),
            HiddenText(part=BoardPart.TEXT, original=_SAID, reason="个人信息", **about),
            AbuseReport(
                part=BoardPart.TEXT, reason=AbuseReason.PRIVACY, words=_SAID, reported_at=now, **about
            ),
            *(
                Notice(
                    key=f"about-them-{key}",
                    kind=NoticeKind.STAFF_ASSIGNED,
                    title=NAME,
                    body=_SAID,
                    fields={"thing1": _SAID},
                    created_at=now,
                    due_at=now,
                    state=NoticeState.INBOX,
                    **whom,
                    **about,
                )
                for key, whom in (
                    ("staff", {"staff_id": office.lead.id}),
                    ("friend", {"person_id": office.friend.id}),
                )
            ),
        ]
    )


def _in_looks(session: Session, office: Office, own: Complaint, files: FileStore, *, now: datetime) -> None:
    staff = session.get_one(Staff, office.dispatcher.id)
    looks = [
        Look(own.id, Seen.PHONE, SeenIn.PAGE),
        Look(own.id, Seen.CONTACT, SeenIn.EXPORT),
    ]
    personal_data_access.record(session, staff, looks, now=now)
    session.add(
        BackgroundTask(
            kind=EXPORTS_CONTACTS,
            title="诉求台账",
            state=TaskState.DONE,
            staff_id=staff.id,
            result_file_key=files.save(EXPORT.encode(), "xlsx"),
            result_name="台账.xlsx",
            created_at=now,
            started_at=now,
            finished_at=now,
        )
    )
