"""What goes out in measurements: people, notices for them, a real worker, and the check of each message."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, insert, or_, select, text

from bench.board import environment_of
from bench.databases import new_postgresql
from bench.slow_platform import Report, SlowPlatform, slow_platform
from domain import running_state
from models.database import Database
from models.enums import NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow

START_SECONDS = 60.0
STOP_SECONDS = 20.0
_UNSETTLED = (NoticeState.PENDING, NoticeState.SENDING)


@dataclass(frozen=True)
class Ground:
    """What is sent from, over, and kept in: an empty PostgreSQL at `url`, a slow platform, and a folder."""

    url: str
    database: Database
    platform: SlowPlatform
    folder: Path


@contextmanager
def ground() -> Iterator[Ground]:
    """Give new ones, which go at the end."""
    with ExitStack() as stack:
        url = stack.enter_context(new_postgresql())
        platform = stack.enter_context(slow_platform())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="banshishi-bench-")))
        database = Database(url)
        stack.callback(database.close)
        yield Ground(url, database, platform, folder)


def settings_of(folder: Path, *, database_url: str, platform: SlowPlatform, in_flight: int) -> dict[str, str]:
    """Give the settings of an installation that sends over this platform, at any hour.

    Args:
        in_flight: how many calls a worker has on their way at once.
    """
    by_day = folder / "catalogue.toml"
    by_day.write_text('[quiet_hours]\nstart = "00:00"\nend = "00:00"\n', encoding="utf-8")
    return environment_of(folder) | {
        "DATABASE_URL": database_url,
        "WECHAT_API_BASE": platform.base,
        "CATALOGUE_FILE": str(by_day),
        "DELIVERY_THREADS": str(in_flight),
        # As it is installed.
        "LOG_LEVEL": "INFO",
    }


def openid_of(number: int) -> str:
    """Name one of the crowd."""
    return f"oCrowd{number:022d}"


def admit(database: Database, people: int) -> Sequence[int]:
    """Let people follow the account, every second one with an open window; give their ids."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        row = {"following": True, "created_at": now, "followed_at": now}
        session.execute(insert(Person), [row | {"openid": openid_of(number)} for number in range(people)])
        ids = session.scalars(select(Person.id).order_by(Person.id)).all()
        window = {"closes_at": now + timedelta(hours=47), "remaining": 1000}
        session.execute(insert(ServiceWindow), [window | {"person_id": one} for one in ids[::2]])
    return ids


def queue(database: Database, people: Sequence[int], *, topic: str) -> None:
    """Let one notice be due for each of these people, by 客服消息 or template message, with a link.

    Args:
        topic: tells the notices of one round from another's.
    """
    now = datetime.now(UTC)
    rows = [
        {
            "key": f"{topic}:person:{one}",
            "kind": NoticeKind.ANSWERED,
            "person_id": one,
            "title": "诉求有新进展",
            "body": "维修师傅已经出发，大约二十分钟后到。请在宿舍等候，或把钥匙交给值班室。",
            "fields": {"number": "2026-1121-0001", "status": "处理中", "time": "2026年11月21日 09:30"},
            "path": "/h5/complaints/2026-1121-0001",
            "urgent": False,
            "bulk": False,
            "created_at": now,
            # Each from an event of its own.
            "due_at": now - timedelta(microseconds=len(people) - number),
            "state": NoticeState.PENDING,
        }
        for number, one in enumerate(people)
    ]
    with database.transaction() as session:
        session.execute(insert(Notice), rows)


@dataclass(frozen=True)
class Used:
    """What a process has used: processor seconds since it began, and memory in bytes now."""

    cpu: float
    memory: int


class RunningWorker:
    """A worker of the product in a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._folder = Path("/proc") / str(process.pid)

    def used(self) -> Used:
        """Give what it has used."""
        # What follows the name, which may hold anything.
        # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        numbers = (self._folder / "stat").read_text().rpartition(")")[2].split()
        ticks = int(numbers[11]) + int(numbers[12])
        pages = int((self._folder / "statm").read_text().split()[1])
        return Used(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


@contextmanager
def process_of(
    command: str, *options: str, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process of the product; it ends with the block, however that ends."""
    whole = [sys.executable, "app.py", command, *options]
    log = Path(environment["RUN_DIR"]).with_name(f"{command}.log").open("ab")
    with log:
        process = subprocess.Popen(  # noqa: S603 (our own)
            whole, env=os.environ | environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_worker(database: Database, environment: dict[str, str]) -> Iterator[RunningWorker]:
    """Start a worker and wait until it works.

    Raises:
        RuntimeError: it does not within START_SECONDS.
    """
    before = _working(database)
    with process_of("worker", environment=environment) as process:
        deadline = time.monotonic() + START_SECONDS
        seen = before
        while not seen - before:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the worker did not start")
            time.sleep(0.1)
            seen = _working(database)
        yield RunningWorker(process)


def _working(database: Database) -> set[str]:
    with database.reading() as session:
        return {one.name for one in running_state.workers(session)}


def settled(database: Database, *, within: float) -> float:
    """Wait until nothing is to be sent any more; give the moment, by the steady clock.

    Raises:
        RuntimeError: it takes longer than `within` seconds.
    """
    deadline = time.monotonic() + within
    waiting = or_(*(select(Notice.id).where(Notice.state == state).exists() for state in _UNSETTLED))
    while True:
        with database.reading() as session:
            # Each has an index of its own. To read past all that was sent would cost more than to send it.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            is_waiting = session.scalar(select(waiting))
        now = time.monotonic()
        if not is_waiting:
            return now
        if now > deadline:
            raise RuntimeError(f"some notices were not sent within {within:.0f} seconds")
        time.sleep(0.05)


def check_once(database: Database, report: Report, people: int, *, prefix: str) -> None:
    """Hold the books against what the platform took: each got one message, and each notice is sent.

    Args:
        people: how many they are.
        prefix: with which the keys of these notices begin.

    Raises:
        RuntimeError: a message was lost or doubled, or a state says otherwise.
    """
    with database.reading() as session:
        ours = Notice.key.startswith(prefix, autoescape=True)
        theirs = select(Person.openid).join(Notice, Notice.person_id == Person.id).where(ours)
        openids = session.scalars(theirs).all()
        states = session.execute(
            select(Notice.state, func.count(Notice.id)).where(ours).group_by(Notice.state)
        ).all()
        tries = session.scalar(
            select(func.count(NoticeAttempt.id))
            .join(Notice, Notice.id == NoticeAttempt.notice_id)
            .where(ours)
        )
    wrong = {one: report.times[one] for one in openids if one and report.times[one] != 1}
    strangers = report.times.keys() - set(openids)
    if wrong or strangers:
        raise RuntimeError(f"messages lost or doubled: {len(wrong)}; to others: {len(strangers)}")
    if dict(states) != {NoticeState.SENT: people} or tries != people:
        raise RuntimeError(f"of {people} notices: {states}, {tries} tries")
