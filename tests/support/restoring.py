"""Undoing what a request did, so that the next one finds the office as it was."""

import sqlite3
from pathlib import Path


class Restoring:
    """Puts a SQLite database back as it was, quickly, and only when something was written."""

    def __init__(self, path: Path) -> None:
        self._live = sqlite3.connect(path)
        self._kept = sqlite3.connect(":memory:")
        self._live.backup(self._kept)
        self._version = self._seen()

    def _seen(self) -> int:
        return int(self._live.execute("PRAGMA data_version").fetchone()[0])

    def restore(self) -> bool:
        """Undo all since the beginning; tells whether there was anything."""
        if not self.was_written():
            return False
        self._kept.backup(self._live)
        self._version = self._seen()
        return True

    def was_written(self) -> bool:
        """Tell whether something was written since."""
        return self._seen() != self._version

    def close(self) -> None:
        """Let go of both."""
        self._live.close()
        self._kept.close()
