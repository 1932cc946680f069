"""Notices when somebody sets the clock of this machine.

What is due is asked for by the clock, so a clock set forward or back needs nothing but to be heeded. Only the
schedule keeps the moments at which it looks next: set back by an hour, it would look at nothing for an hour.
"""

import time
from collections.abc import Callable
from datetime import datetime

# More than a clock is ever slewed between two looks, less than anything here depends on.
JUMP_SECONDS = 5.0


class ClockWatch:
    """Compares the clock with one that nobody sets.

    Args:
        clock: gives the present time.
        steady: gives seconds that nobody sets.
    """

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._apart = self._difference()

    def _difference(self) -> float:
        return self._clock().timestamp() - self._steady()

    def jump(self) -> float:
        """Give the seconds by which the clock was set since the last look: below 0 when it was set back."""
        apart = self._difference()
        moved, self._apart = apart - self._apart, apart
        return moved if abs(moved) >= JUMP_SECONDS else 0.0
