"""Signing in on one's own phone: WeChat says whose it is, and the account it is bound to opens.

Whatever goes wrong leads back to name and password, with the page that was wanted still in mind.
"""

import structlog
from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain.sign_in import Way, account_of_wechat, arrive
from web.admin.login import admit, local_path
from web.clock import now
from web.guards import open_to_all
from web.parts import parts
from web.rate_limits import limiter
from web.wechat_question import MOST_RESTARTS, WeChatQuestion, answered_visitor, restarts
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable

blueprint = Blueprint("admin_wechat_sign_in", __name__, url_prefix="/admin/sign-in/wechat")
blueprint.before_request(open_to_all)

log = structlog.get_logger(__name__)
_question = WeChatQuestion("wechat_asked_by_staff", way_back="admin/sign-in/wechat/return")

_GIVEN_UP = "没能通过微信确认您的身份，请用密码登录。"
_NO_ANSWER = "微信没有应答，请再点一次「用微信登录」，或者用密码登录。"
_OUT_OF_ORDER = "微信登录暂时不能用，请用密码登录。"
_SNAPSHOT = "您看到的是微信的网页快照。请点屏幕下方的“使用完整服务”，或者用密码登录。"
_NOT_BOUND = "这个微信没有绑定可用的后台账号。请用密码登录；到「我的微信」里绑定后，下次不用输密码。"


@blueprint.get("", strict_slashes=False)
def begin() -> Response:
    """Send the reader to WeChat, unless that has been tried too often."""
    path = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(path)
    if not parts().settings.wechat_oauth or restarts() > MOST_RESTARTS:
        return _by_password(path, _GIVEN_UP)
    return redirect(_question.ask(path))


@blueprint.get("/return")
@limiter.limit("600 per minute")  # a whole campus may share an address
def come_back() -> Response:
    """Take WeChat's word for whose phone this is, and open their account."""
    path = local_path(request.args.get("next"))
    if not _question.was_asked():
        # Opened a second time, from the history or by WeChat itself.
        return redirect(path) if current_user.is_authenticated else _restart(path)
    try:
        visitor = answered_visitor()
    except WeChatError as error:
        return _refused(error, path)
    except WeChatUnreachable as error:
        log.warning("staff_wechat_sign_in_unanswered", words=str(error))
        return _by_password(path, _NO_ANSWER)
    if visitor.is_snapshot:
        return _by_password(path, _SNAPSHOT)
    # A GET's own session only reads.
    with parts().database.transaction() as writing:
        staff = account_of_wechat(writing, visitor.openid)
        arrival = arrive(writing, staff, Way.WECHAT, now=now()) if staff else None
    return admit(arrival, path) if arrival is not None else _by_password(path, _NOT_BOUND)


def _refused(error: WeChatError, path: str) -> Response:
    if error.action is Action.LOGIN_AGAIN:
        log.info("staff_wechat_sign_in_restarted", code=error.code)
        return _restart(path)
    log.error("staff_wechat_sign_in_refused", code=error.code, words=str(error))
    return _by_password(path, _OUT_OF_ORDER if error.permanent else _NO_ANSWER)


def _restart(path: str) -> Response:
    return redirect(url_for("admin_wechat_sign_in.begin", next=path, again=restarts() + 1))


def _by_password(path: str, words: str) -> Response:
    flash(words, "warning")
    return redirect(url_for("admin_login.sign_in", next=path, by="password"))
