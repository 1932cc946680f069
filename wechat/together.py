"""What many threads bring at the same moment is handled by one of them, for all.

Whoever comes while nobody is at work takes what waits, handles it and hands the next lot to the first who
came meanwhile. Who comes to a quiet desk is handled at once. While it is crowded, a lot waits a moment for as
many as were there the last time: all who were answered together come back together. Of one key there is one
in a lot, so that a person's messages are handled one after the other, as they came.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_AT_ONCE = 32
# So long a crowd may take to gather: less than it takes to handle it.
GATHER_SECONDS = 0.006
# So long one waits to be taken; and so long for who took it, which is less than the platform waits for us.
PATIENCE_SECONDS = 1.5
ANSWER_SECONDS = 4.0

Item = TypeVar("Item")
Result = TypeVar("Result")


class StillAtWork(Exception):
    """Whoever took it is not done, and may be yet."""


class _Call:
    """What one thread waits for, once. A lock is enough; an event has three, and wakes its waiter twice."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._gate.acquire()

    def came_within(self, seconds: float) -> bool:
        """Wait for it; from then on it may come again."""
        return self._gate.acquire(timeout=seconds)

    def has_come(self) -> bool:
        """Tell whether it came and nobody has waited for it since."""
        return not self._gate.locked()

    def give(self) -> None:
        """Let it come; who calls holds what keeps others from doing so at the same time."""
        if not self.has_come():
            self._gate.release()


@dataclass(eq=False)
class _Waiting(Generic[Item, Result]):
    item: Item
    key: str
    result: Result | None = None
    error: Exception | None = None
    taken: bool = False
    # Comes when there is a result, or when it is this thread's turn to handle what waits.
    called: _Call = field(default_factory=_Call)


class Together(Generic[Item, Result]):
    """Hands what many threads bring to one of them at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._came = threading.Condition(self._guard)
        # How many there were the last time, handled or waiting behind them.
        self._around = 1
        self._queue: list[_Waiting[Item, Result]] = []
        self._is_led = False

    def bring(
        self, item: Item, *, key: str, handle: Callable[[Sequence[Item]], Sequence[Result | None]]
    ) -> Result | None:
        """Have one handled, with whatever else waits.

        Args:
            key: of these one at a time is handled.
            handle: handles a lot; gives a result for each in their order, None for what it leaves alone.

        Returns:
            The result; None where it was left alone, or nobody came to take it.

        Raises:
            StillAtWork: it was taken, and is not done within the time there is.
            Exception: whatever `handle` raised, for each of the lot.
        """
        mine: _Waiting[Item, Result] = _Waiting(item, key)
        with self._guard:
            self._queue.append(mine)
            if len(self._queue) >= self._around:
                self._came.notify()
            leads, self._is_led = not self._is_led, True
        if not leads and not self._waited_for(mine):
            return None
        if not mine.taken:
            self._lead(handle)
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _waited_for(self, mine: _Waiting[Item, Result]) -> bool:
        """Wait to be called; tells whether anybody did."""
        began = time.monotonic()
        if mine.called.came_within(PATIENCE_SECONDS):
            return True
        with self._guard:
            if not mine.taken and not mine.called.has_come():
                self._queue.remove(mine)
                return False
        if not mine.called.came_within(max(0.0, began + ANSWER_SECONDS - time.monotonic())):
            raise StillAtWork
        return True

    def _lead(self, handle: Callable[[Sequence[Item]], Sequence[Result | None]]) -> None:
        lot = self._take()
        try:
            results = handle([one.item for one in lot])
            for one, result in zip(lot, results, strict=True):
                one.result = result
        except Exception as error:  # noqa: BLE001 (raised where each was brought)
            for one in lot:
                one.error = error
        finally:
            with self._guard:
                following = self._queue[:1]
                self._around = len(lot) + len(self._queue)
                self._is_led = bool(following)
                for one in (*following, *lot):
                    one.called.give()

    def _take(self) -> list[_Waiting[Item, Result]]:
        with self._guard:
            if self._around > 1:
                self._came.wait_for(lambda: len(self._queue) >= self._around, GATHER_SECONDS)
            lot: dict[str, _Waiting[Item, Result]] = {}
            for one in self._queue:
                if len(lot) < MOST_AT_ONCE:
                    lot.setdefault(one.key, one)
            for one in lot.values():
                one.taken = True
            self._queue = [one for one in self._queue if not one.taken]
        return list(lot.values())
