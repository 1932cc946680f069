"""Service points (服务点): a tree of places, each with a team and a QR code."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, stored_enum
from models.category import Category
from models.enums import ServicePointKind
from models.team import Team


class ServicePoint(Base):
    """A place that answers to somebody, such as a canteen window or a dormitory floor."""

    __tablename__ = "service_point"
    __table_args__ = (Index("ix_service_point_parent_id_position", "parent_id", "position"),)

    id: Mapped[Id]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"))
    code: Mapped[str] = mapped_column(
        String(40), unique=True, comment="opaque scene of the QR code, replaceable"
    )
    kind: Mapped[ServicePointKind] = mapped_column(stored_enum(ServicePointKind, "kind"))
    name: Mapped[str] = mapped_column(String(60))
    full_name: Mapped[str] = mapped_column(
        String(200), index=True, comment="with its parents, as people say it"
    )
    position: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    in_charge: Mapped[str] = mapped_column(
        String(60), default="", comment="person in charge, with post (亮身份)"
    )
    party_member: Mapped[bool] = mapped_column(
        default=False, comment="the person in charge is a Party member (亮身份)"
    )
    label_number: Mapped[str | None] = mapped_column(
        String(40), unique=True, comment="the office's own number of the place (编号)"
    )
    photo_file_key: Mapped[str] = mapped_column(String(100), default="", index=True)
    standard: Mapped[str] = mapped_column(Text, default="", comment="亮标准")
    pledge: Mapped[str] = mapped_column(Text, default="", comment="亮承诺")
    active: Mapped[bool] = mapped_column(default=True)
    latitude: Mapped[float | None] = mapped_column(comment="GCJ-02")
    longitude: Mapped[float | None] = mapped_column(comment="GCJ-02")

    team: Mapped[Team | None] = relationship()
    category: Mapped[Category | None] = relationship()
    parent: Mapped["ServicePoint | None"] = relationship(remote_side="ServicePoint.id")
