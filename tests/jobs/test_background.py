"""Long work in the worker: done once, told of, stopped when asked, and in nobody's way."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from domain import background_tasks as tasks
from domain.errors import Invalid, NotFound
from jobs import background as background_module
from jobs import task_run
from jobs.background import Background, remove_left_folders
from jobs.context import JobContext
from jobs.housekeeping import forget_old
from jobs.task_run import TaskFunction, TaskRun
from jobs.worker import build_worker
from models.background_task import BackgroundTask
from models.database import Database
from models.enums import TaskState
from tests.jobs.conftest import HandClock
from tests.support.factories import Office
from tests.support.waiting import eventually

Run = Callable[..., BackgroundTask]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_module, "PAUSE_AFTER_TROUBLE_SECONDS", 0)
    monkeypatch.setattr(background_module, "_RECORD_PAUSE_SECONDS", 0)
    monkeypatch.setattr(task_run, "PROGRESS_SECONDS", 0)


@pytest.fixture
def run(context: JobContext, office: Office) -> Run:
    """Ask for a task that this function does, have it done, and give its row."""

    def run(function: TaskFunction, *, kind: str = "count", source: bytes = b"") -> BackgroundTask:
        key = context.files.save(source, "txt") if source else ""
        with context.database.transaction() as session:
            task = tasks.ask(
                session,
                office.dispatcher,
                kind=kind,
                title="数一数",
                parameters={"to": 3},
                source_file_key=key,
                source_name="名单.txt" if key else "",
                now=context.clock(),
            )
        assert Background(context, {"count": function}.get).do_one()
        return row(context.database, task.id)

    return run


def row(database: Database, task_id: int) -> BackgroundTask:
    with database.reading() as session:
        return session.get_one(BackgroundTask, task_id)


def test_work_reads_what_was_uploaded_and_leaves_its_result(
    run: Run, context: JobContext, office: Office
) -> None:
    folders: list[Path] = []

    def work(run: TaskRun) -> None:
        folders.append(run.folder)
        with run.open_source() as file:
            words = file.read()
        for number in range(run.parameters["to"]):
            run.progress(number + 1, run.parameters["to"])
        path = run.folder / "out.txt"
        path.write_bytes(words * 2)
        run.store(path, f"{run.source_name}的两倍.txt")
        run.result["lines"] = [f"{run.staff_id}，{run.now():%H:%M}，{run.settings.task_days}"]
        with pytest.raises(ValueError, match="one file"):
            run.store(path, "again.txt")
        with run.transaction(), pytest.raises(RuntimeError, match="between transactions"):
            run.progress(1, 1)
        with run.reading() as session:
            assert session.get_one(BackgroundTask, 1).done == 3
        run.keep_alive()

    task = run(work, source=b"ab")
    assert (task.state, task.done, task.total, task.error) == (TaskState.DONE, 3, 3, "")
    assert (task.result_name, context.files.read(task.result_file_key)) == ("名单.txt的两倍.txt", b"abab")
    assert task.result == {"lines": [f"{office.dispatcher.id}，02:00，30"]}
    assert not folders[0].exists()
    assert not Background(context).do_one()


def test_what_goes_wrong_is_told_in_words(run: Run, context: JobContext) -> None:
    def refuse(run: TaskRun) -> None:
        path = run.folder / "half.txt"
        path.write_bytes(b"half")
        run.store(path, "half.txt")
        raise Invalid("表格里没有「编号」一列。")

    def break_down(_run: TaskRun) -> None:
        raise ZeroDivisionError

    def lack_file(run: TaskRun) -> None:
        run.read_file("none")

    assert run(refuse).error == "表格里没有「编号」一列。"
    assert [path for path in context.settings.upload_dir.rglob("*") if path.is_file()] == []
    broken = run(break_down)
    assert (broken.state, broken.error) == (
        TaskState.FAILED,
        f"程序出错，没有做完。请联系系统管理员查看日志（任务编号 {broken.id}）。",
    )
    assert run(lack_file).error == "找不到这个文件。"
    assert run(lambda run: run.open_source().close()).error == "找不到这个文件。"
    assert run(break_down, kind="new").error.startswith("后台程序还不认识这种任务")


@pytest.mark.parametrize("seen_by", ["the beat", "the work itself"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_work_stops_when_cancelled_and_its_file_goes(run: Run, context: JobContext, seen_by: str) -> None:
    def work(run: TaskRun) -> None:
        path = run.folder / "half.txt"
        path.write_bytes(b"half")
        run.store(path, "half.txt")
        with run.transaction() as session:
            tasks.cancel(session, session.get_one(BackgroundTask, 1), now=run.now())
        if seen_by == "the beat":
            run.keep_alive()
        try:
            run.progress(1, 2)
        except Exception as error:  # as careless functions do
            raise AssertionError from error

    assert run(work).state is TaskState.CANCELLED
    assert [path for path in context.settings.upload_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_progress_is_written_once_a_second_however_often_it_is_told(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_run, "PROGRESS_SECONDS", 60)
    seen: list[int] = []

    def work(run: TaskRun) -> None:
        for done in range(1, 6):
            run.progress(done, 5)
            seen.append(row(database, 1).done)

    assert run(work).done == 5
    assert seen == [1, 1, 1, 1, 5]


def test_work_is_left_for_later_when_the_worker_ends(run: Run, context: JobContext) -> None:
    def work(run: TaskRun) -> None:
        run.progress(1, 2)
        context.stopping.set()
        run.progress(2, 2)

    task = run(work)
    assert (task.state, task.attempts, task.done) == (TaskState.WAITING, 0, 0)


def test_work_lost_to_another_worker_leaves_nothing(run: Run, context: JobContext, clock: HandClock) -> None:
    def done_twice(run: TaskRun) -> None:
        path = run.folder / "slow.txt"
        path.write_bytes(b"slow")
        run.store(path, "slow.txt")
        clock.advance(seconds=tasks.LEASE.total_seconds() + 1)
        with run.transaction() as session:
            assert tasks.claim(session, now=run.now()) is not None

    task = run(done_twice)
    assert (task.state, task.attempts, task.result_file_key) == (TaskState.RUNNING, 2, "")
    assert [path for path in context.settings.upload_dir.rglob("*") if path.is_file()] == []


def test_trouble_with_the_database_is_worth_three_tries(run: Run, context: JobContext) -> None:
    def work(_run: TaskRun) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    task = run(work)
    assert (task.state, task.attempts) == (TaskState.WAITING, 1)
    background = Background(context, {"count": work}.get)
    assert [background.do_one() for _ in range(3)] == [True, True, False]
    assert row(context.database, task.id).error == tasks.INTERRUPTED


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_outcome_is_written_when_the_database_was_busy_at_the_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, tries = tasks.finish, []

    def busy(*positional: object, **named: object) -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return finish(*positional, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(tasks, "finish", busy)
    assert run(lambda _run: None).state is TaskState.DONE
    assert len(tries) == 3
    tries.clear()
    monkeypatch.setattr(background_module, "_RECORD_TRIES", 2)
    with pytest.raises(OperationalError):
        run(lambda _run: None)


def test_results_are_kept_for_some_days(run: Run, context: JobContext, clock: HandClock) -> None:
    def work(run: TaskRun) -> None:
        path = run.folder / "out.txt"
        path.write_bytes(b"x")
        run.store(path, "out.txt")

    task = run(work, source=b"ab")
    clock.advance(days=context.settings.task_days - 1)
    forget_old(context)
    assert context.files.read(task.result_file_key) == b"x"
    clock.advance(days=2)
    forget_old(context)
    for key in (task.source_file_key, task.result_file_key):
        with pytest.raises(NotFound):
            context.files.read(key)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_folders_of_dead_workers_are_removed_after_a_day(
    context: JobContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, others = tmp_path / "banshishi-task-a", tmp_path / "banshishi-task-b", tmp_path / "other"
    for folder, hours in ((old, 25), (young, 23), (others, 25)):
        folder.mkdir()
        (folder / "half.pdf").write_bytes(b"x")
        moment = context.clock().timestamp() - hours * 3600
        os.utime(folder, (moment, moment))
    remove_left_folders(context)
    assert [folder.exists() for folder in (old, young, others)] == [False, True, True]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_worker_does_long_work_and_outlives_trouble(
    settings: Settings, database: Database, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(background_module, "_BEAT_SECONDS", 0.02)
    claimed: list[object] = []
    began, troubled = threading.Event(), threading.Event()
    monkeypatch.setattr(background_module.log, "warning", lambda *_words, **_fields: troubled.set())

    def work(_run: TaskRun) -> None:
        first = row(database, 1).claimed_until
        eventually(lambda: row(database, 1).claimed_until != first)
        claimed.append(first)
        began.set()

    stopping = threading.Event()
    worker = build_worker(settings, stopping=stopping)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE background_task RENAME TO away"))
    thread = threading.Thread(target=Background(worker._context, {"count": work}.get).work)
    thread.start()
    try:
        assert troubled.wait(5)
        with database.transaction() as session:
            session.execute(text("ALTER TABLE away RENAME TO background_task"))
            tasks.ask(session, office.admin, kind="count", title="数一数", now=worker._context.clock())
        assert began.wait(5)
        eventually(lambda: row(database, 1).state is TaskState.DONE)
    finally:
        stopping.set()
        thread.join(5)
        worker.close()
    assert not thread.is_alive()
    assert claimed
