"""The processes of the demo: started on a leash, listened to, and ended together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
ROOT = LEASH.parent.parent
_LAST_LINES = 12
_LONGEST_LINE = 240
_END_SECONDS = 9.0


class Child:
    """One process in a group of its own; its lines are handed on with its name in front.

    Args:
        name: as people read it in front of each line.
        arguments: of Python, in our folder.
        say: takes each line.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._say = say
        self._process = subprocess.Popen(  # noqa: S603 (our own commands)
            [sys.executable, str(LEASH), sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def exit_status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.poll()

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for raw in self._process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            if line:
                self.last_lines.append(line[:_LONGEST_LINE])
                self._say(f"{self.name} │ {line[:_LONGEST_LINE]}")

    def let_go(self) -> None:
        """Ask it to end; it does so because its input closes."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end_by(self, moment: float) -> None:
        """Wait until it has ended, and make it end at this moment of the monotonic clock."""
        try:
            self._process.wait(max(0.0, moment - time.monotonic()))
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()


def end_all(children: Sequence[Child]) -> None:
    """End all of them side by side, within ten seconds."""
    for child in children:
        child.let_go()
    moment = time.monotonic() + _END_SECONDS
    for child in children:
        child.end_by(moment)
