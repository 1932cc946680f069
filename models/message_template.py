"""Which template of the account tells a kind of notice, as set in the admin pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, stored_enum
from models.enums import NoticeChannel, NoticeKind
from models.staff import Staff


class MessageTemplate(Base):
    """One kind on one way; where there is no row, the file of templates holds."""

    __tablename__ = "message_template"
    __table_args__ = (
        CheckConstraint("channel IN ('template', 'subscription', 'mini_subscription')", name="has_templates"),
    )

    kind: Mapped[NoticeKind] = mapped_column(stored_enum(NoticeKind, "kind"), primary_key=True)
    channel: Mapped[NoticeChannel] = mapped_column(stored_enum(NoticeChannel, "channel"), primary_key=True)
    template_id: Mapped[str] = mapped_column(String(64), comment="empty: this kind has none on this way")
    title: Mapped[str] = mapped_column(String(60), default="", comment="as the platform calls it")
    fields: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="field -> what fills it, the first that is known: {name} or words as they stand"
    )
    labels: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="field -> its label")
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="our word -> the template's")
    updated_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    updated_at: Mapped[datetime]

    updated_by: Mapped[Staff] = relationship()
