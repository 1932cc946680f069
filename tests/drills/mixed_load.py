"""What a busy morning is made of: chats, photos, taps, phones, mini programs and colleagues, all at once."""

import contextlib
import queue
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.drills.browser_of_drills import GaveUp
from tests.drills.fault_product import Product
from tests.drills.ledger import Ledger
from tests.drills.load_people import Chatter, Phone, Programs, Raised
from tests.drills.load_staff import Colleague

# How long each rests between two acts, in seconds, on the average.
BREATH_SECONDS = 0.25
# A person whose words nobody takes gives up in the end; nobody waits for longer than this.
CALM_SECONDS = 150.0


@dataclass(frozen=True)
class _ToRate:
    raised: Raised
    solved: bool


class MixedLoad:
    """Many threads of people and colleagues, who can be told to rest between two faults.

    Args:
        product: where they go.
        ledger: where all they do is noted.

    Attributes:
        breath: how long each rests between two acts, in seconds, on the average.
    """

    def __init__(self, product: Product, ledger: Ledger) -> None:
        self._ledger = ledger
        self._product = product
        self._raised: queue.Queue[Raised] = queue.Queue()
        self._at_work: queue.Queue[Raised] = queue.Queue()
        self._to_rate: queue.Queue[_ToRate] = queue.Queue()
        self._chatter = Chatter(product, ledger, self._raised)
        self._programs = Programs(product, ledger)
        self._colleagues: dict[str, Colleague] = {
            name: Colleague(product, ledger, name)
            for name in ("dispatcher", "dispatcher2", "handler", "lead")
        }
        self._working, self._over = threading.Event(), threading.Event()
        self._busy = 0
        self._count = threading.Lock()
        self.breath = BREATH_SECONDS
        self.done: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Sign colleagues in, and let everybody stand ready."""
        for colleague in self._colleagues.values():
            colleague.sign_in()
        doing: tuple[tuple[str, Callable[[], object], int], ...] = (
            ("chat", self._chatter.tell_one_thing, 3),
            ("tap", self._chatter.tap, 1),
            ("program", self._programs.file_and_urge, 1),
            ("desk", self._hand_out, 1),
            ("work", self._work, 1),
            ("phone", self._rate_and_file, 2),
        )
        for name, act, many in doing:
            for number in range(many):
                thread = threading.Thread(
                    target=self._live, args=(name, act), name=f"{name}-{number}", daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def _live(self, name: str, act: Callable[[], object]) -> None:
        while not self._over.is_set():
            if not self._working.wait(0.1):
                continue
            with self._count:
                self._busy += 1
            try:
                act()
                self.done[name] += 1
            except queue.Empty:
                pass
            except GaveUp as reason:
                self.done[f"{name} given up"] += 1
                self._ledger.note(self._ledger.name("x"), kind="gave up", who=name, why=str(reason))
            except Exception:  # noqa: BLE001 (the others go on; it is told at the end)
                self.troubles.append(f"{name}: {traceback.format_exc(limit=-4)}")
            finally:
                with self._count:
                    self._busy -= 1
            time.sleep(random.uniform(0, 2 * self.breath))

    def work(self) -> None:
        """Let everybody work."""
        self._working.set()

    def rest(self) -> bool:
        """Let everybody finish what they are at, and rest; tells whether all did in time."""
        self._working.clear()
        deadline = time.monotonic() + CALM_SECONDS
        quiet_since = None
        while time.monotonic() < deadline:
            with self._count:
                quiet_since = None if self._busy else quiet_since or time.monotonic()
            # Somebody may have been about to begin.
            if quiet_since is not None and time.monotonic() - quiet_since > 0.3:
                return True
            time.sleep(0.05)
        return False

    def push(self) -> None:
        """Push the digest to everybody who asked for it: proposed by one, approved by another."""
        with contextlib.suppress(GaveUp):
            run_id = self._colleagues["dispatcher"].propose_push()
            self._colleagues["dispatcher2"].approve_push(run_id)
            self._ledger.note(self._ledger.name("q"), kind="push", run=run_id)

    def end(self) -> None:
        """Send everybody home."""
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _hand_out(self) -> None:
        """Give what was raised to the team, unless its place did already."""
        raised = self._raised.get(timeout=0.5)
        if raised.for_desk:
            self._colleagues["dispatcher"].act(raised.number, "assign")
        self._at_work.put(raised)

    def _work(self) -> None:
        raised = self._at_work.get(timeout=0.5)
        handler = self._colleagues["handler"]
        handler.act(raised.number, "accept")
        handler.act(raised.number, "progress")
        handler.act(raised.number, "reply")
        if handler.act(raised.number, "resolve", outcome="solved", no_photo_reason="不涉及设施"):
            self._to_rate.put(_ToRate(raised, solved=random.random() < 0.8))

    def _rate_and_file(self) -> None:
        waiting = self._to_rate.get(timeout=0.5)
        phone = Phone(self._product, self._ledger, self._chatter, waiting.raised.openid)
        phone.enter()
        phone.rate(waiting.raised.number, solved=waiting.solved)
        number = phone.file_with_photo()
        if number:
            self._raised.put(Raised(number, waiting.raised.openid, for_desk=True))
