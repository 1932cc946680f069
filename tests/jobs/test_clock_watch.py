"""A clock that somebody sets, and trouble that goes on: noticed once, and said in plain words."""

import errno
import threading
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from jobs.clock_watch import ClockWatch
from jobs.context import JobContext, utc_now
from jobs.trouble_log import TroubleLog
from jobs.worker import build_worker
from tests.support.waiting import eventually

HOUR = 3600.0


class Hands:
    """The hands of two clocks: one that is set, one that only goes on."""

    def __init__(self) -> None:
        self.set_by = timedelta()
        self.seconds = 0.0

    def steady(self) -> float:
        return self.seconds


def test_clock_that_was_set_is_noticed_once_and_slewing_never(context: JobContext) -> None:
    hands = Hands()
    began = context.clock()
    watch = ClockWatch(lambda: began + timedelta(seconds=hands.seconds) + hands.set_by, hands.steady)
    seen = []
    for moved in (0.0, 2.0, -2.0, -HOUR, 0.0, 24 * HOUR):
        hands.seconds += 0.3
        hands.set_by += timedelta(seconds=moved)
        seen.append(round(watch.jump()))
    assert seen == [0, 0, 0, -HOUR, 0, 24 * HOUR]


def test_schedule_goes_on_at_once_when_the_clock_is_set_back(context: JobContext) -> None:
    set_by = timedelta()
    stopping = threading.Event()
    worker = build_worker(context.settings, stopping=stopping)
    runs: list[str] = []
    worker._context = replace(worker._context, clock=lambda: utc_now() + set_by)
    worker._scheduler.add_job(
        lambda: runs.append("run"), "interval", hours=2, id="rare", misfire_grace_time=None
    )
    thread = threading.Thread(target=worker.run)
    with capture_logs() as logged:
        thread.start()
        try:
            eventually(lambda: worker._leads, seconds=20)
            assert runs == []
            set_by = timedelta(hours=-1)
            eventually(lambda: runs == ["run"])
        finally:
            stopping.set()
            thread.join(15)
            worker.close()
    [told] = [line for line in logged if line["event"] == "clock_was_set"]
    assert abs(told["seconds"] + HOUR) < 30
    assert "timedatectl" in told["advice"]


def test_trouble_is_said_at_once_then_now_and_then_and_when_it_is_over() -> None:
    hands = Hands()
    troubles = TroubleLog(hands.steady)
    full = OSError(errno.ENOSPC, "No space left on device")
    with capture_logs() as logged:
        for _ in range(40):
            assert troubles.met(full, at="uploads")
            troubles.look()
            hands.seconds += 1
        assert troubles.met(OperationalError("SELECT 1", None, Exception("refused")), at="watch")
        assert not troubles.met(ValueError("a bug"), at="clocks")
        hands.seconds += 20
        troubles.look()
        troubles.look()
    assert [(line["event"], line.get("trouble"), line.get("times")) for line in logged] == [
        ("worker_in_trouble", "磁盘满了", 1),
        ("worker_in_trouble", "磁盘满了", 31),
        ("worker_in_trouble", "连不上数据库", 1),
        ("worker_out_of_trouble", "磁盘满了、连不上数据库", None),
    ]
    assert "df -h" in logged[0]["advice"]
