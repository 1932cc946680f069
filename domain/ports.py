"""What the rules ask of the world outside, and what they are told back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.enums import NoticeChannel, NoticeKind

# What is said of a way that was not tried, as nothing could have come of it.
NOT_SET_UP = "这类通知没有配置"
NOT_SUBSCRIBED = "对方没有订阅这类通知"
NO_MINI_PROGRAM = "没有设置小程序"
NOT_TRIED = (NOT_SET_UP, NOT_SUBSCRIBED, NO_MINI_PROGRAM)


class Verdict(StrEnum):
    """How one try to deliver a notice ended."""

    SENT = "sent"
    RETRY = "retry"  # nothing was sent, and later it may work
    UNKNOWN = "unknown"  # no answer came: it may have been sent
    NEXT_CHANNEL = "next_channel"  # this person cannot be reached this way
    REFUSED = "refused"  # this text will never be taken
    WAIT_MINUTE = "wait_minute"  # a limit of this way, for everybody
    WAIT_DAY = "wait_day"
    TEMPLATE_STOPPED = "template_stopped"
    NO_RIGHT = "no_right"  # the account may not use this way
    ACCOUNT_STOPPED = "account_stopped"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A notice as it goes out one way, with all that sending needs, so that no transaction stays open.

    Attributes:
        key: the notice's own; the platform takes it once within ten minutes where the way allows it.
        openid: theirs in the official account, and `mini_openid` in the mini program; empty where none is
            known, and no way in `channel` and `other_channels` needs it.
        url: the page it leads to; empty for none.
        channel: the way to try now; `other_channels` come next, in order.
        claimed_by, claimed_at: the claim under which it is sent.
        window_closes_at: end of the service window that the plan counted on.
        granted: the templates that the person has allowed us to send, of both accounts.
    """

    notice_id: int
    key: str
    kind: NoticeKind
    person_id: int
    openid: str
    title: str
    body: str
    fields: Mapping[str, object]
    url: str
    channel: NoticeChannel
    other_channels: tuple[NoticeChannel, ...]
    claimed_by: str
    claimed_at: datetime
    window_closes_at: datetime | None
    granted: frozenset[str] = frozenset()
    mini_openid: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What came of a try.

    Attributes:
        code: WeChat's errcode; None when no answer came.
        words: what happened, in plain Chinese.
        message_id: the platform's, by which it tells of the delivery later.
        template_id: the template it went out by, or was refused for.
        person_left: the person does not follow the account any more.
        window_closed: the platform says that the service window is closed or used up.
        grant_gone: the platform says that the person has not allowed this template, or not any more.
        alert: administrators should know.
    """

    verdict: Verdict
    code: int | None = None
    words: str = ""
    message_id: str = ""
    template_id: str = ""
    person_left: bool = False
    window_closed: bool = False
    grant_gone: bool = False
    alert: bool = False


class Messenger(Protocol):
    """Carries notices to people's phones."""

    def deliver(self, letter: Letter) -> Delivery:
        """Try one way, and say what came of it; trouble with the platform is an outcome, not an exception."""
