"""Speaks to the simulator over HTTP: who its users are, the codes on the walls, the menu of the account."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from models.service_point import ServicePoint

# What the simulator takes without being told otherwise; nothing here opens anything but the demo.
APP_ID = "wxsim0000000000001"
APP_SECRET = "sim-secret-0000000000000000000000"  # noqa: S105
TOKEN = "simtoken"  # noqa: S105
AES_KEY = "SimulatorAesKeyForDemoAndTests0000000000001"

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
MENU = {
    "button": [
        {
            "name": "我要反映",
            "sub_button": [
                {"type": "click", "name": "文字反映", "key": "REPORT"},
                {"type": "scancode_push", "name": "扫码反映", "key": "SCAN"},
                {"type": "click", "name": "我要报修", "key": "REPAIR"},
                {"type": "click", "name": "紧急情况", "key": "URGENT"},
            ],
        },
        {"type": "click", "name": "我的诉求", "key": "MINE"},
        {"type": "click", "name": "帮助", "key": "HELP"},
    ]
}
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

    def has_codes(self) -> bool:
        """Tell whether codes hang anywhere that a person can tell apart."""
        return any(
            code["permanent"] and code["title"] != code["scene"] for code in self._call("GET", "/_sim/codes")
        )

    def has_menu(self) -> bool:
        """Tell whether the account has a menu."""
        return bool(self._call("GET", "/_sim/menu").get("button"))

    def hang_codes(self, places: "Sequence[ServicePoint]") -> None:
        """Hang up the codes of these places."""
        for place in places:
            team = place.team.name if place.team is not None else "由受理台派单"
            code = {"scene": place.code, "title": place.full_name, "place": team}
            self._call("POST", "/_sim/codes", code)

    def put_menu(self) -> None:
        """Give the account its menu, the way it is done with the real platform.

        https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
        """
        keys = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
        token = self._call("POST", "/cgi-bin/stable_token", keys)["access_token"]
        answer = self._call("POST", f"/cgi-bin/menu/create?access_token={token}", MENU)
        if answer.get("errcode"):
            raise PlatformError(f"微信模拟器不接受菜单：{answer}")

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
