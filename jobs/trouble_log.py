"""Says in the log what is wrong around a worker: at once, then now and then, and when it is over.

Its threads look many times a second; a line for each time would fill the very disk that is full.
"""

import threading
import time
from collections.abc import Callable

import structlog

from models.trouble import trouble_of, words_for_log

log = structlog.get_logger(__name__)

AGAIN_AFTER_SECONDS = 30.0
# Longer than anybody pauses after trouble, so that it is not called over while it goes on.
OVER_AFTER_SECONDS = 12.0


class TroubleLog:
    """What one worker has met; its threads share it.

    Args:
        steady: gives seconds that nobody sets.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._lock = threading.Lock()
        self._met: dict[str, int] = {}
        self._began = self._last = self._said = 0.0

    def met(self, error: Exception, *, at: str) -> bool:
        """Take note of what went wrong; tell whether it is trouble around us, which alone is logged here.

        Args:
            at: what was being done, such as the name of a job.
        """
        trouble = trouble_of(error)
        if trouble is None:
            return False
        now = self._steady()
        with self._lock:
            is_new = trouble.label not in self._met
            if not self._met:
                self._began = now
            self._met[trouble.label] = self._met.get(trouble.label, 0) + 1
            self._last = now
            is_due = is_new or now - self._said >= AGAIN_AFTER_SECONDS
            if is_due:
                self._said = now
            times = self._met[trouble.label]
        if is_due:
            log.error("worker_in_trouble", at=at, times=times, **words_for_log(error))
        return True

    def look(self) -> None:
        """Say that it is over, once nobody has met any for a while."""
        with self._lock:
            if not self._met or self._steady() - self._last < OVER_AFTER_SECONDS:
                return
            were, lasted = "、".join(self._met), self._last - self._began
            self._met.clear()
        log.warning("worker_out_of_trouble", trouble=were, seconds=round(lasted))
