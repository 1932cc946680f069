"""Asks WeChat what it thinks of what people wrote, in the background; while it cannot be asked, all waits.

https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_msgseccheck.html
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from domain import content_checks, platform_alerts
from domain.content_checks import Question, Verdict
from models.content_check_words import CheckState
from models.database import Database
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure
from wechat.mini_program import MiniProgram
from wechat.refusal_words import explain

log = structlog.get_logger(__name__)

BATCH = 50
PHOTO_PATH = "wechat/mini/photos/"
_RISKY = 87014
# WeChat does not judge for who has not used the mini program for two hours, or whom it does not know.
_NOT_JUDGED = {
    61010: "提交人两小时内没有用过小程序，微信不检查",
    40003: "微信不认得提交人的 openid",
    49003: "微信不认得提交人的 openid",
}


def check_due(
    database: Database,
    mini_program: MiniProgram,
    *,
    base_url: str,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Ask about what is due; each outcome is kept at once.

    Args:
        base_url: under which WeChat reaches us, to fetch the photos.

    Returns:
        How many were asked about.
    """
    with database.reading() as session:
        waiting = content_checks.due(session, now=clock(), limit=BATCH)
    asked = 0
    for check_id in waiting:
        if stopping():
            break
        with database.transaction() as session:
            question = content_checks.take(session, check_id, now=clock())
        if question is None:
            continue
        asked += 1
        try:
            _ask(database, mini_program, question, base_url=base_url, clock=clock)
        except WeChatFailure as failure:
            _note_failure(database, question, failure, now=clock())
    return asked


def _ask(
    database: Database,
    mini_program: MiniProgram,
    question: Question,
    *,
    base_url: str,
    clock: Callable[[], datetime],
) -> None:
    if question.text:
        verdict = mini_program.check_text(question.openid, question.text)
        with database.transaction() as session:
            content_checks.note_verdict(session, question.check_id, verdict)
            platform_alerts.clear_alerts(session, [platform_alerts.CONTENT_CHECKS], now=clock())
        return
    trace_id = mini_program.check_photo(question.openid, f"{base_url}{PHOTO_PATH}{question.key}")
    with database.transaction() as session:
        content_checks.note_asked(session, question.check_id, trace_id, now=clock())
        platform_alerts.clear_alerts(session, [platform_alerts.CONTENT_CHECKS], now=clock())


def _note_failure(database: Database, question: Question, failure: WeChatFailure, *, now: datetime) -> None:
    log.warning("content_not_checked", check=question.check_id, words=str(failure))
    code = failure.code if isinstance(failure, WeChatError) else None
    with database.transaction() as session:
        if code == _RISKY:
            verdict = Verdict(CheckState.RISKY, "微信认为含有违规内容")
            content_checks.note_verdict(session, question.check_id, verdict)
        elif code in _NOT_JUDGED:
            content_checks.give_to_staff(session, question.check_id, _NOT_JUDGED[code])
        else:
            content_checks.note_trouble(session, question.check_id, str(failure))
            if isinstance(failure, WeChatError) and _concerns_all(failure):
                words = f"内容检查做不了，要公开的内容先不公开，两小时后转给受理员看：{explain(failure)}"
                platform_alerts.raise_alert(
                    session, platform_alerts.CONTENT_CHECKS, code=code, words=words, now=now
                )


def _concerns_all(error: WeChatError) -> bool:
    return error.permanent or error.action is Action.WAIT_DAY
