"""The platform's access token and the like, shared by all processes."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class WeChatToken(Base):
    """One account's token; whoever holds the lease is the one that fetches a new one."""

    __tablename__ = "wechat_token"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    token: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
