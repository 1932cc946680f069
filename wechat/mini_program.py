"""What the mini program's back end asks of WeChat: who somebody is, checks of content, codes for places.

https://developers.weixin.qq.com/miniprogram/dev/server/API/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from config.settings import MiniProgramEnv, Settings
from domain.content_checks import LONGEST_TRACE_ID, Verdict
from models.content_check_words import CheckState
from models.database import Database
from wechat.client import PlatformClient, client_of
from wechat.content_verdicts import verdict_of
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.transport import SessionPerThread, read_json

_LONGEST_CODE = 512
LONGEST_TEXT = 2500
# Of what is checked, in WeChat's words: a forum, and a picture.
_SCENE_FORUM, _MEDIA_PICTURE = 3, 2
# Seven centimetres in print.
CODE_PIXELS = 860
# Which version a message opens, in the words of that call.
_STATES = {
    MiniProgramEnv.RELEASE: "formal",
    MiniProgramEnv.TRIAL: "trial",
    MiniProgramEnv.DEVELOP: "developer",
}


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

    def flush_counts(self) -> None:
        """Write how often WeChat was called into the database."""
        self._client.counter.flush()

    def check_text(self, openid: str, text: str) -> Verdict:
        """Have a text judged; an answer that is no refusal says only that it was judged.

        https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_msgseccheck.html

        Args:
            openid: of the one who wrote it, who used the mini program in the last two hours.
            text: any length; what is longer than WeChat takes is judged in pieces, and the worst counts.

        Raises:
            WeChatError: it was refused; 61010 when they did not use it lately, 87014 when it is risky.
            WeChatUnreachable: WeChat did not answer.
        """
        worst = verdict_of("pass", None)
        for start in range(0, len(text), LONGEST_TEXT):
            body = {
                "version": 2,
                "openid": openid,
                "scene": _SCENE_FORUM,
                "content": text[start : start + LONGEST_TEXT],
            }
            answer = self._client.post(f"{self._settings.wechat_api_base}wxa/msg_sec_check", data=body)
            verdict = _verdict_in(answer)
            if verdict.state is CheckState.RISKY:
                return verdict
            worst = verdict if verdict.state is not CheckState.PASSED else worst
        return worst

    def check_photo(self, openid: str, url: str) -> str:
        """Have a photo judged; the verdict follows within half an hour as `wxa_media_check`.

        https://developers.weixin.qq.com/miniprogram/dev/server/API/sec-center/sec-check/api_mediacheckasync.html

        Args:
            openid: as with `check_text`.
            url: where WeChat fetches it from.

        Returns:
            WeChat's number of the question.

        Raises:
            WeChatError, WeChatUnreachable: as with `check_text`.
        """
        body = {
            "media_url": url,
            "media_type": _MEDIA_PICTURE,
            "version": 2,
            "scene": _SCENE_FORUM,
            "openid": openid,
        }
        answer = self._client.post(f"{self._settings.wechat_api_base}wxa/media_check_async", data=body)
        trace_id = answer.get("trace_id")
        if not isinstance(trace_id, str) or not 0 < len(trace_id) <= LONGEST_TRACE_ID:
            raise WeChatUnreachable("微信平台的回答里没有 trace_id", maybe_done=True)
        return trace_id

    def send_subscription(
        self, openid: str, *, template_id: str, values: Mapping[str, str], notice_id: int
    ) -> str:
        """Send a 订阅消息 to somebody who allowed it; nothing protects against sending twice but the grant.

        It opens the page of the settings, which is told the number of the notice.
        https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage.html

        Returns:
            WeChat's number of the message where it gives one; it is not documented.

        Raises:
            WeChatError: it was refused; 43101 when no grant is left, 41030 when there is no such page.
            WeChatUnreachable: WeChat did not answer.
        """
        body: dict[str, object] = {
            "touser": openid,
            "template_id": template_id,
            "miniprogram_state": _STATES[self._settings.miniprogram_env],
            "lang": "zh_CN",
            "data": {name: {"value": value} for name, value in values.items()},
        }
        if self._settings.miniprogram_notice_page:
            body["page"] = f"{self._settings.miniprogram_notice_page}?notice={notice_id}"
        return str(self._client.post("message/subscribe/send", data=body).get("msgid", ""))

    def list_templates(self) -> list[Mapping[str, Any]]:
        """List the mini program's templates: `priTmplId`, `title`, `content` ….

        https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_getmessagetemplatelist.html
        """
        return self._client.list_subscription_templates()

    def code_of(self, scene: str) -> bytes:
        """Draw the code that opens the page in the settings with this scene; there may be any number of them.

        https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode.html

        Args:
            scene: 1 to 32 of the letters that `domain.mini_codes.scene_of` knows.

        Returns:
            A picture (JPEG, or PNG with a clear ground).

        Raises:
            WeChatError: 41030 when the page is not there or not published, 40169 and 40097 for what we asked.
            WeChatUnreachable: WeChat did not answer, or not with a picture.
        """
        known = self._settings
        body: dict[str, object] = {
            "scene": scene,
            "check_path": known.miniprogram_check_path,
            "env_version": known.miniprogram_env.value,
            "width": CODE_PIXELS,
        }
        if known.miniprogram_page:
            body["page"] = known.miniprogram_page
        drawn = self._client.draw(f"{known.wechat_api_base}wxa/getwxacodeunlimit", body)
        try:
            # Read to its end: one cut short would be printed and put up.
            Image.open(BytesIO(drawn.data), formats=("JPEG", "PNG")).load()
        except (OSError, SyntaxError, ValueError):
            raise WeChatUnreachable("微信平台没有给出完整的图片", maybe_done=True) from None
        return drawn.data


def _verdict_in(answer: Mapping[str, Any]) -> Verdict:
    result = answer.get("result")
    result = result if isinstance(result, dict) else {}
    label = result.get("label")
    return verdict_of(str(result.get("suggest", "")), label if isinstance(label, int) else None)


def _check_code(code: str) -> None:
    if not code or len(code) > _LONGEST_CODE:
        raise WeChatError(40029, "invalid code")


def build_mini_program(settings: Settings, database: Database) -> MiniProgram | None:
    """Make the calls of the mini program in the settings; None when there is none."""
    if not settings.has_mini_program:
        return None
    client = client_of(settings.miniprogram_app_id, settings.miniprogram_secret, settings, database)
    return MiniProgram(settings, client)
