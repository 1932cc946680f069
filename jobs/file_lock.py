"""A lock that ends with its process, however that dies: a locked file."""

import fcntl
from pathlib import Path
from typing import BinaryIO


class FileLock:
    """Held by one process at a time.

    Args:
        path: the file; it stays when the lock is let go.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds it."""
        return self._file is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; tell whether it is ours."""
        if self._file is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def rename(self, path: Path) -> None:
        """Give the file another name; the lock stays."""
        self.path = self.path.rename(path)

    def release(self) -> None:
        """Let it go, if it is ours."""
        if self._file is not None:
            self._file.close()
            self._file = None
