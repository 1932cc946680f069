"""Ratings (评价): what the person who raised it thinks of the result."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Rating(Base):
    """One judgement on one closure of a complaint."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("complaint_id", "round"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_one_to_five"),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    round: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), index=True, comment="none: whoever it was had themselves forgotten"
    )
    solved: Mapped[bool]
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[datetime] = mapped_column(index=True)
