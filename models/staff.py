"""Staff of the logistics office and their roles."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import Role
from models.person import Person
from models.team import Team


class Staff(Base):
    """A member of staff who signs in to the admin pages."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("failed_logins >= 0", name="failed_logins_not_negative"),)

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(60), comment="shown to the public instead of the name")
    password_hash: Mapped[str] = mapped_column(String(200))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), unique=True, comment="their own WeChat"
    )
    party_member: Mapped[bool] = mapped_column(default=False, comment="asked in peer reviews (党员互评)")
    active: Mapped[bool] = mapped_column(default=True)
    session_version: Mapped[int] = mapped_column(default=1, comment="raised to sign out everywhere")
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    totp_secret: Mapped[str] = mapped_column(
        String(200), default="", comment="second factor, encrypted; empty: none"
    )
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(comment="from then on it is asked for")
    totp_last_step: Mapped[int | None] = mapped_column(comment="the last time step used; none is good twice")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    team: Mapped[Team | None] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship()
    role_rows: Mapped[list["StaffRole"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held, any number of them."""
        return frozenset(row.role for row in self.role_rows)

    @property
    def has_password(self) -> bool:
        """Whether a password was chosen; not so between an invitation, or a reset, and the link's use."""
        return bool(self.password_hash)

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in asks for a code beside the password."""
        return self.totp_confirmed_at is not None


class StaffRole(Base):
    """One role of one member of staff."""

    __tablename__ = "staff_role"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    role: Mapped[Role] = mapped_column(stored_enum(Role, "role"), primary_key=True)
