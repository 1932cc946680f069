"""Pages of the public board, drawn once for many readers: docs/decisions/0013-public-board.md.

A drawn page is kept in the process as long as the board's version is the same; the version is asked for at
most every two seconds. What is kept is the same for every reader: it is drawn for nobody in particular, with
no cookie and no token, so a proxy in front may keep it too.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from flask import Response, current_app, request

from domain import board_version
from web.parts import parts

# A reader sees a change after the sum of the two at the latest, and the time it takes to draw the page.
LOOK_EVERY_SECONDS = 2.0
SHARED_SECONDS = 3
# Names of places and teams, the present week and the rates change without the version: so long at most.
LONGEST_SECONDS = 60.0
MOST_PAGES = 300
_NAME = "board_cache"


@dataclass(frozen=True)
class Kept:
    """A drawn page."""

    body: bytes
    etag: str
    version: int
    drawn_at: float


@dataclass
class BoardCache:
    """The drawn pages of one process.

    Attributes:
        ask_version: asks the database.
        clock: seconds that only go forward.
    """

    ask_version: Callable[[], int]
    clock: Callable[[], float] = time.monotonic
    _pages: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _drawing: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _version: int = -1
    _looked_at: float = float("-inf")

    def page(self, key: str, draw: Callable[[], str]) -> Kept:
        """Give the page, drawn anew if something has changed; one draws, the others get the one before."""
        version = self._version_now()
        kept = self._pages.get(key)
        if kept is not None and self._is_good(kept, version):
            return kept
        lock = self._lock_of(key)
        if not lock.acquire(blocking=kept is None):
            return kept  # type: ignore[return-value]  # there is one, or it would have waited
        try:
            kept = self._pages.get(key)
            if kept is None or not self._is_good(kept, version):
                kept = self._drawn(key, draw, version)
            return kept
        finally:
            lock.release()

    def _version_now(self) -> int:
        if self.clock() - self._looked_at < LOOK_EVERY_SECONDS:
            return self._version
        if self._looking.acquire(blocking=self._version < 0):
            try:
                # Said before it is asked: what changes meanwhile is seen the next time.
                looked_at = self.clock()
                if looked_at - self._looked_at >= LOOK_EVERY_SECONDS:
                    self._version = self.ask_version()
                    self._looked_at = looked_at
            finally:
                self._looking.release()
        return self._version

    def _is_good(self, kept: Kept, version: int) -> bool:
        return kept.version == version and self.clock() - kept.drawn_at < LONGEST_SECONDS

    def _lock_of(self, key: str) -> threading.Lock:
        with self._guard:
            return self._drawing.setdefault(key, threading.Lock())

    def _drawn(self, key: str, draw: Callable[[], str], version: int) -> Kept:
        begun = self.clock()
        body = draw().encode()
        kept = Kept(body, blake2b(body, digest_size=12).hexdigest(), version, begun)
        with self._guard:
            self._pages[key] = kept
            self._pages.move_to_end(key)
            while len(self._pages) > MOST_PAGES:
                oldest, _ = self._pages.popitem(last=False)
                self._drawing.pop(oldest, None)
        return kept


def _ask_version() -> int:
    with parts().database.reading() as session:
        return board_version.current(session)


def cache() -> BoardCache:
    """Give the cache of the application that handles this request."""
    found: BoardCache = current_app.extensions.setdefault(_NAME, BoardCache(_ask_version))
    return found


def kept_answer(key: str, draw: Callable[[], str]) -> Response:
    """Answer with a page of the board, or that the reader's own copy is still good.

    Args:
        key: names the page and all it depends on besides the board.
    """
    kept = cache().page(key, draw)
    answer = Response(kept.body, mimetype="text/html")
    answer.set_etag(kept.etag)
    answer.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
    answer.make_conditional(request)
    return answer
