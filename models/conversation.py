"""The chat with one person, kept so that any process can go on with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import ConversationState, DraftState
from models.service_point import ServicePoint


class Draft(Base):
    """What a person has written so far and not yet submitted."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("state <> 'submitted' OR complaint_id IS NOT NULL", name="submitted_as_something"),
        Index("ix_draft_person_id_state", "person_id", "state"),
        Index("ix_draft_state_updated_at", "state", "updated_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[DraftState] = mapped_column(stored_enum(DraftState, "state"), default=DraftState.OPEN)
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"))
    place_text: Mapped[str] = mapped_column(String(200), default="")
    kind_hint: Mapped[str] = mapped_column(String(32), default="", comment="the menu entry it began with")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)

    service_point: Mapped[ServicePoint | None] = relationship()
    pieces: Mapped[list["DraftPiece"]] = relationship(
        order_by="DraftPiece.sent_at, DraftPiece.message_id, DraftPiece.id", back_populates="draft"
    )


class DraftPiece(Base):
    """One message's words; pieces are put together in the order in which they were sent, not received."""

    __tablename__ = "draft_piece"

    id: Mapped[Id]
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    sent_at: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(Text)

    draft: Mapped[Draft] = relationship(back_populates="pieces")


class Conversation(Base):
    """What the next message of this person is taken for."""

    __tablename__ = "conversation"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    state: Mapped[ConversationState] = mapped_column(
        stored_enum(ConversationState, "state"), default=ConversationState.IDLE
    )
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id"))
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id"), comment="what is followed up"
    )
    options: Mapped[list[Any]] = mapped_column(
        JSON, default=list, comment="what the numbers on offer stand for"
    )
    updated_at: Mapped[datetime]

    draft: Mapped[Draft | None] = relationship()
