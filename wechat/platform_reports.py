"""What the platform reports of messages on their way, of leave to send a 订阅通知, and of articles.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import articles
from domain.grants import note_popup
from domain.people import known_person
from domain.receipts import note_subscription_receipt, note_template_receipt
from models.inbound import InboundMessage
from wechat.error_codes import explain_code
from wechat.inbound import Inbound, read

log = structlog.get_logger(__name__)

_COUNTS = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")
_FAILURES = {"user block": "对方拒收", "system failed": "微信系统故障"}


def template_finished(session: Session, inbound: Inbound, *, now: datetime) -> None:
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


def subscription_sent(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in whether a 订阅通知 arrived.

    https://developers.weixin.qq.com/doc/service/guide/product/template_message/Service_account_subscription.html
    """
    if known_person(session, inbound.openid) is None:
        return
    for row in inbound.rows("SubscribeMsgSentEvent", "List"):
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


def subscription_answered(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Count a yes or a no; of changes in the settings only refusals are told."""
    rows = [
        *inbound.rows("SubscribeMsgPopupEvent", "List"),
        *inbound.rows("SubscribeMsgChangeEvent", "List"),
    ]
    if not rows:
        return
    person = known_person(session, inbound.openid)
    if person is None:  # they left meanwhile, and the platform's word does not bring them back
        return
    for row in rows:
        note_popup(
            session,
            person,
            template_id=row.get("TemplateId", "")[:64],
            accepted=row.get("SubscribeStatusString") == "accept",
            event_key=inbound.dedupe_key,
            now=now,
        )


def mass_send_finished(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in how a mass send ended.

    https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Batch_Sends_and_Originality_Checks.html
    """
    number = inbound.field("MsgID")
    found = articles.note_mass_result(
        session,
        number,
        status=inbound.field("Status"),
        counts={name: int(inbound.field(name)) for name in _COUNTS if inbound.field(name).isdecimal()},
        urls=_addresses(inbound.rows("ArticleUrlResult", "ResultList", "item"), "ArticleUrl"),
        now=now,
    )
    if found is None:
        _note_foreign("mass_send", number)


def publishing_finished(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in how a publishing job ended.

    https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_submit.html
    """
    number, status = (inbound.inner("PublishEventInfo", name) for name in ("publish_id", "publish_status"))
    if not status.isdecimal():
        log.warning("publish_status_unreadable", publish_id=number, status=status[:20])
        return
    found = articles.note_publish_result(
        session,
        number,
        status=int(status),
        article_id=inbound.inner("PublishEventInfo", "article_id")[:64],
        urls=_addresses(inbound.rows("PublishEventInfo", "article_detail", "item"), "article_url"),
        now=now,
    )
    if found is None:
        _note_foreign("publishing", number)


def take_in_overtaken(session: Session, *, since: datetime, now: datetime) -> None:
    """Take in once more the results of articles told since a moment: one may have overtaken its number."""
    told = select(InboundMessage.kind, InboundMessage.body).where(
        InboundMessage.kind.in_(_RESULTS), InboundMessage.received_at >= since
    )
    for kind, body in session.execute(told.order_by(InboundMessage.id)):
        _RESULTS[kind](session, read(body, app_id=""), now=now)


_RESULTS = {
    "event:masssendjobfinish": mass_send_finished,
    "event:publishjobfinish": publishing_finished,
    "event:freepublishjobfinish": publishing_finished,
}


def _addresses(rows: Sequence[Mapping[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows if row.get(name)]


def _note_foreign(job: str, number: str) -> None:
    # Somebody sent it from the platform's own pages; or it overtook our call, and we shall ask the platform.
    log.info("result_of_no_article_of_ours", job=job, number=number[:64])
