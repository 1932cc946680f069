"""The clock looks at matters one by one, and one that is refused does not hold up the others."""

import pytest

from domain import matter_clock, matter_ledger
from domain.errors import NotAllowed
from domain.matter_queries import MatterFilters, MatterOrder, MatterView
from jobs.background import Background
from jobs.context import JobContext
from jobs.matters import turn_matters
from models.background_task import BackgroundTask
from models.enums import TaskState
from models.matter import Matter
from models.matter_words import MatterStatus
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office
from tests.support.matters import matter


def test_what_is_due_is_done_and_a_refusal_is_left_for_later(
    context: JobContext,
    factory: Factory,
    office: Office,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with context.database.transaction() as session:
        ids = [matter(session, office, MatterStatus.DEFERRED, now=factory.now).id for _ in range(2)]
    clock.advance(days=120)
    turn = matter_clock.turn

    def refusing(session: object, matter_id: int, **more: object) -> object:
        if matter_id == ids[0]:
            raise NotAllowed("不行")
        return turn(session, matter_id, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(matter_clock, "turn", refusing)
    turn_matters(context)
    with context.database.reading() as session:
        statuses = [session.get_one(Matter, each).status for each in ids]
    assert statuses == [MatterStatus.DEFERRED, MatterStatus.IN_PROGRESS]
    context.stopping.set()
    monkeypatch.undo()
    turn_matters(context)
    with context.database.reading() as session:
        assert session.get_one(Matter, ids[0]).status is MatterStatus.DEFERRED


def test_the_workbook_is_written_and_kept(context: JobContext, factory: Factory, office: Office) -> None:
    with context.database.transaction() as session:
        matter(session, office, now=factory.now)
        task = matter_ledger.ask(
            session,
            office.dispatcher,
            MatterFilters(),
            view=MatterView.OPEN,
            order=MatterOrder.DEADLINE,
            now=factory.now,
        )
        task_id = task.id
    assert Background(context).do_one()
    with context.database.reading() as session:
        done = session.get_one(BackgroundTask, task_id)
        assert (done.state, done.result) == (TaskState.DONE, {"lines": ["共 1 件。"]})
        assert done.result_name == "事项台账 20261123 1件.xlsx"
