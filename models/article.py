"""Articles of the official account: from the text to what became of it on the platform."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import ArticleState, ArticleWay
from models.staff import Staff


class Article(Base):
    """One article, approved by somebody else than its author before it goes out.

    A mass send holds one of the four places of its month, so that the database itself knows no fifth.
    """

    __tablename__ = "article"
    __table_args__ = (
        CheckConstraint("approved_by_id <> created_by_id", name="approved_by_another"),
        CheckConstraint(
            "state NOT IN ('approved', 'submitted', 'published', 'mass_sent') OR approved_by_id IS NOT NULL",
            name="out_only_approved",
        ),
        CheckConstraint("state <> 'mass_sent' OR mass_place IS NOT NULL", name="mass_sent_has_place"),
        CheckConstraint("mass_place BETWEEN 1 AND 4", name="four_places"),
        CheckConstraint("(mass_month IS NULL) = (mass_place IS NULL)", name="place_in_a_month"),
        UniqueConstraint("mass_month", "mass_place"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(32))
    author: Mapped[str] = mapped_column(String(16), default="")
    digest: Mapped[str] = mapped_column(String(128), default="")
    html: Mapped[str] = mapped_column(Text, comment="clean: no scripts, only web links")
    source_url: Mapped[str] = mapped_column(String(1024), default="", comment="阅读原文")
    revision: Mapped[int] = mapped_column(default=1, comment="raised by each change of the text")
    state: Mapped[ArticleState] = mapped_column(
        stored_enum(ArticleState, "state"), default=ArticleState.DRAFT, index=True
    )
    created_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    previewed_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    approved_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(300), default="", comment="why it was sent back, or failed")

    way: Mapped[ArticleWay | None] = mapped_column(stored_enum(ArticleWay, "way"))
    submitted_at: Mapped[datetime | None]
    mass_month: Mapped[str | None] = mapped_column(String(7), comment="2026-11, in Shanghai")
    mass_place: Mapped[int | None]
    media_id: Mapped[str] = mapped_column(String(128), default="", comment="the platform's draft")
    publish_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    msg_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    results: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="what the platform told")
    finished_at: Mapped[datetime | None]

    created_by: Mapped[Staff] = relationship(foreign_keys=[created_by_id])
    approved_by: Mapped[Staff | None] = relationship(foreign_keys=[approved_by_id])
