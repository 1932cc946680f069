"""Notices through one worker to a platform that answers in 50 ms, beside the ceiling and two peers.

    python -m bench.notices

All of it on PostgreSQL as it comes, with every claim and every outcome on the disk. A round is over when the
last notice is marked; then it is checked that each person got exactly one message and each notice is sent.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import outgoing
from bench.comparison import Comparison, say, say_all
from bench.outgoing import RunningWorker
from bench.slow_platform import LATENCY, SlowPlatform
from models.database import Database

FEW, MANY = 16, 64
NOTICES = 20_000
# Of each round but the long one.
FEW_NOTICES, MANY_NOTICES, LOOP_NOTICES = 2_000, 6_000, 60
ROUNDS = 3
FIRST = 2_000
WITHIN = 300.0


@dataclass
class Field:
    """What one measurement runs on."""

    database: Database
    platform: SlowPlatform
    people: Sequence[int]
    folder: Path
    rounds: int = 0

    def worker(self, in_flight: int) -> AbstractContextManager[RunningWorker]:
        """Start a worker that has so many calls on their way at once."""
        url = self.database.engine.url.render_as_string(hide_password=False)
        settings = outgoing.settings_of(
            self.folder, database_url=url, platform=self.platform, in_flight=in_flight
        )
        return outgoing.running_worker(self.database, settings)

    def ours(self, count: int) -> tuple[float, int]:
        """Let the workers that run send so many; give messages a second, and the most at once."""
        self.rounds += 1
        people, topic = self.people[:count], f"round-{self.rounds}"
        self.platform.came()
        outgoing.queue(self.database, people, topic=topic)
        ended = outgoing.settled(self.database, within=WITHIN)
        report = self.platform.came()
        outgoing.check_once(self.database, report, count, prefix=f"{topic}:")
        return count / (ended - report.first), report.most

    def peer(self, name: str, count: int, *options: int) -> float:
        """Let a peer send so many; give messages a second, from the first to the last answer."""
        self.platform.came()
        command = [sys.executable, "-m", f"bench.{name}", self.platform.base, str(count), *map(str, options)]
        subprocess.run(command, check=True, timeout=WITHIN)  # noqa: S603 (our own)
        report = self.platform.came()
        if report.total != count:
            raise RuntimeError(f"{name} sent {report.total} of {count}")
        return count / (report.last - report.first)


@contextmanager
def field_of(people: int) -> Iterator[Field]:
    """Give a field with so many people on it."""
    with outgoing.ground() as on:
        yield Field(on.database, on.platform, outgoing.admit(on.database, people), on.folder)


def _beside(field: Field) -> list[Comparison]:
    """Measure one worker at both sizes, in turn with the peers; and what long work does to its memory."""
    few: list[tuple[float, float, float]] = []
    with field.worker(FEW):
        field.ours(FEW_NOTICES // 5)  # connections, and what is loaded on first use
        for _ in range(ROUNDS):
            ours, _most = field.ours(FEW_NOTICES)
            bare = field.peer("asyncio_sender", FEW_NOTICES, FEW)
            few.append((ours, bare, field.peer("sequential_sender", LOOP_NOTICES)))
    many: list[tuple[float, float]] = []
    with field.worker(MANY) as worker:
        field.ours(FIRST)
        before = worker.used()
        rate, most = field.ours(NOTICES)
        after = worker.used()
        many.append((rate, field.peer("asyncio_sender", MANY_NOTICES, MANY)))
        for _ in range(ROUNDS - 1):
            ours, _most = field.ours(MANY_NOTICES)
            many.append((ours, field.peer("asyncio_sender", MANY_NOTICES, MANY)))
    spent = (after.cpu - before.cpu) / NOTICES * 1000
    loop = [(ours, one) for ours, _, one in few]
    return [
        _of_ceiling(FEW, [ours for ours, *_ in few], aim=0.9),
        _of_ceiling(MANY, [ours for ours, _ in many], aim=0.6, note=_spent(spent, most)),
        _over(
            f"notices, {MANY} at once",
            "a loop of wechatpy",
            [(ours, one) for (ours, _), (_, one) in zip(many, loop, strict=True)],
            aim=30,
        ),
        _over(f"notices, {FEW} at once", "asyncio, no state", [(ours, bare) for ours, bare, _ in few]),
        _over(f"notices, {MANY} at once", "asyncio, no state", many),
        Comparison(
            what=f"memory of the worker after {NOTICES} notices",
            peer=f"after the first {FIRST}",
            ratios=(after.memory / before.memory,),
            aim=1.15,
            least_is_best=True,
            ours=f"{after.memory / 2**20:.0f} MiB",
            peers=f"{before.memory / 2**20:.0f} MiB",
        ),
    ]


def _spent(milliseconds: float, most: int) -> str:
    return (
        f"{milliseconds:.2f} ms of processor time a notice in the worker; at most {most} calls on their way"
        f" at once; worker, PostgreSQL and platform shared {os.cpu_count()} cores"
    )


def _of_ceiling(in_flight: int, rates: Sequence[float], *, aim: float, note: str = "") -> Comparison:
    ceiling = in_flight / LATENCY
    return Comparison(
        what=f"notices, {in_flight} at once",
        peer="the ceiling",
        ratios=tuple(rate / ceiling for rate in rates),
        aim=aim,
        ours=f"{max(rates):.0f} a second",
        peers=f"{ceiling:.0f} a second ({in_flight} ÷ {LATENCY * 1000:.0f} ms)",
        note=note,
    )


def _over(
    what: str, peer: str, rates: Sequence[tuple[float, float]], *, aim: float | None = None
) -> Comparison:
    return Comparison(
        what=what,
        peer=peer,
        ratios=tuple(ours / theirs for ours, theirs in rates),
        aim=aim,
        ours=f"{max(ours for ours, _ in rates):.0f} a second",
        peers=f"{max(theirs for _, theirs in rates):.0f} a second",
    )


def _two_workers(field: Field) -> Comparison:
    """Measure two workers beside one: in turn, with the second one started in between."""
    alone, both = [], []
    with field.worker(FEW):
        for _ in range(ROUNDS - 1):
            alone.append(field.ours(FEW_NOTICES)[0])
            with field.worker(FEW):
                both.append(field.ours(FEW_NOTICES * 2)[0])
    return Comparison(
        what=f"notices, two workers, {FEW} at once each",
        peer="one worker",
        ratios=tuple(two / one for two, one in zip(both, alone, strict=True)),
        aim=1.7,
        ours=f"{max(both):.0f} a second",
        peers=f"{max(alone):.0f} a second",
        note=f"two workers, PostgreSQL and the platform shared {os.cpu_count()} cores",
    )


def measure() -> list[Comparison]:
    """Measure all of it."""
    with field_of(NOTICES) as field:
        return [*_beside(field), _two_workers(field)]


if __name__ == "__main__":
    began = time.monotonic()
    say_all(measure())
    say(f"{(time.monotonic() - began) / 60:.1f} minutes")
