"""Ordinary people: they write, look and work at their own pace, and must not notice what others do."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

from tests.drills.abuse.product import Product
from tests.drills.abuse.traffic import Answer, Chatter, Connection

# What is asked for in a second, of each kind; an installation of a university has less.
A_SECOND = {"chat": 4.0, "phone": 4.0, "board": 2.0, "desk": 2.0}
# How many of each kind may be under way: who waits for a page does not keep the next one from asking.
_HANDS = {"chat": 4, "phone": 4, "board": 2, "desk": 2}
SAID = ("进度", "帮助", "三楼的灯不亮了", "取消")


@dataclass
class Experience:
    """What one kind of ordinary request met with.

    Attributes:
        seconds: how long each answer took, from when it was due.
        refused: what came instead of an answer.
    """

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def at(self, percent: int) -> float:
        """Give the milliseconds within which so many of a hundred were answered."""
        if len(self.seconds) < 2:
            return 0.0
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1000


Experiences = dict[str, Experience]


class Ordinary:
    """All of them; they begin when made, and `between` gives what they met with for a while."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._met: Experiences = {kind: Experience() for kind in A_SECOND}
        self._guard = threading.Lock()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(kind, hand, begin()), daemon=True)
            for kind, begin in self._ways().items()
            for hand in range(_HANDS[kind])
        ]
        for thread in self._threads:
            thread.start()

    def _ways(self) -> dict[str, Callable[[], Callable[[int], Answer]]]:
        return {"chat": self._chat, "phone": self._phone, "board": self._board, "desk": self._desk}

    @contextmanager
    def watched(self) -> Iterator[Experiences]:
        """Gather what they meet with in the block."""
        met: Experiences = {kind: Experience() for kind in A_SECOND}
        with self._guard:
            self._met = met
        yield met
        with self._guard:
            self._met = {kind: Experience() for kind in A_SECOND}

    def end(self) -> None:
        """Let them go home."""
        self._ending.set()
        for thread in self._threads:
            thread.join(timeout=40)

    def _go_on(self, kind: str, hand: int, ask: Callable[[int], Answer]) -> None:
        pause = _HANDS[kind] / A_SECOND[kind]
        due = time.perf_counter() + pause * hand / _HANDS[kind]
        number = hand
        while not self._ending.wait(max(0.0, due - time.perf_counter())):
            with self._guard:
                met = self._met[kind]
            answer = ask(number)
            # Counted from when it was due, or a server that answers nobody would look fast.
            met.seconds.append(max(answer.seconds, time.perf_counter() - due))
            if not 200 <= answer.status < 400:
                met.refused.append(f"HTTP {answer.status}")
            number += _HANDS[kind]
            due += pause

    def _chat(self) -> Callable[[int], Answer]:
        chatter, people = Chatter(self._product), self._product.people

        def say(number: int) -> Answer:
            answer, words = chatter.say(people[number % len(people)], Content=SAID[number % len(SAID)])
            silent = answer.status == 200 and not words
            return Answer(204 if not silent else 0, "", answer.seconds) if answer.status == 200 else answer

        return say

    def _phone(self) -> Callable[[int], Answer]:
        phones = [
            # All of them behind the one address of the campus, as the abuser is.
            Connection(self._product, address="198.51.100.7", phone=phone)
            for phone in self._product.phones
        ]
        paths = ("/h5/complaints", f"/h5/p/{self._product.place}", "/h5/report", "/h5/notices")

        def look(number: int) -> Answer:
            return phones[number % len(phones)].get(paths[number // len(phones) % len(paths)])

        return look

    def _board(self) -> Callable[[int], Answer]:
        stranger = Connection(self._product, address="203.0.113.9")
        paths = ("/h5/board", f"/h5/board/{self._product.number}", f"/h5/p/{self._product.place}")
        return lambda number: stranger.get(paths[number % len(paths)])

    def _desk(self) -> Callable[[int], Answer]:
        desk = Connection(self._product, address="198.51.100.7", phone=self._product.desk)
        paths = ("/admin/inbox", "/admin/triage", f"/admin/complaints/{self._product.number}")
        return lambda number: desk.get(paths[number % len(paths)])
