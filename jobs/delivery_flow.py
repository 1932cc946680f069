"""Letters on their way from the books to the threads that send, and what came of them on its way back.

Some letters lie ready, so that each call that ends is followed by another at once; and no thread waits until
what it has to say is written down. One more thread keeps the books. What is claimed and not settled is never
more than `most_in_hand` (docs/decisions/0038).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event
from typing import Final

from domain.deliveries import Outcome
from domain.ports import Delivery, Letter
from jobs.delivery_books import GAP_SECONDS, DeliveryBooks, Kept

# Where others can write meanwhile: so long what comes is gathered, to be written together.
GATHER_SECONDS: Final = 0.008
# Should nobody say that something is due.
LOOK_SECONDS: Final = 1.0


def most_in_hand(calls: int) -> int:
    """Give how many notices a worker may have claimed and not settled, with so many calls at once."""
    return 2 * calls


class DeliveryFlow:
    """What goes between the threads of one worker.

    Args:
        books: kept by the thread that calls `keep_books`.
        calls: how many threads send.
        alone: whether nobody else can write while the books are.
    """

    def __init__(self, books: DeliveryBooks, *, calls: int, alone: bool) -> None:
        self._books = books
        self._calls = calls
        self._gap = GAP_SECONDS if alone else GATHER_SECONDS
        self._kept_at = 0.0
        self._in_hand = 0
        self._letters: SimpleQueue[Letter | None] = SimpleQueue()
        self._said: SimpleQueue[Outcome | None] = SimpleQueue()

    def has_room(self) -> bool:
        """Tell whether something more could be taken; else each that comes back makes room for another."""
        return self._in_hand < most_in_hand(self._calls)

    def look(self) -> None:
        """Say that something may be due."""
        self._said.put(None)

    def send(self, deliver: Callable[[Letter], Delivery]) -> None:
        """Send letters, one after the other, until the books are closed."""
        while (letter := self._letters.get()) is not None:
            self._said.put((letter, deliver(letter)))

    def keep_books(self, stopping: Event) -> None:
        """Write down what comes and hand out what is due, until it is to stop.

        Raises:
            Exception: whatever kept it from doing so; nothing of what is in hand is lost by calling it again.
        """
        while not stopping.is_set():
            said = self._gathered()
            room = most_in_hand(self._calls) - self._in_hand + len(said)
            if not said and not room:
                continue
            kept = self._books.keep(said, wanted=room)
            self._kept_at = time.monotonic()
            self._in_hand += len(kept.letters) - len(said)
            for letter in kept.letters:
                self._letters.put(letter)
            if kept.claimed and len(kept.letters) < room:
                self.look()  # some were settled with nothing to send
            if kept.trouble is not None:
                raise kept.trouble

    def close(self) -> None:
        """Give back what was not sent, and wait until all that was is written down.

        Raises:
            Exception: whatever kept it from being written.
        """
        unsent = self._drained()
        for _ in range(self._calls):
            self._letters.put(None)
        self._in_hand -= len(unsent)
        troubles = [self._books.give_back(unsent)]
        while self._in_hand:
            said = self._gathered()
            kept = self._books.keep(said, wanted=0) if said else Kept()
            self._in_hand -= len(said)
            troubles += [kept.trouble, self._books.give_back(kept.letters)]
        for trouble in troubles:
            if trouble is not None:
                raise trouble

    def _drained(self) -> list[Letter]:
        unsent: list[Letter] = []
        with suppress(Empty):
            while letter := self._letters.get_nowait():
                unsent.append(letter)
        return unsent

    def _gathered(self) -> list[Outcome]:
        """Wait until there is something to do; give what was said."""
        said: list[Outcome] = []
        with suppress(Empty):
            first = self._said.get(timeout=LOOK_SECONDS)
            said += [first] if first is not None else []
            # Calls that time out together would else keep the web from writing until all are noted; and the
            # longer it is waited, the fewer transactions there are.
            time.sleep(max(0.0, self._kept_at + self._gap - time.monotonic()))
            while True:
                one = self._said.get_nowait()
                said += [one] if one is not None else []
        return said
