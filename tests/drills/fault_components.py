"""The parts of a running product, each a tree of processes that can be killed, paused and slowed.

A part is slowed by stopping and continuing all of it in turn: a fifth of the time it works. A proxy that
delays what goes through it would slow the database and the web, but neither the worker, which nobody calls,
nor what a part does by itself while it holds a lock; being given too little of a machine slows all of that.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
# As a supervisor waits before it starts anew what has died.
RESTART_SECONDS = 1.0
READY_SECONDS = 90.0
WORKS_SECONDS, RESTS_SECONDS = 0.05, 0.2
LOOK_SECONDS = 0.05
LEAST_KILLS = 2
SOON_KILLS, LATER_TIMES = 4, 5


class Fault(StrEnum):
    """What is done to a part."""

    KILL = "kill"
    PAUSE = "pause"
    SLOW = "slow"


class Part:
    """One part, kept up by a thread of its own as systemd would.

    Args:
        name: what the part is called in cases and reports.
        command: starts it in the foreground.
        environment: what it is started with.
        log: what it prints, over all its lives.
        ready: tells whether it does its work; asked again and again after a start.
        ready_words: what it prints once it does its work, where nothing can be asked.
        user: the system's user it runs as; the present one when None.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool] = lambda: True,
        ready_words: bytes = b"",
        user: str | None = None,
    ) -> None:
        self.name = name
        self._command, self._environment, self._log, self._user = command, environment, log, user
        self._ready, self._ready_words = ready, ready_words
        self._log_before = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up, name=f"keep-{name}", daemon=True)
        self.kills = 0

    def start(self) -> None:
        """Start it, and keep it up from now on; returns once it is ready."""
        self._start()
        self._keeper.start()
        self.wait_until_ready()

    def _start(self) -> None:
        self._log_before = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                list(self._command),
                cwd=ROOT,
                env=dict(self._environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
            )

    def _keep_up(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            if self._process is not None and self._process.poll() is not None:
                if self._ending.wait(RESTART_SECONDS):
                    return
                self._start()

    def is_ready(self) -> bool:
        """Tell whether it does its work at this moment."""
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            return self._has_said_it() and self._ready()
        except (OSError, requests.RequestException):
            return False

    def _has_said_it(self) -> bool:
        with self._log.open("rb") as log:
            log.seek(self._log_before)
            return self._ready_words in log.read(65_536)

    def wait_until_ready(self) -> None:
        """Wait until it does its work.

        Raises:
            TimeoutError: it does not come up.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{self.name} does not come up; see {self._log}")

    def _family(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._process.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def _signal(self, number: signal.Signals) -> list[psutil.Process]:
        family = self._family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return family

    def kill(self) -> None:
        """Kill all of it at once, as the machine does when memory runs out."""
        killed = self._signal(signal.SIGKILL)
        psutil.wait_procs(killed, timeout=10)
        self.kills += bool(killed)

    def pause(self) -> None:
        """Stop all of it where it stands."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        # New children of one that was stopped too late are found the second time.
        for _ in range(2):
            self._signal(signal.SIGCONT)

    def slow_until(self, over: threading.Event) -> None:
        """Let it work a fifth of the time."""
        while not over.is_set():
            self.pause()
            over.wait(RESTS_SECONDS)
            self.go_on()
            over.wait(WORKS_SECONDS)
        self.go_on()

    def end(self) -> None:
        """End it for good: kindly first."""
        self._ending.set()
        if self._process is None:
            return
        self.go_on()
        if self._keeper.ident is not None:
            self._keeper.join()
        family = self._family()
        self._process.terminate()
        _, left = psutil.wait_procs(family, timeout=20)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(timeout=10)


def python(*arguments: str) -> list[str]:
    """Give a command that runs our Python."""
    return [sys.executable, *arguments]


def answers(url: str) -> Callable[[], bool]:
    """Give a question: does this address answer 200?"""
    return lambda: requests.get(url, timeout=2).status_code == 200


def strike(part: Part, fault: Fault, *, seconds: float) -> None:
    """Do one fault to one part for so long.

    A killed part is killed again after it works again, as long as there is time: the first times a moment
    after, later when it had time for more.
    """
    if fault is Fault.KILL:
        _kill_again_and_again(part, time.monotonic() + seconds)
        return
    over = threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.start()
    if fault is Fault.PAUSE:
        part.pause()
        over.wait()
        part.go_on()
    else:
        part.slow_until(over)


def _kill_again_and_again(part: Part, deadline: float) -> None:
    chance = int.from_bytes(os.urandom(2)) / 65535
    before = part.kills
    while time.monotonic() < deadline or part.kills < before + LEAST_KILLS:
        part.kill()
        part.wait_until_ready()
        # Never at the same place of what it does.
        soon = 0.3 + 1.5 * chance
        time.sleep(soon if part.kills < before + SOON_KILLS else soon * LATER_TIMES)
        chance = (chance + 0.618) % 1
