"""A push to a whole campus, while its people open the page that it leads to and go on writing.

    python -m bench.campus

Everybody wants pushes: half have an open window, half have allowed one 订阅通知. One worker with 64 calls on
their way sends to a platform that answers in 50 ms, on PostgreSQL as it comes; two web processes answer. Who
reads and who writes shares the machine with all of it. Afterwards each must have got exactly one message.
"""

import os
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import get_context

from sqlalchemy import select

from bench import outgoing
from bench.comparison import Comparison, say, say_all
from bench.platform_messages import Answers, make_requests, send
from bench.pushes import approve, fill, wait_for
from bench.slow_platform import LATENCY
from models.database import Database
from models.push import PushRun

PEOPLE, READERS = 50_000, 5_000
IN_FLIGHT = 64
READ_WITHIN = 60.0
WRITTEN_A_SECOND, WRITERS = 10.0, 200
QUIET_SECONDS, BUSY_SECONDS = 15, 60
LATE_MILLISECONDS = 300.0
WITHIN = 600.0


def measure() -> list[Comparison]:
    """Measure one push."""
    with ExitStack() as stack:
        on = stack.enter_context(outgoing.ground())
        database, platform = on.database, on.platform
        run_id = fill(
            database, [outgoing.openid_of(number) for number in range(PEOPLE)], now=datetime.now(UTC)
        )
        settings = outgoing.settings_of(
            on.folder, database_url=on.url, platform=platform, in_flight=IN_FLIGHT
        )
        # All readers come from one address here.
        settings["LIMIT_PAGES_PER_MINUTE"] = "1000000"
        port = _free_port()
        stack.enter_context(
            outgoing.process_of("serve", "--port", str(port), "--processes", "2", environment=settings)
        )
        wait_for(port)
        stack.enter_context(outgoing.running_worker(database, settings))
        crowd = stack.enter_context(ProcessPoolExecutor(2, mp_context=get_context("spawn")))
        page = _page_of(database, run_id)
        writing = [make_requests(settings, "/wechat", int(n), writers=WRITERS) for n in _messages()]
        crowd.submit(send, port, [page] * 20).result()
        quiet = _all_well(crowd.submit(send, port, writing[0], a_second=WRITTEN_A_SECOND).result())
        platform.came()
        approve(database, run_id)
        began = time.monotonic()
        pages = crowd.submit(send, port, [page] * READERS, a_second=READERS / READ_WITHIN)
        messages = crowd.submit(send, port, writing[1], a_second=WRITTEN_A_SECOND)
        ended = _sent(database, run_id)
        outgoing.check_once(database, platform.came(), PEOPLE, prefix=f"push:{run_id}:")
        return _told(ended - began, _all_well(pages.result()), _all_well(messages.result()), quiet)


def _messages() -> tuple[float, float]:
    return WRITTEN_A_SECOND * QUIET_SECONDS, WRITTEN_A_SECOND * BUSY_SECONDS


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _page_of(database: Database, run_id: int) -> bytes:
    with database.reading() as session:
        code = session.scalars(select(PushRun.code).where(PushRun.id == run_id)).one()
    return f"GET /h5/pushes/{code} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def _sent(database: Database, run_id: int) -> float:
    """Wait until everybody's notice is written and none is left; give the moment."""
    deadline = time.monotonic() + WITHIN
    written = select(PushRun.written_at).where(PushRun.id == run_id)
    while True:
        with database.reading() as session:
            is_written = session.scalar(written) is not None
        if is_written:
            return outgoing.settled(database, within=WITHIN)
        if time.monotonic() > deadline:
            raise RuntimeError("the recipients were not written")
        time.sleep(0.1)


def _all_well(answers: Answers) -> Answers:
    if set(answers.statuses) != {b"200"}:
        raise RuntimeError(f"not all were answered: {dict(answers.statuses)}")
    return answers


def _told(lasted: float, pages: Answers, messages: Answers, quiet: Answers) -> list[Comparison]:
    rate, ceiling = PEOPLE / lasted, IN_FLIGHT / LATENCY
    shared = f"worker, two webs, PostgreSQL, platform, readers and writers shared {os.cpu_count()} cores"
    return [
        Comparison(
            what=f"a push to {PEOPLE}, from the approval to the last outcome",
            peer="the ceiling",
            ratios=(rate / ceiling,),
            aim=0.6,
            ours=f"{lasted:.0f} s, {rate:.0f} a second",
            peers=f"{ceiling:.0f} a second ({IN_FLIGHT} ÷ {LATENCY * 1000:.0f} ms)",
            note=shared,
        ),
        Comparison(
            what=f"its page, opened by {READERS} within {READ_WITHIN:.0f} s meanwhile: 99th percentile",
            peer=f"{LATE_MILLISECONDS:.0f} ms",
            ratios=(pages.late() / LATE_MILLISECONDS,),
            aim=1.0,
            least_is_best=True,
            ours=f"{pages.late():.0f} ms",
            peers=f"{LATE_MILLISECONDS:.0f} ms",
            note=f"half waited {pages.late(0.5):.0f} ms; each counted from the moment at which it was due",
        ),
        Comparison(
            what=f"the callback, {WRITTEN_A_SECOND:.0f} messages a second meanwhile: 99th percentile",
            peer="before the push",
            ratios=(messages.late() / quiet.late(),),
            aim=2.0,
            least_is_best=True,
            ours=f"{messages.late():.0f} ms (half {messages.late(0.5):.0f})",
            peers=f"{quiet.late():.0f} ms (half {quiet.late(0.5):.0f})",
        ),
    ]


if __name__ == "__main__":
    began = time.monotonic()
    say_all(measure())
    say(f"{(time.monotonic() - began) / 60:.1f} minutes")
