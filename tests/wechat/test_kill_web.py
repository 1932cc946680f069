"""Web processes killed while messages pour in: every message has its effect, and none has it twice."""

import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests
from sqlalchemy import func, select

from config.settings import Settings
from domain.setup import seed_catalogue
from models.complaint import Complaint
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from simulator import Simulator, SimulatorConfig
from simulator.deliveries import Delivery
from simulator.server import RunningSimulator, bind
from tests.conftest import NOW
from tests.support.dialogue import numbers_in
from tests.support.processes import environment_of

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 60
TEXTS_EACH = 4
PROCESSES = 2
SENDING_AT_ONCE = 8
# After so many messages, and a moment more, somebody is killed; every so many kills it is the whole server.
FEWEST, MOST = 15, 45
LONGEST_MOMENT = 0.05
WHOLE_SERVER_EVERY = 6


class Server:
    """The real web server, which can be killed and started again."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._settings, self.port = settings, port
        self.kills = 0
        self._starting = threading.Lock()
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "app.py", "serve", "--port", str(self.port), "--processes", str(PROCESSES)],
            cwd=ROOT,
            env=environment_of(self._settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._process.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def keep_up(self) -> None:
        """Start the server anew if it has ended, as every supervisor does."""
        with self._starting:
            if self._process.poll() is not None:
                self._process = self._start()

    def kill_one(self, chance: random.Random) -> None:
        """Kill one of the serving processes; the others go on, and a new one takes its place."""
        serving = self._family()[1:]
        if serving:
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(serving).send_signal(signal.SIGKILL)
                self.kills += 1

    def kill_all(self) -> None:
        """Kill every process at once."""
        with self._starting:
            family = self._family()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(family, timeout=10)
            self._process.wait(timeout=10)
            self.kills += 1

    def wait_until_it_serves(self) -> None:
        """Wait until an address of it answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.keep_up()
            with contextlib.suppress(requests.RequestException):
                requests.get(f"http://127.0.0.1:{self.port}/wechat", timeout=2)
                return
            time.sleep(0.05)
        raise TimeoutError("the server does not come up")


@pytest.fixture
def server(make_settings: Callable[..., Settings], database: Database) -> Iterator[Server]:
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
    with bind("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    url = database.engine.url.render_as_string(hide_password=False)
    server = Server(make_settings(database_url=url, log_level="ERROR"), port)
    try:
        server.wait_until_it_serves()
        yield server
    finally:
        server.kill_all()


@pytest.fixture
def platform(server: Server) -> Iterator[Simulator]:
    config = SimulatorConfig(start_following=True, callback_url=f"http://127.0.0.1:{server.port}/wechat")
    with RunningSimulator(config) as running:
        yield running.simulator


def texts_of(person: int) -> list[str]:
    return [f"第 {person} 位同学说：还有第 {number} 件事，灯坏了。" for number in range(1, TEXTS_EACH + 1)]


class Crowd:
    """Many people who tell four things each, one after the other, and submit them."""

    def __init__(self, platform: Simulator, server: Server) -> None:
        self._platform, self._server = platform, server
        self.answered = 0

    def tell_everything(self, person: int, openid: str) -> str:
        """Be one of them, and give what the last answer said."""
        for text in texts_of(person):
            self._send(openid, text)
        reply = self._send(openid, "提交").reply
        return str(reply["Content"]) if reply else ""

    def _send(self, openid: str, text: str) -> Delivery:
        """Send as the platform does, and the same message again while all its tries find nobody."""
        delivery = self._platform.actions.send_text(openid, text)
        while delivery.reply is None and delivery.attempts[-1].outcome != "success":
            self._server.wait_until_it_serves()
            delivery = self._platform.dispatch.raw(openid=openid, packet=dict(delivery.packet))
        self.answered += 1
        return delivery


def kill_again_and_again(server: Server, crowd: Crowd, stop: threading.Event) -> None:
    """Kill after every few messages, and let the server come up again before the next time."""
    chance = random.Random(7)
    target = 0
    while not stop.is_set():
        target += chance.randint(FEWEST, MOST)
        while crowd.answered < target and not stop.wait(0.002):
            pass
        time.sleep(chance.uniform(0, LONGEST_MOMENT))
        if server.kills % WHOLE_SERVER_EVERY == WHOLE_SERVER_EVERY - 1:
            server.kill_all()
        else:
            server.kill_one(chance)
        server.keep_up()
        server.wait_until_it_serves()


@pytest.mark.slow
def test_web_killed_again_and_again_loses_and_doubles_nothing(
    database: Database, server: Server, platform: Simulator
) -> None:
    openids = [platform.people.create(f"同学{n}", following=True).openid for n in range(PEOPLE)]
    crowd, stop = Crowd(platform, server), threading.Event()
    with ThreadPoolExecutor(SENDING_AT_ONCE + 1) as threads:
        killer = threads.submit(kill_again_and_again, server, crowd, stop)
        try:
            receipts = list(threads.map(crowd.tell_everything, range(PEOPLE), openids))
        finally:
            stop.set()
        killer.result()

    with database.reading() as session:
        filed = {c.reporter.openid: c for c in session.scalars(select(Complaint)) if c.reporter}
        total = session.scalar(select(func.count(Complaint.id)))
        came = session.scalar(select(func.count(InboundMessage.id)))
        states = set(session.scalars(select(InboundMessage.state)))
        told = [filed[openid].text for openid in openids]
        numbers = [filed[openid].number for openid in openids]
    assert server.kills >= 10
    assert total == PEOPLE
    assert came == PEOPLE * (TEXTS_EACH + 1)
    assert states == {InboundState.HANDLED}
    assert told == ["\n".join(texts_of(person)) for person in range(PEOPLE)]
    assert [numbers_in(receipt)[:1] for receipt in receipts] == [[number] for number in numbers]
