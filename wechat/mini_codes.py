"""Asks WeChat for the mini-program codes of service points, a few at a time, in the background.

https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode.html
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from config.settings import Settings
from domain import mini_codes
from domain.file_store import FileStore
from domain.mini_codes import Wanted
from models.database import Database
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.mini_program import MiniProgram
from wechat.refusal_words import explain

log = structlog.get_logger(__name__)

BATCH = 20


def wanted_codes(settings: Settings) -> Wanted:
    """Give what the codes of this installation open."""
    return Wanted(settings.miniprogram_app_id, settings.miniprogram_page, settings.miniprogram_env.value)


def make_waiting(
    database: Database,
    mini_program: MiniProgram,
    files: FileStore,
    wanted: Wanted,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Have codes drawn for places without one; each is kept at once, so that being killed costs none.

    Returns:
        How many were drawn; what is left waits for the next call.
    """
    with database.reading() as session:
        may_make = mini_codes.may_make(session, now=clock())
        waiting = mini_codes.scenes_waiting(session, wanted, limit=BATCH) if may_make else []
    for number, scene in enumerate(waiting):
        if stopping():
            return number
        try:
            picture = mini_program.code_of(scene)
        except WeChatUnreachable as error:
            log.warning("mini_code_unanswered", words=str(error))
            return number
        except WeChatError as error:
            _refused(database, error, now=clock())
            return number
        key = files.save(picture, "jpg" if picture.startswith(b"\xff\xd8") else "png")
        with database.transaction() as session:
            mini_codes.keep_code(session, scene, wanted, file_key=key, now=clock())
    if waiting:
        log.info("mini_codes_made", count=len(waiting))
    return len(waiting)


def _refused(database: Database, error: WeChatError, *, now: datetime) -> None:
    log.warning("mini_code_refused", code=error.code, words=str(error))
    if not error.permanent and error.action is not Action.WAIT_DAY:
        return
    with database.transaction() as session:
        words = f"微信没有给出服务点的小程序码：{explain(error)}"
        mini_codes.stop_making(session, code=error.code, words=words, now=now)
