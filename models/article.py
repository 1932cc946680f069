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
        CheckConstraint("approved_by_id <> asked_by_id", name="approved_by_who_did_not_ask"),
        CheckConstraint(
            "state NOT IN ('approved', 'submitted', 'published', 'mass_sent') OR approved_by_id IS NOT NULL",
            name="out_only_approved",
        ),
        CheckConstraint("state <> 'mass_sent' OR mass_place IS NOT NULL", name="mass_sent_has_place"),
        CheckConstraint("mass_place BETWEEN 1 AND 4", name="four_places"),
        CheckConstraint("(mass_month IS NULL) = (mass_place IS NULL)", name="place_in_a_month"),
        UniqueConstraint("mass_month", "mass_place"),
        UniqueConstraint("page_code"),
        CheckConstraint("cover_shift BETWEEN 0 AND 100", name="cover_shift_is_percent"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(32))
    author: Mapped[str] = mapped_column(String(16), default="")
    digest: Mapped[str] = mapped_column(String(128), default="")
    html: Mapped[str] = mapped_column(Text, comment="clean: no scripts, only web links")
    words: Mapped[str] = mapped_column(Text, default="", comment="as typed; the html was made of it")
    source_url: Mapped[str] = mapped_column(String(1024), default="", comment="阅读原文")
    cover_file_key: Mapped[str] = mapped_column(
        String(100), default="", index=True, comment="none: the first picture of the text"
    )
    cover_shift: Mapped[int] = mapped_column(
        default=50, comment="which strip of the cover is shown, in percent of what is cut off"
    )
    revision: Mapped[int] = mapped_column(default=1, comment="raised by each change of the text")
    state: Mapped[ArticleState] = mapped_column(
        stored_enum(ArticleState, "state"), default=ArticleState.DRAFT, index=True
    )
    created_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    previewed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None] = mapped_column(comment="since when it waits for approval")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), comment="who put it there")
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
    uploaded: Mapped[dict[str, str]] = mapped_column(
        JSON, default=dict, comment="what the platform calls its pictures, by their digests"
    )
    old_draft: Mapped[str] = mapped_column(
        String(128), default="", comment="the platform's draft of an earlier text, to be thrown away"
    )
    page_code: Mapped[str | None] = mapped_column(
        String(32), comment="names its public page with us; none: no such page"
    )

    created_by: Mapped[Staff] = relationship(foreign_keys=[created_by_id])
    asked_by: Mapped[Staff | None] = relationship(foreign_keys=[asked_by_id])
    approved_by: Mapped[Staff | None] = relationship(foreign_keys=[approved_by_id])


class ArticlePicture(Base):
    """A picture that was sent up for the text of an article, whether it stands there or not."""

    __tablename__ = "article_picture"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("file_key <> ''", name="has_file"),
    )

    id: Mapped[Id]
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int] = mapped_column(comment="its name within the article: 图1, 图2 …")
    file_key: Mapped[str] = mapped_column(String(100), index=True)
    created_at: Mapped[datetime]
