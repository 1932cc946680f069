"""What the platform refuses us as an account, not as a sender of one message."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class PlatformAlert(Base):
    """A trouble that administrators must see; until `paused_until`, nothing that it concerns is sent."""

    __tablename__ = "platform_alert"
    __table_args__ = (CheckConstraint("times >= 1", name="times_from_one"),)

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(
        String(60),
        unique=True,
        comment="account, way:<channel>, template:<kind>, subscription:<kind>, content:<kind>, quota:<path>",
    )
    code: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(300), default="")
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    paused_until: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
