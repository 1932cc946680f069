"""A platform that answers late or never holds nobody up: not those who write to us, and no worker for good.

Web, worker and platform are processes of their own, as in real life.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from config.settings import Settings
from jobs.delivery_flow import most_in_hand
from models.database import Database
from models.enums import NoticeKind, NoticeState
from models.migrate import upgrade
from models.notice import Notice
from models.person import Person
from simulator.packets import to_xml
from tests.e2e.product import ROOT, wait_until_ready
from tests.support.ports import free_port
from tests.support.processes import environment_of
from tests.support.sender import Sender
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.alone]

PEOPLE, NOTICES_EACH = 16, 5
THREADS = 8
# Real life: 8 and 20. See impatient_worker.py.
UNANSWERED = float(os.environ.get("SLOW_UNANSWERED", "2"))
AGAIN = float(os.environ.get("SLOW_AGAIN", "3"))
LATE, NEVER = 20.0, 3600.0
WRITERS, PER_SECOND, MESSAGES = 4, 40, 200
WORDS = ("饭里有虫子", "帮助", "三号楼302水管漏水", "进度", "你好")


@dataclass
class Running:
    """The three processes, seen from outside."""

    web: str
    platform: str
    database: Database
    settings: Settings
    openids: list[str] = field(default_factory=list)

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        answer = requests.request(method, f"{self.platform}/_sim{path}", json=body or None, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def sends_take(self, seconds: float) -> None:
        """Let every way of sending be so slow from now on."""
        self.control("DELETE", "/faults")
        for path in ("custom/send", "template/send", "subscribe/bizsend"):
            fault = {"path": f"/cgi-bin/message/{path}", "kind": "latency", "seconds": seconds, "times": -1}
            self.control("POST", "/faults", **fault)

    def sends(self) -> list[dict[str, Any]]:
        calls = self.control("GET", "/calls?limit=1000")
        return [call for call in calls if call["path"].endswith(("custom/send", "template/send"))]

    def queue(self, name: str) -> None:
        """Give everybody some notices that are due now."""
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            for person_id in session.scalars(select(Person.id).where(Person.openid.in_(self.openids))).all():
                for number in range(NOTICES_EACH):
                    session.add(
                        Notice(
                            key=f"{name}:{number}:{person_id}",
                            kind=NoticeKind.ANSWERED,
                            person_id=person_id,
                            title="诉求有新进展",
                            body="维修人员已出发",
                            fields={"number": "2026-1121-0001", "status": "处理中", "time": "09:30"},
                            path="/h5/complaints",
                            urgent=True,
                            created_at=now,
                            due_at=now,
                            state=NoticeState.PENDING,
                        )
                    )

    def count(self, *states: NoticeState) -> int:
        with self.database.reading() as session:
            query = select(func.count(Notice.id)).where(Notice.state.in_(states))
            return session.scalars(query).one()


@pytest.fixture
def running(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Running]:
    web, platform = free_port(), free_port()
    base = f"http://127.0.0.1:{platform}"
    settings = make_settings(
        base_url=f"http://127.0.0.1:{web}/", wechat_api_base=f"{base}/", delivery_threads=THREADS
    )
    database = Database(settings.database_url)
    upgrade(database)
    simulator = ("-m", "simulator", "--quiet", "--port", str(platform))
    commands: dict[str, tuple[str, ...]] = {
        "platform": (*simulator, "--callback-url", f"http://127.0.0.1:{web}/wechat"),
        "web": ("app.py", "serve", "--port", str(web), "--processes", "1"),
        "worker": ("-m", "tests.e2e.impatient_worker", str(UNANSWERED), str(AGAIN)),
    }
    processes = []
    with ExitStack() as stack:
        stack.callback(database.close)
        for name, command in commands.items():
            log = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment_of(settings), stdout=log, stderr=log
            )
            stack.callback(process.wait, timeout=20)
            stack.callback(process.kill if name == "platform" else process.terminate)
            processes.append(process)
        wait_until_ready(f"http://127.0.0.1:{web}/readyz", processes)
        wait_until_ready(f"{base}/_sim/faults", processes)
        found = Running(f"http://127.0.0.1:{web}", base, database, settings)
        for number in range(PEOPLE):
            found.openids.append(found.control("POST", "/users", nickname=f"同学{number}")["openid"])
            found.control("POST", f"/users/{found.openids[-1]}/follow")
        yield found


class Writers:
    """People who write to the account all the time, a few at once."""

    def __init__(self, running: Running) -> None:
        self._url = f"{running.web}/wechat"
        self._sender = Sender(running.settings, datetime.now(UTC))
        self._numbers = count(1)
        self._turn = threading.Lock()

    def write(self, messages: int = MESSAGES) -> list[float]:
        """Write at an even pace; give how many milliseconds each answer took."""
        begin, done = time.monotonic(), count()

        def one(_: int) -> float:
            with self._turn:
                number = next(self._numbers)
                due = begin + next(done) / PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            packet = self._sender.packet(
                FromUserName=f"oWriter{number % 50:021}",
                Content=WORDS[number % len(WORDS)],
                MsgId=10**15 + number,
                CreateTime=int(time.time()),
            )
            query, body = self._sender.sealed(to_xml(packet), at=datetime.now(UTC))
            started = time.monotonic()
            answer = requests.post(self._url, params=query, data=body, timeout=10)
            took = (time.monotonic() - started) * 1000
            assert answer.status_code == 200
            return took

        with ThreadPoolExecutor(WRITERS) as threads:
            return list(threads.map(one, range(messages)))


def p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def most_at_once(calls: list[dict[str, Any]]) -> int:
    """Give how many calls were under way at the same moment."""
    ends = [(call["at"], -1) for call in calls]
    begins = [(call["at"] - call["cost_ms"] / 1000, 1) for call in calls]
    under_way = most = 0
    for _, change in sorted(begins + ends):
        under_way += change
        most = max(most, under_way)
    return most


def test_late_and_silent_platform_delays_no_answer_and_loses_no_thread(running: Running) -> None:
    writers = Writers(running)
    writers.write(50)  # the web process warms up
    calm = writers.write()

    measured = {"calm": calm}
    for name, seconds in (("20 s late", LATE), ("never", NEVER)):
        running.sends_take(seconds)
        running.queue(name)
        # Every one waits for the platform, or for one that does.
        eventually(lambda: running.count(NoticeState.SENDING) == most_in_hand(THREADS))
        measured[name] = writers.write()
        assert running.count(NoticeState.SENT) == 0

    running.sends_take(0.3)
    lifted = time.monotonic()
    running.queue("afterwards")
    wanted = 3 * PEOPLE * NOTICES_EACH
    eventually(lambda: running.count(NoticeState.SENT) == wanted, seconds=60)
    took = time.monotonic() - lifted

    for name, times in measured.items():
        print(  # noqa: T201 (shown with -s)
            f"{name}: {len(times)} answers, median {median(times):.0f} ms, p99 {p99(times):.0f} ms, "
            f"worst {max(times):.0f} ms"
        )
    at_once = most_at_once([call for call in running.sends() if call["errcode"] == 0][-wanted:])
    print(f"all {wanted} notices sent {took:.1f} s after the fault, {at_once} at once")  # noqa: T201
    assert at_once == THREADS, "each thread has come back"
    for name in ("20 s late", "never"):
        # A busy machine slows calm answers as well; threads that wait for the platform cost over a second.
        assert p99(measured[name]) < max(500.0, 2 * p99(calm)), name
