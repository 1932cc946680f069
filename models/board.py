"""The public board (公示): photos that were released, what was hidden, reports of abuse, and its version."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.attachment import Attachment
from models.base import Base, Id, stored_enum
from models.board_words import AbuseReason, AbuseState, BoardPart
from models.complaint import Complaint
from models.staff import Staff


class PublicPhoto(Base):
    """A photo that was released together with a complaint's text."""

    __tablename__ = "public_photo"

    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id"), primary_key=True, autoincrement=False
    )
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)

    attachment: Mapped[Attachment] = relationship()


class HiddenText(Base):
    """A public text or answer that is shown no longer; the row goes when it is shown again.

    Its place is taken by the reason, so that no page can show it by forgetting to ask. (Words of the record
    and photos stay where they are, with the reason beside them.)
    """

    __tablename__ = "hidden_text"
    __table_args__ = (CheckConstraint("part IN ('text', 'answer')", name="of_the_board"),)

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    part: Mapped[BoardPart] = mapped_column(stored_enum(BoardPart, "part"), primary_key=True)
    original: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(100))


class AbuseReport(Base):
    """Somebody says that a part of the board should not be there; who it was is not kept."""

    __tablename__ = "abuse_report"
    __table_args__ = (
        CheckConstraint("part <> 'photo' OR attachment_id IS NOT NULL", name="photo_of_an_attachment"),
        CheckConstraint("state = 'open' OR decided_by_id IS NOT NULL", name="decided_by_somebody"),
        Index("ix_abuse_report_state_reported_at", "state", "reported_at"),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    part: Mapped[BoardPart] = mapped_column(stored_enum(BoardPart, "part"))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    reason: Mapped[AbuseReason] = mapped_column(stored_enum(AbuseReason, "reason"))
    words: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime]
    state: Mapped[AbuseState] = mapped_column(stored_enum(AbuseState, "state"), default=AbuseState.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String(200), default="", comment="the decision in words")

    complaint: Mapped[Complaint] = relationship()
    decided_by: Mapped[Staff | None] = relationship()


class BoardVersion(Base):
    """Raised by every transaction that changes what the board shows; one row."""

    __tablename__ = "board_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
