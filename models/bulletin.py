"""Bulletins (通报): a report on a period, with its figures as they were, chosen cases and pictures."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.article import Article
from models.base import Base, Id, stored_enum
from models.bulletin_words import BulletinState, CaseSide, ChartName
from models.complaint import Complaint
from models.staff import Staff


class Bulletin(Base):
    """One bulletin: written by one colleague, published by another, and never changed after that."""

    __tablename__ = "bulletin"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title_not_empty"),
        CheckConstraint("first_day <= last_day", name="first_before_last"),
        CheckConstraint("published_by_id <> submitted_by_id", name="published_by_another"),
        CheckConstraint("published_by_id <> written_by_id", name="published_by_no_writer"),
        CheckConstraint(
            "state NOT IN ('published', 'withdrawn') OR (published_by_id IS NOT NULL AND code IS NOT NULL)",
            name="out_only_approved",
        ),
        CheckConstraint("state <> 'waiting' OR submitted_by_id IS NOT NULL", name="submitted_by_somebody"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_a_time"),
        Index("ix_bulletin_state_published_at", "state", "published_at"),
    )

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(
        String(12), unique=True, comment="2026-03: the third of the year, given when published"
    )
    title: Mapped[str] = mapped_column(String(60))
    state: Mapped[BulletinState] = mapped_column(
        stored_enum(BulletinState, "state"), default=BulletinState.DRAFT
    )
    revision: Mapped[int] = mapped_column(default=1, comment="raised by each act, and by another's typing")

    first_day: Mapped[date] = mapped_column(comment="of the period")
    last_day: Mapped[date] = mapped_column(comment="of the period; it belongs to it")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, comment="as counted at taken_at, never again")
    taken_at: Mapped[datetime]
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="words of each part")
    left_out: Mapped[list[str]] = mapped_column(JSON, default=list, comment="parts that are not shown")

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), comment="who changed it last")
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    submitted_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(300), default="", comment="why it was sent back, or withdrawn")
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"), index=True)

    written_by: Mapped[Staff] = relationship(foreign_keys=[written_by_id])
    submitted_by: Mapped[Staff | None] = relationship(foreign_keys=[submitted_by_id])
    published_by: Mapped[Staff | None] = relationship(foreign_keys=[published_by_id])
    article: Mapped[Article | None] = relationship()
    cases: Mapped[list["BulletinCase"]] = relationship(
        order_by="(BulletinCase.position, BulletinCase.id)", cascade="all, delete-orphan"
    )
    charts: Mapped[list["BulletinChart"]] = relationship(
        order_by="BulletinChart.id", cascade="all, delete-orphan"
    )


class BulletinCase(Base):
    """A complaint that stands in a bulletin as a good or a bad example; its words were edited for that."""

    __tablename__ = "bulletin_case"
    __table_args__ = (UniqueConstraint("bulletin_id", "complaint_id"),)

    id: Mapped[Id]
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    side: Mapped[CaseSide] = mapped_column(stored_enum(CaseSide, "side"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text, comment="from what was released of it")
    answer: Mapped[str] = mapped_column(Text, default="", comment="likewise")
    comment: Mapped[str] = mapped_column(Text, default="", comment="what the office says of it")
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="team, place, days, reason")

    complaint: Mapped[Complaint] = relationship()


class BulletinChart(Base):
    """A picture of a bulletin's figures, for light and for dark pages."""

    __tablename__ = "bulletin_chart"
    __table_args__ = (UniqueConstraint("bulletin_id", "name"),)

    id: Mapped[Id]
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    name: Mapped[ChartName] = mapped_column(stored_enum(ChartName, "name"))
    file_key: Mapped[str] = mapped_column(String(100), index=True)
    dark_file_key: Mapped[str] = mapped_column(String(100), index=True)
    width: Mapped[int] = mapped_column(comment="in points of the page; the file has three times as many")
    height: Mapped[int]
