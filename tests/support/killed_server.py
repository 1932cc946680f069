"""Web servers in processes of their own, which tests kill and start again."""

import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import requests

from config.settings import Settings
from models.database import Database
from simulator.server import bind
from tests.support.processes import environment_of

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2
# In the one a new process costs nothing; the other is what people install.
FORKING = ("-m", "tests.support.forking_server", "{port}", str(PROCESSES))
REAL = ("app.py", "serve", "--port", "{port}", "--processes", "1")


class Server:
    """A web server, which can be killed and started again."""

    def __init__(self, settings: Settings, port: int, command: Sequence[str]) -> None:
        self._settings, self.port, self._command = settings, port, command
        self.kills = 0
        self._starting = threading.Lock()
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, *(part.format(port=self.port) for part in self._command)],
            cwd=ROOT,
            env=environment_of(self._settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._process.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def keep_up(self) -> None:
        """Start the server anew if it has ended, as every supervisor does."""
        with self._starting:
            if self._process.poll() is not None:
                self._process = self._start()

    def kill_one(self, chance: random.Random) -> None:
        """Kill one of the serving processes; the others go on, and a new one takes its place."""
        self._kill_serving(lambda serving: [chance.choice(serving)])

    def kill_all_serving(self) -> None:
        """Kill every serving process at once; new ones take their places."""
        self._kill_serving(lambda serving: serving)

    def _kill_serving(self, choose: Callable[[list[psutil.Process]], list[psutil.Process]]) -> None:
        serving = self._family()[1:]
        for process in choose(serving) if serving else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
                self.kills += 1

    def kill_all(self) -> None:
        """Kill every process at once."""
        with self._starting:
            family = self._family()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(family, timeout=10)
            self._process.wait(timeout=10)
            self.kills += 1

    def wait_until_it_serves(self) -> None:
        """Wait until an address of it answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.keep_up()
            with contextlib.suppress(requests.RequestException):
                requests.get(f"http://127.0.0.1:{self.port}/wechat", timeout=2)
                return
            time.sleep(0.05)
        raise TimeoutError("the server does not come up")


@contextlib.contextmanager
def started(settings: Settings, command: Sequence[str]) -> Iterator[Server]:
    """Serve on a free port until the block ends; the database has its tables already."""
    with bind("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    server = Server(settings, port, command)
    try:
        server.wait_until_it_serves()
        yield server
    finally:
        server.kill_all()


def settings_for(make_settings: Callable[..., Settings], database: Database, **changes: object) -> Settings:
    """Make settings for a server of this database."""
    url = database.engine.url.render_as_string(hide_password=False)
    return make_settings(database_url=url, log_level="ERROR", **changes)
