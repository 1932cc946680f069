"""Connected systems (接入系统): portals of city and campus, what they filed, and what we tell them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.complaint import Complaint
from models.connected_words import DeliveryState, WebhookType


class ConnectedSystem(Base):
    """One foreign program that may call us with a key of its own."""

    __tablename__ = "connected_system"
    __table_args__ = (CheckConstraint("name <> ''", name="name_not_empty"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True, comment="as the public reads it")
    contact: Mapped[str] = mapped_column(String(100), default="", comment="whom to call when it fails")
    may_read: Mapped[bool] = mapped_column(default=True, comment="public complaints, beside its own")
    may_submit: Mapped[bool] = mapped_column(default=False)
    may_hook: Mapped[bool] = mapped_column(default=False, comment="may be told by webhooks")
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key_start: Mapped[str] = mapped_column(String(12), comment="to tell keys apart; opens nothing")
    key_made_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    webhook: Mapped["Webhook | None"] = relationship(back_populates="system")


class ConnectedSubmission(Base):
    """Which system a complaint came by."""

    __tablename__ = "connected_submission"

    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaint.id"), primary_key=True, autoincrement=False
    )
    system_id: Mapped[int] = mapped_column(ForeignKey("connected_system.id"), index=True)

    system: Mapped[ConnectedSystem] = relationship()


class ConnectedRequest(Base):
    """A request of a system that filed a complaint, so that the same one sent again files none."""

    __tablename__ = "connected_request"

    system_id: Mapped[int] = mapped_column(
        ForeignKey("connected_system.id"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(80), primary_key=True, comment="the system's own, or of the body")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="what was sent, as a digest")
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Webhook(Base):
    """Where a system wants to be told, and how that goes."""

    __tablename__ = "webhook"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures_not_negative"),)

    system_id: Mapped[int] = mapped_column(
        ForeignKey("connected_system.id"), primary_key=True, autoincrement=False
    )
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(200), comment="signs what we send; sealed")
    former_secret: Mapped[str] = mapped_column(String(200), default="", comment="signs beside it for a while")
    former_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, comment="in a row, of the receiver as a whole")
    failing_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None] = mapped_column(comment="failed for too long; waits for somebody")
    stopped_why: Mapped[str] = mapped_column(String(300), default="")

    system: Mapped[ConnectedSystem] = relationship(back_populates="webhook")


class WebhookDelivery(Base):
    """One event that one system is told of, written in the transaction of the event."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name="sending_is_claimed"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        Index(
            "ix_webhook_delivery_waiting",
            "system_id",
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_webhook_delivery_claimed",
            "claimed_at",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index("ix_webhook_delivery_system_id_id", "system_id", "id"),
        Index("ix_webhook_delivery_complaint_id_id", "complaint_id", "id"),
    )

    id: Mapped[Id]
    message_id: Mapped[str] = mapped_column(String(40), unique=True, comment="the same at each try")
    system_id: Mapped[int] = mapped_column(ForeignKey("connected_system.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    type: Mapped[WebhookType] = mapped_column(stored_enum(WebhookType, "type"))
    payload: Mapped[str] = mapped_column(Text, comment="the body as it is signed and sent")
    created_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[DeliveryState] = mapped_column(
        stored_enum(DeliveryState, "state"), default=DeliveryState.PENDING
    )
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(default=0, comment="refused by a receiver that is there")
    delivered_at: Mapped[datetime | None]

    system: Mapped[ConnectedSystem] = relationship()
    complaint: Mapped[Complaint | None] = relationship()


class WebhookAttempt(Base):
    """One try to deliver, with what the receiver said."""

    __tablename__ = "webhook_attempt"

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id"), index=True)
    at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(comment="of HTTP; none when no answer came")
    milliseconds: Mapped[int]
    words: Mapped[str] = mapped_column(String(300), default="", comment="what went wrong")
    answer: Mapped[str] = mapped_column(String(500), default="", comment="how the answer begins")
