"""Timers that are due are fired one by one, and one that is refused does not hold up the others."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from domain import timers
from domain.errors import NotAllowed
from jobs.clocks import fire_due_timers
from jobs.context import JobContext
from models.complaint import ComplaintEvent
from models.enums import ComplaintStatus, StepName
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office


@pytest.fixture
def due(context: JobContext, factory: Factory, office: Office, clock: HandClock) -> list[int]:
    """The timers of three assigned complaints that are due a day later."""
    with context.database.transaction() as session:
        for _ in range(3):
            factory.complaint(session, office, ComplaintStatus.ASSIGNED)
    clock.advance(days=1, hours=1)
    found = still_due(context)
    assert len(found) >= 3
    return found


def still_due(context: JobContext) -> list[int]:
    with context.database.reading() as session:
        return timers.due_timers(session, now=context.clock())


def reminders(context: JobContext) -> int:
    with context.database.reading() as session:
        query = select(func.count(ComplaintEvent.id)).where(ComplaintEvent.step == StepName.REMIND)
        return session.scalars(query).one()


def test_due_timers_fire_once(context: JobContext, due: list[int]) -> None:
    fire_due_timers(context)
    fire_due_timers(context)
    assert (still_due(context), reminders(context)) == ([], len(due))


def test_refused_timer_does_not_hold_up_the_others(
    context: JobContext, due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = timers.fire

    def refuse_first(session: object, timer_id: int, *, now: datetime) -> bool:
        if timer_id == due[0]:
            raise NotAllowed("现在不能这样做。")
        return fire(session, timer_id, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(timers, "fire", refuse_first)
    fire_due_timers(context)
    assert (still_due(context), reminders(context)) == ([due[0]], len(due) - 1)


def test_worker_that_is_to_end_fires_no_more(context: JobContext, due: list[int]) -> None:
    context.stopping.set()
    fire_due_timers(context)
    assert still_due(context) == due
