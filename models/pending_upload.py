"""Files that have come, in part or whole, before the form they belong to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, stored_enum
from models.enums import AttachmentKind, UploadState


class PendingUpload(Base):
    """One file of one person or one member of staff, on its way into a form.

    It is RECEIVING until all of it has come and was found good, READY until a form names it, then USED. After
    a day it is forgotten; the file of a USED one belongs to the attachment that was made of it.
    """

    __tablename__ = "pending_upload"
    __table_args__ = (
        UniqueConstraint("token"),
        CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("received >= 0 AND received <= size", name="received_within_size"),
        CheckConstraint("state = 'receiving' OR file_key <> ''", name="whole_has_key"),
        Index("ix_pending_upload_created_at", "created_at"),
    )

    id: Mapped[Id]
    token: Mapped[str] = mapped_column(String(43), comment="names it in pages; nobody can guess it")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(stored_enum(AttachmentKind, "kind"))
    state: Mapped[UploadState] = mapped_column(stored_enum(UploadState, "state"))
    name: Mapped[str] = mapped_column(String(120), default="", comment="as it was called by its sender")
    size: Mapped[int] = mapped_column(comment="bytes, as announced")
    received: Mapped[int] = mapped_column(default=0, comment="bytes that have come, from the beginning on")
    file_key: Mapped[str] = mapped_column(String(100), default="", index=True)
    content_type: Mapped[str] = mapped_column(String(100), default="")
    kept_size: Mapped[int] = mapped_column(default=0, comment="bytes of the file that was made of it")
    created_at: Mapped[datetime]


class UploadChunk(Base):
    """A piece of a file that has not come whole; the bytes lie in the file store."""

    __tablename__ = "upload_chunk"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    upload_id: Mapped[int] = mapped_column(
        ForeignKey("pending_upload.id"), primary_key=True, autoincrement=False
    )
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="bytes before it")
    size: Mapped[int]
    file_key: Mapped[str] = mapped_column(String(100), index=True)
