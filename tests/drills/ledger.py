"""What a drill did and what it was answered, written down before and after, in a file of its own."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """Entries by name, in one file of JSON lines; a later line of the same name adds to the earlier one.

    Args:
        path: added to when it is there.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._last = 0

    def name(self, kind: str) -> str:
        """Give a name that was never given before; it is short enough to stand in what people write."""
        with self._lock:
            self._last = max(self._last + 1, int(time.time() * 10_000))
            return f"{kind}{self._last}"

    def note(self, name: str, **fields: object) -> None:
        """Write something down; it is in the file when this returns."""
        line = json.dumps({"name": name, **fields}, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def read_ledger(path: Path) -> dict[str, Entry]:
    """Give all entries by name."""
    entries: dict[str, Entry] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        entries.setdefault(fields["name"], {}).update(fields)
    return entries


def of_kind(entries: dict[str, Entry], *kinds: str) -> Iterator[Entry]:
    """Give the entries of these kinds, in the order of their beginning."""
    return (entry for entry in entries.values() if entry["kind"] in kinds)


def was_answered(tries: Sequence[Entry]) -> bool:
    """Tell whether any of these tries was answered as it should."""
    return any(one["came"] == "answered" for one in tries)


def never_left(tries: Sequence[Entry]) -> bool:
    """Tell whether nothing can have been received: no try found anybody listening."""
    return all(one["came"] == "nobody" for one in tries)
