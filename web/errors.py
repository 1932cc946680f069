"""What people read when something goes wrong: a plain page, or problem+json below /api/."""

from http import HTTPStatus
from math import ceil

import structlog
from flask import Flask, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate, TooMuch
from models.trouble import Trouble, is_unheld, trouble_of, words_for_log
from web.clock import now
from web.kept_form import kept_form
from web.open311_shapes import error as open311_error
from web.open311_shapes import is_open311
from web.problems import ApiProblem, code_of_status, domain_problem, problem
from web.rate_limits import limiter

log = structlog.get_logger(__name__)

_DOMAIN_STATUS = {TooMuch: 429, NotAllowed: 403, NotFound: 404, TooLate: 409, Invalid: 422}

# Title and explanation by status; anything else falls back to 500 or 400.
_WORDS = {
    400: ("这个请求无法处理", "提交的内容不完整或格式不对。请返回上一页，检查后再试。"),
    401: ("请先进入", "这个页面只有本人能看。请在微信里打开公众号，从菜单或消息里的链接进入。"),
    403: ("没有权限", "您的账号不能做这个操作。如果工作需要，请联系系统管理员开通。"),
    404: ("没有找到", "网址可能有误，或者内容已被移走。"),
    405: ("不能这样打开", "这个网址只用来提交表单，请从页面上的按钮进入。"),
    409: ("内容刚刚有变化", "您操作的同时，别人已经改动。请看过最新情况再决定。"),
    413: ("文件太大", "一次上传的文件太大。请减少照片张数，或换小一些的照片再试。"),
    422: ("内容需要修改", "提交的内容有误，请修改后再试。"),
    429: ("操作太频繁", "短时间内操作太多次，请过几分钟再试。"),
    500: ("系统出错了", "问题已记录。请稍后再试；如果一直这样，请把下面的编号告诉系统管理员。"),
    503: ("系统正忙", "现在暂时不能处理，请过一会儿再试。"),
    507: ("暂时存不下", "系统的存储空间满了，刚才的内容没有保存。请过一会儿再试。"),
}
_NOT_WRITTEN = ("暂时不能保存", "系统现在只能看、不能保存，刚才的内容没有保存。请过一会儿再试。")
# Seconds after which it is worth trying again.
_AGAIN_AFTER = 30
_CSRF_WORDS = (
    "页面已过期",
    "页面打开得太久，或者您重新登录过。请返回上一页，把写好的内容复制保存，刷新后再提交。",
)


def error_answer(status: int, title: str, explanation: str) -> tuple[Response | str, int]:
    """Answer with an error in the form the caller understands."""
    if _is_api():
        said = explanation if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
        return problem(code_of_status(status), said, retry_after=_retry_after(status), status=status), status
    if is_open311():
        words = f"{title}：{explanation}"
        return open311_error(status, words, retry_after=_retry_after(status)), status
    template = "fragments/error.html" if request.headers.get("HX-Request") else "error.html"
    kept = kept_form() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    return render_template(template, status=status, title=title, explanation=explanation, kept=kept), status


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _retry_after(status: int) -> int | None:
    """Give the seconds until the limit that was met begins anew."""
    met = limiter.current_limit if status == HTTPStatus.TOO_MANY_REQUESTS else None
    return max(1, ceil(met.reset_at - now().timestamp())) if met is not None else None


def _on_domain_error(error: DomainError) -> tuple[Response | str, int] | Response:
    if _is_api():
        return domain_problem(error)
    if is_open311():
        return _open311_refusal(error)
    status = next((code for kind, code in _DOMAIN_STATUS.items() if isinstance(error, kind)), 422)
    return error_answer(status, _WORDS[status][0], error.message)


def _open311_refusal(error: DomainError) -> Response:
    """Answer as GeoReport v2 has it, which knows one status for whatever was wrong in the request."""
    if isinstance(error, Invalid):
        field = f"{error.field}：" if error.field else ""
        return open311_error(HTTPStatus.BAD_REQUEST, field + error.message)
    status = next((code for kind, code in _DOMAIN_STATUS.items() if isinstance(error, kind)), 400)
    return open311_error(status, error.message)


def _on_csrf_error(error: CSRFError) -> tuple[Response | str, int] | Response:
    log.info("csrf_refused", reason=error.description)
    if request.headers.get("HX-Request"):
        # The page fetches a new token and keeps what was typed.
        return Response(status=400, headers={"HX-Reswap": "none", "HX-Trigger": "form-expired"})
    return error_answer(400, *_CSRF_WORDS)


def _on_http_error(error: HTTPException) -> tuple[Response | str, int] | Response:
    status = error.code or 500
    behind = getattr(error, "original_exception", None)
    if isinstance(behind, Exception):  # raised where the transaction ends, after the answer was made
        return _on_failure(behind)
    if error.response is not None or status < 400:  # redirects and answers made on purpose
        return error.get_response()
    title, explanation = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])
    answer = error_answer(status, title, explanation)
    if _is_api() and isinstance(error, MethodNotAllowed) and isinstance(answer[0], Response):
        answer[0].headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _on_failure(error: Exception) -> tuple[Response | str, int]:
    trouble = trouble_of(error)
    if trouble is not None:
        return _on_trouble(error, trouble)
    if is_unheld(error):
        log.info("unheld_characters", path=request.path)
        return error_answer(HTTPStatus.BAD_REQUEST, *_WORDS[400])
    log.error("request_failed", path=request.path, method=request.method, exc_info=error)
    return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, *_WORDS[500])


def _on_trouble(error: Exception, trouble: Trouble) -> tuple[Response | str, int]:
    """Say that it is not the fault of what was asked, and worth trying again."""
    log.error("request_not_served", path=request.path, method=request.method, **words_for_log(error))
    status, words = HTTPStatus.SERVICE_UNAVAILABLE, _WORDS[503]
    if trouble in {Trouble.DISK_FULL, Trouble.READ_ONLY} and request.method not in {"GET", "HEAD"}:
        words = _NOT_WRITTEN
        if trouble is Trouble.DISK_FULL:
            # Programs know the other status, and have nothing else to do about this one.
            status = status if _is_api() or is_open311() else HTTPStatus.INSUFFICIENT_STORAGE
            words = _WORDS[507]
    answer, status_code = error_answer(status, *words)
    response = make_response(answer, status_code)
    response.headers.setdefault("Retry-After", str(_AGAIN_AFTER))
    return response, status_code


def init_app(app: Flask) -> None:
    """Answer every error of the application in plain words."""
    app.register_error_handler(DomainError, _on_domain_error)
    app.register_error_handler(ApiProblem, ApiProblem.answer)
    app.register_error_handler(CSRFError, _on_csrf_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_failure)
