"""Menus for some: those with a tag, or on one make of phone.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_addconditionalmenu.html
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from simulator.account_rows import ConditionalMenu
from simulator.endpoints.menus import read_buttons, with_subs
from simulator.endpoints.recipients import need_user
from simulator.endpoints.tags import need_tag
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok

MAX_DOMAINS = 3
FIRST_ID = 208_379_533


def add_conditional(call: Call) -> Answer:
    """Add a menu; the newest one that fits is the one a user sees."""
    buttons, rule = read_buttons(call), _rule(call)
    if not call.simulator.menu()["button"]:
        raise ApiError(65303)
    if len(set(_domains(buttons))) > MAX_DOMAINS:
        raise ApiError(65316)
    menus = call.simulator.state.conditional_menus
    number = max((int(menu.menu_id) for menu in menus), default=FIRST_ID - 1) + 1
    menus.put(str(number), ConditionalMenu(str(number), buttons, rule))
    return {"menuid": str(number)}


def _rule(call: Call) -> dict[str, Any]:
    rule = call.json.get("matchrule")
    if not isinstance(rule, dict) or not any(rule.values()):
        raise ApiError(40097)
    # Sex, place and language may no longer be asked for.
    if any(rule.get(name) for name in ("sex", "country", "province", "city", "language")):
        raise ApiError(65320)
    platform = str(rule.get("client_platform_type") or "1")
    if platform not in {"1", "2", "3"}:
        raise ApiError(40097)
    if rule.get("tag_id"):
        need_tag(call, rule["tag_id"])
    return rule


def _domains(buttons: list[dict[str, Any]]) -> Iterator[str]:
    for button in buttons:
        if button.get("url"):
            yield urlsplit(button["url"]).hostname or ""
        yield from _domains(button.get("sub_button", []))


def delete_conditional(call: Call) -> Answer:
    """Take one of them away."""
    menu_id = str(call.json.get("menuid", ""))
    if call.simulator.state.conditional_menus.get(menu_id) is None:
        raise ApiError(65301)
    call.simulator.state.conditional_menus.remove(menu_id)
    return ok()


def try_match(call: Call) -> Answer:
    """Which menu a user sees."""
    menu = call.simulator.menu(need_user(call, call.json.get("user_id")).openid)
    if not menu["button"]:
        raise ApiError(46003)
    return {"button": with_subs(menu["button"])}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/menu/addconditional", add_conditional, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/menu/delconditional", delete_conditional, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/menu/trymatch", try_match, body="json", only_verified=True),
)
