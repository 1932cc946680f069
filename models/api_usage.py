"""How often each of the platform's addresses was called on a day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ApiUsage(Base):
    """Our own count, and the platform's as it last told it."""

    __tablename__ = "api_usage"
    __table_args__ = (CheckConstraint("calls >= 0", name="calls_not_negative"),)

    day: Mapped[date] = mapped_column(primary_key=True, comment="in Shanghai, where the platform counts anew")
    path: Mapped[str] = mapped_column(String(100), primary_key=True, comment="/cgi-bin/…")
    calls: Mapped[int] = mapped_column(default=0)
    daily_limit: Mapped[int | None] = mapped_column(comment="the platform's; none while it has not told")
    used: Mapped[int | None] = mapped_column(comment="the platform's own count when it was asked")
    asked_at: Mapped[datetime | None]
    calls_when_asked: Mapped[int] = mapped_column(default=0, comment="our own count at that moment")
    burst_calls: Mapped[int | None] = mapped_column(comment="so many calls are allowed …")
    burst_seconds: Mapped[int | None] = mapped_column(comment="… in so many seconds")
