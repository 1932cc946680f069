"""The account's menu: the copy that is being edited, and all that were put under the chat."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id
from models.staff import Staff


class MenuDraft(Base):
    """The one copy that is being edited; its buttons in the form of `domain.menus`."""

    __tablename__ = "menu_draft"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    buttons: Mapped[list[Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(comment="raised by each edit, so that nobody overwrites another")
    edited_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    edited_at: Mapped[datetime]

    edited_by: Mapped[Staff] = relationship()


class MenuVersion(Base):
    """A menu as it was put under the chat."""

    __tablename__ = "menu_version"

    id: Mapped[Id]
    buttons: Mapped[list[Any]] = mapped_column(JSON)
    pushed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    pushed_at: Mapped[datetime]

    pushed_by: Mapped[Staff] = relationship()
