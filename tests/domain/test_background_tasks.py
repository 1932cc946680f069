"""Long work: one worker at a time has it, what a dead one left is begun again, and nobody sees another's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain import background_tasks as tasks
from domain import waiting
from domain.errors import NotAllowed, NotFound, TooLate
from models.background_task import BackgroundTask
from models.database import Database
from models.enums import TaskState
from models.staff import Staff
from tests.support.factories import Office
from tests.support.story import Story

LONG = tasks.LEASE + timedelta(seconds=1)


def ask(session: Session, staff: Staff, now: datetime, **changes: Any) -> BackgroundTask:
    return tasks.ask(session, staff, **({"kind": "count", "title": "数一数", "now": now} | changes))


def fresh(session: Session, task: BackgroundTask) -> BackgroundTask:
    session.refresh(task)
    return task


def seen(session: Session, task: BackgroundTask) -> tuple[TaskState, int, int, int]:
    fresh(session, task)
    return task.state, task.attempts, task.done, task.total


def _counted(session: Session, staff: Staff) -> tuple[int, bool]:
    found = waiting.counts(session, staff)
    return found.tasks, found.any_tasks


def test_task_is_taken_told_of_and_finished(story: Story) -> None:
    session, now, staff = story.session, story.now, story.office.dispatcher
    assert not tasks.anything_waiting(session, now=now)
    assert _counted(session, staff) == (0, False)
    assert tasks.claim(session, now=now) is None
    task = ask(session, staff, now, parameters={"ids": [1]}, source_file_key="k", source_name="长" * 300)
    later = ask(session, staff, now)
    assert (len(task.source_name), _counted(session, staff)) == (200, (2, True))
    assert (tasks.waiting_before(session, task), tasks.waiting_before(session, later)) == (0, 1)

    claim = tasks.claim(session, now=now)
    assert claim is not None
    assert (claim.task_id, claim.attempt) == (task.id, 1)
    assert tasks.beat(session, claim, now=now, done=3, total=10)
    assert seen(session, task) == (TaskState.RUNNING, 1, 3, 10)
    assert tasks.beat(session, claim, now=now + LONG)  # nobody else took it meanwhile
    assert fresh(session, task).claimed_until == now + LONG + tasks.LEASE
    assert tasks.finish(session, claim, now=now, result={"lines": ["好"]}, file_key="f", file_name="好.pdf")
    assert (fresh(session, task).state, task.result, task.result_name) == (
        TaskState.DONE,
        {"lines": ["好"]},
        "好.pdf",
    )
    assert not tasks.fail(session, claim, words="晚了", now=now)
    second = tasks.claim(session, now=now)
    assert second is not None
    assert tasks.fail(session, second, words="表格里没有「编号」一列。" * 50, now=now)
    assert (fresh(session, later).state, len(later.error), later.finished_at) == (TaskState.FAILED, 500, now)


def test_dead_workers_task_is_begun_again_three_times_in_all(story: Story) -> None:
    session, now, staff = story.session, story.now, story.office.dispatcher
    task = ask(session, staff, now)
    claims = []
    for number in range(tasks.MOST_ATTEMPTS):
        claims.append(tasks.claim(session, now=now + number * LONG))
        assert tasks.claim(session, now=now + number * LONG) is None
    first, _, third = claims
    assert first is not None
    assert third is not None
    assert seen(session, task) == (TaskState.RUNNING, 3, 0, 0)
    # The first comes back to life: it has nothing to say any more.
    assert not tasks.beat(session, first, now=now + 2 * LONG)
    assert not tasks.finish(session, first, now=now + 2 * LONG)
    assert not tasks.put_back(session, first, now=now + 2 * LONG, counted=True)
    assert tasks.claim(session, now=now + 3 * LONG) is None
    assert (fresh(session, task).state, task.error) == (TaskState.FAILED, tasks.INTERRUPTED)


def test_task_let_go_is_waiting_again_until_it_was_tried_too_often(story: Story) -> None:
    session, now, staff = story.session, story.now, story.office.dispatcher
    task = ask(session, staff, now)
    outcomes = []
    for counted in (False, True, True, True):
        claim = tasks.claim(session, now=now)
        assert claim is not None
        assert tasks.put_back(session, claim, now=now, counted=counted)
        outcomes.append(seen(session, task)[:2])
    waiting = TaskState.WAITING
    assert outcomes == [(waiting, 0), (waiting, 1), (waiting, 2), (TaskState.FAILED, 3)]


def test_task_can_be_cancelled_and_begun_again(story: Story) -> None:
    session, now, staff = story.session, story.now, story.office.dispatcher
    task = ask(session, staff, now)
    tasks.cancel(session, task, now=now)
    assert (task.state, tasks.may_cancel(task), tasks.may_retry(task)) == (TaskState.CANCELLED, False, True)
    with pytest.raises(TooLate, match="已经结束"):
        tasks.cancel(session, task, now=now)
    tasks.retry(session, task)
    with pytest.raises(TooLate, match="已经重新开始"):
        tasks.retry(session, task)

    claim = tasks.claim(session, now=now)
    assert claim is not None
    tasks.cancel(session, task, now=now)
    assert (task.state, tasks.may_cancel(task)) == (TaskState.RUNNING, False)
    assert not tasks.beat(session, claim, now=now)
    assert tasks.put_back(session, claim, now=now, counted=False)
    assert fresh(session, task).state is TaskState.CANCELLED

    tasks.retry(session, task)
    assert tasks.claim(session, now=now) is not None
    tasks.cancel(session, task, now=now)
    assert tasks.claim(session, now=now + LONG) is None  # its worker died before it could stop
    assert fresh(session, task).state is TaskState.CANCELLED


def test_tasks_are_for_who_asked_and_for_administrators(story: Story) -> None:
    session, now, office = story.session, story.now, story.office
    mine = [ask(session, office.dispatcher, now) for _ in range(tasks.MOST_UNFINISHED)]
    theirs = ask(session, office.lead, now)
    with pytest.raises(NotAllowed, match="您有 10 个任务还没有做完"):
        ask(session, office.dispatcher, now)

    def shown(staff: Staff, **wish: Any) -> list[int]:
        return [task.id for task in tasks.list_for(session, staff, page=9, **wish).items]

    assert shown(office.dispatcher, everybodys=True) == [task.id for task in reversed(mine)]
    assert (len(shown(office.admin, everybodys=True)), shown(office.admin)) == (11, [])
    assert tasks.find(session, theirs.id, office.admin) is theirs
    for number, staff in (
        (theirs.id, office.dispatcher),
        (2**40, office.admin),
        (theirs.id + 1, office.admin),
    ):
        with pytest.raises(NotFound):
            tasks.find(session, number, staff)


def test_old_tasks_are_forgotten_with_their_files_and_unfinished_ones_kept(story: Story) -> None:
    session, now, staff = story.session, story.now, story.office.dispatcher
    old = ask(session, staff, now, source_file_key="source")
    claim = tasks.claim(session, now=now)
    assert claim is not None
    tasks.finish(session, claim, now=now, file_key="result", file_name="x")
    ask(session, staff, now)
    assert tasks.drop_old(session, before=now) == []
    assert sorted(tasks.drop_old(session, before=now + LONG)) == ["result", "source"]
    assert tasks.drop_old(session, before=now + LONG) == []
    session.expunge(old)
    assert tasks.list_for(session, staff, page=1).total == 1


def test_many_workers_never_have_the_same_task(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        for _ in range(tasks.MOST_UNFINISHED):
            ask(session, office.dispatcher, now)
    taken: list[int] = []
    together = Barrier(4)

    def work() -> None:
        together.wait()
        while True:
            with database.transaction() as session:
                claim = tasks.claim(session, now=now)
            if claim is None:
                return
            taken.append(claim.task_id)

    threads: Sequence[Thread] = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(set(taken))) == (tasks.MOST_UNFINISHED, tasks.MOST_UNFINISHED)
