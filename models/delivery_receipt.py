"""What the platform told of a message before we knew that it was ours."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DeliveryReceipt(Base):
    """The outcome of a message whose send call has not returned yet; its notice takes it away."""

    __tablename__ = "delivery_receipt"

    key: Mapped[str] = mapped_column(
        String(160),
        primary_key=True,
        comment="the platform's message id, or subscription:<openid>:<id>",
    )
    succeeded: Mapped[bool]
    words: Mapped[str] = mapped_column(String(300), default="")
    received_at: Mapped[datetime] = mapped_column(index=True)
