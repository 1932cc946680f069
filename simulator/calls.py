"""A record of every API call, for tests and for looking things up."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any


@dataclass
class CallRecord:
    """One call as it came and was answered; secrets are kept, because this is a tool for tests."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    body: Any
    errcode: int
    response: Any
    rid: str
    cost_ms: int = 0
    client_ip: str = ""

    def describe(self) -> dict[str, Any]:
        """Return the record as the control API shows it."""
        return dict(vars(self))


class CallLog:
    """The newest calls."""

    def __init__(self, *, keep: int = 5000) -> None:
        self._rows: deque[CallRecord] = deque(maxlen=keep)
        self._lock = threading.Lock()

    def add(self, record: CallRecord) -> None:
        """Remember a call."""
        with self._lock:
            self._rows.append(record)

    def find(self, *, path: str | None = None, limit: int = 100) -> list[CallRecord]:
        """Return up to `limit` of the newest calls, the oldest of them first; `path` must be equal."""
        with self._lock:
            rows = [row for row in self._rows if path is None or row.path == path]
        return rows[-limit:] if limit > 0 else []

    def by_rid(self, rid: str) -> CallRecord | None:
        """Return the call with this request id, or None."""
        with self._lock:
            return next((row for row in self._rows if row.rid == rid), None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows.clear()
