"""What one pretend platform is set up with."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Mode = Literal["plain", "compat", "safe"]
MODES: tuple[Mode, ...] = ("plain", "compat", "safe")

DEMO_AES_KEY = "SimulatorAesKeyForDemoAndTests0000000000001"
MINI_AES_KEY = "SimulatorAesKeyOfTheMiniProgram000000000001"


@dataclass
class SimulatorConfig:
    """Every option has a value that works for a demo on this machine.

    Seconds: `callback_timeout`, `template_event_delay`, and `job_delay` (mass sends, publishing, checks of
    media). `retries` counts the re-sends after the first attempt, so 3 means at most four deliveries of one
    packet. `mass_outcome`: ``send success``, ``send fail`` or ``err(number)``; `publish_outcome`: WeChat's
    publish_status. With `mini_pages` empty every page of the mini program exists; with `mini_callback_url`
    empty what is pushed for it goes to `callback_url`. `media_outcome`: how checks of media end whatever
    the address. `sign_in_url`: an address of the app that asks the platform anew who is reading, behind
    which the page to go on to is put; all users of the phone page share one browser, so it opens pages
    through this when the phone has changed hands.
    """

    app_id: str = "wxsim0000000000001"
    app_secret: str = "sim-secret-0000000000000000000000"
    token: str = "simtoken"
    aes_key: str = DEMO_AES_KEY
    aes_key_prev: str = ""
    mode: Mode = "safe"
    original_id: str = "gh_sim0001"
    callback_url: str = "http://127.0.0.1:8000/wechat"
    app_base_url: str = "http://127.0.0.1:8000"
    sign_in_url: str = ""
    state_file: Path | None = None
    seed: int = 1
    retries: int = 3
    callback_timeout: float = 5.0
    ip_whitelist: list[str] = field(default_factory=list)
    permissions: list[str] = field(default_factory=lambda: ["*"])
    verified: bool = True
    banned: bool = False
    keep_order: bool = True
    packet_clock: Literal["real", "virtual"] = "real"
    template_event_delay: float = 0.2
    template_event_before_response: bool = False
    user_page_size: int = 10_000
    start_following: bool = False
    mini_app_id: str = "wxsimmini000000001"
    mini_app_secret: str = "sim-mini-secret-00000000000000000"
    limits: dict[str, int] = field(default_factory=dict)
    job_delay: float = 0.5
    mass_outcome: str = "send success"
    publish_outcome: int = 0
    mini_pages: list[str] = field(default_factory=list)
    mini_callback_url: str = ""
    mini_token: str = "simminitoken"
    mini_aes_key: str = MINI_AES_KEY
    mini_original_id: str = "gh_simmini"
    mini_mode: Mode = "safe"
    mini_format: Literal["xml", "json"] = "xml"
    media_outcome: Literal["", "pass", "review", "risky", "failed"] = ""
    media_event_before_response: bool = False
    phone_balance: int = 1000

    def __post_init__(self) -> None:
        """Refuse what the console would refuse.

        Raises:
            ValueError: with one sentence naming the option.
        """
        self._check_secrets()
        if self.mode not in MODES or self.mini_mode not in MODES:
            raise ValueError("mode must be plain, compat or safe")
        self._check_mini_program()
        if not re.match(r"https?://", self.callback_url):
            raise ValueError("callback_url must start with http:// or https://")
        if self.retries < 0:
            raise ValueError("retries must be 0 or more")
        if self.callback_timeout <= 0:
            raise ValueError("callback_timeout must be more than 0 seconds")
        if self.user_page_size < 1:
            raise ValueError("user_page_size must be 1 or more")
        if not re.fullmatch(r"send success|send fail|err\(\d{5}\)", self.mass_outcome):
            raise ValueError("mass_outcome must be send success, send fail or err(number)")
        if self.publish_outcome not in {0, 2, 3, 4}:
            raise ValueError("publish_outcome must be 0, 2, 3 or 4")
        if self.packet_clock not in {"real", "virtual"}:
            raise ValueError("packet_clock must be real or virtual")

    def _check_secrets(self) -> None:
        for name in ("token", "mini_token"):
            if not re.fullmatch(r"[A-Za-z0-9]{3,32}", getattr(self, name)):
                raise ValueError(f"{name} must be 3 to 32 letters or digits")
        for name in ("aes_key", "aes_key_prev", "mini_aes_key"):
            value = getattr(self, name)
            if not re.fullmatch(r"[A-Za-z0-9]{43}", value) and not (name == "aes_key_prev" and value == ""):
                raise ValueError(f"{name} must be exactly 43 letters or digits")

    def _check_mini_program(self) -> None:
        if self.mini_format not in {"xml", "json"}:
            raise ValueError("mini_format must be xml or json")
        if self.media_outcome not in {"", "pass", "review", "risky", "failed"}:
            raise ValueError("media_outcome must be pass, review, risky, failed or empty")
