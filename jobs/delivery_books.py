"""Writes down what became of notices and takes the next ones, a lot of them in one transaction.

A transaction costs more than what it writes: some twenty statements, and the disk is waited for. What cannot
be written together is written one by one, with several tries.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from domain import deliveries, outbox
from domain.deliveries import Outcome
from domain.ports import Letter, Verdict
from models.database import LOOK_AGAIN_SECONDS, Database
from models.trouble import trouble_of, words_for_log

log = structlog.get_logger(__name__)

# What the platform took must be written down, also when the database is started anew just then. After
# `outbox.STUCK_AFTER` somebody else would send it again.
RECORD_SECONDS = 90.0
RECORD_PAUSE_SECONDS = 0.5
# Longer than others who want to write wait between two looks.
GAP_SECONDS = 2 * LOOK_AGAIN_SECONDS


@dataclass
class Kept:
    """What came of keeping the books.

    Attributes:
        letters: what is to be sent now, be it by the next way.
        claimed: how many notices were taken, with those that were settled with nothing to send.
        trouble: why something could not be written down in the end.
    """

    letters: list[Letter] = field(default_factory=list)
    claimed: int = 0
    trouble: Exception | None = None


class DeliveryBooks:
    """The books of one worker, kept by one thread at a time.

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
        # Claims of which is unknown whether they stand; nobody was told of them.
        self._untold: list[datetime] = []

    def keep(self, said: Sequence[Outcome], *, wanted: int) -> Kept:
        """Write down what came of letters, and take the next notices.

        Args:
            wanted: how many may be in hand afterwards, with those letters that are tried another way.

        Raises:
            Exception: whatever kept it from taking some, where nothing was to be written down.
        """
        _tell_sent(said)
        now = self._clock()
        try:
            return self._write(said, wanted=wanted, now=now)
        except Exception as trouble:
            # The commit may stand, though its answer was lost.
            self._untold.append(now)
            if not said:
                raise
            told = words_for_log(trouble) or {"error": trouble}
            log.warning("delivery_not_written", together=len(said), **told)
            return self._write_apart(said, now=now)

    def give_back(self, letters: Sequence[Letter]) -> Exception | None:
        """Let notices wait again that were taken and surely not sent; gives why it could not be written."""
        until = time.monotonic() + RECORD_SECONDS
        return self._persist(partial(_give_back, letters), until=until) if letters else None

    def _write(self, said: Sequence[Outcome], *, wanted: int, now: datetime) -> Kept:
        with self._database.transaction() as session:
            self._give_back_untold(session)
            again = deliveries.record_all(session, said, now=now) if said else []
            letters = [letter for letter in again if letter is not None]
            free = wanted - len(letters)
            claims = (
                outbox.claim_some(session, free, worker=self._worker, now=now, base_url=self._base_url)
                if free > 0
                else []
            )
        self._untold.clear()
        for claim in claims:
            if claim.letter is None:
                log.info("notice_not_sent", notice=claim.notice_id)
        letters += [claim.letter for claim in claims if claim.letter is not None]
        return Kept(letters, claimed=len(claims))

    def _give_back_untold(self, session: Session) -> None:
        for moment in self._untold:
            outbox.give_back(session, worker=self._worker, claimed_at=moment)

    def _write_apart(self, said: Sequence[Outcome], *, now: datetime) -> Kept:
        """Write down each by itself, come what may; the next notices are taken another time.

        Args:
            now: when it was tried to write it first: its commit may stand, though its answer was lost.
        """
        until, kept = time.monotonic() + RECORD_SECONDS, Kept()
        kept.trouble = self._persist(self._give_back_untold, until=until)
        if kept.trouble is None:
            self._untold.clear()
        for one in said:
            again: list[Letter] = []
            trouble = self._persist(partial(_record_once, one, again, now=now), until=until)
            kept.trouble = kept.trouble or trouble
            kept.letters += again if trouble is None else []
        return kept

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


def _tell_sent(said: Sequence[Outcome]) -> None:
    """Say in one line what was sent: a push to a whole campus is tens of thousands of notices."""
    sent = [letter for letter, delivery in said if delivery.verdict is Verdict.SENT]
    if sent:
        ids = ",".join(str(letter.notice_id) for letter in sent)
        numbers = ",".join(sorted({str(letter.fields.get("number") or "") for letter in sent} - {""}))
        log.info("notices_sent", count=len(sent), notices=ids, numbers=numbers)


def _record_once(one: Outcome, again: list[Letter], session: Session, *, now: datetime) -> None:
    again.clear()
    if not deliveries.is_recorded(session, one[0], at=now):
        letter = deliveries.record(session, *one, now=now)
        again += [letter] if letter is not None else []


def _give_back(letters: Sequence[Letter], session: Session) -> None:
    for moment in sorted({letter.claimed_at for letter in letters}):
        ids = [letter.notice_id for letter in letters if letter.claimed_at == moment]
        outbox.give_back(session, worker=letters[0].claimed_by, claimed_at=moment, only=ids)
