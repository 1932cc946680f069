"""All tables in one import, for migrations and for tools that need to see the whole."""

from models import (
    attachment,
    calendar_day,
    category,
    complaint,
    conversation,
    inbound,
    notice,
    person,
    platform_alert,
    rating,
    service_point,
    staff,
    team,
    timer,
    wechat_token,
)
from models.base import Base

__all__ = [
    "Base",
    "attachment",
    "calendar_day",
    "category",
    "complaint",
    "conversation",
    "inbound",
    "notice",
    "person",
    "platform_alert",
    "rating",
    "service_point",
    "staff",
    "team",
    "timer",
    "wechat_token",
]
