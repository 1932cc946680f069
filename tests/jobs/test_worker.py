"""The worker as a whole: quick, orderly at its end, and back on its feet after trouble."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from jobs import worker as worker_module
from jobs.presence import Presence
from jobs.schedule import SCHEDULE, ScheduleEntry
from jobs.worker import Worker, build_worker
from models.database import Database
from models.enums import NoticeKind, NoticeState
from models.notice import Notice
from models.person import Person
from simulator import Simulator
from tests.support.processes import environment_of
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "/cgi-bin/message/template/send"


@pytest.fixture
def person(database: Database, openid: str) -> Person:
    with database.transaction() as session:
        person = Person(openid=openid, created_at=datetime.now(UTC), following=True)
        session.add(person)
        session.flush()
        return person


def queue(database: Database, person: Person, key: str) -> None:
    now = datetime.now(UTC)
    with database.transaction() as session:
        session.add(
            Notice(
                key=key,
                kind=NoticeKind.ANSWERED,
                person_id=person.id,
                title="诉求有新进展",
                body="已出发",
                path="/h5/complaints/2026-1123-0001",
                urgent=True,  # these tests also run at night
                created_at=now,
                due_at=now,
                state=NoticeState.PENDING,
            )
        )


def state(database: Database, key: str) -> NoticeState:
    with database.reading() as session:
        return session.scalars(select(Notice.state).where(Notice.key == key)).one()


@contextmanager
def running_worker(settings: Settings) -> Iterator[Worker]:
    stopping = threading.Event()
    worker = build_worker(settings, stopping=stopping)
    finished: list[bool] = []
    thread = threading.Thread(target=lambda: finished.append(worker.run()))
    thread.start()
    try:
        yield worker
    finally:
        stopping.set()
        thread.join(15)
        worker.close()
    assert finished == [True]


def test_new_notice_is_on_the_phone_within_a_second(
    settings: Settings, database: Database, platform: Simulator, person: Person
) -> None:
    with running_worker(settings):
        queue(database, person, "event:1:person:1")
        eventually(lambda: state(database, "event:1:person:1") is NoticeState.SENT)
        queue(database, person, "event:2:person:1")
        assert eventually(lambda: len(platform.messages(person.openid)) == 2) < 1


def test_two_workers_share_the_work_and_one_leads(
    settings: Settings, database: Database, platform: Simulator, person: Person
) -> None:
    with running_worker(settings) as first, running_worker(settings) as second:
        for number in range(20):
            queue(database, person, f"event:{number}:person:1")
        eventually(lambda: len(platform.messages(person.openid)) == 20)
        eventually(lambda: first._leads or second._leads)
        assert [first._leads, second._leads].count(True) == 1
    assert len({message["client_msg_id"] for message in platform.messages(person.openid)}) == 20


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_only_a_worker_has_at_hand_is_done_by_each_and_all_else_by_the_leader(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    del database
    everywhere: set[int] = set()
    led: set[int] = set()
    often = timedelta(seconds=0.05)
    entries = (
        ScheduleEntry("own", often, lambda context: everywhere.add(id(context)), everywhere=True),
        ScheduleEntry("led", often, lambda context: led.add(id(context))),
    )
    monkeypatch.setattr(worker_module, "SCHEDULE", entries)
    with running_worker(settings), running_worker(settings):
        eventually(lambda: len(everywhere) == 2 and led)
    assert len(led) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_worker_goes_on_after_the_database_was_away(
    settings: Settings, database: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PAUSE_AFTER_TROUBLE_SECONDS", 0.1)
    monkeypatch.setattr(worker_module, "LEADERSHIP_SECONDS", 0.2)
    with running_worker(settings) as worker:
        eventually(lambda: worker._leads)
        with database.transaction() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        eventually(lambda: not worker._leads)
        queue(database, person, "event:1:person:1")
        eventually(lambda: state(database, "event:1:person:1") is NoticeState.SENT)
        eventually(lambda: worker._leads)


def test_told_to_end_it_finishes_what_is_in_hand(
    settings: Settings, database: Database, platform: Simulator, person: Person
) -> None:
    queue(database, person, "event:1:person:1")
    platform.faults.add(path=TEMPLATE, kind="latency", seconds=1.0)
    process = subprocess.Popen(
        [sys.executable, "app.py", "worker"],
        cwd=ROOT,
        env=environment_of(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: state(database, "event:1:person:1") is NoticeState.SENDING, seconds=20)
    queue(database, person, "event:2:person:1")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    assert (state(database, "event:1:person:1"), state(database, "event:2:person:1")) == (
        NoticeState.SENT,
        NoticeState.PENDING,
    )
    assert "finished=True" in log
    assert list((settings.run_dir / "workers").glob("*.lock")) == []


def test_every_job_of_the_schedule_runs_on_an_empty_database(context: object) -> None:
    for entry in SCHEDULE:
        entry.run(context)  # type: ignore[arg-type]
    assert len({entry.name for entry in SCHEDULE}) == len(SCHEDULE)


def test_job_that_fails_is_tried_again_and_others_go_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def fail(_context: object) -> None:
        ran.append("fail")
        raise ZeroDivisionError

    def go_on(_context: object) -> None:
        ran.append("go on")

    first, second, *_ = SCHEDULE
    soon = timedelta(seconds=0.1)
    schedule = (replace(first, every=soon, run=fail), replace(second, every=soon, run=go_on))
    monkeypatch.setattr(worker_module, "SCHEDULE", schedule)
    with running_worker(settings):
        eventually(lambda: ran.count("fail") >= 2 and ran.count("go on") >= 2)


def test_dead_worker_is_remembered_until_its_notices_could_be_freed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Presence(settings.run_dir)
    dead.begin()
    dead._lock.release()  # as the death of its process would
    [file] = (settings.run_dir / "workers").iterdir()
    os.utime(file, (0, 0))
    worker = build_worker(settings, stopping=threading.Event())
    worker._presence.begin()
    trouble = OperationalError("UPDATE notice", {}, Exception("the server is starting up"))
    with monkeypatch.context() as away:
        away.setattr(worker_module, "release_of_dead", Mock(side_effect=trouble))
        with pytest.raises(OperationalError):
            worker._see_to_leadership()
    freed = Mock()
    monkeypatch.setattr(worker_module, "release_of_dead", freed)
    for _ in range(2):
        worker._see_to_leadership()
    worker._presence.end()
    worker.close()
    assert [call.args[1] for call in freed.call_args_list] == [[dead.name]]
