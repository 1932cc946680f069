"""The worker counts days ahead until none is left, and again those to which something happened."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from domain import complaints
from domain.actors import Actor
from jobs.context import JobContext
from jobs.daily_figures import count_days
from models.complaint import Complaint
from models.daily_figure import DailyFigure, FigureChange, FigureDay
from models.database import Database
from models.enums import ComplaintStatus as S
from models.staff import Staff
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def kept(context: JobContext) -> dict[str, int]:
    """Give how many complaints of each day are known to have been filed."""
    with context.database.reading() as session:
        filed_of = select(DailyFigure.day, text("filed")).where(DailyFigure.by == "team")
        filed = {row[0]: row[1] for row in session.execute(filed_of)}
        days = session.scalars(select(FigureDay.day).order_by(FigureDay.day))
        return {day: filed.get(day, 0) for day in days}


def test_worker_counts_past_days_and_again_what_changed(
    context: JobContext, factory: Factory, office: Office, clock: HandClock
) -> None:
    now = clock()
    with context.database.transaction() as session:
        filed = [
            factory.complaint(session, office, S.ASSIGNED, now=now - timedelta(days=days)).id
            for days in (3, 3, 1, 0)
        ]

    context.stopping.set()
    count_days(context)
    assert kept(context) == {}
    context.stopping.clear()
    count_days(context)
    assert kept(context) == {"2026-11-20": 2, "2026-11-21": 0, "2026-11-22": 1}

    with context.database.transaction() as session:
        complaint = session.get_one(Complaint, filed[0])
        handler = Actor.of_staff(session.get_one(Staff, office.handler.id))
        complaints.accept(session, complaint, actor=handler, now=now)
    clock.advance(hours=1)
    count_days(context)
    with context.database.reading() as session:
        left = select(func.count()).where(FigureChange.day < "2026-11-23")
        assert session.scalar(left) == 0
        counted = select(FigureDay.day).where(FigureDay.counted_at == clock())
        assert session.scalars(counted).all() == ["2026-11-20"]
