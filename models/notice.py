"""Notices (通知): one message to one person, with its delivery state; the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.complaint import Complaint
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.person import Person
from models.push import PushRun
from models.staff import Staff


class Notice(Base):
    """Something one person is to hear, written in the transaction of the change it tells of."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_recipient"),
        CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name="sending_is_claimed"),
        Index(
            "ix_notice_waiting",
            "urgent",
            "bulk",
            "due_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_notice_claimed",
            "claimed_at",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index("ix_notice_person_id_id", "person_id", "id"),
        Index("ix_notice_staff_id_id", "staff_id", "id"),
        Index(
            "ix_notice_failed_before",
            "created_at",
            sqlite_where=text("state = 'pending' AND error <> ''"),
            postgresql_where=text("state = 'pending' AND error <> ''"),
        ),
        # Counted on every page of the office.
        Index(
            "ix_notice_unread_by_staff",
            "staff_id",
            sqlite_where=text("staff_id IS NOT NULL AND read_at IS NULL"),
            postgresql_where=text("staff_id IS NOT NULL AND read_at IS NULL"),
        ),
        Index(
            "ix_notice_push_run_id_state",
            "push_run_id",
            "state",
            sqlite_where=text("push_run_id IS NOT NULL"),
            postgresql_where=text("push_run_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(120), unique=True, comment="one notice per event and recipient")
    kind: Mapped[NoticeKind] = mapped_column(stored_enum(NoticeKind, "kind"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="what a template may show")
    path: Mapped[str] = mapped_column(String(200), default="", comment="the page it leads to")
    urgent: Mapped[bool] = mapped_column(default=False, comment="goes out in quiet hours too")
    bulk: Mapped[bool] = mapped_column(
        default=False, comment="one of many: goes behind what is for one person"
    )
    push_run_id: Mapped[int | None] = mapped_column(ForeignKey("push_run.id"))
    created_at: Mapped[datetime]

    state: Mapped[NoticeState] = mapped_column(stored_enum(NoticeState, "state"), default=NoticeState.PENDING)
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    channel: Mapped[NoticeChannel | None] = mapped_column(stored_enum(NoticeChannel, "channel"))
    template_id: Mapped[str] = mapped_column(String(64), default="", comment="the template it went out by")
    platform_message_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    resends: Mapped[int] = mapped_column(default=0, comment="how often somebody had it sent again")
    error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None] = mapped_column(comment="the platform says it reached the phone")
    read_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship()
    staff: Mapped[Staff | None] = relationship()
    complaint: Mapped[Complaint | None] = relationship()
    push_run: Mapped[PushRun | None] = relationship()


class NoticeAttempt(Base):
    """One try to deliver a notice, with the platform's own words; or somebody had it sent again."""

    __tablename__ = "notice_attempt"

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    at: Mapped[datetime]
    channel: Mapped[NoticeChannel] = mapped_column(stored_enum(NoticeChannel, "channel"))
    code: Mapped[int | None] = mapped_column(comment="WeChat's errcode; none when no answer came")
    words: Mapped[str] = mapped_column(String(300), default="")
    staff_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"), comment="who had it sent again; none for a try"
    )

    staff: Mapped[Staff | None] = relationship()
