"""QR codes of service points: which have one, how many there are, and the link for those without."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from domain import platform_alerts
from models.qr_code import QrCode
from models.service_point import ServicePoint
from models.upsert import insert_into

# WeChat makes so many permanent codes for an account, ever.
# https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html
MOST_CODES = 100_000
# Whether the account may make codes changes when somebody pays the yearly fee, not by the minute.
PAUSE = timedelta(days=1)
_PLAIN_LINK = re.compile(r"https?://[^?#]+/h5/p/([^/?#]+)/?(?:[?#].*)?")


def plain_link(code: str, *, base_url: str) -> str:
    """Give the address to draw for a place without a code of WeChat's: our own page about it."""
    return f"{base_url}h5/p/{code}"


def links_for(
    session: Session, places: Sequence[ServicePoint], *, app_id: str, base_url: str
) -> dict[int, str]:
    """Give what to draw for each place, by its id: WeChat's address, which opens the chat, or our own."""
    wanted = [place.code for place in places]
    query = select(QrCode.scene, QrCode.url).where(QrCode.app_id == app_id, QrCode.scene.in_(wanted))
    made = {row.scene: row.url for row in session.execute(query)}
    return {place.id: made.get(place.code) or plain_link(place.code, base_url=base_url) for place in places}


def link_for(session: Session, place: ServicePoint, *, app_id: str, base_url: str) -> str:
    """Give what to draw for one place; see `links_for`."""
    return links_for(session, [place], app_id=app_id, base_url=base_url)[place.id]


def code_behind(session: Session, drawn: str) -> str | None:
    """Give the code of the place that a QR code was made for, in use or not; None when it is none of ours.

    Args:
        drawn: what the QR code says.
    """
    # Whatever address we had when it was printed: the code names a place and gives nobody any right.
    page = _PLAIN_LINK.fullmatch(drawn)
    if page is not None:
        return unquote(page[1])
    return session.scalar(select(QrCode.scene).where(QrCode.url == drawn).limit(1)) if drawn else None


def scenes_waiting(session: Session, *, app_id: str, limit: int) -> Sequence[str]:
    """List the codes of places in use that WeChat has not made a QR code for, the oldest first."""
    query = select(ServicePoint.code).outerjoin(QrCode, _code_of_place(app_id))
    query = query.where(ServicePoint.active, QrCode.scene.is_(None))
    return session.scalars(query.order_by(ServicePoint.id).limit(limit)).all()


def count_made(session: Session, *, app_id: str) -> int:
    """Count the permanent codes ever made for the account, those of closed places too."""
    return session.scalar(select(func.count()).select_from(QrCode).where(QrCode.app_id == app_id)) or 0


def keep_code(session: Session, scene: str, *, url: str, app_id: str, now: datetime) -> None:
    """Keep a code that WeChat has made; that codes can be made again is thereby known."""
    row = insert_into(session, QrCode).values(app_id=app_id, scene=scene, url=url, made_at=now)
    session.execute(row.on_conflict_do_update(index_elements=["app_id", "scene"], set_={"url": url}))
    platform_alerts.clear_alerts(session, [platform_alerts.QR_CODES], now=now)


def may_make(session: Session, *, app_id: str, now: datetime) -> bool:
    """Tell whether WeChat can be asked for a code now; at the limit this raises the alert."""
    if platform_alerts.QR_CODES in platform_alerts.pauses(session, now=now):
        return False
    if count_made(session, app_id=app_id) < MOST_CODES:
        return True
    words = f"永久二维码已有 {MOST_CODES} 个，微信不再发放；新的服务点用网页链接的二维码。"
    stop_making(session, code=None, words=words, now=now)
    return False


def stop_making(session: Session, *, code: int | None, words: str, now: datetime) -> None:
    """Ask for no codes for a day, and let the administrators know why."""
    platform_alerts.raise_alert(
        session, platform_alerts.QR_CODES, code=code, words=words, now=now, paused_until=now + PAUSE
    )


def _code_of_place(app_id: str) -> ColumnElement[bool]:
    return and_(QrCode.scene == ServicePoint.code, QrCode.app_id == app_id)
