"""The calls we make to the platform, on wechatpy's client, with its unsafe defaults put right.

wechatpy alone repeats a call without end when the token is refused, waits for ever, keeps a token per process
and shows secrets in its errors; here a call is repeated once, bounded in time, and the token is shared.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from pydantic import SecretStr
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from config.settings import Settings
from domain.api_usage import Quota
from models.database import Database
from wechat.call_counter import CallCounter, counted_by_outcome
from wechat.call_limits import CallLimits
from wechat.clock import utc_now
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatUnreachable
from wechat.media import Media, read_media
from wechat.tokens import FetchedToken, TokenStore
from wechat.transport import (
    MAX_VIDEO_BYTES,
    VIDEO_SECONDS,
    BoundedSession,
    SessionPerThread,
    SharedPosts,
    json_object,
    read_json,
)

PLATFORM_BASE = "https://api.weixin.qq.com/"

Result = TypeVar("Result")


class PlatformClient(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """One account's calls; may be shared by threads.

    Every call raises `WeChatError` when the platform refuses, `WeChatUnreachable` when it does not answer,
    and RuntimeError inside a database transaction.

    Args:
        app_id: the account.
        base: where the platform is, ending in a slash.
        tokens: the shared access token.
        sessions: one HTTP session per thread.
        counter: counts the calls by path.
        limits: hold back calls that the platform would refuse.
    """

    def __init__(
        self,
        app_id: str,
        *,
        base: str,
        tokens: TokenStore,
        sessions: SessionPerThread,
        counter: CallCounter,
        limits: CallLimits,
    ) -> None:
        self._sessions = sessions
        self._posts = SharedPosts(base)
        self.counter = counter
        self._limits = limits
        super().__init__(app_id, secret="", auto_retry=False)  # the secret is the token store's alone
        self._base = base
        self._tokens = tokens
        self.API_BASE_URL = f"{base}cgi-bin/"
        for part in vars(self).values():  # some endpoints carry an address of their own
            address = getattr(part, "API_BASE_URL", None)
            if isinstance(address, str) and address.startswith(PLATFORM_BASE):
                part.API_BASE_URL = base + address.removeprefix(PLATFORM_BASE)

    @property
    def _http(self) -> BoundedSession:
        return self._sessions.get()

    @_http.setter
    def _http(self, _session: object) -> None:
        """Ignore the one session that wechatpy makes for all threads."""

    @property
    def access_token(self) -> str:
        """The shared token."""
        return self._tokens.get()

    def fetch_access_token(self) -> None:
        """Do nothing: the token store fetches."""

    def send_custom_text(self, openid: str, text: str) -> None:
        """Write to somebody whose window for 客服消息 is open. There is no protection against sending twice.

        https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
        """
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        self.send_message("message/custom/send", body)

    def send_template(
        self, openid: str, *, template_id: str, values: Mapping[str, str], url: str, client_msg_id: str
    ) -> str:
        """Send a template message; the platform sends one `client_msg_id` to a person once in ten minutes.

        https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html

        Returns:
            The platform's message id, by which it tells of the delivery later.
        """
        body = {
            "touser": openid,
            "template_id": template_id,
            "url": url,
            "client_msg_id": client_msg_id,
            "data": {name: {"value": value} for name, value in values.items()},
        }
        return str(self.send_message("message/template/send", body).get("msgid", ""))

    def send_subscription(self, openid: str, *, template_id: str, values: Mapping[str, str], url: str) -> str:
        """Send a 订阅通知 to somebody who allowed it; nothing protects against sending twice but the grant.

        https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html

        Returns:
            The platform's message id where it gives one; it is not documented.
        """
        body = {
            "touser": openid,
            "template_id": template_id,
            "page": url,
            "data": {name: {"value": value} for name, value in values.items()},
        }
        return str(self.send_message("message/subscribe/bizsend", body).get("msgid", ""))

    def send_message(self, endpoint: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what `post` does, at a fraction of its cost, for what is called a thousand times a second.

        Args:
            endpoint: such as message/template/send.
        """
        data = json.dumps(body, ensure_ascii=False).encode()

        def call(token: str) -> Mapping[str, Any]:
            answer = json_object(self._posts.post(f"cgi-bin/{endpoint}?access_token={quote(token)}", data))
            code = int(answer.get("errcode", 0))
            if code:
                raise WeChatError(code, str(answer.get("errmsg", "")), answer=answer)
            return answer

        path = f"/cgi-bin/{endpoint}"
        return self._with_token(lambda token: self._call_counted(path, lambda: call(token)))

    def list_templates(self) -> list[Mapping[str, Any]]:
        """List the account's templates for template messages: `template_id`, `title`, `content` ….

        https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates.html
        """
        return list(self.get("template/get_all_private_template").get("template_list", []))

    def list_subscription_templates(self) -> list[Mapping[str, Any]]:
        """List the account's templates for 订阅通知: `priTmplId`, `title`, `content` ….

        https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getwxapubnewtemplate.html
        """
        return list(self.get(f"{self._base}wxaapi/newtmpl/gettemplate").get("data", []))

    def quota_of(self, path: str) -> Quota:
        """Ask how often a path may be called, and how often it was.

        https://developers.weixin.qq.com/doc/subscription/api/apimanage/api_getapiquota.html

        Args:
            path: such as /cgi-bin/message/custom/send.
        """
        answer = self.post("openapi/quota/get", data={"cgi_path": path})
        quota, burst = answer["quota"], answer.get("rate_limit") or {}
        return Quota(
            daily_limit=int(quota["daily_limit"]),
            used=int(quota["used"]),
            burst_calls=int(burst.get("call_count") or 0) or None,
            burst_seconds=int(burst.get("refresh_second") or 0) or None,
        )

    def fetch_media(self, media_id: str) -> Media:
        """Download a file a person sent; the platform keeps it for three days.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia.html
        """
        url = f"{self.API_BASE_URL}media/get"

        def fetch(token: str) -> Media:
            parameters = {"access_token": token, "media_id": media_id}
            return read_media(self._http.get(url, params=parameters), follow=self._fetch_elsewhere)

        return self._with_token(lambda token: self._call_counted("/cgi-bin/media/get", lambda: fetch(token)))

    def draw(self, url: str, body: Mapping[str, Any]) -> Media:
        """Call what answers with a picture, and with JSON where it refuses."""

        def call(token: str) -> Media:
            data = json.dumps(body, ensure_ascii=False).encode()
            answer = self._http.post(url, params={"access_token": token}, data=data)
            return read_media(answer, follow=self._fetch_elsewhere)

        path = self._path_of(url)
        return self._with_token(lambda token: self._call_counted(path, lambda: call(token)))

    def create_qrcode(self, scene: str, *, seconds: int | None = None) -> str:
        """Make a QR code with a scene; permanent ones can never be taken back (100 000 in all).

        https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html

        Args:
            scene: 1 to 64 characters, which come back in the event of a scan.
            seconds: how long it works, at most 30 days; permanent when None.

        Returns:
            The address to draw as a QR code.
        """
        wish: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if seconds is None:
            wish["action_name"] = "QR_LIMIT_STR_SCENE"
        else:
            wish |= {"action_name": "QR_STR_SCENE", "expire_seconds": seconds}
        return str(self.qrcode.create(wish)["url"])

    def create_menu(self, buttons: list[dict[str, Any]]) -> None:
        """Put the menu under the chat in place of the present one.

        https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
        """
        self.menu.create({"button": buttons})

    def get_menu(self) -> list[dict[str, Any]]:
        """Read the menu made through the API; empty when there is none.

        https://developers.weixin.qq.com/doc/service/api/custommenu/api_getmenu.html
        """
        try:
            found = self.get("menu/get")
        except WeChatError as error:
            if error.code == 46003:
                return []
            raise
        return list(found["menu"]["button"])

    def user_info(self, openid: str) -> Mapping[str, Any]:
        """Read what the platform tells of a person: `subscribe`, `unionid`, `qr_scene_str` …; never a name.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
        """
        info: Mapping[str, Any] = self.user.get(openid)
        return info

    def unionids_of(self, openids: Sequence[str]) -> dict[str, str | None]:
        """Ask by which unionid the open platform knows people; None for who it knows by none.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchuserinfo.html

        Args:
            openids: at most 100.
        """
        wanted = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in openids]}
        rows = self.post("user/info/batchget", data=wanted)["user_info_list"]
        return {str(row["openid"]): row.get("unionid") or None for row in rows}

    def _fetch_elsewhere(self, url: str) -> requests.Response:
        limits = {"max_bytes": MAX_VIDEO_BYTES, "total_seconds": VIDEO_SECONDS}
        return self._http.request("GET", url, allow_redirects=True, **limits)

    def _path_of(self, url_or_endpoint: str) -> str:
        """Name an address as the platform's quotas do: /cgi-bin/…"""
        if url_or_endpoint.startswith(("http://", "https://")):
            return "/" + url_or_endpoint.removeprefix(self._base)
        return f"/cgi-bin/{url_or_endpoint}"

    def _count(self, path: str) -> None:
        """Count a call that is about to leave, unless a limit we know of holds it back."""
        self._limits.spend(path)
        self.counter.add(path)

    def _call_counted(self, path: str, call: Callable[[], Result]) -> Result:
        """Do a call that is counted by what came of it."""
        self._count(path)
        with counted_by_outcome(path):
            return call()

    def _with_token(self, call: Callable[[str], Result]) -> Result:
        """Do a call; when the token is refused, do it once more with another."""
        token = self._tokens.get()
        try:
            return call(token)
        except WeChatError as error:
            if error.action is not Action.REFRESH_TOKEN:
                raise
        self._tokens.invalidate(token)
        return call(self._tokens.get())

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:  # noqa: ANN401 (as wechatpy has it)
        def call(token: str) -> Any:  # noqa: ANN401 (as wechatpy has it)
            parameters = {**kwargs.get("params", {}), "access_token": token}
            try:
                answer = super(PlatformClient, self)._request(
                    method, url_or_endpoint, **{**kwargs, "params": parameters}
                )
            except WeChatClientException as error:
                answer = read_json(error.response)
                raise WeChatError(error.errcode, str(error.errmsg), answer=answer) from None
            # What wechatpy cannot read as JSON it hands on as it is.
            return read_json(answer) if isinstance(answer, requests.Response) else answer

        path = self._path_of(url_or_endpoint)
        return self._with_token(lambda token: self._call_counted(path, lambda: call(token)))


def _stable_token_fetcher(
    app_id: str, secret: SecretStr, *, base: str, sessions: SessionPerThread, counter: CallCounter
) -> Callable[[bool], FetchedToken]:
    def fetch(force: bool) -> FetchedToken:
        """Ask for the stable token.

        https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
        """
        body = {
            "grant_type": "client_credential",
            "appid": app_id,
            "secret": secret.get_secret_value(),
            "force_refresh": force,
        }
        url = f"{base}cgi-bin/stable_token"
        path = "/cgi-bin/stable_token"
        counter.add(path)
        with counted_by_outcome(path):
            answer = read_json(sessions.get().post(url, json=body))
            code = int(answer.get("errcode", 0))
            if code:
                # Here 40001 does not speak of a token: it means a wrong secret.
                raise WeChatError(40125 if code == 40001 else code, str(answer.get("errmsg", "")))
        if not answer.get("access_token") or not isinstance(answer.get("expires_in"), int):
            raise WeChatUnreachable("微信平台的回答里没有接口凭证", maybe_done=False)
        return FetchedToken(token=str(answer["access_token"]), expires_in=answer["expires_in"])

    return fetch


def build_client(
    settings: Settings, database: Database, *, clock: Callable[[], datetime] = utc_now
) -> PlatformClient:
    """Make the client of the account in the settings."""
    return client_of(settings.wechat_app_id, settings.wechat_app_secret, settings, database, clock=clock)


def client_of(
    app_id: str,
    secret: SecretStr,
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> PlatformClient:
    """Make the client of one account; each has a token of its own."""
    sessions = SessionPerThread()
    counter = CallCounter(database, clock=clock)
    base = settings.wechat_api_base
    fetch = _stable_token_fetcher(app_id, secret, base=base, sessions=sessions, counter=counter)
    return PlatformClient(
        app_id,
        base=base,
        tokens=TokenStore(database, app_id=app_id, fetch=fetch, clock=clock),
        sessions=sessions,
        counter=counter,
        limits=CallLimits(database, clock=clock),
    )
