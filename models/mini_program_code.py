"""Mini-program codes (小程序码) of service points; the platform draws them, and we keep the pictures."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class MiniProgramCode(Base):
    """The picture for one place; made anew when the page it opens, or the version, is another."""

    __tablename__ = "mini_program_code"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    scene: Mapped[str] = mapped_column(String(32), primary_key=True, comment="a service point's code")
    page: Mapped[str] = mapped_column(String(200), comment="the page it opens; empty: the first one")
    env_version: Mapped[str] = mapped_column(String(10), comment="release, trial or develop")
    file_key: Mapped[str] = mapped_column(String(100), index=True)
    made_at: Mapped[datetime]
