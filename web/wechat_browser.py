"""Whether a page is open inside WeChat, and whether WeChat can be asked who reads it."""

from flask import Flask, request

from config.settings import WECHAT_OPEN
from web.parts import parts


def inside_wechat() -> bool:
    """Tell whether this is WeChat's own browser; 企业微信 looks like it, but knows other accounts."""
    agent = request.user_agent.string
    return "MicroMessenger" in agent and "wxwork" not in agent


def init_app(app: Flask) -> None:
    """Let templates ask whether they are read inside WeChat."""
    app.jinja_env.globals.update(inside_wechat=inside_wechat)


def may_ask_wechat() -> bool:
    """Tell whether this request may be answered by sending the reader to WeChat and back.

    Only a page may: a picture or a fragment sent there would come back as something else.
    """
    settings = parts().settings
    if not settings.wechat_oauth or request.method != "GET":
        return False
    if "text/html" not in request.headers.get("Accept", "") or "HX-Request" in request.headers:
        return False
    # The simulator plays WeChat for every browser.
    return inside_wechat() or settings.wechat_open_base != WECHAT_OPEN
