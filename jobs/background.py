"""Does long work (domain/background_tasks.py) in a thread of its own, so that nothing else waits for it."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from domain import background_tasks as tasks
from domain.errors import DomainError
from jobs.context import JobContext
from jobs.task_kinds import function_for
from jobs.task_run import FOLDER_PREFIX, Stopped, TaskFunction, TaskRun
from models.background_task import BackgroundTask
from models.trouble import trouble_of, words_for_log

log = structlog.get_logger(__name__)

# How soon a new task is seen.
LOOK_SECONDS = 1.0
PAUSE_AFTER_TROUBLE_SECONDS = 5.0
_BEAT_SECONDS = tasks.LEASE.total_seconds() / 4
# A database that is busy for a moment must not cost the work of minutes.
_RECORD_TRIES = 30
_RECORD_PAUSE_SECONDS = 1.0
_BROKEN = "程序出错，没有做完。请联系系统管理员查看日志（任务编号 {number}）。"
_IN_TROUBLE = "服务器{trouble}，没有做完。请系统管理员处理好以后，再提交一次（任务编号 {number}）。"
# No work takes as long.
_FOLDERS_KEPT = timedelta(days=1)
_UNKNOWN_KIND = "后台程序还不认识这种任务，可能是升级后没有重启。请联系系统管理员。"


class Background:
    """Does one piece of long work after the other.

    Args:
        context: what the functions work with.
        find: gives the function for a kind of work; None where there is none.
    """

    def __init__(
        self, context: JobContext, find: Callable[[str], TaskFunction | None] = function_for
    ) -> None:
        self._context = context
        self._find = find

    def work(self) -> None:
        """Do what comes until the worker is told to end."""
        stopping = self._context.stopping
        while not stopping.is_set():
            try:
                found = self.do_one()
            except Exception as error:  # a thread that ends would never be missed
                if told := words_for_log(error):
                    log.warning("background_failed", **told)
                else:
                    log.exception("background_failed", error=error)
                stopping.wait(PAUSE_AFTER_TROUBLE_SECONDS)
                continue
            if not found:
                stopping.wait(LOOK_SECONDS)

    def do_one(self) -> bool:
        """Do the task that has waited longest; tell whether there was one."""
        database, now = self._context.database, self._context.clock
        with database.reading() as session:
            if not tasks.anything_waiting(session, now=now()):
                return False
        with database.transaction() as session:
            claim = tasks.claim(session, now=now())
            task = session.get_one(BackgroundTask, claim.task_id, populate_existing=True) if claim else None
        if claim is None or task is None:
            return False
        with structlog.contextvars.bound_contextvars(task=task.id, kind=task.kind, staff=task.staff_id):
            self._do(task, claim)
        return True

    def _do(self, task: BackgroundTask, claim: tasks.Claim) -> None:
        log.info("task_began", attempt=claim.attempt)
        with TaskRun(self._context, task, claim) as run, self._kept_alive(run):
            outcome = self._run(run, task, claim)
        kept = self._record(outcome)
        if run.file_key and not kept:
            self._context.files.delete(run.file_key)  # stopped too late, or taken over by another worker
        log.info("task_ended", kept=kept)

    def _run(self, run: TaskRun, task: BackgroundTask, claim: tasks.Claim) -> Callable[[Session], bool]:
        """Do the work, and give what is to be written down about it.

        Returns:
            A function of a session that does so, and tells whether the result file is kept.
        """
        now = self._context.clock
        try:
            function = self._find(task.kind)
            if function is None:
                log.error("task_kind_unknown")
                return _failing(claim, _UNKNOWN_KIND, now)
            function(run)
        except Stopped:
            return _letting_go(claim, now, counted=False)
        except DomainError as refusal:
            return _failing(claim, refusal.message, now)
        except DBAPIError as error:
            log.warning("task_in_trouble", error=error)
            self._context.stopping.wait(PAUSE_AFTER_TROUBLE_SECONDS)
            return _letting_go(claim, now, counted=True)
        except (
            Exception
        ) as error:  # what it was is for the log; who asked for it is told that it will not come
            log.exception("task_broke", **(words_for_log(error) or {"error": error}))
            trouble = trouble_of(error)
            words = _IN_TROUBLE.format(trouble=trouble.label, number=task.id) if trouble else ""
            return _failing(claim, words or _BROKEN.format(number=task.id), now)
        return lambda session: tasks.finish(
            session, claim, now=now(), result=run.result, file_key=run.file_key, file_name=run.file_name
        )

    def _record(self, outcome: Callable[[Session], bool]) -> bool:
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                with self._context.database.transaction() as session:
                    return outcome(session)
            except DBAPIError:
                if not tries_left:
                    raise
                time.sleep(_RECORD_PAUSE_SECONDS)
        raise AssertionError("unreachable")

    @contextmanager
    def _kept_alive(self, run: TaskRun) -> Iterator[None]:
        """Have a second thread prolong the claim, also while the function says nothing for long."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_BEAT_SECONDS):
                with suppress(SQLAlchemyError):
                    run.keep_alive()

        thread = threading.Thread(target=watch, name="background-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _failing(claim: tasks.Claim, words: str, now: Callable[[], datetime]) -> Callable[[Session], bool]:
    def record(session: Session) -> bool:
        tasks.fail(session, claim, words=words, now=now())
        return False

    return record


def _letting_go(
    claim: tasks.Claim, now: Callable[[], datetime], *, counted: bool
) -> Callable[[Session], bool]:
    def record(session: Session) -> bool:
        tasks.put_back(session, claim, now=now(), counted=counted)
        return False

    return record


def remove_left_folders(context: JobContext) -> None:
    """Remove what dead workers left on the disk; old tasks are forgotten by jobs/housekeeping.py."""
    oldest = (context.clock() - _FOLDERS_KEPT).timestamp()
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):  # another worker of this machine may be at it too
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
