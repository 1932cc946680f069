"""Rounds of work on complaints (轮次), as figures count them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ComplaintRound(Base):
    """One round of work: the first, or a redo (重办), with what came of its clocks.

    The complaint itself keeps only the present round. All of this is worked out from the events; it is
    written by `domain/complaint_rounds.py` alone, with every step.
    """

    __tablename__ = "complaint_round"
    __table_args__ = (
        CheckConstraint("round >= 1", name="round_from_one"),
        CheckConstraint("answer_minutes >= 0 AND done_minutes >= 0", name="minutes_not_negative"),
    )

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    answer_due_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None] = mapped_column(comment="first answer by a human")
    resolved_at: Mapped[datetime | None]
    answer_minutes: Mapped[int | None] = mapped_column(comment="working minutes from the start to the answer")
    done_minutes: Mapped[int | None] = mapped_column(
        comment="working minutes from the start to the result, without those waited for the person"
    )
    spare_minutes: Mapped[int | None] = mapped_column(
        comment="from the result to when it was due; negative when late"
    )
    answer_length: Mapped[int | None] = mapped_column(comment="characters of what the result said")
    deferred: Mapped[bool] = mapped_column(default=False, comment="a later date was promised")
    unrated: Mapped[bool] = mapped_column(default=False, comment="closed by the clock, as nobody rated")
