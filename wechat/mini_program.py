"""What the mini program's back end asks of WeChat: who somebody is, and their telephone number.

https://developers.weixin.qq.com/miniprogram/dev/server/API/
"""

from dataclasses import dataclass

from config.settings import Settings
from models.database import Database
from wechat.client import PlatformClient, client_of
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.transport import SessionPerThread, read_json

_LONGEST_CODE = 512


@dataclass(frozen=True)
class MiniUser:
    """Who opened the mini program.

    Attributes:
        openid: theirs for the mini program, which is another than for the official account.
        unionid: theirs for both; None unless both are bound to one open platform account.
    """

    openid: str
    unionid: str | None


@dataclass(frozen=True)
class PhoneNumber:
    """A telephone number that WeChat vouches for, without its country code."""

    number: str
    country_code: str


class MiniProgram:
    """The calls of one mini program; may be shared by threads.

    Args:
        settings: with a mini program in them.
        client: the mini program's own calls, with its own token.
    """

    def __init__(self, settings: Settings, client: PlatformClient) -> None:
        self._settings = settings
        self._client = client
        self._sessions = SessionPerThread()

    def user_of(self, code: str) -> MiniUser:
        """Exchange a code of wx.login, which works once and for five minutes.

        The session key that comes with it is not kept: nothing here needs what it would decrypt.
        https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session.html

        Raises:
            WeChatError: the code is wrong, used or too old (its action is LOGIN_AGAIN), or we are at fault.
            WeChatUnreachable: WeChat did not answer.
            RuntimeError: inside a database transaction.
        """
        _check_code(code)
        parameters = {
            "appid": self._settings.miniprogram_app_id,
            "secret": self._settings.miniprogram_secret.get_secret_value(),
            "js_code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self._settings.wechat_api_base}sns/jscode2session"
        answer = read_json(self._sessions.get().get(url, params=parameters))
        refusal = int(answer.get("errcode", 0))
        if refusal:
            raise WeChatError(refusal, str(answer.get("errmsg", "")))
        openid, unionid = answer.get("openid"), answer.get("unionid")
        if not isinstance(openid, str) or not openid:
            raise WeChatUnreachable("微信平台的回答里没有 openid", maybe_done=True)
        return MiniUser(openid=openid, unionid=unionid if isinstance(unionid, str) and unionid else None)

    def phone_of(self, code: str) -> PhoneNumber:
        """Exchange a code of the button for telephone numbers, which works once; each call costs money.

        https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber.html

        Raises:
            WeChatError: the code is wrong or used, or no calls are left (1400001).
            WeChatUnreachable: WeChat did not answer, or what it answered is for another mini program.
        """
        _check_code(code)
        url = f"{self._settings.wechat_api_base}wxa/business/getuserphonenumber"
        info = self._client.post(url, data={"code": code}).get("phone_info") or {}
        if (info.get("watermark") or {}).get("appid") != self._settings.miniprogram_app_id:
            raise WeChatUnreachable("微信平台的回答不是给这个小程序的", maybe_done=True)
        return PhoneNumber(str(info["purePhoneNumber"]), str(info.get("countryCode", "")))


def _check_code(code: str) -> None:
    if not code or len(code) > _LONGEST_CODE:
        raise WeChatError(40029, "invalid code")


def build_mini_program(settings: Settings, database: Database) -> MiniProgram | None:
    """Make the calls of the mini program in the settings; None when there is none."""
    if not settings.has_mini_program:
        return None
    client = client_of(settings.miniprogram_app_id, settings.miniprogram_secret, settings, database)
    return MiniProgram(settings, client)
