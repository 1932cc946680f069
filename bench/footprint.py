"""What it costs to be there: how long a process takes to its first answer, what it reads, and what it keeps.

    python -m bench.footprint

Beside the web process stands an echo app on the same server, which has no database and a single page; beside
what a process reads on its way up stand the libraries it cannot do without, and nothing of ours.
"""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from socket import socket
from statistics import median
from tempfile import TemporaryDirectory

from bench.board import environment_of
from bench.comparison import Comparison, say_all
from domain import running_state
from models.database import Database

_ROUNDS = 3
_TIME_OUT = 120.0
_PATIENCE = 0.02
# What a process needs to speak HTTP or WeChat, keep rows and settings, log and count: by other people.
_ALL = (
    "wechatpy wechatpy.crypto sqlalchemy.orm sqlalchemy.dialects.sqlite pydantic_settings structlog requests"
    " prometheus_client cryptography.hazmat.primitives.ciphers.aead PIL.Image chinese_calendar qrcode"
)
_LIBRARIES = {
    "web": f"flask flask_login flask_wtf flask_limiter argon2 pyotp {_ALL}",
    "worker": f"apscheduler.schedulers.background {_ALL}",
}
_OURS = {"web": "web.application web.admin web.h5 web.callback", "worker": "jobs.worker"}
_IMPORT = (
    "import gc,sys,time,importlib\n"
    "if sys.argv[1] == 'ours': gc.disable()\n"  # as `commands/loading.py` does
    "for name in sys.argv[2:]: importlib.import_module(name)\n"
    "print(time.process_time(), open('/proc/self/smaps_rollup').read().split('Rss:')[1].split()[0])"
)
_IMPORT_AIM, _MEMORY_AIM, _START_AIM = 2.5, 2.0, 6.0
Environment = Mapping[str, str]


def measure() -> list[Comparison]:
    """Measure reading of code, cold starts, and memory."""
    with TemporaryDirectory(prefix="banshishi-bench-") as name:
        folder = Path(name)
        environment = os.environ | environment_of(folder)
        migrate = [sys.executable, "app.py", "migrate"]
        subprocess.run(migrate, env=environment, capture_output=True, timeout=_TIME_OUT, check=True)  # noqa: S603 (our own)
        with closing(Database(environment["DATABASE_URL"])) as database:
            return [*_reading(environment), *_web(environment), _worker(database, environment)]


def _reading(environment: Environment) -> Iterator[Comparison]:
    """Compare what imports cost, of the processor and of memory."""
    for kind, ours in _OURS.items():
        rounds = [
            (_imported(f"ours {ours}", environment), _imported(f"bare {_LIBRARIES[kind]}", environment))
            for _ in range(_ROUNDS)
        ]
        for at, (what, aim, unit) in enumerate(
            (("time to read the code", _IMPORT_AIM, "s"), ("memory of the code", _MEMORY_AIM, "MB"))
        ):
            yield Comparison(
                what=f"{kind}: {what}",
                peer="its libraries alone",
                ratios=tuple(our[at] / libraries[at] for our, libraries in rounds),
                aim=aim,
                least_is_best=True,
                ours=f"{median(our[at] for our, _ in rounds):.2f} {unit}",
                peers=f"{median(libraries[at] for _, libraries in rounds):.2f} {unit}",
            )


def _imported(modules: str, environment: Environment) -> tuple[float, float]:
    """Import modules in a new process, first named whose they are; give seconds of the processor and MB."""
    command = [sys.executable, "-c", _IMPORT, *modules.split()]
    done = subprocess.run(  # noqa: S603 (our own)
        command, env=environment, capture_output=True, timeout=_TIME_OUT, check=True
    )
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes) / 1024


def _web(environment: Environment) -> Iterator[Comparison]:
    """Compare two processes of ours with two of the echo app: to the first answer, and after it."""
    rounds = []
    for _ in range(_ROUNDS):
        port = _free_port()
        ours = [sys.executable, "app.py", "serve", "--port", str(port), "--processes", "2"]
        our = _started(ours, environment, partial(_answers, port, "/healthz"), page="/h5/board", port=port)
        port = _free_port()
        echo = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", str(port)]
        echo += ["--blocking-threads", "16", "--log-level", "error", "bench.echo:application"]
        bare = _started(echo, environment, partial(_answers, port, "/"), page="/", port=port)
        rounds.append((our, bare))
    yield Comparison(
        what="web: cold start to the first answer",
        peer="echo app",
        ratios=tuple(our[0] / bare[0] for our, bare in rounds),
        aim=_START_AIM,
        least_is_best=True,
        ours=f"{median(our[0] for our, _ in rounds):.1f} s",
        peers=f"{median(bare[0] for _, bare in rounds):.1f} s",
        note="Two processes; ours look at the database and the folders before they start.",
    )
    yield Comparison(
        what="web: memory after the first page",
        peer="echo app",
        ratios=tuple(our[1] / bare[1] for our, bare in rounds),
        ours=f"{median(our[1] for our, _ in rounds):.0f} MB",
        peers=f"{median(bare[1] for _, bare in rounds):.0f} MB",
        note="The main process and two that serve, what they share counted once (PSS).",
    )


def _worker(database: Database, environment: Environment) -> Comparison:
    """Compare the worker's way to its first sign of life with reading its libraries alone."""
    rounds = []
    for _ in range(_ROUNDS):
        command = [sys.executable, "app.py", "worker"]
        our = _started(command, environment, partial(_shows_itself, database))
        began = time.monotonic()
        _imported(f"bare {_LIBRARIES['worker']}", environment)
        rounds.append((our[0], time.monotonic() - began, our[1]))
    return Comparison(
        what="worker: cold start to its sign of life",
        peer="its libraries read",
        ratios=tuple(our / bare for our, bare, _ in rounds),
        aim=_START_AIM,
        least_is_best=True,
        ours=f"{median(our for our, _, _ in rounds):.1f} s, then {rounds[-1][2]:.0f} MB",
        peers=f"{median(bare for _, bare, _ in rounds):.1f} s",
        note="Until other processes read in the database that it is there, and leads the schedule.",
    )


def _shows_itself(database: Database) -> bool:
    """Tell whether a worker shows itself in the database; one that ended as it should does not."""
    with database.reading() as session:
        return bool(running_state.workers(session))


def _started(
    command: Sequence[str],
    environment: Environment,
    is_there: Callable[[], bool],
    *,
    page: str = "",
    port: int = 0,
) -> tuple[float, float]:
    """Start something; give the seconds until it is there, and MB after it has answered for a page."""
    began = time.monotonic()
    with _running(command, environment) as process:
        while not is_there():
            if process.poll() is not None or time.monotonic() - began > _TIME_OUT:
                raise RuntimeError(f"{command[1:]} did not start")
            time.sleep(_PATIENCE)
        lasted = time.monotonic() - began
        for _ in range(8 if page else 0):
            _answers(port, page)
        return lasted, _memory_of(process.pid)


@contextmanager
def _running(command: Sequence[str], environment: Environment) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 (our own)
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in _family(process.pid):
                os.kill(pid, 9)
            process.wait()


def _answers(port: int, path: str) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()
        return True
    return False


def _memory_of(pid: int) -> float:
    """Add up what a process and its children keep, in MB; what several share is counted once."""
    found = 0
    for one in _family(pid):
        text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        found += int(text.split("Pss:")[1].split()[0])
    return found / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    """Measure, and print it."""
    say_all(measure())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
