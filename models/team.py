"""Teams (责任单位)."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class Team(Base):
    """A unit that answers for complaints, such as 饮食服务中心."""

    __tablename__ = "team"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    standard: Mapped[str] = mapped_column(Text, default="", comment="亮标准, of places without their own")
    pledge: Mapped[str] = mapped_column(Text, default="", comment="亮承诺, of places without their own")
    active: Mapped[bool] = mapped_column(default=True)
