"""Codes that people scan with their own WeChat: staff to bind it to their account or to sign in at a
computer, students to link the mini program with the official account.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.enums import ScanKind, ScanState
from models.person import Person
from models.staff import Staff


class ScanTicket(Base):
    """One code on one screen: scanned once, confirmed on that screen with a number told to the phone."""

    __tablename__ = "scan_ticket"
    __table_args__ = (
        CheckConstraint("kind <> 'bind' OR staff_id IS NOT NULL", name="bind_for_somebody"),
        CheckConstraint("kind <> 'link' OR for_person_id IS NOT NULL", name="link_for_somebody"),
        CheckConstraint(
            "state NOT IN ('scanned', 'used') OR person_id IS NOT NULL", name="scanned_by_somebody"
        ),
        CheckConstraint("wrong_numbers >= 0", name="wrong_numbers_not_negative"),
    )

    id: Mapped[Id]
    kind: Mapped[ScanKind] = mapped_column(stored_enum(ScanKind, "kind"))
    state: Mapped[ScanState] = mapped_column(stored_enum(ScanState, "state"), default=ScanState.WAITING)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(String(300), comment="what is drawn")
    number: Mapped[str] = mapped_column(String(4), comment="told to the phone, typed at the computer")
    wrong_numbers: Mapped[int] = mapped_column(default=0)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    for_person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), index=True, comment="who wants to link their mini program"
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    scanned_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    for_person: Mapped[Person | None] = relationship(foreign_keys=[for_person_id])
