"""Coming in by WeChat's own word: there with a state, back with a code, on to the page without either."""

from http import HTTPStatus

import structlog
from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from domain.former_people import left_at, mark_of, welcome_back
from domain.people import is_known, person_by_openid
from web.clock import now
from web.guards import PERSON_KEY, open_to_all, sign_in_person
from web.h5.entry_paths import phone_path
from web.h5.refusals import Answer, answer_refusals, refusal_page
from web.parts import parts
from web.rate_limits import OPEN_PAGE
from web.wechat_question import MOST_RESTARTS, WeChatQuestion, answered_visitor, restarts
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.login import Visitor

blueprint = Blueprint("h5_oauth", __name__, url_prefix="/h5/oauth")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)

log = structlog.get_logger(__name__)

_question = WeChatQuestion("wechat_asked", way_back="h5/oauth/return")

# Somebody who had themselves deleted has said that they want to begin anew.
_ANEW = "begin_anew"

_GIVEN_UP = (
    "没能确认您的身份",
    "微信没有告诉我们您是谁。请关闭这个页面，回到公众号，回复“进度”，点收到的链接打开。",
)
_SNAPSHOT = (
    "请打开完整的页面",
    "您现在看到的是微信的网页快照，还不能确认身份。请点屏幕下方的“使用完整服务”，再打开这个页面。",
)
_OUT_OF_ORDER = (
    "微信登录暂时不能用",
    "我们已经记下这个问题。请先回到公众号，回复“进度”，点收到的链接打开。",
)


@blueprint.get("/begin")
def begin() -> Answer | Response:
    """Send the reader to WeChat, unless that has been tried too often.

    With `anew` somebody who is signed in is asked about again: the pretend phone of the demo does so when it
    changes hands, as its users share one browser.
    """
    path = phone_path(request.args.get("next", ""))
    if PERSON_KEY in session and "anew" not in request.args:
        return redirect(path)
    if not parts().settings.wechat_oauth or restarts() > MOST_RESTARTS:
        return refusal_page(HTTPStatus.UNAUTHORIZED, *_GIVEN_UP, way_in=False)
    return redirect(_question.ask(path))


@blueprint.get("/return")
@OPEN_PAGE
def come_back() -> Answer | Response:
    """Take WeChat's word for who this is, and go on to the page."""
    path = phone_path(request.args.get("next", ""))
    if not _question.was_asked():
        # Opened a second time, from the history or by WeChat itself.
        return redirect(path) if PERSON_KEY in session else _restart(path)
    try:
        visitor = answered_visitor()
    except WeChatError as error:
        return _refused(error, path)
    except WeChatUnreachable as error:
        log.warning("web_sign_in_unanswered", words=str(error))
        return _no_answer(path)
    if visitor.is_snapshot:
        return refusal_page(HTTPStatus.FORBIDDEN, *_SNAPSHOT, way_in=False)
    if _asked_to_be_forgotten(visitor) and not session.pop(_ANEW, False):
        return render_template("h5/begin_anew.html", path=path), HTTPStatus.OK
    _sign_in(visitor)
    return redirect(path)


@blueprint.post("/anew")
@OPEN_PAGE
def begin_anew() -> Response:
    """Take somebody up again who was forgotten, because they say so; WeChat is asked once more who it is."""
    session[_ANEW] = True
    path = phone_path(request.form.get("next", ""))
    return redirect(url_for("h5_oauth.begin", next=path), HTTPStatus.SEE_OTHER)


def _asked_to_be_forgotten(visitor: Visitor) -> bool:
    """Tell whether opening a page would quietly take up somebody again who had themselves deleted."""
    with parts().database.reading() as reading:
        return not is_known(reading, visitor.openid) and left_at(reading, _mark_of(visitor)) is not None


def _mark_of(visitor: Visitor) -> str:
    return mark_of(visitor.openid, box=parts().secret_box)


def _sign_in(visitor: Visitor) -> None:
    # A GET's own session only reads. Whether the person follows the account is seen at the first notice.
    with parts().database.transaction() as writing:
        person = person_by_openid(writing, visitor.openid, now=now())
        welcome_back(writing, _mark_of(visitor))
    sign_in_person(person)


def _refused(error: WeChatError, path: str) -> Answer | Response:
    if error.action is Action.LOGIN_AGAIN:
        log.info("web_sign_in_restarted", code=error.code)
        return _restart(path)
    if not error.permanent:
        return _no_answer(path)
    log.error("web_sign_in_refused", code=error.code, words=str(error))
    return refusal_page(HTTPStatus.SERVICE_UNAVAILABLE, *_OUT_OF_ORDER, way_in=False)


def _restart(path: str) -> Response:
    return redirect(url_for("h5_oauth.begin", next=path, again=restarts() + 1))


def _no_answer(path: str) -> Answer:
    return render_template("h5/sign_in_again.html", path=path), HTTPStatus.SERVICE_UNAVAILABLE
