"""How often people have allowed us to send them a 订阅通知, and the taps by which they said so."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SubscriptionGrant(Base):
    """One person's leave to be sent one template: each tap is good for one message and never runs out."""

    __tablename__ = "subscription_grant"
    __table_args__ = (CheckConstraint("remaining >= 0", name="remaining_not_negative"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    template_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    remaining: Mapped[int]
    updated_at: Mapped[datetime]


class SubscriptionTap(Base):
    """A tap that was counted, so that the same one reported twice counts once."""

    __tablename__ = "subscription_tap"

    event_key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="the event's dedupe key")
    template_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    counted_at: Mapped[datetime] = mapped_column(index=True)
