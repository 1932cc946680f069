"""Permanent QR codes the platform made for us; they can never be taken back, so their number is watched."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class QrCode(Base):
    """One code of one account, for as long as the account lives, whatever becomes of the place it was for."""

    __tablename__ = "qr_code"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    scene: Mapped[str] = mapped_column(String(64), primary_key=True, comment="a service point's code")
    url: Mapped[str] = mapped_column(String(300), comment="what is drawn")
    made_at: Mapped[datetime]
