"""For which account a packet is pushed: the official account, or its mini program with an address of its own.

https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from dataclasses import dataclass

from simulator.config import SimulatorConfig


@dataclass(frozen=True)
class PushAccount:
    """Where packets go and how they are sealed; `packet_format` is xml or json."""

    url: str
    app_id: str
    original_id: str
    token: str
    aes_key: str
    aes_key_prev: str
    mode: str
    packet_format: str


def push_account(settings: SimulatorConfig, *, mini: bool) -> PushAccount:
    """Return the account; what is for a mini program without an address goes to the official account's."""
    if mini and settings.mini_callback_url:
        return PushAccount(
            url=settings.mini_callback_url,
            app_id=settings.mini_app_id,
            original_id=settings.mini_original_id,
            token=settings.mini_token,
            aes_key=settings.mini_aes_key,
            aes_key_prev="",
            mode=settings.mini_mode,
            packet_format=settings.mini_format,
        )
    return PushAccount(
        url=settings.callback_url,
        app_id=settings.app_id,
        original_id=settings.original_id,
        token=settings.token,
        aes_key=settings.aes_key,
        aes_key_prev=settings.aes_key_prev,
        mode=settings.mode,
        packet_format="xml",
    )
