"""What the platform tells of the account itself: its verification (认证), without which most calls fail.

https://developers.weixin.qq.com/doc/service/guide/product/Accreditation.html
"""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from domain.platform_alerts import NAMING, VERIFICATION, Subject, clear_alerts, raise_alert
from domain.working_time import local_time
from wechat.inbound import Inbound


def renewal_due(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Let administrators know that the verification ends soon."""
    day = _day(inbound, "ExpiredTime")
    when = f"将于 {day} " if day else "即将"
    words = f"公众号认证{when}到期，请尽快登录微信公众平台办理年审，否则通知和菜单会停用。"
    raise_alert(session, VERIFICATION, code=None, words=words, now=now)


def verification_expired(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Let administrators know that the verification has ended."""
    day = _day(inbound, "ExpiredTime")
    when = f"于 {day} " if day else ""
    words = f"公众号认证已{when}过期，请登录微信公众平台重新认证，否则通知和菜单不能用。"
    raise_alert(session, VERIFICATION, code=None, words=words, now=now)


def qualification_verified(session: Session, _inbound: Inbound, *, now: datetime) -> None:
    """Note that the account's rights are there again."""
    clear_alerts(session, [VERIFICATION], now=now)


def qualification_failed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Let administrators know why the account's owner was not verified."""
    _failed(session, inbound, VERIFICATION, "资质认证", now=now)


def naming_verified(session: Session, _inbound: Inbound, *, now: datetime) -> None:
    """Note that the account's name was accepted."""
    clear_alerts(session, [NAMING], now=now)


def naming_failed(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Let administrators know why the account's name was not accepted."""
    _failed(session, inbound, NAMING, "名称认证", now=now)


def _failed(session: Session, inbound: Inbound, subject: Subject, what: str, *, now: datetime) -> None:
    day, reason = _day(inbound, "FailTime"), inbound.field("FailReason") or "平台没有说明原因"
    words = f"公众号{what}{f'于 {day} ' if day else ''}未通过：{reason}。请登录微信公众平台处理。"
    raise_alert(session, subject, code=None, words=words, now=now)


def _day(inbound: Inbound, name: str) -> str:
    """Give a day as people write it; empty when the platform does not tell it."""
    seconds = inbound.field(name)
    try:
        day = local_time(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{day.year}年{day.month}月{day.day}日"
