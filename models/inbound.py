"""Everything the platform sent us, stored before it is acted on."""

from datetime import datetime

from sqlalchemy import Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, stored_enum
from models.enums import InboundState


class InboundMessage(Base):
    """One message or event; the unique key lets each have its effect once, and a repeat the same answer."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        Index(
            "ix_inbound_message_deferred",
            "received_at",
            sqlite_where=text("state = 'deferred'"),
            postgresql_where=text("state = 'deferred'"),
        ),
        # How many somebody sent lately is asked for with each message.
        Index("ix_inbound_message_openid_received_at", "openid", "received_at"),
    )

    id: Mapped[Id]
    dedupe_key: Mapped[str] = mapped_column(
        String(64), unique=True, comment="SHA-256 of what makes it this message"
    )
    openid: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(64), default="", comment="message type, or event:<name>")
    body: Mapped[str] = mapped_column(Text, comment="the decrypted XML")
    state: Mapped[InboundState] = mapped_column(stored_enum(InboundState, "state"))
    reply: Mapped[str] = mapped_column(Text, default="", comment="text answered; empty for success")
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")
    from_mini_program: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="else from the official account"
    )
