"""The running product of the drill of `deploy/`, what was found out about it, and visitors without pause."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from config.settings import Settings
from models.database import Database
from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.drills.deployed import PORTS, ROOT, Nginx, Scratch, Unit, write_settings
from tests.support import postgresql
from tests.support.ports import free_port
from tests.support.sender import Sender
from tests.support.settings import settings_in

HOST = "localhost"
ADMIN, PASSWORD = "drill", "a-drill-of-eight-words-2026"
MINI = {"MINIPROGRAM_APP_ID": "wxsimmini000000001", "MINIPROGRAM_SECRET": "sim-mini-secret-00000000000000000"}
CALLBACK_WITHIN = 5.0


@dataclass
class Report:
    """What was found so far."""

    failures: list[str] = field(default_factory=list)

    def tell(self, name: str, *, fine: bool, words: str) -> None:
        """Print one line, and keep in mind whether it was good."""
        print(f"{'✓' if fine else '✗'} {name}：{words}", flush=True)  # noqa: T201 (a report for people)
        if not fine:
            self.failures.append(name)


@dataclass
class Site:
    """The running product, as it is reached from outside and from inside."""

    scratch: Scratch
    database: Database
    settings: Settings
    webs: list[Unit]
    worker: Unit
    nginx: Nginx
    port: int

    @property
    def url(self) -> str:
        """Where people find it."""
        return f"https://{HOST}:{self.port}"

    def visitor(self, address: str = "127.0.0.1") -> requests.Session:
        """Give somebody who comes from an address of their own and trusts our certificate alone."""
        visitor = requests.Session()
        visitor.verify = str(self.scratch.folder / "nginx" / "fullchain.pem")
        visitor.trust_env = False
        visitor.mount("https://", _From(address))
        return visitor


class _From(HTTPAdapter):
    """Connects from a certain address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Bind every connection to the address."""
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


@contextmanager
def running_site() -> Iterator[Site]:
    """Start everything, in the order of the manual; it ends with the block."""
    ports = {"8001": free_port(), "8002": free_port(), "443": free_port()}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banshishi-deploy-")))
        url = stack.enter_context(postgresql.fresh_database("banshishi_deployed"))
        platform = stack.enter_context(RunningSimulator(SimulatorConfig(start_following=True)))
        scratch = Scratch(folder, ports)
        changes = {
            "DATABASE_URL": url,
            "BASE_URL": f"https://{HOST}:{ports['443']}/",
            "WECHAT_API_BASE": platform.base_url,
        }
        write_settings(scratch, changes | MINI)
        _migrate(scratch)
        settings = settings_in(folder, database_url=url, wechat_api_base=platform.base_url)
        database = Database(url)
        stack.callback(database.close)
        webs = [Unit(scratch, "banshishi-web@.service", port) for port in PORTS]
        worker, nginx = Unit(scratch, "banshishi-worker.service"), Nginx(scratch)
        nginx.write(host=HOST)
        site = Site(scratch, database, settings, webs, worker, nginx, ports["443"])
        for part in (*webs, worker, nginx):
            stack.callback(part.stop)
            part.start()
        yield site


def _migrate(scratch: Scratch) -> None:
    """Make the tables by the command of the manual, with the environment of the units."""
    environment = Unit(scratch, "banshishi-worker.service").environment()
    admin = ("create-admin", "--username", ADMIN, "--name", "演练", "--password", PASSWORD)
    for command in (("migrate",), admin):
        subprocess.run(
            [sys.executable, "app.py", *command], cwd=ROOT, env=environment, check=True, capture_output=True
        )


@dataclass
class Traffic:
    """Callbacks and pages without pause, each on a connection of its own, until it is told to stop."""

    site: Site
    stopping: threading.Event = field(default_factory=threading.Event)
    sent: list[int] = field(default_factory=list)
    pages: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 7_000_000_000_000_000

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        """Send while the block runs."""
        workers = [self._call_back] * 3 + [self._open_page] * 3
        threads = [threading.Thread(target=self._often, args=(work,)) for work in workers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join()

    def _often(self, work: Callable[[], None]) -> None:
        while not self.stopping.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 (whatever a visitor would meet counts)
                self._fail(f"{type(error).__name__}: {error}"[:120])
            time.sleep(0.03)

    def _fail(self, words: str) -> None:
        with self._lock:
            self.failures.append(f"{datetime.now():%H:%M:%S} {words}")  # noqa: DTZ005 (for who reads along)

    def _call_back(self) -> None:
        with self._lock:
            self._number += 1
            number = self._number
        sender = Sender(self.site.settings, datetime.now(UTC))
        packet = sender.packet(FromUserName=f"oDrillTraffic{number}", MsgId=number, Content=f"进度 {number}")
        query, body = sender.sealed(xml_of(packet))
        began = time.monotonic()
        with self.site.visitor() as visitor:
            answer = visitor.post(f"{self.site.url}/wechat", params=query, data=body, timeout=10)
        took = time.monotonic() - began
        with self._lock:
            self.sent.append(number)
            self.slowest = max(self.slowest, took)
        if answer.status_code != 200 or took > CALLBACK_WITHIN:
            self._fail(f"回调 {answer.status_code}，{took:.1f} 秒")

    def _open_page(self) -> None:
        for path in ("/h5/board", "/admin/sign-in", "/h5/board/rates", "/static/icon.svg", "/readyz"):
            with self.site.visitor() as visitor:
                status = visitor.get(self.site.url + path, timeout=10).status_code
            with self._lock:
                self.pages += 1
            if status != 200:
                self._fail(f"{path} {status}")


def xml_of(packet: dict[str, object]) -> str:
    """Write a message as the platform does, before it is sealed."""
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in packet.items())
    return f"<xml>{inner}</xml>"
