"""Whether a page is open inside WeChat, and whether WeChat can be asked who reads it."""

from flask import Flask, request

from config.settings import WECHAT_OPEN
from web.parts import parts


def inside_wechat() -> bool:
    """Tell whether this is WeChat's own browser; 企业微信 looks like it, but knows other accounts."""
    agent = request.user_agent.string
    return "MicroMessenger" in agent and "wxwork" not in agent


def init_app(app: Flask) -> None:
    """Let templates ask whether they are read inside WeChat, or what takes its place."""
    app.jinja_env.globals.update(inside_wechat=inside_wechat, platform_is_pretended=platform_is_pretended)


def platform_is_pretended() -> bool:
    """Tell whether the simulator plays WeChat; it does so for every browser."""
    return parts().settings.wechat_open_base != WECHAT_OPEN


def may_ask_wechat() -> bool:
    """Tell whether this request may be answered by sending the reader to WeChat and back.

    Only a page may: a picture or a fragment sent there would come back as something else.
    """
    # The simulator plays WeChat for every browser.
    return _is_a_page() and (inside_wechat() or _has_stand_in())


def may_ask_whose_phone() -> bool:
    """Tell the same for staff, who also work in ordinary browsers, where the simulator has no say."""
    return _is_a_page() and on_a_phone()


def on_a_phone() -> bool:
    """Tell whether the page is open inside WeChat, or on the simulator's phone, which frames pages."""
    return inside_wechat() or (request.headers.get("Sec-Fetch-Dest") == "iframe" and _has_stand_in())


def _is_a_page() -> bool:
    if not parts().settings.wechat_oauth or request.method != "GET":
        return False
    return "text/html" in request.headers.get("Accept", "") and "HX-Request" not in request.headers


def _has_stand_in() -> bool:
    return parts().settings.wechat_open_base != WECHAT_OPEN
