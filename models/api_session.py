"""The mini program and other programs: who somebody is there, their sessions, and the requests they sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id
from models.person import Person


class MiniProgramIdentity(Base):
    """Who a person is in the mini program; their openid there is another than in the official account."""

    __tablename__ = "mini_program_identity"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    openid: Mapped[str] = mapped_column(String(64), unique=True, comment="of the mini program")
    unionid: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="only where both accounts are bound to one open platform account"
    )
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class ApiSession(Base):
    """One device on which a person is signed in to a program that uses the API."""

    __tablename__ = "api_session"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(22), unique=True, comment="names it to its person; opens nothing")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(60), comment="as the program calls it")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(comment="signed out, or ended from another device")

    person: Mapped[Person] = relationship()


class IdempotentRequest(Base):
    """A request that had its effect, so that the same one sent again has none."""

    __tablename__ = "idempotent_request"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="chosen by the program")
    fingerprint: Mapped[str] = mapped_column(String(64), comment="what was asked for, as a digest")
    result: Mapped[str] = mapped_column(String(40), comment="number of the complaint it was about")
    created_at: Mapped[datetime] = mapped_column(index=True)
