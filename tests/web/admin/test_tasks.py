"""The pages of long work: progress, the result for who asked, cancelling and beginning again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from domain import background_tasks as rules
from models.audit import AuditEntry
from models.background_task import BackgroundTask
from models.database import Database
from models.enums import TaskState
from models.staff import Staff
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from web.admin import tasks as pages

SignedIn = Callable[[str], Visitor]
Ask = Callable[..., int]


@pytest.fixture
def ask(database: Database, office: Office, now: datetime) -> Ask:
    """Have a task of the dispatcher in some state."""

    def make(staff: Staff | None = None, **changes: Any) -> int:
        with database.transaction() as session:
            task = rules.ask(session, staff or office.dispatcher, kind="count", title="导出服务点", now=now)
            for name, value in changes.items():
                setattr(task, name, value)
            return task.id

    return make


def change(database: Database, task_id: int, **changes: Any) -> None:
    with database.transaction() as session:
        task = session.get_one(BackgroundTask, task_id)
        for name, value in changes.items():
            setattr(task, name, value)


def test_page_follows_the_work_and_stops_looking_when_it_ends(
    signed_in: SignedIn, database: Database, ask: Ask, now: datetime
) -> None:
    visitor = signed_in("dispatcher")
    assert "还没有后台任务" in words_of(visitor.get("/admin/tasks"))
    assert visitor.get("/admin/inbox").select_one("a[href='/admin/tasks']") is None
    ask()
    task_id = ask(source_name="名单.xlsx")
    page = visitor.get(f"/admin/tasks/{task_id}")
    assert "今天 10:00 提交 · 文件「名单.xlsx」 排队中 前面还有 1 个任务" in words_of(
        page.select_one(".task-card")
    )
    assert page.select_one(".rail .count-calm")
    assert words_of(visitor.get("/admin/tasks/running", fragment=True)) == "2"

    def seen(**changes: Any) -> tuple[str, bool]:
        change(database, task_id, **changes)
        part = visitor.get(f"/admin/tasks/{task_id}/state", fragment=True)
        box = part.select_one("#task-state")
        assert box
        return words_of(part.select_one(".task-line")), "hx-get" in box.attrs

    running = TaskState.RUNNING
    assert seen(state=running, started_at=now, attempts=1) == ("进行中 正在准备", True)
    assert seen(done=30) == ("进行中 已处理 30", True)
    assert seen(done=30, total=120, attempts=2) == ("进行中 30 / 120（25%） · 第 2 次", True)
    assert seen(cancel_asked=True)[0].startswith("正在取消")
    assert seen(state=TaskState.FAILED, error="第 3 行没有编号。", finished_at=now) == (
        "未完成 今天 10:00",
        False,
    )
    failed = visitor.get(f"/admin/tasks/{task_id}")
    assert words_of(failed.select_one("[role=alert]")) == "第 3 行没有编号。"
    result = {"lines": ["新增 3 个"], "next": {"words": "看服务点", "path": "/admin/places"}}
    assert seen(state=TaskState.DONE, result=result) == ("已完成 今天 10:00", False)
    done = visitor.get(f"/admin/tasks/{task_id}").select_one("#task-state")
    assert words_of(done) == "已完成 今天 10:00 完成 新增 3 个 看服务点"


def test_result_is_downloaded_by_who_asked_and_written_down(
    signed_in: SignedIn, app: Flask, database: Database, office: Office, ask: Ask
) -> None:
    store = app.extensions["banshishi"].file_store
    key = store.save(b"<script>1</script>", "html")
    name = "服务点 2026“全部”\r\n.html"
    task_id = ask(state=TaskState.DONE, result_file_key=key, result_name=name)
    path = f"/admin/tasks/{task_id}/file"
    with signed_in("dispatcher").client.get(path) as answer:
        assert (answer.status_code, answer.data) == (200, b"<script>1</script>")
    kept = {
        name: answer.headers[name]
        for name in ("Content-Type", "X-Content-Type-Options", "Content-Length", "Content-Disposition")
    }
    assert kept == {
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": "18",
        "Content-Disposition": 'attachment; filename=" 2026.html"; '
        "filename*=UTF-8''%E6%9C%8D%E5%8A%A1%E7%82%B9%202026%E2%80%9C%E5%85%A8%E9%83%A8%E2%80%9D.html",
    }
    assert signed_in("dispatcher").client.head(path).status_code == 200
    admin = signed_in("admin")
    assert admin.get(f"/admin/tasks/{task_id}").select(f"a[href='{path}']") == []
    admin.get(path, status=403)
    stranger = signed_in("leader")
    for hidden in ("", "/state", "/file"):
        stranger.get(f"/admin/tasks/{task_id}{hidden}", status=404)
    for act in ("cancel", "retry"):
        stranger.refused(f"/admin/tasks/{task_id}/{act}", status=404)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "task.download")).all()
        assert [(entry.staff_id, entry.subject) for entry in entries] == [
            (office.dispatcher.id, str(task_id))
        ]
    store.delete(key)
    signed_in("dispatcher").get(path, status=404)
    signed_in("dispatcher").get(f"/admin/tasks/{ask()}/file", status=404)


def test_task_is_cancelled_and_begun_again_by_hand(
    signed_in: SignedIn, database: Database, ask: Ask, now: datetime
) -> None:
    visitor, task_id = signed_in("dispatcher"), ask()
    page = f"/admin/tasks/{task_id}"

    def act(name: str) -> str:
        assert visitor.send(f"{page}/{name}") == page
        return words_of(visitor.get(page).select_one(".flash"))

    assert act("cancel") == "已取消。"
    assert act("retry") == "已重新排队。"
    change(database, task_id, state=TaskState.RUNNING, started_at=now)
    assert act("cancel") == "正在停下，几秒钟就好。"
    assert visitor.get(page).select(f"form[action^='{page}']") == []
    assert "已经重新开始" in words_of(visitor.refused(f"{page}/retry", status=409))
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.position)).all()
        assert [each for each in acts if each.startswith("task.")] == [
            "task.cancel",
            "task.retry",
            "task.cancel",
        ]


def test_list_shows_ones_own_and_to_admins_everybodys(
    signed_in: SignedIn, office: Office, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PER_PAGE", 2)
    ask(state=TaskState.RUNNING, done=1, total=4)
    ask(state=TaskState.DONE, result_file_key="aa/bb/x.pdf", result_name="x.pdf")
    ask(office.admin)
    visitor = signed_in("dispatcher")
    rows = visitor.get("/admin/tasks?of=all").select(".task-row")
    assert [words_of(row) for row in rows] == [
        "导出服务点 今天 10:00 已完成 下载 x.pdf",
        "导出服务点 今天 10:00 进行中 1 / 4",
    ]
    admin = signed_in("admin")
    assert len(admin.get("/admin/tasks").select(".task-row")) == 1
    everybodys = admin.get("/admin/tasks?of=all")
    assert (
        words_of(everybodys.select_one(".task-row")) == f"导出服务点 今天 10:00 · {office.admin.name} 排队中"
    )
    next_page = everybodys.select_one("a[rel=next]")
    assert next_page
    assert len(admin.get(str(next_page["href"])).select(".task-row")) == 1


def test_blueprint_is_for_staff(visitor: Visitor) -> None:
    assert visitor.leads_to("/admin/tasks").startswith("/admin/sign-in")
    assert pages.blueprint.url_prefix == "/admin/tasks"
