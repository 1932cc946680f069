"""What falls due on a complaint, as rows that are asked for by query."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.complaint import Complaint
from models.enums import TimerKind


class Timer(Base):
    """Something the clock will do to a complaint once, at `due_at`."""

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("complaint_id", "kind", "round"),
        Index(
            "ix_timer_waiting",
            "due_at",
            sqlite_where=text("fired_at IS NULL"),
            postgresql_where=text("fired_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    kind: Mapped[TimerKind] = mapped_column(stored_enum(TimerKind, "kind"))
    round: Mapped[int]
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]

    complaint: Mapped[Complaint] = relationship()
