"""What a member of staff keeps on their desk: lists they saved, and words they have not sent yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import StepName
from models.matter_words import MatterStepName
from models.staff import Staff


class SavedView(Base):
    """A list under a name (视图): its filters as in the address of the page, its columns and its order."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_not_empty"),
        UniqueConstraint("owner_id", "name"),
        Index("ix_saved_view_shared", "id", sqlite_where=text("shared"), postgresql_where=text("shared")),
    )

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(30))
    query: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    shared: Mapped[bool] = mapped_column(default=False, comment="offered to all colleagues")
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    owner: Mapped[Staff] = relationship()


class ListPreference(Base):
    """How a member of staff likes their lists: which columns, and which view opens first (默认打开)."""

    __tablename__ = "list_preference"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    columns: Mapped[list[str]] = mapped_column(JSON, default=list, comment="empty: the usual ones")
    first_view_id: Mapped[int | None] = mapped_column(
        ForeignKey("saved_view.id", ondelete="SET NULL"), index=True
    )


class ActDraft(Base):
    """What somebody has typed into an act's form and not sent."""

    __tablename__ = "act_draft"
    __table_args__ = (Index("ix_act_draft_changed_at", "changed_at"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False, index=True
    )
    step: Mapped[StepName] = mapped_column(stored_enum(StepName, "step"), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime]


class MatterActDraft(Base):
    """The same for a matter."""

    __tablename__ = "matter_act_draft"
    __table_args__ = (Index("ix_matter_act_draft_changed_at", "changed_at"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False, index=True
    )
    step: Mapped[MatterStepName] = mapped_column(stored_enum(MatterStepName, "step"), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime]
