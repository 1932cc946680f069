"""The audit log (审计日志): what staff did, each entry sealed with the one before it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id
from models.staff import Staff


class AuditEntry(Base):
    """One thing a member of staff did, or that was done to the system; never changed afterwards.

    `position` counts from 1 without gaps, and `seal` is a hash over the entry and the seal before it, so that
    a changed, missing or added entry shows.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position_from_one"),
        Index("ix_audit_entry_subject_kind_subject", "subject_kind", "subject"),
        Index("ix_audit_entry_staff_id_position", "staff_id", "position"),
        Index("ix_audit_entry_action_position", "action", "position"),
    )

    id: Mapped[Id]
    position: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), comment="none: the system itself")
    actor_label: Mapped[str] = mapped_column(String(100), comment="name and post, as they were then")
    action: Mapped[str] = mapped_column(String(60), comment="such as team.change")
    subject_kind: Mapped[str] = mapped_column(String(40), comment="such as team")
    subject: Mapped[str] = mapped_column(String(80), comment="number, code or id of what it was done to")
    words: Mapped[str] = mapped_column(Text, comment="the deed in one Chinese sentence")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="values before and after")
    address: Mapped[str] = mapped_column(String(45), default="", comment="where the request came from")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    seal: Mapped[str] = mapped_column(String(64), comment="SHA-256 over this entry and the seal before it")

    staff: Mapped[Staff | None] = relationship()


class AuditChain(Base):
    """The end of the log: how many entries there are, and the last seal. One row."""

    __tablename__ = "audit_chain"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str] = mapped_column(String(64), default="")
