"""People outside the office: students and staff of the university who raise or follow complaints."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Person(Base):
    """Somebody known by the openid that WeChat gave us; we ask for no more.

    Who came by the mini program alone has none of the official account; see `MiniProgramIdentity`.
    """

    __tablename__ = "person"

    id: Mapped[Id]
    openid: Mapped[str | None] = mapped_column(String(64), unique=True)
    unionid: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="as the official account was told it; joins the mini program"
    )
    unionid_asked_at: Mapped[datetime | None]
    following: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    followed_at: Mapped[datetime | None]
    unfollowed_at: Mapped[datetime | None]


class ServiceWindow(Base):
    """How long, and for how many messages yet, the account may write to a person freely (客服消息)."""

    __tablename__ = "service_window"
    __table_args__ = (CheckConstraint("remaining >= 0", name="remaining_not_negative"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    closes_at: Mapped[datetime]
    remaining: Mapped[int]


class AccessLink(Base):
    """A link sent in the chat: opens the phone pages once for one person, within its time."""

    __tablename__ = "access_link"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
