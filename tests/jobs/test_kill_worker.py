"""Workers killed at random moments: nothing is lost, and nothing the platform acknowledged is sent again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from domain.outbox import INTERRUPTED
from jobs.worker import NICENESS
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from simulator import Simulator
from tests.support.processes import environment_of
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
# A hundred on request: KILLS=100 make test ARGS=tests/jobs/test_kill_worker.py
KILLS = int(os.environ.get("KILLS", "25"))
NOTICES = 5 * KILLS
THREADS = 4
# Slow enough that a kill finds something on its way.
PLATFORM_SECONDS = 0.02
# A worker is killed after none to so many messages, and a moment more, which may be amid the next one.
MOST_MESSAGES = 8
LONGEST_MOMENT = 0.03


class Nursery:
    """Starts workers; see nursery.py."""

    def __init__(self, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.nursery"],
            cwd=ROOT,
            env=environment_of(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def worker(self) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("one more\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture
def nursery(settings: Settings) -> Iterator[Nursery]:
    nursery = Nursery(settings.model_copy(update={"delivery_threads": THREADS}))
    yield nursery
    nursery.close()


def test_worker_lets_those_who_wait_for_an_answer_go_first(nursery: Nursery) -> None:
    worker = nursery.worker()
    wanted = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    eventually(lambda: os.getpriority(os.PRIO_PROCESS, worker) == wanted)
    os.kill(worker, signal.SIGTERM)


def fill(database: Database, platform: Simulator) -> None:
    """One due notice for each of many people; every second one may be written to in the chat."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        for number in range(NOTICES):
            user = platform.people.create(f"同学{number}", following=True)
            person = Person(openid=user.openid, created_at=now, following=True)
            session.add(person)
            session.flush()
            if number % 2:
                user.windows["message"] = [platform.clock.now(), 0]
                closes_at = now + timedelta(hours=48)
                session.add(ServiceWindow(person_id=person.id, closes_at=closes_at, remaining=5))
            session.add(
                Notice(
                    key=f"event:{number}:person:{person.id}",
                    kind=NoticeKind.ANSWERED,
                    person_id=person.id,
                    title="诉求有新进展",
                    body=f"第 {number} 件",
                    fields={
                        "number": f"2026-1121-{number:04}",
                        "status": "处理中",
                        "time": "2026年11月21日 09:30",
                    },
                    path=f"/h5/complaints/2026-1121-{number:04}",
                    urgent=True,
                    created_at=now,
                    due_at=now,
                    state=NoticeState.PENDING,
                )
            )


def unsent(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count(Notice.id)).where(Notice.state != NoticeState.SENT)).one()


def wait_for_messages(platform: Simulator, count: int) -> None:
    """Wait until the platform has taken so many more; a second is enough where nothing is left to send."""
    wanted, deadline = len(platform.state.messages) + count, time.monotonic() + 1
    while len(platform.state.messages) < wanted and time.monotonic() < deadline:
        time.sleep(0.002)


@pytest.mark.slow
def test_kills_lose_nothing_and_repeat_nothing_acknowledged(
    nursery: Nursery, database: Database, platform: Simulator
) -> None:
    dice = random.Random(20261121)
    fill(database, platform)
    platform.faults.add(path="*", kind="latency", seconds=PLATFORM_SECONDS, times=-1)
    kills_amid_work = 0
    for _ in range(KILLS):
        worker = nursery.worker()
        wait_for_messages(platform, dice.randint(0, MOST_MESSAGES))
        time.sleep(dice.uniform(0, LONGEST_MOMENT))
        kills_amid_work += unsent(database) > 0
        os.kill(worker, signal.SIGKILL)
    last = nursery.worker()
    deadline = time.monotonic() + 40
    while unsent(database) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(last, signal.SIGTERM)
    assert unsent(database) == 0

    custom = Counter(
        message["openid"] for message in platform.messages() if message["kind"] == NoticeChannel.CUSTOM
    )
    templates = Counter(
        message["client_msg_id"]
        for message in platform.messages()
        if message["kind"] == NoticeChannel.TEMPLATE
    )
    with database.reading() as session:
        sent = session.execute(
            select(Notice, Person.openid).join(Person, Person.id == Notice.person_id)
        ).all()
        silent = set(
            session.scalars(
                select(NoticeAttempt.notice_id).where(
                    NoticeAttempt.code.is_(None), NoticeAttempt.channel == NoticeChannel.CUSTOM
                )
            )
        )
        interrupted = session.scalars(
            select(func.count(NoticeAttempt.id)).where(NoticeAttempt.words == INTERRUPTED)
        ).one()
        acknowledged = Counter(
            session.scalars(select(NoticeAttempt.notice_id).where(NoticeAttempt.code == 0))
        )
    print(  # noqa: T201 (shown with -s: how hard the test was)
        f"kills amid work: {kills_amid_work}, interrupted sends: {interrupted}, "
        f"chat messages into silence: {len(silent)}, both ways: "
        f"{sum(1 for notice, openid in sent if custom[openid] and templates[notice.key])}"
    )
    assert kills_amid_work >= KILLS // 2
    assert interrupted > 0
    assert {notice.id: acknowledged[notice.id] for notice, _ in sent} == {notice.id: 1 for notice, _ in sent}
    for notice, openid in sent:
        # A chat message cannot be taken back or asked about: into silence, a template message follows it.
        ways = custom[openid], templates[notice.key]
        assert ways in ({(0, 1), (1, 1)} if notice.id in silent else {(1, 0), (0, 1)}), notice.key
        assert ways[0 if notice.channel is NoticeChannel.CUSTOM else 1] == 1
