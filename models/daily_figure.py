"""Figures counted day by day ahead of time, so that long periods are added up and not counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
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


# What figures count (domain/figure_rules.py): complaints, or rounds with the complaints behind them beside.
_OF_COMPLAINTS = "filed left_out rejected withdrawn merged counted open reopened bounced"
_OF_ROUNDS = (
    "answer_due answered answered_late resolved done_late rated solved unsolved satisfied unsatisfied unrated"
    " to_rate relapsed deferred wordless rushed"
)
BEHIND = "{}_complaints"
NUMBERS = (*_OF_COMPLAINTS.split(), *_OF_ROUNDS.split(), *map(BEHIND.format, _OF_ROUNDS.split()))


class DailyFigure(Base):
    """The figures of one group among what was filed on one day: each a column, which the database adds up.

    The columns are named in NUMBERS.
    """

    __tablename__ = "daily_figure"
    __table_args__ = (Index("ix_daily_figure_by_day", "by", "day"),)

    day: Mapped[str] = mapped_column(ForeignKey("figure_day.day"), primary_key=True)
    by: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(20), primary_key=True, comment="empty: no team, no place")
    minutes: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="working minutes of each round, in order; of teams only"
    )


for _name in NUMBERS:
    setattr(DailyFigure, _name, mapped_column(Integer, nullable=False))


class FigureChange(Base):
    """Says that something changed among what was filed on a day; gone when the day is counted again.

    A row for each change, and not one for each day, so that nobody waits for another's transaction.
    """

    __tablename__ = "figure_change"

    id: Mapped[Id]
    day: Mapped[str] = mapped_column(String(10), index=True)
