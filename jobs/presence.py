"""Which workers of this machine live: each holds a locked file, so a dead one shows at once."""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.file_lock import FileLock

_FOLDER = "workers"
# What a process asked of a slow database may be done when it is dead already: a claim that nobody frees.
LAST_WORDS_SECONDS = 30.0


class Presence:
    """One worker's sign of life.

    Args:
        run_dir: the folder that all workers of this machine share.

    Attributes:
        name: unique among all workers that ever were, on any machine.
    """

    def __init__(self, run_dir: Path) -> None:
        host = "".join(letter for letter in socket.gethostname() if letter.isalnum() or letter in "-.")[:40]
        self.name = f"{host}-{os.getpid()}-{secrets.token_hex(6)}"
        self._lock = FileLock(run_dir / _FOLDER / f"{self.name}.starting")

    def begin(self) -> None:
        """Show that this worker lives.

        Raises:
            OSError: the folder cannot be written.
        """
        self._lock.acquire()
        # Only now may others find it: between making and locking it, it would look like a dead worker's.
        self._lock.rename(self._lock.path.with_suffix(".lock"))

    def beat(self) -> None:
        """Leave a fresh time on the file, for whoever watches from outside."""
        os.utime(self._lock.path)

    def end(self) -> None:
        """Take the sign away."""
        self._lock.path.unlink(missing_ok=True)
        self._lock.release()


def dead_workers(run_dir: Path) -> Iterator[str]:
    """Name the workers of this machine that died without a word.

    Each is forgotten once dealt with some time after its last sign of life, and named again until then.
    """
    folder = run_dir / _FOLDER
    for path in sorted(folder.glob("*.lock")) if folder.is_dir() else []:
        lock = FileLock(path)
        if not lock.acquire():
            continue
        try:
            is_settled = time.time() - path.stat().st_mtime > LAST_WORDS_SECONDS
            yield path.stem
            if is_settled:
                path.unlink(missing_ok=True)
        finally:
            lock.release()
