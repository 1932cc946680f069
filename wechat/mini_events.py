"""What the platform pushes for the mini program, and what each leads to; nothing of it is answered.

https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html

Every push is stored before this table is asked, and one that is not in it is stored and left at that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from domain import content_checks, grants, mini_grants, receipts
from domain.content_checks import Verdict
from domain.mini_grants import TapAnswer, TapReport, Teller
from domain.mini_people import person_known_as
from domain.secret_box import SecretBox
from models.content_check_words import CheckState
from wechat.content_verdicts import verdict_of
from wechat.error_codes import explain_code
from wechat.event_table import Kept, Report
from wechat.inbound import Inbound

log = structlog.get_logger(__name__)

_REFUSED = "43101"
_LONGEST_TEMPLATE = 64


def respond(session: Session, inbound: Inbound, *, box: SecretBox, now: datetime) -> str:  # noqa: ARG001 (as all)
    """Act on a push; there is no answer to any."""
    means = EVENTS.get(inbound.kind)
    if isinstance(means, Report):
        means.take_in(session, inbound, now=now)
    return ""


def media_checked(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in what the platform thinks of a photo.

    https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_mediacheckasync.html
    """
    trace_id = inbound.field("trace_id")
    if not trace_id or len(trace_id) > content_checks.LONGEST_TRACE_ID:
        log.warning("media_verdict_without_number")
        return
    fault = inbound.field("errcode") or "0"
    if fault == "0":
        suggest, label = (inbound.inner("result", name) for name in ("suggest", "label"))
        verdict = verdict_of(suggest, int(label) if label.isdecimal() else None)
    else:
        verdict = Verdict(CheckState.WAITING, f"微信没能检查照片（{fault[:20]}）")
    content_checks.note_media_verdict(session, trace_id, openid=inbound.openid, verdict=verdict, now=now)


def subscription_answered(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Count a yes or a no to messages of the mini program; of changes in the settings only refusals are told.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
    """
    person = person_known_as(session, inbound.openid)
    if person is None:  # they left meanwhile
        return
    rows = _rows(inbound, "SubscribeMsgPopupEvent") or _rows(inbound, "SubscribeMsgChangeEvent")
    answers = {
        row["TemplateId"][:_LONGEST_TEMPLATE]: _ANSWERS.get(
            row.get("SubscribeStatusString", ""), TapAnswer.REJECT
        )
        for row in rows
        if row.get("TemplateId")
    }
    report = TapReport(told_by=Teller.WECHAT, key=inbound.dedupe_key, at=inbound.sent_at, answers=answers)
    mini_grants.note_tap(session, person, report, now=now)


def subscription_sent(session: Session, inbound: Inbound, *, now: datetime) -> None:
    """Take in whether a message arrived, or that somebody refuses it after all, so that no more are sent."""
    person = person_known_as(session, inbound.openid)
    if person is None:
        return
    for row in _rows(inbound, "SubscribeMsgSentEvent"):
        code, template_id = row.get("ErrorCode", ""), row.get("TemplateId", "")[:_LONGEST_TEMPLATE]
        known = explain_code(int(code)).meaning if code.isdecimal() else ""
        receipts.note_subscription_receipt(
            session,
            inbound.openid,
            template_id=template_id,
            message_id=row.get("MsgID", "")[:64],
            succeeded=code == "0",
            words=f"{known}（{code} {row.get('ErrorStatus', '')}）",
            now=now,
            of_mini_program=True,
        )
        if code == _REFUSED:
            grants.note_refusal(session, person.id, template_id, now=now, since=inbound.sent_at)


_ANSWERS = {answer.value: answer for answer in TapAnswer}


def _rows(inbound: Inbound, group: str) -> Sequence[Mapping[str, str]]:
    """Give the rows of an event; in JSON they stand in no element of their own."""
    return inbound.rows(group, "List") or inbound.rows("List")


EVENTS: Mapping[str, Report | Kept] = {
    "event:wxa_media_check": Report(media_checked),
    "event:subscribe_msg_popup_event": Report(subscription_answered),
    "event:subscribe_msg_change_event": Report(subscription_answered),
    "event:subscribe_msg_sent_event": Report(subscription_sent),
    "event:user_enter_tempsession": Kept("somebody opened the customer service of the mini program"),
}
