"""Due times are worked out anew in slices, and a worker that ends leaves the rest for the next."""

import pytest

from domain import calendar_days, recomputing
from domain.calendar_days import DayEdit
from jobs.context import JobContext
from jobs.deadlines import recompute_deadlines
from models.complaint import Complaint
from models.enums import ComplaintStatus
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office
from tests.support.story import shanghai, wall


def test_new_holiday_moves_every_open_complaint_slice_by_slice(
    context: JobContext,
    factory: Factory,
    office: Office,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recomputing, "SLICE", 2)
    recompute_deadlines(context)  # nothing is asked for
    with context.database.transaction() as session:
        filed = [factory.complaint(session, office, ComplaintStatus.ASSIGNED).id for _ in range(5)]
        edit = DayEdit(shanghai("2026-11-24 00:00").date(), working=False)
        assert calendar_days.set_days(session, [edit], staff=office.admin, now=clock()) == 5

    context.stopping.set()
    recompute_deadlines(context)
    assert due(context, filed) == {"11-26 10:00"}
    context.stopping.clear()
    recompute_deadlines(context)

    assert due(context, filed) == {"11-27 10:00"}
    with context.database.reading() as session:
        assert recomputing.progress(session) is None


def due(context: JobContext, filed: list[int]) -> set[str]:
    with context.database.reading() as session:
        return {wall(session.get_one(Complaint, complaint_id).done_due_at) for complaint_id in filed}
