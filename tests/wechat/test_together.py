"""What many threads bring at once is handled by one of them, for all."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.waiting import eventually
from wechat import together
from wechat.together import Together

Handle = Callable[[Sequence[str]], Sequence[str | None]]


class Desk:
    """Handles what is brought, the first lot only when it may go on, and notes what came together."""

    def __init__(self) -> None:
        self.together: Together[str, str] = Together()
        self.lots: list[list[str]] = []
        self.go_on = threading.Event()

    def handle(self, lot: Sequence[str]) -> list[str | None]:
        self.lots.append(list(lot))
        if len(self.lots) == 1:
            self.go_on.wait(10)
        return [one.upper() for one in lot]

    def bring(self, item: str, handle: Handle | None = None) -> str | None:
        return self.together.bring(item, key=item[0], handle=handle or self.handle)

    def bring_while_the_first_is_handled(
        self, threads: ThreadPoolExecutor, *items: str, handle: Handle | None = None
    ) -> list[Future[Any]]:
        """Bring one after the other: the first is taken at once, the others wait behind it."""
        found = [threads.submit(self.bring, items[0])]
        eventually(lambda: bool(self.lots))
        for number, item in enumerate(items[1:], start=1):
            found.append(threads.submit(self.bring, item, handle))
            self._wait_until_waiting(number)
        return found

    def _wait_until_waiting(self, number: int) -> None:
        eventually(lambda: len(self.together._queue) == number)


def test_those_who_come_meanwhile_are_handled_together_but_each_person_once_at_a_time() -> None:
    desk = Desk()
    with ThreadPoolExecutor(6) as threads:
        found = desk.bring_while_the_first_is_handled(threads, "a1", "b1", "c1", "b2", "d1", "b3")
        desk.go_on.set()
        assert [one.result(10) for one in found] == ["A1", "B1", "C1", "B2", "D1", "B3"]
    assert desk.lots == [["a1"], ["b1", "c1", "d1"], ["b2"], ["b3"]]
    assert desk.bring("e1") == "E1", "nobody is left to wait for"


def test_error_is_raised_for_each_of_the_lot_and_for_nobody_else() -> None:
    desk = Desk()

    def fail(lot: Sequence[str]) -> list[str | None]:
        raise ValueError("+".join(lot))

    with ThreadPoolExecutor(3) as threads:
        first, *others = desk.bring_while_the_first_is_handled(threads, "a1", "b1", "c1", handle=fail)
        desk.go_on.set()
        assert first.result(10) == "A1"
        assert [str(one.exception(10)) for one in others] == ["b1+c1", "b1+c1"]
    assert desk.bring("d1") == "D1"


def test_who_is_not_taken_in_time_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "PATIENCE_SECONDS", 0.1)
    desk = Desk()
    with ThreadPoolExecutor(1) as threads:
        (first,) = desk.bring_while_the_first_is_handled(threads, "a1")
        assert desk.bring("b1") is None
        desk.go_on.set()
        assert first.result(10) == "A1"
    assert desk.lots == [["a1"]]
    assert desk.bring("c1") == "C1"


def test_who_was_taken_and_is_not_done_is_told_so_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, stuck = Desk(), threading.Event()

    def stand_still(lot: Sequence[str]) -> list[str | None]:
        stuck.wait(10)
        return [None] * len(lot)

    with ThreadPoolExecutor(3) as threads:
        first, *others = desk.bring_while_the_first_is_handled(threads, "a1", "b1", "c1", handle=stand_still)
        monkeypatch.setattr(together, "ANSWER_SECONDS", 0.1)
        desk.go_on.set()
        assert first.result(10) == "A1"
        eventually(lambda: any(one.done() for one in others))
        stuck.set()
        assert sorted(type(one.exception(10)).__name__ for one in others) == ["NoneType", "StillAtWork"]
