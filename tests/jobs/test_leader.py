"""Of many workers one leads; a dead one is followed by another, and shows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from config.settings import Settings
from jobs.file_lock import FileLock
from jobs.leader import LEASE_SECONDS, Leadership, PostgresqlLeadership, leadership_for
from jobs.presence import LAST_WORDS_SECONDS, Presence, dead_workers
from models.database import Database
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def candidate(database: Database, make_settings: Callable[..., Settings]) -> Callable[[], Leadership]:
    url = database.engine.url.render_as_string(hide_password=False)
    settings = make_settings(database_url=url)
    return lambda: leadership_for(settings, database)


def test_one_leads_until_it_resigns(candidate: Callable[[], Leadership]) -> None:
    first, second = candidate(), candidate()
    assert [first.check(), first.check(), second.check()] == [True, True, False]
    assert [first.holds(), second.holds()] == [True, False]
    first.resign()
    assert not first.holds()
    assert [second.check(), first.check()] == [True, False]
    first.resign()
    second.resign()


def test_leader_that_lost_its_connection_leads_no_more(
    postgres: Database, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(database_url=postgres.engine.url.render_as_string(hide_password=False))
    first, second = leadership_for(settings, postgres), leadership_for(settings, postgres)
    assert first.check()
    with postgres.transaction() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND objid = 824002"
            )
        )
    eventually(lambda: not first.check() and second.check())
    assert [first.check(), second.check()] == [False, True]
    second.resign()
    assert first.check()
    first.resign()


def test_who_could_not_look_for_some_time_acts_as_the_leader_no_more(postgres: Database) -> None:
    moment = 1000.0
    leader = PostgresqlLeadership(
        postgres.engine.url.render_as_string(hide_password=False), steady=lambda: moment
    )
    assert leader.check()
    moment += LEASE_SECONDS - 0.1
    assert leader.holds()
    moment += 0.1
    assert not leader.holds()
    assert (leader.check(), leader.holds()) == (True, True)
    leader.resign()


HOLD = """
import sys
from pathlib import Path
from jobs.file_lock import FileLock
from jobs.presence import Presence
lock, presence = FileLock(Path(sys.argv[1]) / "leader.lock"), Presence(Path(sys.argv[1]))
presence.begin()
print(lock.acquire(), presence.name, flush=True)
sys.stdin.read()
"""


def test_killed_process_holds_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    held, name = process.stdout.readline().split()
    lock = FileLock(tmp_path / "leader.lock")
    assert (held, lock.acquire(), list(dead_workers(tmp_path))) == ("True", False, [])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (lock.acquire(), list(dead_workers(tmp_path))) == (True, [name])
    lock.release()
    process.communicate()


def test_dead_worker_is_named_again_when_nobody_dealt_with_it(tmp_path: Path) -> None:
    worker = Presence(tmp_path)
    worker.begin()
    assert list(dead_workers(tmp_path)) == []
    worker._lock.release()  # as the death of its process would
    [file] = (tmp_path / "workers").iterdir()
    long_ago = time.time() - LAST_WORDS_SECONDS - 1
    os.utime(file, (long_ago, long_ago))
    dealing = dead_workers(tmp_path)
    assert next(dealing) == worker.name
    dealing.close()  # type: ignore[attr-defined]
    assert list(dead_workers(tmp_path)) == [worker.name]
    assert list(dead_workers(tmp_path)) == []


def test_dead_worker_is_named_for_a_while_as_a_slow_database_may_do_its_will_later(
    tmp_path: Path,
) -> None:
    worker = Presence(tmp_path)
    worker.begin()
    worker.beat()
    worker._lock.release()
    assert [list(dead_workers(tmp_path)) for _ in range(3)] == [[worker.name]] * 3


def test_worker_that_ended_in_order_leaves_nothing(tmp_path: Path) -> None:
    worker = Presence(tmp_path)
    worker.begin()
    [file] = (tmp_path / "workers").iterdir()
    os.utime(file, (0, 0))
    worker.beat()
    assert file.stat().st_mtime > 0
    worker.end()
    assert list((tmp_path / "workers").iterdir()) == []
