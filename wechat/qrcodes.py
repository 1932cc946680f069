"""Asks WeChat for the permanent QR codes of service points, a few at a time, in the background.

https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from domain import qr_codes
from models.database import Database
from wechat.client import PlatformClient
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.refusal_words import explain

log = structlog.get_logger(__name__)

BATCH = 50


def make_waiting(
    database: Database,
    client: PlatformClient,
    *,
    app_id: str,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Have codes made for places without one; each is kept at once, so that being killed costs none.

    WeChat gives the same code again for the same place, should it be asked twice.

    Returns:
        How many were made; what is left waits for the next call.
    """
    with database.transaction() as session:
        if not qr_codes.may_make(session, app_id=app_id, now=clock()):
            return 0
        room = qr_codes.MOST_CODES - qr_codes.count_made(session, app_id=app_id)
        waiting = qr_codes.scenes_waiting(session, app_id=app_id, limit=min(BATCH, room))
    for number, scene in enumerate(waiting):
        if stopping():
            return number
        try:
            url = client.create_qrcode(scene)
        except WeChatUnreachable as error:
            log.warning("qr_code_unanswered", words=str(error))
            return number
        except WeChatError as error:
            _refused(database, error, now=clock())
            return number
        with database.transaction() as session:
            qr_codes.keep_code(session, scene, url=url, app_id=app_id, now=clock())
    if waiting:
        log.info("qr_codes_made", count=len(waiting))
    return len(waiting)


def _refused(database: Database, error: WeChatError, *, now: datetime) -> None:
    log.warning("qr_code_refused", code=error.code, words=str(error))
    if not error.permanent and error.action is not Action.WAIT_DAY:
        return
    with database.transaction() as session:
        words = f"微信没有给出服务点二维码，先用网页链接的二维码：{explain(error)}"
        qr_codes.stop_making(session, code=error.code, words=words, now=now)
