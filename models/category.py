"""Categories (类别) with their time limits."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id
from models.team import Team


class Category(Base):
    """What a complaint is about; names the team that answers, and how long things may take."""

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("dispatch_minutes > 0 AND answer_minutes > 0", name="first_limits_positive"),
        CheckConstraint(
            "0 < ordinary_days AND ordinary_days <= complex_days AND complex_days <= very_complex_days",
            name="limits_grow",
        ),
    )

    id: Mapped[Id]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    dispatch_minutes: Mapped[int] = mapped_column(comment="working minutes")
    answer_minutes: Mapped[int] = mapped_column(comment="working minutes")
    ordinary_days: Mapped[int] = mapped_column(comment="working days")
    complex_days: Mapped[int] = mapped_column(comment="working days")
    very_complex_days: Mapped[int] = mapped_column(comment="working days")

    team: Mapped[Team | None] = relationship()
