"""`python app.py demo`: prepares an invented university and runs pages, worker and simulator until Ctrl-C."""

import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import requests

from config.signals import set_by_signals
from demo.banner import banner
from demo.children import ROOT, Child, end_all
from demo.platform import (
    AES_KEY,
    APP_ID,
    APP_SECRET,
    MINI_APP_ID,
    MINI_APP_SECRET,
    TOKEN,
    Platform,
    PlatformError,
)

FOLDER = ROOT / "var" / "demo"
MIGRATIONS = ROOT / "migrations" / "versions"
CATALOGUE = ROOT / "demo" / "catalogue.toml"
_START_SECONDS = 60.0
# Who follows the account from the beginning; the others can be seen to begin.
_FOLLOWERS = ("林小雨", "陈浩", "张伟")
_LOOK_EVERY = 0.1


class _Stopped(Exception):
    """Somebody pressed Ctrl-C."""


class _Broken(Exception):
    """It cannot go on; the words say why."""


def run_demo(port: int = 8000, folder: Path = FOLDER, *, total: int = 300) -> int:
    """Run the demo until Ctrl-C or SIGTERM.

    Args:
        port: of the pages; the simulator takes the next one.
        folder: where everything is kept; made at the first start.
        total: how many complaints there are after the first start.

    Returns:
        The exit status: 0 when it was stopped, 1 when it could not start or a part of it died.
    """
    for one in (port, port + 1):
        if not _is_free(one):
            _say(f"端口 {one} 已被占用，请换一个，例如：python app.py demo --port {port + 100}")
            return 1
    demo = _Demo(port, folder, total)
    with _signals(demo.stopping):
        try:
            with _only_one(folder):
                demo.run()
        except _Stopped:
            return 0
        except (_Broken, PlatformError) as reason:
            _say(str(reason))
            return 1
        finally:
            demo.end()
    return 0


class _Demo:
    """One run."""

    def __init__(self, port: int, folder: Path, total: int) -> None:
        self.stopping = threading.Event()
        self._port, self._folder, self._total = port, folder, total
        self._base, self._phone = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port + 1}"
        self._children: list[Child] = []
        self._talking = threading.Event()  # lines of the children are shown once the box stands
        self._platform = Platform(self._phone)
        self._database_url = f"sqlite:///{folder / 'demo.db'}"

    def run(self) -> None:
        """Prepare, start, tell, and watch."""
        _say("正在启动演示……")
        self._start("微信", self._simulator_arguments())
        is_first = self._prepare()
        self._start("网页", ["app.py", "serve", "--port", str(self._port), "--processes", "1"])
        if is_first:  # before the worker makes codes for places that have none
            self._dress()
        self._start("任务", ["app.py", "worker"])
        self._wait_for(self._base + "readyz", "网页")
        self._dress()
        if is_first:
            self._have_followers()
        _say(banner(self._port, self._port + 1))
        self._talking.set()
        while not self.stopping.wait(_LOOK_EVERY):
            self._check_children()

    def end(self) -> None:
        """End all parts."""
        self._talking.clear()
        if self._children:
            _say("\n正在停止……")
            end_all(self._children)
            _say("已停止。")

    def _start(self, name: str, arguments: Sequence[str]) -> None:
        self._children.append(Child(name, arguments, environment=self._environment(), say=self._pass_on))

    def _pass_on(self, line: str) -> None:
        if self._talking.is_set():
            _say(line)

    def _check_children(self) -> None:
        for child in self._children:
            if child.exit_status is not None:
                last = "\n".join(f"  {line}" for line in child.last_lines) or "  （没有输出）"
                raise _Broken(f"「{child.name}」意外停止（退出码 {child.exit_status}），最后的输出：\n{last}")

    def _check(self) -> None:
        if self.stopping.is_set():
            raise _Stopped
        self._check_children()

    def _simulator_arguments(self) -> list[str]:
        state = str(self._folder / "simulator.state")
        addresses = ["--callback-url", self._base + "wechat", "--app-base-url", self._base.rstrip("/")]
        addresses += ["--sign-in-url", self._base + "h5/oauth/begin?anew=1&next="]
        return ["-m", "simulator", "--port", str(self._port + 1), "--state", state, "--quiet", *addresses]

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "ENV_FILE": os.devnull,  # settings of a real installation are none of the demo's
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "DATABASE_URL": self._database_url,
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": APP_SECRET,
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_AES_KEY": AES_KEY,
            "WECHAT_AES_KEY_PREV": "",
            "WECHAT_MODE": "safe",
            "WECHAT_API_BASE": self._phone + "/",
            "WECHAT_OPEN_BASE": self._phone + "/",
            "WECHAT_OAUTH": "true",
            "MINIPROGRAM_APP_ID": MINI_APP_ID,
            "MINIPROGRAM_SECRET": MINI_APP_SECRET,
            "CATALOGUE_FILE": str(CATALOGUE),
            "BASE_URL": self._base,
            "SECRET_KEY": _secret(self._folder / "secret"),
            "UPLOAD_DIR": str(self._folder / "uploads"),
            "RUN_DIR": str(self._folder / "run"),
            "PHONE_PAGE_FRAMES": f"{self._phone} http://localhost:{self._port + 1}",
            "RATE_LIMIT_STORE": "memory://",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "text",
            "TRUSTED_PROXIES": "0",
        }

    def _prepare(self) -> bool:
        """Make the database ready if it is not, and tell whether this is the first start."""
        mark = self._folder / "prepared"
        newest = max(file.name for file in MIGRATIONS.glob("[0-9]*.py"))
        if mark.is_file() and mark.read_text() == newest:
            return False
        is_first = not mark.exists()
        from demo.preparing import prepare  # loads all the rules and the painter, half a second of it

        prepare(
            self._database_url,
            uploads=self._folder / "uploads",
            secret_key=_secret(self._folder / "secret"),
            total=self._total,
            wechat_users=self._wechat_users,
            say=_say,
            check=self._check,
        )
        mark.write_text(newest)
        return is_first

    def _wechat_users(self) -> dict[str, str]:
        self._wait_for(self._phone + "/_sim/users", "微信模拟器")
        return {nickname: str(user["openid"]) for nickname, user in self._platform.users().items()}

    def _have_followers(self) -> None:
        users = self._platform.users()
        for nickname in _FOLLOWERS:
            if nickname in users and not users[nickname]["following"]:
                self._platform.follow(str(users[nickname]["openid"]))

    def _dress(self) -> None:
        self._wait_for(self._phone + "/_sim/users", "微信模拟器")
        platform = self._platform
        if platform.has_menu() and platform.has_crowd() and platform.has_codes(base_url=self._base):
            return
        from demo.preparing import dress

        dress(platform, self._database_url, base_url=self._base)

    def _wait_for(self, address: str, what: str) -> None:
        session = requests.Session()
        session.trust_env = False
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            self._check()
            with contextlib.suppress(requests.RequestException):
                if session.get(address, timeout=2).status_code == 200:
                    return
            time.sleep(_LOOK_EVERY)
        raise _Broken(f"「{what}」{_START_SECONDS:.0f} 秒内没有启动好：{address}")


def _say(text: str) -> None:
    # A reader that has gone, such as `| head`, is no reason to leave the children behind.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _secret(file: Path) -> str:
    """Give the key that signs sessions; made once, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file.read_text()


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this run: two simulators would spoil each other's memory."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _Broken(f"另一个演示正在使用 {folder}，请先停止它。") from None
        yield


@contextlib.contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C and its like into the wish to stop."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        numbers.append(signal.SIGHUP)
    with set_by_signals(stopping, *numbers):
        yield
