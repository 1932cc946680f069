"""Mini-program codes (小程序码) of service points: which are to be drawn, and where the pictures lie."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from domain import platform_alerts
from models.mini_program_code import MiniProgramCode
from models.service_point import ServicePoint
from models.upsert import insert_into

# What WeChat takes as a scene.
# https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode.html
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_LONGEST_SCENE = 32
# As wx.scanCode tells of a code of the mini program itself.
_PAGE = re.compile(r"/?[\w./-]*\?(?:[^?#]*&)?scene=(?P<scene>[^&#\s]+)(?:&.*)?")
# Whether the mini program is published changes by the day, not by the minute.
PAUSE = timedelta(hours=6)


@dataclass(frozen=True)
class Wanted:
    """What a code opens; one drawn for something else is drawn anew.

    Attributes:
        page: empty for the first page of the program.
        env_version: release, trial or develop.
    """

    app_id: str
    page: str
    env_version: str


def scene_of(place: ServicePoint) -> str | None:
    """Give what the code of a place says; None where WeChat takes no such scene."""
    return place.code if _SCENE.fullmatch(place.code) else None


def code_said(text: str) -> str:
    """Give the code of a place from what a program read: the scene, or the page that a code opens with it."""
    page = _PAGE.fullmatch(text)
    return unquote(page["scene"] if page else text).removeprefix("p=")


def code_of(session: Session, place: ServicePoint, wanted: Wanted) -> MiniProgramCode | None:
    """Give the picture for a place, once it is drawn."""
    found = session.get(MiniProgramCode, (wanted.app_id, place.code)) if scene_of(place) else None
    return found if found is not None and _fits(found, wanted) else None


def codes_of(session: Session, places: Sequence[ServicePoint], wanted: Wanted) -> dict[int, str]:
    """Give the keys of the pictures, by the ids of their places; places without one are left out."""
    scenes = {place.code: place.id for place in places}
    query = select(MiniProgramCode).where(
        MiniProgramCode.app_id == wanted.app_id, MiniProgramCode.scene.in_(scenes)
    )
    return {scenes[row.scene]: row.file_key for row in session.scalars(query) if _fits(row, wanted)}


def _fits(code: MiniProgramCode, wanted: Wanted) -> bool:
    return (code.page, code.env_version) == (wanted.page, wanted.env_version)


def scenes_waiting(session: Session, wanted: Wanted, *, limit: int) -> list[str]:
    """List the scenes of places in use whose picture is still to be drawn, the oldest first."""
    drawn = and_(MiniProgramCode.scene == ServicePoint.code, MiniProgramCode.app_id == wanted.app_id)
    other = or_(
        MiniProgramCode.scene.is_(None),
        MiniProgramCode.page != wanted.page,
        MiniProgramCode.env_version != wanted.env_version,
    )
    query = (
        select(ServicePoint)
        .outerjoin(MiniProgramCode, drawn)
        .where(ServicePoint.active, func.length(ServicePoint.code) <= _LONGEST_SCENE, other)
        .order_by(ServicePoint.id)
    )
    found = session.scalars(query.limit(limit)).all()
    return [place.code for place in found if scene_of(place) is not None]


def keep_code(session: Session, scene: str, wanted: Wanted, *, file_key: str, now: datetime) -> None:
    """Keep a picture that WeChat has drawn; that it draws them again is thereby known."""
    kept = {
        "page": wanted.page,
        "env_version": wanted.env_version,
        "file_key": file_key,
        "made_at": now,
    }
    row = insert_into(session, MiniProgramCode).values(app_id=wanted.app_id, scene=scene, **kept)
    session.execute(row.on_conflict_do_update(index_elements=["app_id", "scene"], set_=kept))
    platform_alerts.clear_alerts(session, [platform_alerts.MINI_CODES], now=now)


def may_make(session: Session, *, now: datetime) -> bool:
    """Tell whether WeChat can be asked for codes now."""
    return platform_alerts.MINI_CODES not in platform_alerts.pauses(session, now=now)


def stop_making(session: Session, *, code: int, words: str, now: datetime) -> None:
    """Ask for none for some hours, and let the administrators know why."""
    platform_alerts.raise_alert(
        session, platform_alerts.MINI_CODES, code=code, words=words, now=now, paused_until=now + PAUSE
    )
