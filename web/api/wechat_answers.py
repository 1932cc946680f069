"""What a refusal by WeChat means to the program whose code was refused."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from web.parts import parts
from web.problems import ApiProblem
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.mini_program import MiniProgram

T = TypeVar("T")

log = structlog.get_logger(__name__)

_USED = 40163
_BLOCKED = 40226
_MINUTE = 60


def mini_program() -> MiniProgram:
    """Give the mini program's calls.

    Raises:
        ApiProblem: no mini program is set up.
    """
    found = parts().mini_program
    if found is None:
        raise ApiProblem("mini_program_not_set_up")
    return found


def ask(call: Callable[[], T], *, used: str, invalid: str) -> T:
    """Ask WeChat, and put its refusal into the words of the API.

    Args:
        used, invalid: the problems of a code that was used before, and of one that is none.

    Raises:
        ApiProblem: WeChat refused, or did not answer.
    """
    try:
        return call()
    except WeChatUnreachable as error:
        log.warning("mini_program_unanswered", words=str(error))
        raise ApiProblem("wechat_unreachable") from error
    except WeChatError as error:
        raise _problem_of(error, used=used, invalid=invalid) from error


def _problem_of(error: WeChatError, *, used: str, invalid: str) -> ApiProblem:
    if error.code == _USED:
        return ApiProblem(used)
    if error.code == _BLOCKED:
        return ApiProblem("wechat_user_blocked")
    if error.action is Action.LOGIN_AGAIN:
        return ApiProblem(invalid)
    if error.action is Action.WAIT_MINUTE:
        return ApiProblem("rate_limited", retry_after=_MINUTE)
    if not error.permanent:
        return ApiProblem("wechat_unreachable")
    log.error("mini_program_refused", code=error.code, words=str(error))
    return ApiProblem("wechat_refused")
