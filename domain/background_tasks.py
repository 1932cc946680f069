"""Long work (后台任务) that a page asks for and the worker does: codes to print, exports, imports.

How to add a kind of work:

1. The page writes a row and leads to its page, where progress is shown and the result can be downloaded:

       task = background_tasks.ask(session, staff, kind="places_export", title="导出服务点",
                                   parameters={"team": 3}, now=now())
       return redirect(url_for("admin_tasks.task", task_id=task.id), 303)

   An uploaded file goes into the file store first; its key and name are given as `source_file_key` and
   `source_name`. Parameters are JSON: ids and words, never rows.
2. `jobs/` has a function that takes a `TaskRun` (see jobs/task_run.py) and returns nothing; it stands in the
   table of `jobs/task_kinds.py` under the same kind. It reads in short sessions, says
   `run.progress(done, total)` between them, writes its file into `run.folder`, and hands it over with
   `run.store(path, "服务点.xlsx")`. What it has to say goes into `run.result`: `lines` (Chinese sentences
   shown on the page), and `next` (`{"words": "查看导入预览", "path": "/admin/…"}`) for a page to go on to.
   A DomainError ends it as not done, with the message for whoever asked.
3. A worker may die at any moment, and the work is then begun again from the start, at most MOST_ATTEMPTS
   times in all. What writes to the database must therefore do no harm when done twice.

A claim is an UPDATE guarded by the old state. While it works, the worker prolongs `claimed_until`; the moment
of the claim (`started_at`) is the sign by which it knows that the task is still its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from domain.errors import NotAllowed, NotFound, TooLate
from domain.paging import page_within
from domain.permissions import may_see_task
from domain.queries import Page
from models.background_task import BackgroundTask
from models.enums import Role, TaskState
from models.staff import Staff

# A worker that has not been heard of for so long is taken to be dead.
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
# So that nobody fills the queue for all others by pressing a button again and again.
MOST_UNFINISHED = 10
PER_PAGE = 30
BATCH = 200
INTERRUPTED = (
    f"处理途中程序停止，试了 {MOST_ATTEMPTS} 次都没有做完。请稍后点「重新开始」；还不行请联系系统管理员。"
)

UNFINISHED = frozenset({TaskState.WAITING, TaskState.RUNNING})
_RETRYABLE = frozenset({TaskState.FAILED, TaskState.CANCELLED})


@dataclass(frozen=True)
class Claim:
    """A task in a worker's hands: which one, and since when."""

    task_id: int
    started_at: datetime
    attempt: int


def ask(
    session: Session,
    staff: Staff,
    *,
    kind: str,
    title: str,
    now: datetime,
    parameters: Mapping[str, Any] | None = None,
    source_file_key: str = "",
    source_name: str = "",
) -> BackgroundTask:
    """Put a piece of long work into the queue.

    Args:
        kind: names the function in `jobs/task_kinds.py`.
        title: what it is, in Chinese, for the list of tasks; up to 100 characters.
        parameters: JSON.
        source_file_key: what was uploaded, in the file store already.
        source_name: how the uploaded file was called.

    Raises:
        NotAllowed: too much of theirs is waiting already.
    """
    if (session.scalar(unfinished_of(staff)) or 0) >= MOST_UNFINISHED:
        raise NotAllowed(f"您有 {MOST_UNFINISHED} 个任务还没有做完，请等它们完成，或先取消几个。")
    task = BackgroundTask(
        kind=kind,
        title=title[:100],
        state=TaskState.WAITING,
        staff_id=staff.id,
        parameters=dict(parameters or {}),
        source_file_key=source_file_key,
        source_name=source_name[-200:],
        created_at=now,
    )
    session.add(task)
    session.flush()
    return task


def anything_waiting(session: Session, *, now: datetime) -> bool:
    """Tell whether a worker would find something to do."""
    return session.scalar(select(exists().where(_free(now)))) or False


def claim(session: Session, *, now: datetime) -> Claim | None:
    """Take the task that has waited longest; those that were interrupted too often are given up on the way.

    Returns:
        None when there is nothing to do.
    """
    _settle_dead(session, now=now)
    first = (
        select(BackgroundTask.id)
        .where(_free(now))
        .order_by(BackgroundTask.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(BackgroundTask)
        .where(BackgroundTask.id == first.scalar_subquery(), _free(now))
        .values(
            state=TaskState.RUNNING,
            attempts=BackgroundTask.attempts + 1,
            started_at=now,
            claimed_until=now + LEASE,
            done=0,
            total=0,
        )
        .returning(BackgroundTask.id, BackgroundTask.attempts)
        .execution_options(synchronize_session=False)
    ).first()
    return Claim(taken.id, now, taken.attempts) if taken else None


def beat(
    session: Session, claim: Claim, *, now: datetime, done: int | None = None, total: int | None = None
) -> bool:
    """Prolong a claim, and write down how far the work has come.

    Returns:
        Whether to go on: False when somebody asked to cancel, or the claim was lost.
    """
    values: dict[str, Any] = {"claimed_until": now + LEASE}
    if done is not None:
        values["done"] = done
    if total is not None:
        values["total"] = total
    go_on = session.scalar(
        update(BackgroundTask)
        .where(_held(claim))
        .values(values)
        .returning(BackgroundTask.cancel_asked)
        .execution_options(synchronize_session=False)
    )
    return go_on is False


def finish(
    session: Session,
    claim: Claim,
    *,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    file_key: str = "",
    file_name: str = "",
) -> bool:
    """Mark a task as done, with what came of it.

    Returns:
        Whether it was; False when the claim was lost, so that the file belongs to nobody.
    """
    return _end(
        session,
        claim,
        {
            "state": TaskState.DONE,
            "finished_at": now,
            "result": dict(result or {}),
            "result_file_key": file_key,
            "result_name": file_name[-200:],
        },
    )


def fail(session: Session, claim: Claim, *, words: str, now: datetime) -> bool:
    """Mark a task as not done; `words` say in Chinese why, and what to do about it."""
    return _end(session, claim, {"state": TaskState.FAILED, "finished_at": now, "error": words[:500]})


def put_back(session: Session, claim: Claim, *, now: datetime, counted: bool) -> bool:
    """Let go of a task unfinished: it is begun again, unless cancelled or, if counted, tried too often.

    Args:
        counted: whether this was a try; not when the worker is only told to end.
    """
    task = session.scalar(
        select(BackgroundTask).where(_held(claim)).execution_options(populate_existing=True)
    )
    if task is None:
        return False
    if task.cancel_asked:
        return _end(session, claim, {"state": TaskState.CANCELLED, "finished_at": now})
    if counted and claim.attempt >= MOST_ATTEMPTS:
        return fail(session, claim, words=INTERRUPTED, now=now)
    attempts = claim.attempt if counted else claim.attempt - 1
    return _end(session, claim, {"state": TaskState.WAITING, "attempts": attempts, "done": 0, "total": 0})


def _end(session: Session, claim: Claim, values: dict[str, Any]) -> bool:
    ended = session.scalar(
        update(BackgroundTask)
        .where(_held(claim))
        .values(claimed_until=None, **values)
        .returning(BackgroundTask.id)
        .execution_options(synchronize_session=False)
    )
    return ended is not None


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(
        BackgroundTask.id == claim.task_id,
        BackgroundTask.state == TaskState.RUNNING,
        BackgroundTask.attempts == claim.attempt,
        BackgroundTask.started_at == claim.started_at,
    )


def _dead(now: datetime) -> ColumnElement[bool]:
    return and_(BackgroundTask.state == TaskState.RUNNING, BackgroundTask.claimed_until < now)


def _free(now: datetime) -> ColumnElement[bool]:
    again = and_(_dead(now), BackgroundTask.attempts < MOST_ATTEMPTS, BackgroundTask.cancel_asked.is_(False))
    return or_(BackgroundTask.state == TaskState.WAITING, again)


def _settle_dead(session: Session, *, now: datetime) -> None:
    """End what dead workers left and nobody takes up again."""
    for condition, values in (
        (BackgroundTask.cancel_asked, {"state": TaskState.CANCELLED}),
        (BackgroundTask.attempts >= MOST_ATTEMPTS, {"state": TaskState.FAILED, "error": INTERRUPTED}),
    ):
        session.execute(
            update(BackgroundTask)
            .where(_dead(now), condition)
            .values(finished_at=now, claimed_until=None, **values)
            .execution_options(synchronize_session=False)
        )


def find(session: Session, task_id: int, staff: Staff) -> BackgroundTask:
    """Give a task for its page.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    task = session.get(BackgroundTask, task_id) if task_id < 2**31 else None
    if task is None or not may_see_task(task, staff):
        raise NotFound("没有找到这个任务，可能已过保留期限。")
    return task


def may_cancel(task: BackgroundTask) -> bool:
    """Tell whether there is still something to cancel."""
    return task.state in UNFINISHED and not task.cancel_asked


def may_retry(task: BackgroundTask) -> bool:
    """Tell whether a task can be begun again by hand."""
    return task.state in _RETRYABLE


def cancel(session: Session, task: BackgroundTask, *, now: datetime) -> None:
    """Cancel a task: one that waits at once, one that runs as soon as its function says how far it is.

    Raises:
        TooLate: it has ended.
    """
    held = session.get_one(BackgroundTask, task.id, with_for_update=True, populate_existing=True)
    if held.state is TaskState.WAITING:
        held.state, held.finished_at = TaskState.CANCELLED, now
    elif held.state is not TaskState.RUNNING:
        raise TooLate("这个任务已经结束，不用取消了。")
    held.cancel_asked = True
    session.flush()


def retry(session: Session, task: BackgroundTask) -> None:
    """Put a task that failed or was cancelled into the queue again.

    Raises:
        TooLate: it is not in such a state.
    """
    held = session.get_one(BackgroundTask, task.id, with_for_update=True, populate_existing=True)
    if not may_retry(held):
        raise TooLate("这个任务已经重新开始，或者已经完成。")
    held.state = TaskState.WAITING
    held.attempts = held.done = held.total = 0
    held.cancel_asked = False
    held.error = ""
    held.started_at = held.finished_at = None
    session.flush()


def unfinished_of(staff: Staff) -> Select[int]:
    """Give the query that counts somebody's tasks that wait or go on."""
    of_mine = BackgroundTask.staff_id == staff.id
    return select(func.count(BackgroundTask.id)).where(of_mine, BackgroundTask.state.in_(UNFINISHED))


def any_of(staff: Staff) -> Exists:
    """Give the question whether somebody ever had a task."""
    return exists().where(BackgroundTask.staff_id == staff.id)


def list_for(session: Session, staff: Staff, *, page: int, everybodys: bool = False) -> Page[BackgroundTask]:
    """List tasks, the newest first: one's own, or for administrators everybody's.

    Args:
        page: from 1; one too high gives the last.
    """
    is_shown: list[ColumnElement[bool]] = [BackgroundTask.staff_id == staff.id]
    if everybodys and Role.ADMIN in staff.roles:
        is_shown = []
    total = session.scalar(select(func.count(BackgroundTask.id)).where(*is_shown)) or 0
    page = page_within(page, total, PER_PAGE)
    query = select(BackgroundTask).where(*is_shown).order_by(BackgroundTask.id.desc())
    items = session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return Page(items, total, page, PER_PAGE)


def waiting_before(session: Session, task: BackgroundTask) -> int:
    """Count what will be done before a waiting task."""
    query = select(func.count(BackgroundTask.id)).where(
        BackgroundTask.state.in_(UNFINISHED), BackgroundTask.id < task.id
    )
    return session.scalar(query) or 0


def drop_old(session: Session, *, before: datetime) -> Sequence[str]:
    """Forget tasks that ended before a moment, some at a time.

    Returns:
        The keys of their files, to be deleted once this is committed; empty keys stand for none. No keys at
        all when nothing is left to forget.
    """
    old = (
        select(BackgroundTask.id)
        .where(BackgroundTask.finished_at < before, BackgroundTask.state.not_in(UNFINISHED))
        .limit(BATCH)
    )
    gone = session.execute(
        delete(BackgroundTask)
        .where(BackgroundTask.id.in_(old))
        .returning(BackgroundTask.source_file_key, BackgroundTask.result_file_key)
        .execution_options(synchronize_session=False)
    )
    return [key for row in gone for key in row]
