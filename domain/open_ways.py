"""By which ways we could write to a person at this moment, in words for their own page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.working_time import describe_moment
from models.api_session import MiniProgramIdentity
from models.enums import NoticeChannel
from models.person import Person, ServiceWindow
from models.subscription_grant import SubscriptionGrant


@dataclass(frozen=True)
class OpenWay:
    """One way, whether it is open, and what there is to know about it."""

    title: str
    is_open: bool
    words: str


def open_ways(
    session: Session, person: Person, *, mapped: Mapping[NoticeChannel, Collection[str]], now: datetime
) -> list[OpenWay]:
    """List the ways of the ladder as `domain/outbox.py` would find them now.

    Args:
        mapped: ways for which the office has set up templates, with the ids of these.
    """
    ways = [_window(session, person, now=now)]
    if NoticeChannel.TEMPLATE in mapped:
        words = "关注公众号期间，重要进展会以卡片发给您。" if person.following else "关注公众号以后才能收到。"
        ways.append(OpenWay("服务通知卡片", person.following, words))
    if NoticeChannel.SUBSCRIPTION in mapped:
        words = "在诉求页面点「订阅办理进度通知」，点一次可以收到一次。"
        ways.append(_granted("订阅通知", words, session, person, mapped[NoticeChannel.SUBSCRIPTION]))
    of_mini = mapped.get(NoticeChannel.MINI_SUBSCRIPTION)
    if of_mini and session.get(MiniProgramIdentity, person.id) is not None:
        words = "在小程序里提交诉求时点「允许」，点一次可以收到一次。"
        ways.append(_granted("小程序订阅消息", words, session, person, of_mini))
    return [*ways, OpenWay("「消息」页", is_open=True, words="所有通知都在这里，永远看得到。")]


def _window(session: Session, person: Person, *, now: datetime) -> OpenWay:
    title = "公众号对话"
    if not person.following:
        return OpenWay(title, is_open=False, words="关注公众号以后才能收到。")
    window = session.get(ServiceWindow, person.id)
    if window is None or window.remaining == 0 or window.closes_at <= now:
        words = "给公众号发一句话，48 小时内我们就可以在对话里回复您。"
        return OpenWay(title, is_open=False, words=words)
    until = describe_moment(window.closes_at, now=now)
    words = f"{until}前还可以回复您 {window.remaining} 条；您再发一句话，重新计算。"
    return OpenWay(title, is_open=True, words=words)


def _granted(title: str, words: str, session: Session, person: Person, templates: Collection[str]) -> OpenWay:
    # What was allowed to one account, the other cannot use.
    total = select(func.coalesce(func.sum(SubscriptionGrant.remaining), 0)).where(
        SubscriptionGrant.person_id == person.id, SubscriptionGrant.template_id.in_(templates)
    )
    left = session.scalar(total) or 0
    if left:
        return OpenWay(title, is_open=True, words=f"您允许过的还剩 {left} 次，用一次少一次。")
    return OpenWay(title, is_open=False, words=words)
