"""Speaks to the simulator over HTTP: who its users are, the codes on the walls, the menu of the account."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from models.service_point import ServicePoint

# What the simulator takes without being told otherwise; nothing here opens anything but the demo.
APP_ID = "wxsim0000000000001"
APP_SECRET = "sim-secret-0000000000000000000000"  # noqa: S105
TOKEN = "simtoken"  # noqa: S105
AES_KEY = "SimulatorAesKeyForDemoAndTests0000000000001"
MINI_APP_ID = "wxsimmini000000001"
MINI_APP_SECRET = "sim-mini-secret-00000000000000000"  # noqa: S105

# The places whose codes the phone's camera finds first; those of all others come after them.
FIRST_CODES = (
    "一食堂3号窗口",
    "一食堂1号窗口",
    "一食堂一楼餐桌区",
    "二食堂2号窗口",
    "二食堂餐桌区",
    "三食堂1号窗口",
    "3号楼3层",
    "3号楼302",
    "5号楼浴室",
    "11号楼洗衣房",
    "明德楼305",
    "明德楼2层卫生间",
    "图书馆四层自习区",
    "体育馆",
    "校医院挂号收费处",
    "南门校车站",
)
# Places where, as if the platform gave out no more codes, our own link hangs: it opens the page of the place.
PLAIN_LINKS = ("体育馆", "图书馆四层自习区")
# For `wx-open-subscribe` in the phone pages; those of the beginning are all for template messages.
SUBSCRIPTION_ID, SUBSCRIPTION_TITLE = "SIMSUB_RESULT", "办理结果通知"
SUBSCRIPTION_FIELDS = (
    {"key": "character_string1", "label": "诉求编号"},
    {"key": "thing2", "label": "诉求内容"},
    {"key": "thing3", "label": "办理结果"},
    {"key": "time4", "label": "办结时间"},
)
_SECONDS = 10


class PlatformError(Exception):
    """The simulator did not do as asked; the words say so to whoever started the demo."""


class Platform:
    """The simulator at an address."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False  # it is on this machine; no proxy knows it

    def users(self) -> dict[str, dict[str, Any]]:
        """Give its users by nickname."""
        return {str(user["nickname"]): user for user in self._call("GET", "/_sim/users")}

    def has_codes(self, *, base_url: str) -> bool:
        """Tell whether codes hang anywhere that a person can tell apart, and open what can be reached."""
        codes = self._call("GET", "/_sim/codes")
        # The demo may have been started at another port before.
        reachable = all(code["link"].startswith(base_url) for code in codes if code["link"])
        return reachable and any(code["permanent"] and code["title"] != code["scene"] for code in codes)

    def has_menu(self) -> bool:
        """Tell whether the account has a menu."""
        return bool(self._call("GET", "/_sim/menu").get("button"))

    def hang_codes(self, places: "Sequence[ServicePoint]", *, links: Mapping[str, str]) -> None:
        """Hang up the codes of these places.

        Args:
            links: what our own codes open, by the codes of their places; all others are the platform's.
        """
        for place in places:
            team = place.team.name if place.team is not None else "由受理台派单"
            code = {"scene": place.code, "title": place.full_name, "place": team}
            self._call("POST", "/_sim/codes", code | {"link": links.get(place.code, "")})

    def put_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Give the account its menu, the way it is done with the real platform.

        https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html

        Args:
            buttons: in WeChat's form.
        """
        keys = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
        token = self._call("POST", "/cgi-bin/stable_token", keys)["access_token"]
        menu = {"button": list(buttons)}
        answer = self._call("POST", f"/cgi-bin/menu/create?access_token={token}", menu)
        if answer.get("errcode"):
            raise PlatformError(f"微信模拟器不接受菜单：{answer}")

    def put_subscription(self) -> None:
        """Give the account its template for 订阅通知."""
        template = {
            "template_id": SUBSCRIPTION_ID,
            "title": SUBSCRIPTION_TITLE,
            "fields": SUBSCRIPTION_FIELDS,
            "subscription": True,
        }
        self._call("POST", "/_sim/templates", template)

    def has_crowd(self) -> bool:
        """Tell whether it knows the people who wrote to us before it began."""
        return bool(self._call("GET", "/_sim/crowd")["count"])

    def admit(self, openids: Sequence[str]) -> None:
        """Let these people follow the account, so that they can be written to."""
        self._call("POST", "/_sim/crowd", {"openids": list(openids)})

    def follow(self, openid: str) -> None:
        """Have a user follow the account; the welcome arrives by itself."""
        self._call("POST", f"/_sim/users/{openid}/follow?wait=0", {})

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
        # WeChat's menu wants Chinese as it is, not escaped.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            answer = self._http.request(method, self._base + path, data=data, timeout=_SECONDS)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise PlatformError(
                f"微信模拟器没有按要求应答（{method} {path.partition('?')[0]}）：{error}"
            ) from error
