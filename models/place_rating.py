"""Ratings of a place (评价一下): what somebody who stands there thinks of it, apart from any complaint."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class PlaceRating(Base):
    """One judgement of one person on one place, on one day."""

    __tablename__ = "place_rating"
    __table_args__ = (
        UniqueConstraint("service_point_id", "person_id", "day"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars_one_to_five"),
        Index("ix_place_rating_service_point_id_rated_at", "service_point_id", "rated_at"),
    )

    id: Mapped[Id]
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), index=True, comment="to count each once; none: had themselves forgotten"
    )
    day: Mapped[str] = mapped_column(String(10), comment="local date, such as 2026-11-23")
    stars: Mapped[int]
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, comment="ready words that were tapped")
    words: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[datetime]
