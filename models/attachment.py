"""Photos, voice, documents and places of a complaint; the files themselves lie in the file store."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, stored_enum
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState


class Attachment(Base):
    """One photo, voice message, video, document or position.

    A file from the chat is PENDING until the worker has fetched it from the platform.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(
            "state <> 'stored' OR kind = 'location' OR file_key <> ''", name="stored_file_has_key"
        ),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("seconds > 0", name="seconds_positive"),
        Index(
            "ix_attachment_waiting",
            "next_attempt_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_attachment_digest",
            "digest",
            sqlite_where=text("digest <> ''"),
            postgresql_where=text("digest <> ''"),
        ),
    )

    id: Mapped[Id]
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_event.id"), index=True)
    matter_event_id: Mapped[int | None] = mapped_column(ForeignKey("matter_event.id"), index=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(stored_enum(AttachmentKind, "kind"))
    state: Mapped[AttachmentState] = mapped_column(stored_enum(AttachmentState, "state"))
    purpose: Mapped[AttachmentPurpose] = mapped_column(
        stored_enum(AttachmentPurpose, "purpose"), default=AttachmentPurpose.REPORT
    )
    public: Mapped[bool] = mapped_column(default=True, comment="false: for staff only, as its event is")
    created_at: Mapped[datetime]
    media_id: Mapped[str] = mapped_column(
        String(200), default="", comment="the platform's, good for three days"
    )
    file_key: Mapped[str] = mapped_column(String(100), default="", index=True)
    name: Mapped[str] = mapped_column(String(120), default="", comment="what its sender called a document")
    content_type: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int] = mapped_column(default=0, comment="bytes")
    digest: Mapped[str] = mapped_column(
        String(64), default="", server_default="", comment="SHA-256 of a photo as kept"
    )
    seconds: Mapped[int | None] = mapped_column(comment="how long a recording plays, where that is known")
    label: Mapped[str] = mapped_column(String(200), default="", comment="a position's name")
    latitude: Mapped[float | None] = mapped_column(comment="GCJ-02")
    longitude: Mapped[float | None] = mapped_column(comment="GCJ-02")
    hidden_reason: Mapped[str] = mapped_column(String(100), default="", comment="why it is shown no longer")
    held: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="waits for the check of its content, or for staff"
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(200), default="")
