"""What the platform reports: messages that arrived or did not, and answers to the question for a 订阅通知.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.grants import note_popup
from domain.people import person_by_openid
from domain.receipts import note_subscription_receipt, note_template_receipt
from wechat.error_codes import explain_code
from wechat.inbound import Inbound

_FAILURES = {"user block": "对方拒收", "system failed": "微信系统故障"}


def _template_finished(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in whether a template message arrived.

    https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Interface.html
    """
    status = inbound.field("Status")
    reason = status.removeprefix("failed:").strip()
    note_template_receipt(
        session,
        inbound.field("MsgID"),
        succeeded=status.lower().startswith("success"),
        words=_FAILURES.get(reason.lower(), reason),
        now=now,
    )


def _subscription_sent(session: Session, inbound: Inbound, *, now: datetime) -> None:
    for row in inbound.lists.get("SubscribeMsgSentEvent", ()):
        code = row.get("ErrorCode", "")
        known = explain_code(int(code)).meaning if code.isdecimal() else ""
        note_subscription_receipt(
            session,
            inbound.openid,
            template_id=row.get("TemplateId", "")[:64],
            message_id=row.get("MsgID", "")[:64],
            succeeded=code == "0",
            words=f"{known}（{code} {row.get('ErrorStatus', '')}）",
            now=now,
        )


def _subscription_answered(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Count a yes or a no; of changes in the settings only refusals are told."""
    rows = [
        *inbound.lists.get("SubscribeMsgPopupEvent", ()),
        *inbound.lists.get("SubscribeMsgChangeEvent", ()),
    ]
    if not rows:
        return
    person = person_by_openid(session, inbound.openid, now=now)
    for row in rows:
        note_popup(
            session,
            person,
            template_id=row.get("TemplateId", "")[:64],
            accepted=row.get("SubscribeStatusString") == "accept",
            event_key=inbound.dedupe_key,
            now=now,
        )


_REPORTS: dict[str, Callable[..., None]] = {
    "event:templatesendjobfinish": _template_finished,
    "event:subscribe_msg_sent_event": _subscription_sent,
    "event:subscribe_msg_popup_event": _subscription_answered,
    "event:subscribe_msg_change_event": _subscription_answered,
}


def is_report(inbound: Inbound) -> bool:
    """Tell whether this is the platform's report, to which nothing is answered."""
    return inbound.kind in _REPORTS


def take_in_report(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Act on such a report."""
    _REPORTS[inbound.kind](session, inbound, now=now)
