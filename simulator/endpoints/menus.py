"""The account's menu.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
"""

import re
from typing import Any

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok

_KEY_TYPES = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)
_OTHER_NEEDS = {
    "media_id": "media_id",
    "view_limited": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
}
_MENU_ID = 430000000

# What a top button's error is called becomes another code for a sub button.
_TOP = {"type": 40017, "name": 40018, "key": 40019, "url": 40020}
_SUB = {"type": 40024, "name": 40025, "key": 40026, "url": 40027}


def create_menu(call: Call) -> Answer:
    """Put a menu live."""
    call.simulator.set_menu({"button": read_buttons(call)})
    return ok()


def read_buttons(call: Call) -> list[dict[str, Any]]:
    """Return the buttons of a menu.

    Raises:
        ApiError: what is wrong with which kind of button, or with the writing.
    """
    if re.search(rb"(?<!\\)\\u(?!00[0-7])[0-9a-fA-F]{4}", call.raw_body):
        raise ApiError(40033)
    buttons = call.json.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(40016)
    for button in buttons:
        _check_top(button)
    return buttons


def _check_top(button: object) -> None:
    if not isinstance(button, dict):
        raise ApiError(40017)
    _check_name(button, 16, _TOP["name"])
    if "sub_button" not in button or (not button["sub_button"] and "type" in button):
        _check_action(button, _TOP)
        return
    subs = button["sub_button"]
    if not isinstance(subs, list) or not 1 <= len(subs) <= 5:
        raise ApiError(40023)
    for sub in subs:
        if not isinstance(sub, dict):
            raise ApiError(_SUB["type"])
        _check_name(sub, 60, _SUB["name"])
        _check_action(sub, _SUB)


def _check_name(button: dict[str, Any], limit: int, code: int) -> None:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= limit:
        raise ApiError(code)


def _check_action(button: dict[str, Any], codes: dict[str, int]) -> None:
    kind = button.get("type")
    if not isinstance(kind, str):
        raise ApiError(codes["type"])
    if kind in _KEY_TYPES:
        _check_size(button.get("key"), 128, codes["key"])
    elif kind in {"view", "miniprogram"}:
        _check_size(button.get("url"), 1024, codes["url"])
        if not str(button["url"]).startswith(("http://", "https://")):
            raise ApiError(40055 if codes is _TOP else 40054)
        if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
            raise ApiError(codes["type"])
    elif kind in _OTHER_NEEDS:
        _check_size(button.get(_OTHER_NEEDS[kind]), 512, 40007)
    else:
        raise ApiError(codes["type"])


def _check_size(value: object, limit: int, code: int) -> None:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
        raise ApiError(code)


def get_menu(call: Call) -> Answer:
    """The live menu, or 46003."""
    menu = call.simulator.menu()
    if not menu["button"]:
        raise ApiError(46003)
    answer: dict[str, Any] = {"menu": {"button": with_subs(menu["button"]), "menuid": _MENU_ID}}
    conditional = [
        {"button": with_subs(row.button), "matchrule": row.matchrule, "menuid": int(row.menu_id)}
        for row in call.simulator.state.conditional_menus
    ]
    return answer | ({"conditionalmenu": conditional} if conditional else {})


def with_subs(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return buttons as the platform lists them: each with its sub buttons, be there any or not."""
    return [_with_subs(button) for button in buttons]


def _with_subs(button: dict[str, Any]) -> dict[str, Any]:
    subs = [dict(sub, sub_button=[]) for sub in button.get("sub_button") or []]
    return dict(button, sub_button=subs)


def delete_menu(call: Call) -> Answer:
    """Take the menu away, and all conditional ones; doing so twice is fine."""
    call.simulator.set_menu(None)
    return ok()


def get_self_menu(call: Call) -> Answer:
    """The live menu in the other shape, which lists sub buttons under `list`."""
    buttons = []
    for button in call.simulator.menu()["button"]:
        shown = {key: value for key, value in button.items() if key != "sub_button"}
        if button.get("sub_button"):
            shown["sub_button"] = {"list": button["sub_button"]}
        buttons.append(shown)
    return {"is_menu_open": 1 if buttons else 0, "selfmenu_info": {"button": buttons}}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/menu/create", create_menu, body="json", only_verified=True),
    Endpoint("GET", "/cgi-bin/menu/get", get_menu, only_verified=True),
    Endpoint("GET", "/cgi-bin/menu/delete", delete_menu, only_verified=True),
    Endpoint("GET", "/cgi-bin/get_current_selfmenu_info", get_self_menu),
)
