"""People who were limited: by a number of ours, or by staff for a while."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import Word
from models.staff import Staff


class LimitKind(Word):
    """Which limit somebody met."""

    CHAT = "chat", "聊天消息太多"
    FILING = "filing", "提交诉求太多"
    UPLOADS = "uploads", "照片太多"
    PAGES = "pages", "网页操作太频繁"
    BLOCK = "block", "暂停提交"


class PersonLimit(Base):
    """One time that somebody was limited; it ends by itself, and staff may end it before.

    A row is written when a limit is met and counted up now and then, never once for each thing refused.
    """

    __tablename__ = "person_limit"
    __table_args__ = (
        CheckConstraint("kind <> 'block' OR imposed_by_id IS NOT NULL", name="block_by_somebody"),
        CheckConstraint("kind <> 'block' OR reason <> ''", name="block_has_reason"),
        CheckConstraint("lifted_at IS NULL OR lifted_by_id IS NOT NULL", name="lifted_by_somebody"),
        CheckConstraint("refused >= 0 AND alarm_left >= 0", name="counts_not_negative"),
        Index("ix_person_limit_person_id_until", "person_id", "until"),
        Index("ix_person_limit_until", "until"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[LimitKind] = mapped_column(stored_enum(LimitKind, "kind"))
    began_at: Mapped[datetime]
    until: Mapped[datetime]
    refused: Mapped[int] = mapped_column(default=0, comment="how much was not taken")
    last_refused_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="when the chat last said so")
    alarm_at: Mapped[datetime | None] = mapped_column(comment="when a danger was let through")
    alarm_left: Mapped[int] = mapped_column(default=0, comment="messages let through after it")
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id"), index=True, comment="what a block is for"
    )
    reason: Mapped[str] = mapped_column(String(200), default="")
    imposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_why: Mapped[str] = mapped_column(String(200), default="")

    imposed_by: Mapped[Staff | None] = relationship(foreign_keys=[imposed_by_id])
    lifted_by: Mapped[Staff | None] = relationship(foreign_keys=[lifted_by_id])
