"""A running platform, the tiny app behind it, and a client for its API."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from simulator.simulator import CHANGEABLE_SETTINGS, Simulator
from tests.simulator.tiny_app import TinyApp, serve


@dataclass
class Platform:
    """The platform as a test talks to it."""

    base_url: str
    simulator: Simulator
    app: TinyApp

    def control(self, method: str, path: str, **options: Any) -> Any:
        """Call the control API; the answer's JSON."""
        response = requests.request(method, f"{self.base_url}/_sim{path}", timeout=20, **options)
        return response.json()

    def get(self, path: str, /, **query: Any) -> Any:
        """GET from the control API."""
        return self.control("GET", path, params=query)

    def post(self, path: str, /, **body: Any) -> Any:
        """POST JSON to the control API."""
        return self.control("POST", path, json=body)

    def token(self, **more: Any) -> str:
        """A stable token."""
        return str(self.call_token("/cgi-bin/stable_token", **more)["access_token"])

    def live_token(self) -> str:
        """The stable token without a call, for tests of something else."""
        app_id = self.simulator.settings.app_id
        with self.simulator.state.lock:
            return self.simulator.tokens.issue_stable(app_id, force_refresh=False).value

    def call_token(self, path: str, **more: Any) -> Any:
        """The whole answer of stable_token."""
        settings = self.simulator.settings
        body = {
            "grant_type": "client_credential",
            "appid": settings.app_id,
            "secret": settings.app_secret,
        } | more
        return requests.post(self.base_url + path, json=body, timeout=5).json()

    def api(self, path: str, body: Any = None, **query: Any) -> Any:
        """Call the API with a token: POST when there is a body, else GET; the answer's JSON."""
        query = {"access_token": self.live_token()} | query
        if body is None:
            return requests.get(self.base_url + path, params=query, timeout=5).json()
        # Raw UTF-8, as the platform wants it: `json=` would escape the Chinese.
        raw = json.dumps(body, ensure_ascii=False).encode()
        return requests.post(self.base_url + path, params=query, data=raw, timeout=5).json()

    def code(self, path: str, body: Any = None, **query: Any) -> int:
        """Only the errcode of a call."""
        return int(self.api(path, body, **query).get("errcode", 0))

    def mini_token(self) -> str:
        """A token of the mini program."""
        app_id = self.simulator.settings.mini_app_id
        with self.simulator.state.lock:
            return self.simulator.tokens.issue_stable(app_id, force_refresh=False).value

    def upload(self, path: str, name: str = "封面.jpg", content: bytes = b"jpeg", **query: Any) -> Any:
        """Upload a file; the answer's JSON."""
        query = {"access_token": self.live_token()} | query
        files = {"media": (name, content)}
        return requests.post(self.base_url + path, params=query, files=files, timeout=5).json()

    def cover(self) -> str:
        """The media id of a permanent picture."""
        return str(self.upload("/cgi-bin/material/add_material", type="thumb")["media_id"])

    def draft(self, **fields: Any) -> str:
        """The media id of a draft with one article."""
        return str(self.api("/cgi-bin/draft/add", {"articles": [self.article(**fields)]})["media_id"])

    def article(self, **fields: Any) -> dict[str, Any]:
        """An article that the platform takes."""
        usual = {"title": "本周办实事清单", "author": "后勤处", "content": "<p>三号楼的水管修好了。</p>"}
        cover = {} if "thumb_media_id" in fields else {"thumb_media_id": self.cover()}
        return usual | cover | fields

    def event(self, name: str) -> dict[str, Any]:
        """Wait for the first event of this name that the app received."""
        wait_until(lambda: self.app.packets(name))
        return self.app.packets(name)[0]

    def user(self, index: int = 0) -> str:
        """The openid of one of the first users, who follows from now on; what that sent is forgotten."""
        user = self.get("/users")[index]
        if not user["following"]:
            self.post(f"/users/{user['openid']}/follow")
            self.app.received.clear()
        return str(user["openid"])

    def say(self, openid: str, content: str = "3号楼漏水") -> Any:
        """A text from a user; the delivery."""
        return self.post(f"/users/{openid}/send", type="text", content=content)

    def lines(self, openid: str, sender: str = "account") -> list[dict[str, Any]]:
        """The chat lines from one side."""
        return [item for item in self.get(f"/users/{openid}/chat")["items"] if item["from"] == sender]

    def advance(self, seconds: float) -> None:
        """Move the platform's clock."""
        self.post("/clock", advance=seconds)


Starter = Callable[..., Platform]

_QUICK: dict[str, Any] = {"callback_timeout": 2.0, "template_event_delay": 0.0, "job_delay": 0.0}


@pytest.fixture(scope="session")
def register_app() -> Iterator[Callable[[TinyApp], str]]:
    """Gives an app a callback address."""
    with serve() as register:
        yield register


@pytest.fixture
def start(register_app: Callable[[TinyApp], str]) -> Iterator[Starter]:
    """Start a platform with other settings than usual."""
    with ExitStack() as running_platforms:

        def begin(**settings: Any) -> Platform:
            config = SimulatorConfig(**(_QUICK | settings))
            app = TinyApp(config)
            config.callback_url = register_app(app)
            running = running_platforms.enter_context(RunningSimulator(config))
            return Platform(running.base_url, running.simulator, app)

        yield begin


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[RunningSimulator]:
    """One platform for all tests that need nothing special: starting one takes 40 ms, a reset one."""
    with RunningSimulator(SimulatorConfig(**_QUICK)) as running:
        yield running


@pytest.fixture
def platform(
    shared_simulator: RunningSimulator, register_app: Callable[[TinyApp], str]
) -> Iterator[Platform]:
    """A platform in safe mode as at its start, with a tiny app of its own behind it."""
    simulator = shared_simulator.simulator
    usual = {name: getattr(simulator.settings, name) for name in CHANGEABLE_SETTINGS}
    usual |= {"limits": {}}
    app = TinyApp(simulator.settings)
    simulator.reset()
    simulator.change_settings({"callback_url": register_app(app)})
    yield Platform(shared_simulator.base_url, simulator, app)
    simulator.change_settings(usual)


def wait_until(condition: Callable[[], object], *, seconds: float = 5.0) -> None:
    """Wait for something that happens in the background.

    Raises:
        AssertionError: it did not happen in time.
    """
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "it never happened"
        time.sleep(0.01)
