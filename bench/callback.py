"""Messages of people who are telling something: ours beside an echo that remembers nothing.

    python -m bench.callback

Each message is encrypted and different from all others; ours stores it, sees that it is no repeat, puts it
into what its writer is telling, and answers once that is on the disk. The echo decrypts, parses, replies and
encrypts. Both are served by granian with two processes of 16 threads, and asked by 16 connections; who asks
shares the machine. Afterwards every message must be in the database, once.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, insert, select

from bench.board import environment_of
from bench.comparison import Comparison, say_all
from bench.databases import new_postgresql
from bench.platform_messages import Answers, make_requests, openid_of, send
from domain.setup import seed_catalogue
from models.conversation import Conversation, Draft, DraftPiece
from models.database import Database
from models.enums import ConversationState, DraftState
from models.inbound import InboundMessage
from models.migrate import upgrade
from models.person import Person, ServiceWindow

WORKERS, THREADS = 2, 16
# So many that nobody writes more than the chat takes of one person.
WRITERS = 4000
# One round is often half again as quick as the next: rather many than long.
ROUNDS, ROUND_SECONDS = 5, 2.0
LATE_MILLISECONDS = 100.0
AIMS = {"postgresql": 0.3, "sqlite": 0.2}
_ECHO = "a bare Flask + wechatpy echo, no database"
_START_SECONDS = 60.0


def measure() -> list[Comparison]:
    """Measure on both databases; takes three minutes."""
    return [*measure_on("postgresql"), *measure_on("sqlite")]


def measure_on(kind: str, *, seconds: float = ROUND_SECONDS) -> list[Comparison]:
    """Measure on one database.

    Args:
        kind: postgresql or sqlite.
        seconds: about how long one side is asked in one round.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="banshishi-bench-")))
        environment = environment_of(folder)
        if kind == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(new_postgresql())
        database = Database(environment["DATABASE_URL"])
        stack.callback(database.close)
        upgrade(database)
        fill(database, now=datetime.now(UTC))
        field = _Field(
            environment, stack.enter_context(ours(environment)), stack.enter_context(echo(environment))
        )
        found = _compare(field, kind, seconds)
        _check_all_are_kept(database, field)
    return found


class _Field:
    """Both servers, and what was sent to ours."""

    def __init__(self, environment: Mapping[str, str], ours_at: int, echo_at: int) -> None:
        self._environment, self._ours, self._echo = environment, ours_at, echo_at
        self.sent = 0

    def echo(self, number: int) -> Answers:
        """Have so many messages echoed."""
        return _all_well(
            send(self._echo, make_requests(self._environment, "/wechat", number, writers=WRITERS))
        )

    def ours(self, number: int, *, a_second: float | None = None, times: int = 1) -> Answers:
        """Have so many messages handled, each brought so many times, its repeats some way after it."""
        requests = make_requests(self._environment, "/wechat", number, writers=WRITERS)
        self.sent += number
        behind = max(1, number // 10)
        repeats = (
            (place + behind * again, request)
            for again in range(times)
            for place, request in enumerate(requests)
        )
        in_order = [request for _, request in sorted(repeats, key=lambda one: one[0])]
        return _all_well(send(self._ours, in_order, a_second=a_second))


def _all_well(answers: Answers) -> Answers:
    if set(answers.statuses) != {b"200"}:
        raise RuntimeError(f"not all were answered: {dict(answers.statuses)}")
    return answers


def _compare(field: _Field, kind: str, seconds: float) -> list[Comparison]:
    # The first ones open connections and fill what is kept; they also tell how many make a round.
    field.echo(300)
    field.ours(300)
    echoed_at, ours_at = field.echo(300).a_second, field.ours(300).a_second
    echoed, handled, repeated = [], [], []
    for _ in range(ROUNDS):
        echoed.append(field.echo(int(echoed_at * seconds)).a_second)
        handled.append(field.ours(int(ours_at * seconds)).a_second)
        repeated.append(field.ours(int(ours_at * seconds / 3), times=3).a_second)
    half = sorted(handled)[ROUNDS // 2] / 2
    late = [field.ours(int(half * seconds), a_second=half).late() for _ in range(ROUNDS)]
    return [
        Comparison(
            what=f"messages a second, {kind}",
            peer=_ECHO,
            ratios=tuple(one / other for one, other in zip(handled, echoed, strict=True)),
            aim=AIMS[kind],
            ours=_range(handled, "/s"),
            peers=_range(echoed, "/s"),
            note="16 connections, 2 processes; each answer after its message is on the disk",
        ),
        Comparison(
            what=f"99th percentile at half that load, {kind}",
            peer=f"{LATE_MILLISECONDS:.0f} ms",
            ratios=tuple(one / LATE_MILLISECONDS for one in late),
            aim=1.0,
            least_is_best=True,
            ours=_range(late, " ms"),
            peers=f"{LATE_MILLISECONDS:.0f} ms",
            note=f"{half:.0f} a second, each counted from the moment at which it was due",
        ),
        Comparison(
            what=f"messages a second, each brought three times, {kind}",
            peer="each brought once",
            ratios=tuple(one / other for one, other in zip(repeated, handled, strict=True)),
            aim=0.9,
            ours=_range(repeated, "/s"),
            peers=_range(handled, "/s"),
            note="a repeat is answered as the first was, and counts as a message here",
        ),
    ]


def _range(numbers: list[float], unit: str) -> str:
    return f"{min(numbers):.0f}–{max(numbers):.0f}{unit}"


def fill(database: Database, *, now: datetime) -> None:
    """Have all writers known, and each telling of something: where it is, and first words."""
    with database.transaction() as session:
        seed_catalogue(session, now=now)
        numbers = range(1, WRITERS + 1)
        person = {"following": True, "created_at": now, "followed_at": now}
        session.execute(insert(Person), [person | {"openid": openid_of(one - 1)} for one in numbers])
        people = session.scalars(select(Person.id).order_by(Person.id)).all()
        window = {"closes_at": now + timedelta(hours=40), "remaining": 3}
        draft = {"state": DraftState.OPEN, "place_text": "三食堂", "created_at": now, "updated_at": now}
        session.execute(insert(ServiceWindow), [window | {"person_id": one} for one in people])
        session.execute(insert(Draft), [draft | {"person_id": one} for one in people])
        drafts = session.execute(select(Draft.id, Draft.person_id)).all()
        piece = {"sent_at": now, "message_id": "1", "text": "我要反映一个问题"}
        session.execute(insert(DraftPiece), [piece | {"draft_id": draft_id} for draft_id, _ in drafts])
        options = [
            {"key": "1", "do": "submit"},
            {"key": "2", "do": "submit_anonymously"},
            {"key": "0", "do": "cancel"},
        ]
        row = {"state": ConversationState.DRAFTING, "options": options, "updated_at": now}
        session.execute(
            insert(Conversation), [row | {"person_id": one, "draft_id": draft_id} for draft_id, one in drafts]
        )


def _check_all_are_kept(database: Database, field: _Field) -> None:
    with database.reading() as session:
        rows = session.scalar(select(func.count(InboundMessage.id)))
        pieces = session.scalar(select(func.count(DraftPiece.id)))
    if (rows, pieces) != (field.sent, field.sent + WRITERS):
        raise RuntimeError(f"sent {field.sent}, kept {rows}, told {pieces} with {WRITERS} first words")


@contextmanager
def ours(environment: Mapping[str, str]) -> Iterator[int]:
    """Serve the product, and give its port."""
    port = _free_port()
    command = ["app.py", "serve", "--port", str(port), "--processes", str(WORKERS)]
    with _serving(command, environment, port):
        yield port


@contextmanager
def echo(environment: Mapping[str, str]) -> Iterator[int]:
    """Serve the echo in the same way, and give its port."""
    port = _free_port()
    server = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", str(WORKERS)]
    server += ["--blocking-threads", str(THREADS), "--log-level", "error", "bench.echo:application"]
    with _serving(server, environment, port):
        yield port


@contextmanager
def _serving(command: list[str], environment: Mapping[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 (our own)
        [sys.executable, *command],
        env=os.environ | dict(environment),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            http.client.HTTPConnection("127.0.0.1", port, timeout=10).request("GET", "/healthz")
            return
        time.sleep(0.2)
    raise RuntimeError("the server does not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    say_all(measure())
