"""The pretend platform as one object; the control API and tests both hold on to it."""

import dataclasses
import json
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from simulator import crypto
from simulator.actions import Actions
from simulator.articles import Articles
from simulator.callback import CallbackTimeoutError, CallbackUnreachableError, request_callback
from simulator.calls import CallLog
from simulator.chat import ChatLog
from simulator.clock import VirtualClock
from simulator.codes import QrCodes
from simulator.config import SimulatorConfig
from simulator.courier import Courier, Surroundings
from simulator.default_templates import default_templates
from simulator.deliveries import DeliveryLog
from simulator.dispatch import Dispatch
from simulator.envelope import new_nonce
from simulator.errors import ControlError
from simulator.faults import FaultBoard
from simulator.media_store import MediaStore
from simulator.menu_rules import menu_for
from simulator.people import People
from simulator.push_accounts import push_account
from simulator.quotas import Quotas
from simulator.state import Document, State
from simulator.storage import FileStorage, MemoryStorage
from simulator.tokens import TokenBook

CHANGEABLE_SETTINGS = (
    "mode",
    "callback_url",
    "app_base_url",
    "sign_in_url",
    "retries",
    "callback_timeout",
    "token",
    "aes_key",
    "aes_key_prev",
    "ip_whitelist",
    "permissions",
    "verified",
    "banned",
    "keep_order",
    "packet_clock",
    "template_event_delay",
    "template_event_before_response",
    "user_page_size",
    "limits",
    "job_delay",
    "mass_outcome",
    "publish_outcome",
    "mini_pages",
    "mini_callback_url",
    "mini_token",
    "mini_aes_key",
    "mini_mode",
    "mini_format",
    "media_outcome",
    "media_event_before_response",
    "phone_balance",
)


class Simulator:
    """All parts of the platform; `actions` is what users do, `dispatch.raw` what tests send."""

    def __init__(self, config: SimulatorConfig) -> None:
        """Start from the state file if it is given and holds something, else from the beginning.

        Raises:
            StorageError: the state file cannot be used.
        """
        # A copy, because settings change while running and the caller's object should not.
        self.settings = dataclasses.replace(config, limits=dict(config.limits))
        storage = FileStorage(config.state_file) if config.state_file else MemoryStorage()
        self.state = State(storage)
        self.clock = VirtualClock()
        self.chat = ChatLog(self.state)
        self.media = MediaStore(self.state, self.clock)
        self.codes = QrCodes(self.state, self.clock)
        self.articles = Articles(self.state, self.clock, self.media)
        self.tokens = TokenBook(self.state, self.clock)
        self.quotas = Quotas(self.clock, self.settings.limits)
        self.calls = CallLog()
        self.faults = FaultBoard()
        self.deliveries = DeliveryLog()
        self.people = People(self.state, self.chat, seed=config.seed, start_following=config.start_following)
        around = Surroundings(self.settings, self.state, self.clock, self.chat, self.media, self.deliveries)
        self.courier = Courier(around)
        self.dispatch = Dispatch(around, self.courier)
        self.actions = Actions(around, dispatch=self.dispatch, people=self.people, codes=self.codes)
        self._begin()

    @property
    def base_url(self) -> str:
        """The address under which this platform is reached, without a slash at the end."""
        return self.media.base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self.media.base_url = value.rstrip("/")

    def menu(self, openid: str | None = None) -> dict[str, Any]:
        """Return the live menu, or one without buttons; of a user: the one that this user sees."""
        user = self.state.users.get(openid) if openid else None
        if user is not None and (menu := menu_for(self.state, user)) is not None:
            return {"button": menu.button}
        document = self.state.documents.get("menu")
        return dict(document.value) if document else {"button": []}

    def set_menu(self, menu: dict[str, Any] | None) -> None:
        """Put a menu live, or take it away together with the conditional ones."""
        if menu is None:
            self.state.documents.remove("menu")
            self.state.conditional_menus.clear()
        else:
            self.state.documents.put("menu", Document(menu))

    def messages(self, openid: str | None = None) -> list[dict[str, Any]]:
        """Return what the platform accepted through API sends, the oldest first."""
        with self.state.lock:
            return [
                dataclasses.asdict(message)
                for message in self.state.messages
                if openid is None or message.openid == openid
            ]

    def describe_settings(self) -> dict[str, Any]:
        """Return the settings, the changeable ones and who the account is."""
        names = ("app_id", "app_secret", "original_id", *CHANGEABLE_SETTINGS)
        return {name: getattr(self.settings, name) for name in names}

    def change_settings(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings while running; all or none.

        Raises:
            ControlError: an unknown name or a value that does not fit.
        """
        for name, value in changes.items():
            if name not in CHANGEABLE_SETTINGS:
                raise ControlError(f"{name} is not a setting that can be changed")
            if not _same_kind(getattr(self.settings, name), value):
                raise ControlError(f"{name} has the wrong type")
        changes = {name: _as_kept(getattr(self.settings, name), value) for name, value in changes.items()}
        try:
            dataclasses.replace(self.settings, **changes)
        except ValueError as error:
            raise ControlError(str(error)) from None
        with self.state.lock:
            for name, value in changes.items():
                if name == "limits":
                    # The quota counters hold on to this very dict.
                    self.settings.limits.clear()
                    self.settings.limits.update(value)
                else:
                    setattr(self.settings, name, value)
        return self.describe_settings()

    def verify(self, *, mini: bool = False) -> dict[str, Any]:
        """Do what the console does on 保存服务器配置: GET with an echostr that must come back alone."""
        account = push_account(self.settings, mini=mini)
        echostr = str(secrets.randbelow(9 * 10**18) + 10**18)
        timestamp, nonce = str(int(time.time())), new_nonce()
        query = {
            "signature": crypto.signature(account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echostr,
        }
        limit = self.settings.callback_timeout
        try:
            answer = request_callback(account.url, method="GET", query=query, limit=limit)
        except (CallbackTimeoutError, CallbackUnreachableError) as error:
            return {"ok": False, "reason": f"请求URL超时或无法连接：{error}"}
        if answer.status != 200:
            return {"ok": False, "reason": f"系统发生错误：HTTP {answer.status}"}
        if answer.body != echostr.encode():
            shown = answer.body[:80].decode("utf-8", "replace")
            return {"ok": False, "reason": f"token验证失败：应原样返回 echostr，却得到 {json.dumps(shown)}"}
        return {"ok": True, "reason": ""}

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do `work` in the background after real seconds, unless the platform begins anew before."""
        epoch = self.courier.epoch

        def work_if_still_current() -> None:
            if epoch == self.courier.epoch:
                work()

        timer = threading.Timer(seconds, work_if_still_current)
        timer.daemon = True
        timer.start()

    def reset(self) -> None:
        """Go back to the start: users, chats, tokens, codes, faults, clock; settings stay."""
        with self.state.lock:
            self.courier.forget()
            self.state.clear()
            self.chat.forget()
            self.calls.clear()
            self.faults.clear()
            self.deliveries.clear()
            self.quotas.reset()
            self.clock.reset()
            self._begin()

    def close(self) -> None:
        """Stop what is under way, and let go of the state file."""
        self.courier.forget()
        with self.state.lock:
            self.state.storage.close()

    def _begin(self) -> None:
        self.people.start()
        if len(self.state.templates) == 0:
            for template in default_templates():
                self.state.templates.put(template.template_id, template)


def _as_kept(present: object, value: object) -> object:
    """Return a whole number as a float where one is kept, so that the setting can be a fraction again."""
    return float(value) if isinstance(present, float) and isinstance(value, int) else value


def _same_kind(present: object, value: object) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, float):
        return isinstance(value, int | float)
    return isinstance(value, type(present))
