"""Figures counted day by day ahead of time, so that long periods are added up and not counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class FigureDay(Base):
    """A day (in Shanghai) whose complaints have been counted."""

    __tablename__ = "figure_day"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    counted_at: Mapped[datetime]
    good_until: Mapped[datetime | None] = mapped_column(
        comment="when the next of its complaints is due, and counts although nobody touched it"
    )


class DailyFigure(Base):
    """The figures of one group among what was filed on one day."""

    __tablename__ = "daily_figure"

    day: Mapped[str] = mapped_column(ForeignKey("figure_day.day"), primary_key=True)
    by: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(20), primary_key=True, comment="empty: no team, no place")
    counts: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="figure: rounds and complaints, without zeros"
    )
    minutes: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="how often which working minutes occur, for teams"
    )


class FigureChange(Base):
    """Says that something changed among what was filed on a day; gone when the day is counted again.

    A row for each change, and not one for each day, so that nobody waits for another's transaction.
    """

    __tablename__ = "figure_change"

    id: Mapped[Id]
    day: Mapped[str] = mapped_column(String(10), index=True)
