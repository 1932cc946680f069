"""What a person has chosen to hear and when, and the marks of those who had themselves forgotten."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class PersonalSettings(Base):
    """One person's choices; while there is no row, the defaults hold."""

    __tablename__ = "personal_settings"
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours_have_both_ends"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    muted: Mapped[list[Any]] = mapped_column(
        JSON, default=list, comment="kinds of notices that stay on the inbox page"
    )
    quiet_from: Mapped[time | None] = mapped_column(comment="local time; none: the office's quiet hours")
    quiet_until: Mapped[time | None] = mapped_column(comment="local time; equal to the start: never quiet")
    wants_digest: Mapped[bool] = mapped_column(default=False, comment="asked for pushes, such as the digest")
    changed_at: Mapped[datetime]


class FormerPerson(Base):
    """That some openid was deleted at its owner's wish, so that no page takes it up again unasked."""

    __tablename__ = "former_person"

    mark: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="keyed digest of the openid; leads back to nobody"
    )
    left_at: Mapped[datetime] = mapped_column(index=True)
