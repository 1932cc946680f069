"""Checks by WeChat of what a person wrote in the mini program, before others may read it (内容检查)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.attachment import Attachment
from models.base import Base, Id, stored_enum
from models.complaint import Complaint
from models.content_check_words import CheckState
from models.staff import Staff


class ContentCheck(Base):
    """The words of one complaint, or one photo of it.

    Who wrote it is not kept here: it is asked for under the openid that its reporter has at that time.
    """

    __tablename__ = "content_check"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint(
            "state NOT IN ('released', 'withheld') OR decided_by_id IS NOT NULL", name="decided_by_somebody"
        ),
        CheckConstraint("state <> 'asked' OR trace_id IS NOT NULL", name="asked_under_a_number"),
        Index("ix_content_check_state_created_at", "state", "created_at"),
        Index(
            "uq_content_check_words_of_complaint",
            "complaint_id",
            unique=True,
            sqlite_where=text("attachment_id IS NULL"),
            postgresql_where=text("attachment_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    attachment_id: Mapped[int | None] = mapped_column(
        ForeignKey("attachment.id"), unique=True, comment="none: the words of the complaint"
    )
    state: Mapped[CheckState] = mapped_column(stored_enum(CheckState, "state"))
    key: Mapped[str] = mapped_column(String(43), unique=True, comment="names a photo to WeChat, for a while")
    trace_id: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="WeChat's number of the question whose answer comes later"
    )
    reason: Mapped[str] = mapped_column(String(200), default="", comment="why it is held, in words for staff")
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(
        comment="when it is asked for again; for the platform's answer: when that is given up"
    )
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String(200), default="", comment="the decision in words")

    complaint: Mapped[Complaint] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    decided_by: Mapped[Staff | None] = relationship()


class MediaVerdict(Base):
    """A verdict on a photo that came before the number of its question was stored; gone once it is used."""

    __tablename__ = "media_verdict"

    trace_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    openid: Mapped[str] = mapped_column(String(64), comment="for whom it was asked")
    state: Mapped[CheckState] = mapped_column(stored_enum(CheckState, "state"))
    reason: Mapped[str] = mapped_column(String(200), comment="as in content_check")
    received_at: Mapped[datetime] = mapped_column(index=True)
