"""Writes down what became of notices and hands out the next ones, for many threads in one transaction.

A transaction costs more than what it writes: some twenty statements, and the disk is waited for. So threads
that come while another is writing are served together, by the first of them. Each goes on only once its own
part is on disk: what is claimed and not settled is never more than there are threads.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from domain import deliveries, outbox
from domain.ports import Delivery, Letter
from models.database import LOOK_AGAIN_SECONDS, Database
from models.trouble import trouble_of, words_for_log

log = structlog.get_logger(__name__)

# What the platform took must be written down, also when the database is started anew just then. After
# `outbox.STUCK_AFTER` somebody else would send it again.
RECORD_SECONDS = 90.0
RECORD_PAUSE_SECONDS = 0.5
# Longer than others who want to write wait between two looks.
GAP_SECONDS = 2 * LOOK_AGAIN_SECONDS
# Where others can write meanwhile: so long those who come are gathered, to be served together.
GATHER_SECONDS = 0.008


def _taken_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class Asked:
    """What one thread has to say and wants; filled in by who serves it.

    Attributes:
        said: what came of a letter.
        wants_next: whether it takes another notice, if that letter is not tried another way.
        again: the letter for the next way to try.
        claim: the next notice; None when nothing is due.
        trouble: why it could not be served.
        turn: let go of when it is served, or is to serve those who wait.
    """

    said: tuple[Letter, Delivery] | None = None
    wants_next: bool = True
    again: Letter | None = None
    claim: outbox.Claim | None = None
    served: bool = False
    trouble: Exception | None = None
    turn: threading.Lock = field(default_factory=_taken_lock)

    @property
    def letter(self) -> Letter | None:
        """What is to be sent now."""
        return self.again or (self.claim.letter if self.claim is not None else None)


class DeliveryBooks:
    """The books of one worker; its threads share them.

    Args:
        database: the outbox.
        worker: the name of this worker.
        base_url: address of the site, ending in a slash.
        clock: gives the present time (UTC).
    """

    def __init__(
        self, database: Database, *, worker: str, base_url: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._worker = worker
        self._base_url = base_url
        self._clock = clock
        self._gap = GAP_SECONDS if database.is_sqlite else GATHER_SECONDS
        self._list = threading.Lock()
        self._waiting: list[Asked] = []
        self._is_served = False
        self._served_at = 0.0

    def ask(self, asked: Asked) -> Asked:
        """Serve a thread, and give back what it asked, answered.

        Raises:
            Exception: whatever kept it from being served, after several tries where something was said.
        """
        self._ask_in_turn(asked)
        if asked.trouble is not None:
            raise asked.trouble
        return asked

    def _ask_in_turn(self, asked: Asked) -> None:
        with self._list:
            self._waiting.append(asked)
            others_serve, self._is_served = self._is_served, True
        if others_serve:
            asked.turn.acquire()
        if not asked.served:
            self._serve_all()

    def _serve_all(self) -> None:
        """Serve whoever waits, oneself among them; those who come meanwhile are left to the first of them."""
        # Calls that time out together would else keep the web from writing until all are noted; and the
        # longer it is waited, the fewer transactions there are.
        time.sleep(max(0.0, self._served_at + self._gap - time.monotonic()))
        with self._list:
            together, self._waiting = self._waiting, []
        try:
            self._serve(together)
        finally:
            self._served_at = time.monotonic()
            with self._list:
                following = self._waiting[:1]
                self._is_served = bool(following)
            for asked in [*following, *together]:
                asked.turn.release()

    def _serve(self, together: Sequence[Asked]) -> None:
        now = self._clock()
        try:
            self._write(together, now=now)
        except Exception as trouble:  # noqa: BLE001 (what is wrong with one must not be lost for the others)
            if len(together) == 1 and together[0].said is None:
                together[0].trouble = trouble
            else:
                told = words_for_log(trouble) or {"error": trouble}
                log.warning("delivery_not_written", together=len(together), **told)
                self._serve_apart([one for one in together if one.said is not None], now=now)
        for asked in together:
            asked.served = True

    def _serve_apart(self, together: Sequence[Asked], *, now: datetime) -> None:
        """Write down what each has to say, come what may; they ask for their next notices another time.

        Args:
            now: when it was tried to write it first: its commit may stand, though its answer was lost.
        """
        until = time.monotonic() + RECORD_SECONDS
        # Nobody was told of what was claimed then.
        trouble = self._persist(
            lambda session: outbox.give_back(session, worker=self._worker, claimed_at=now), until=until
        )
        for asked in together:
            asked.trouble = trouble or self._persist(partial(_record_once, asked, now=now), until=until)

    def _persist(self, write: Callable[[Session], None], *, until: float) -> Exception | None:
        """Write until it is written; gives why it was not.

        Args:
            until: by the steady clock, when to give up waiting for a database that is busy or away.
        """
        while True:
            try:
                with self._database.transaction() as session:
                    write(session)
            except Exception as trouble:  # noqa: BLE001 (raised where it was asked)
                if trouble_of(trouble) is None or time.monotonic() >= until:
                    return trouble
                time.sleep(RECORD_PAUSE_SECONDS)
            else:
                return None

    def _write(self, together: Sequence[Asked], *, now: datetime) -> None:
        said = [one for one in together if one.said is not None]
        with self._database.transaction() as session:
            outcomes = [one.said for one in said if one.said is not None]
            again = deliveries.record_all(session, outcomes, now=now) if outcomes else []
            tried_on = {id(one) for one, letter in zip(said, again, strict=True) if letter is not None}
            free = [one for one in together if one.wants_next and id(one) not in tried_on]
            claims = (
                outbox.claim_some(session, len(free), worker=self._worker, now=now, base_url=self._base_url)
                if free
                else []
            )
        for asked, letter in zip(said, again, strict=True):
            asked.again = letter
        for asked, claim in zip(free, claims, strict=False):
            asked.claim = claim


def _record_once(asked: Asked, session: Session, *, now: datetime) -> None:
    asked.again = None
    if asked.said is not None and not deliveries.is_recorded(session, asked.said[0], at=now):
        asked.again = deliveries.record(session, *asked.said, now=now)
