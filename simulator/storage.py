"""Where the platform's memory lives: in this process only, or also in one SQLite file."""

import sqlite3
from pathlib import Path
from typing import Protocol

_TABLES = (
    """CREATE TABLE IF NOT EXISTS record
       (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key))""",
    "CREATE TABLE IF NOT EXISTS content (key TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
)


class StorageError(Exception):
    """The state file cannot be used; the message is one sentence for a person."""


class Storage(Protocol):
    """Records are JSON texts by kind and key; contents are bytes by key."""

    durable: bool

    def load(self, kind: str) -> list[tuple[str, str]]:
        """Return (key, body) pairs in the order in which the keys first came."""

    def save(self, kind: str, key: str, body: str) -> None:
        """Write one record."""

    def delete(self, kind: str, key: str) -> None:
        """Drop one record."""

    def delete_kind(self, kind: str) -> None:
        """Drop all records of a kind."""

    def save_content(self, key: str, content: bytes) -> None:
        """Keep bytes."""

    def load_content(self, key: str) -> bytes | None:
        """Return the bytes, or None."""

    def delete_contents(self) -> None:
        """Drop all bytes."""

    def close(self) -> None:
        """Let go of the file."""


class MemoryStorage:
    """Keeps only contents: the shelves already hold the records."""

    durable = False

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def load(self, kind: str) -> list[tuple[str, str]]:  # noqa: ARG002 - the protocol's shape
        """Return nothing: a fresh process remembers nothing."""
        return []

    def save(self, kind: str, key: str, body: str) -> None:
        """Do nothing."""

    def delete(self, kind: str, key: str) -> None:
        """Do nothing."""

    def delete_kind(self, kind: str) -> None:
        """Do nothing."""

    def save_content(self, key: str, content: bytes) -> None:
        """Keep bytes."""
        self._contents[key] = content

    def load_content(self, key: str) -> bytes | None:
        """Return the bytes, or None."""
        return self._contents.get(key)

    def delete_contents(self) -> None:
        """Drop all bytes."""
        self._contents.clear()

    def close(self) -> None:
        """Do nothing."""


class FileStorage:
    """One SQLite file, written at every change, so that even a killed process loses nothing."""

    durable = True

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            StorageError: it cannot be opened, or it is not a state file.
        """
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise StorageError(f"cannot open the state file {path}: {error}") from None
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            for table in _TABLES:
                self._connection.execute(table)
            self._open = True
        except sqlite3.Error as error:
            self._connection.close()
            raise StorageError(f"cannot use {path} as a state file: {error}") from None

    def load(self, kind: str) -> list[tuple[str, str]]:
        """Return (key, body) pairs in the order in which the keys first came."""
        query = "SELECT key, body FROM record WHERE kind = ? ORDER BY rowid"
        return self._connection.execute(query, (kind,)).fetchall()

    def save(self, kind: str, key: str, body: str) -> None:
        """Write one record; a known key keeps its place in the order."""
        self._write(
            "INSERT INTO record (kind, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, body),
        )

    def delete(self, kind: str, key: str) -> None:
        """Drop one record."""
        self._write("DELETE FROM record WHERE kind = ? AND key = ?", (kind, key))

    def delete_kind(self, kind: str) -> None:
        """Drop all records of a kind."""
        self._write("DELETE FROM record WHERE kind = ?", (kind,))

    def save_content(self, key: str, content: bytes) -> None:
        """Keep bytes."""
        self._write("INSERT OR REPLACE INTO content (key, bytes) VALUES (?, ?)", (key, content))

    def load_content(self, key: str) -> bytes | None:
        """Return the bytes, or None."""
        row = self._connection.execute("SELECT bytes FROM content WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def delete_contents(self) -> None:
        """Drop all bytes."""
        self._write("DELETE FROM content")

    def close(self) -> None:
        """Let go of the file."""
        self._open = False
        self._connection.close()

    def _write(self, statement: str, values: tuple[object, ...] = ()) -> None:
        # A delivery may still be under way when the process stops; what it brings then is dropped.
        if self._open:
            self._connection.execute(statement, values)
