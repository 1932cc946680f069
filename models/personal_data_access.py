"""Who saw personal data (个人信息查看记录): which staff were shown what of whose complaint, and when."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access_words import Seen, SeenIn
from models.base import Base, Id, stored_enum
from models.complaint import Complaint
from models.staff import Staff


class PersonalDataAccess(Base):
    """One look, or several of the same kind within one hour; never changed afterwards.

    Whose data it was is told by the complaint, and by nothing once its person is forgotten.
    """

    __tablename__ = "personal_data_access"
    __table_args__ = (
        # The first look of an hour is kept; the order serves who asks about one complaint.
        UniqueConstraint("complaint_id", "staff_id", "seen", "seen_in", "hour"),
        Index("ix_personal_data_access_staff_id_id", "staff_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    hour: Mapped[datetime] = mapped_column(comment="the hour it falls into, in UTC")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    post: Mapped[str] = mapped_column(String(100), comment="team and role then, as the person may read it")
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    seen: Mapped[Seen] = mapped_column(stored_enum(Seen, "seen"))
    seen_in: Mapped[SeenIn] = mapped_column(stored_enum(SeenIn, "seen_in"))

    staff: Mapped[Staff] = relationship()
    complaint: Mapped[Complaint] = relationship()
