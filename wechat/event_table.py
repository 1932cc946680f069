"""What each event of the platform leads to: a turn in the chat, something noted, or nothing but its row.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html

Every event is stored before this table is asked, and an event that is not in it is stored and left at that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from wechat import account_reports, leaving, platform_reports
from wechat.chat import Chat
from wechat.conversation_events import clicked, only_a_tap, scanned, scanned_for_us, subscribed
from wechat.inbound import Inbound


class TakeIn(Protocol):
    """Notes what an event tells."""

    def __call__(self, session: Session, inbound: Inbound, /, *, now: datetime) -> None: ...


@dataclass(frozen=True)
class Turn:
    """A person did something: it opens the service window for a minute, and may be answered."""

    act: Callable[[Chat], str]


@dataclass(frozen=True)
class Report:
    """The platform tells something; the sender it names need not be a person, and nothing is answered.

    Attributes:
        of_the_account: whether it is about the account and its articles, and about nobody.
    """

    take_in: TakeIn
    of_the_account: bool = False


@dataclass(frozen=True)
class Kept:
    """Stored and answered with `success`.

    Attributes:
        why: why no more is done.
    """

    why: str


_PAGE = Kept("the page opens on the phone; a tap on it opens no service window")
_FOLLOWS = Kept("the photos or the position follow as messages of their own, and open the window")
_MINI = Kept("comes to the address of the mini program; see `wechat/mini_events.py`")
_CUSTOMER_SERVICE = Kept("somebody answers in the platform's own customer service; we take no part in it")

EVENTS: Mapping[str, Turn | Report | Kept] = {
    "event:subscribe": Turn(subscribed),
    "event:scan": Turn(scanned),
    "event:click": Turn(clicked),
    "event:scancode_waitmsg": Turn(scanned_for_us),
    "event:scancode_push": Turn(only_a_tap),
    "event:unsubscribe": Report(leaving.unsubscribed),
    "event:user_authorization_cancellation": Report(leaving.account_closed),
    "event:user_authorization_revoke": Report(leaving.authorization_revoked),
    "event:user_info_modified": Kept("it is about nickname and portrait, and we keep neither"),
    "event:templatesendjobfinish": Report(platform_reports.template_finished),
    "event:subscribe_msg_popup_event": Report(platform_reports.subscription_answered),
    "event:subscribe_msg_change_event": Report(platform_reports.subscription_answered),
    "event:subscribe_msg_sent_event": Report(platform_reports.subscription_sent),
    "event:masssendjobfinish": Report(platform_reports.mass_send_finished, of_the_account=True),
    "event:publishjobfinish": Report(platform_reports.publishing_finished, of_the_account=True),
    # So it is spelled in one of the published samples.
    "event:freepublishjobfinish": Report(platform_reports.publishing_finished, of_the_account=True),
    "event:annual_renew": Report(account_reports.renewal_due, of_the_account=True),
    "event:verify_expired": Report(account_reports.verification_expired, of_the_account=True),
    "event:qualification_verify_success": Report(account_reports.qualification_verified, of_the_account=True),
    "event:qualification_verify_fail": Report(account_reports.qualification_failed, of_the_account=True),
    "event:naming_verify_success": Report(account_reports.naming_verified, of_the_account=True),
    "event:naming_verify_fail": Report(account_reports.naming_failed, of_the_account=True),
    "event:view": _PAGE,
    "event:view_miniprogram": _PAGE,
    "event:pic_sysphoto": _FOLLOWS,
    "event:pic_photo_or_album": _FOLLOWS,
    "event:pic_weixin": _FOLLOWS,
    "event:location_select": _FOLLOWS,
    "event:location": Kept("nobody asked for where people are; places come from codes and from the chat"),
    "event:wxa_media_check": _MINI,
    "event:user_enter_tempsession": _MINI,
    "event:kf_create_session": _CUSTOMER_SERVICE,
    "event:kf_close_session": _CUSTOMER_SERVICE,
    "event:kf_switch_session": _CUSTOMER_SERVICE,
}

# The rows of these keep what they say although their sender is no person: it is read again.
OF_THE_ACCOUNT = frozenset(
    kind for kind, means in EVENTS.items() if isinstance(means, Report) and means.of_the_account
)
