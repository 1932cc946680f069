"""What a person reads on the phone when something cannot be done; what they had typed is shown again."""

from http import HTTPStatus

from flask import Blueprint, render_template, request, session
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate, TooMuch
from web.guards import PERSON_KEY
from web.rate_limits import again_at
from web.wechat_browser import may_ask_wechat

Answer = tuple[str, int]

_STATUS = {TooMuch: 429, NotAllowed: 403, NotFound: 404, TooLate: 409, Invalid: 422}
_TITLES = {
    400: "没有提交成功",
    403: "现在不能这样做",
    404: "没有找到这个页面",
    409: "情况刚刚有变化",
    413: "照片太大了",
    422: "请改一下再提交",
    429: "操作太频繁了",
}
_WORDS = {
    400: "请返回上一页，检查后再试。",
    403: "您不能做这个操作。",
    404: "链接可能不完整，或者这条内容不是您提交、关注的。",
    413: "一次传的照片太大。请少选几张，分几次提交。",
    429: "短时间内打开或提交了太多次，",
}
LINK_IS_DEAD = (
    "链接已失效",
    "链接 30 分钟内有效、只能用一次。请回到公众号，回复“进度”重新打开。",
)
_NOT_IN = (
    "请从公众号进入",
    "这里的内容只有本人能看。请回到公众号，回复“进度”，点收到的链接就能打开。",
)
_PAGE_TOO_OLD = ("页面已过期", "这个页面开得太久了，刚才没有提交成功。请返回上一页，刷新后再提交。")


def status_of(error: DomainError) -> int:
    """Give the HTTP status of a refusal."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 422)


def refusal_page(status: int, title: str, explanation: str, *, way_in: bool | None = None) -> Answer:
    """Show a refusal with what was typed, so that nobody has to write it again.

    Args:
        way_in: whether to offer the person's list; by default when this phone has a session, or WeChat can
            be asked for one.
    """
    page = render_template(
        "h5/refusal.html",
        title=title,
        explanation=explanation,
        typed=_typed(),
        way_in=PERSON_KEY in session or may_ask_wechat() if way_in is None else way_in,
    )
    return page, status


def _typed() -> str:
    if request.method != "POST":
        return ""
    try:
        return request.form.get("words", "").strip()
    except RequestEntityTooLarge:
        return ""


def _on_domain_error(error: DomainError) -> Answer:
    status = status_of(error)
    return refusal_page(status, _TITLES[status], error.message)


def _on_csrf_error(error: CSRFError) -> Answer:
    del error
    if PERSON_KEY not in session:  # the session ended while the page was open
        return refusal_page(HTTPStatus.UNAUTHORIZED, *_NOT_IN, way_in=False)
    return refusal_page(HTTPStatus.BAD_REQUEST, *_PAGE_TOO_OLD)


def _on_http_error(error: HTTPException) -> Answer | Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if status == HTTPStatus.UNAUTHORIZED:
        return refusal_page(status, *_NOT_IN, way_in=False)
    known = status if status in _WORDS else HTTPStatus.BAD_REQUEST
    words = _WORDS[known] + (again_at() if known == HTTPStatus.TOO_MANY_REQUESTS else "")
    return refusal_page(status, _TITLES[known], words)


def answer_refusals(blueprint: Blueprint) -> None:
    """Let a blueprint answer what it refuses in this look; failures of ours are left to the application."""
    blueprint.register_error_handler(DomainError, _on_domain_error)
    blueprint.register_error_handler(CSRFError, _on_csrf_error)
    for status in (400, 401, 403, 404, 413, 429):
        blueprint.register_error_handler(status, _on_http_error)
