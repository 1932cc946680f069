"""What is counted while we run, for Prometheus; `/metrics` adds what the database tells.

Several processes of one machine count together: each takes a numbered seat in a folder they share and keeps
its counts in the files of that seat. Whoever takes the seat after it goes on counting there, so a restart
makes no counter fall, and there are never more files than there were processes at once (docs/decisions/0036).
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

# Only ours: the client's own figures of one process would say nothing about the others.
OWN = CollectorRegistry()

# All have labels: a figure without would be made on import, before the process has its seat.
HTTP_REQUESTS = Counter(
    "banshishi_http_requests", "已回答的请求", ["method", "route", "status"], registry=OWN
)
HTTP_SECONDS = Histogram(
    "banshishi_http_request_seconds",
    "回答请求用的时间",
    ["area"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=OWN,
)
# The platform waits five seconds.
CALLBACK_SECONDS = Histogram(
    "banshishi_callback_seconds",
    "回答微信推送用的时间",
    ["side"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5),
    registry=OWN,
)
WECHAT_CALLS = Counter("banshishi_wechat_calls", "调用微信接口，按结果分", ["path", "code"], registry=OWN)
NOTICES = Counter("banshishi_notices_tried", "发送通知，按结果分", ["channel", "outcome"], registry=OWN)
WEBHOOKS = Counter("banshishi_webhooks_tried", "向接入系统推送，按结果分", ["outcome"], registry=OWN)
SIGN_IN_FAILURES = Counter(
    "banshishi_sign_in_failures", "工作人员登录失败，按在哪一步分", ["step"], registry=OWN
)
JOB_SECONDS = Histogram(
    "banshishi_job_seconds",
    "定时任务运行一次用的时间",
    ["job"],
    buckets=(0.05, 0.5, 5, 60),
    registry=OWN,
)
JOB_FAILURES = Counter("banshishi_job_failures", "定时任务出错", ["job"], registry=OWN)
CONNECTIONS_IN_USE = Gauge(
    "banshishi_database_connections_in_use",
    "正在用的数据库连接，同类进程里最多的一个",
    ["process"],
    multiprocess_mode="livemax",
    registry=OWN,
)
CONNECTIONS_MOST = Gauge(
    "banshishi_database_connections_most",
    "一个进程最多用多少数据库连接",
    ["process"],
    multiprocess_mode="livemax",
    registry=OWN,
)

_FOLDER = "metrics"
# Room for all that is counted, taken from the disk beforehand: on a full disk, writing into a mapped file
# that has holes would end the process.
_ROOM = {"counter": 2 << 20, "histogram": 1 << 20, "gauge_livemax": 1 << 16}


class _Seat:
    """This process's place in the shared folder; none before `join`."""

    folder: Path | None = None
    number = 0
    lock: BinaryIO | None = None


def join(run_dir: Path) -> int:
    """Count together with the other processes of this machine, from before anything is counted.

    Args:
        run_dir: the folder that all of them share.

    Returns:
        The number of the seat.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = run_dir / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    while (lock := _locked(folder / f"{number}.seat")) is None:
        number += 1
    _forget_gauges(folder, number)
    _make_room(folder, number)
    _Seat.folder, _Seat.number, _Seat.lock = folder, number, lock
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    return number


def _forget_gauges(folder: Path, number: int) -> None:
    """Forget what the last holder of a seat had in use; it has nothing any more."""
    mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]


def _make_room(folder: Path, number: int) -> None:
    """Make the files of a seat whole; one that a crash of the machine spoilt begins anew."""
    for kind, size in _ROOM.items():
        path = folder / f"{kind}_{number}.db"
        if path.exists() and not _is_readable(path):
            path.unlink()
        with path.open("ab") as file:
            # Zeros rather than posix_fallocate, which not every system has.
            file.write(bytes(max(0, size - file.tell())))


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            (used,) = struct.unpack("i", file.read(4))
        for _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
            pass
    except (RuntimeError, ValueError, struct.error):
        return False
    return bool(0 <= used <= path.stat().st_size)


def _locked(path: Path) -> BinaryIO | None:
    """Take a lock that ends with this process, however that ends; None when another holds it."""
    file = path.open("ab")
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def collected() -> CollectorRegistry:
    """Give what all processes of this machine counted together; only this one's when it counts alone."""
    folder = _Seat.folder
    if folder is None:
        return OWN
    for path in folder.glob("*.seat"):
        lock = _locked(path) if path.stem != str(_Seat.number) else None
        if lock is not None:
            with lock:
                _forget_gauges(folder, int(path.stem))
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))  # type: ignore[no-untyped-call]
    return together


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Measure how long a block takes, also one that fails."""
    began = monotonic()
    try:
        yield
    finally:
        histogram.observe(monotonic() - began)
