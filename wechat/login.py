"""Web sign-in (网页授权): WeChat tells a page of ours who is reading it.

https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from config.settings import Settings
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.transport import SessionPerThread, read_json

_LONGEST_CODE = 512


@dataclass(frozen=True)
class Visitor:
    """Who is reading.

    Attributes:
        openid: the reader's, for our account.
        is_snapshot: WeChat shows a snapshot of the page to a made-up user; this openid is nobody's.
    """

    openid: str
    is_snapshot: bool


class WebLogin:
    """Asks WeChat who somebody is, without a question to them (snsapi_base).

    Args:
        settings: the account, and where WeChat is.
        sessions: one HTTP session per thread.
    """

    def __init__(self, settings: Settings, sessions: SessionPerThread) -> None:
        self._settings = settings
        self._sessions = sessions

    def address(self, *, back_to: str, state: str) -> str:
        """Give the address to send the reader to.

        Args:
            back_to: the page of ours to which WeChat adds `code` and `state`.
            state: at most 128 letters and digits, to know the reader again.
        """
        # WeChat wants the parameters in this order, and the fragment.
        query = urlencode(
            {
                "appid": self._settings.wechat_app_id,
                "redirect_uri": back_to,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
            }
        )
        return f"{self._settings.wechat_open_base}connect/oauth2/authorize?{query}#wechat_redirect"

    def visitor_of(self, code: str) -> Visitor:
        """Exchange a code, which works once and for five minutes.

        Raises:
            WeChatError: the code is wrong or used (its action is LOGIN_AGAIN), or the account is at fault.
            WeChatUnreachable: WeChat did not answer.
            RuntimeError: inside a database transaction.
        """
        if not code or len(code) > _LONGEST_CODE:
            raise WeChatError(40029, "invalid code")
        parameters = {
            "appid": self._settings.wechat_app_id,
            "secret": self._settings.wechat_app_secret.get_secret_value(),
            "code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self._settings.wechat_api_base}sns/oauth2/access_token"
        answer = read_json(self._sessions.get().get(url, params=parameters))
        refusal = int(answer.get("errcode", 0))
        if refusal:
            raise WeChatError(refusal, str(answer.get("errmsg", "")))
        if not isinstance(answer.get("openid"), str) or not answer["openid"]:
            raise WeChatUnreachable("微信平台的回答里没有 openid", maybe_done=True)
        return Visitor(openid=answer["openid"], is_snapshot=bool(answer.get("is_snapshotuser")))
