"""后台任务: long work that was asked for, how far it is, and what came of it."""

from pathlib import PurePath

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain import audit
from domain import background_tasks as rules
from domain.errors import NotAllowed, NotFound
from domain.permissions import may_have_file
from models.background_task import BackgroundTask
from models.enums import Role, TaskState
from models.staff import Staff
from web.admin.navigation import TASKS
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

log = structlog.get_logger(__name__)

blueprint = Blueprint("admin_tasks", __name__, url_prefix="/admin/tasks")
blueprint.before_request(staff_only)


@blueprint.get("", strict_slashes=False)
def tasks() -> str:
    """List one's own, or for administrators everybody's; the newest first."""
    staff = current_staff()
    everybodys = Role.ADMIN in staff.roles and request.args.get("of") == "all"
    page = request.args.get("page", 1, type=int)
    found = rules.list_for(current_session(), staff, page=page, everybodys=everybodys)
    days = parts().settings.task_days
    return render_template("admin/tasks.html", found=found, everybodys=everybodys, task_days=days)


@blueprint.get("/running")
def running() -> str:
    """Give the badge of the menu anew."""
    return render_template("admin/task_badge.html", entry=TASKS)


@blueprint.get("/<int:task_id>")
def task(task_id: int) -> str:
    """Show one, with its progress."""
    return _shown("admin/task.html", task_id)


@blueprint.get("/<int:task_id>/state")
def state(task_id: int) -> str:
    """Give the part of the page that changes."""
    return _shown("admin/task_state.html", task_id)


@blueprint.get("/<int:task_id>/file")
def file(task_id: int) -> Response:
    """Send the result, and write down who took it.

    Raises:
        NotFound: there is no file, or no such work that this member of staff may follow.
        NotAllowed: a colleague asked for it; their file may hold what others may not see.
    """
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        found = rules.find(session, task_id, staff)
        if not may_have_file(found, staff):
            raise NotAllowed("结果文件只有提交任务的人可以下载。")
        if found.state is not TaskState.DONE or not found.result_file_key:
            raise NotFound("这个任务没有可以下载的文件。")
        opened = parts().file_store.open(found.result_file_key)
        audit.record(
            session,
            staff,
            action="task.download",
            subject_kind="task",
            subject=str(found.id),
            words=f"下载「{found.title}」的结果文件「{found.result_name}」",
            details={"kind": found.kind},
            now=now(),
        )
    answer = send_file(
        opened,
        # Nothing of it is ever to run as one of our pages, whatever it holds.
        mimetype="application/octet-stream",
        as_attachment=True,
        # Nothing that ends a line may come into a header.
        download_name="".join(filter(str.isprintable, PurePath(found.result_name).name)),
        conditional=False,
        etag=False,
    )
    answer.content_length = parts().file_store.size(found.result_file_key)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/<int:task_id>/cancel")
def cancel(task_id: int) -> AnyResponse:
    """Cancel one."""
    session, staff = current_session(), current_staff()
    found = rules.find(session, task_id, staff)
    rules.cancel(session, found, now=now())
    _write_down(found, staff, "task.cancel", "取消后台任务")
    if found.state is TaskState.CANCELLED:
        flash("已取消。", "success")
    else:
        flash("正在停下，几秒钟就好。", "success")
    return redirect(url_for("admin_tasks.task", task_id=task_id), 303)


@blueprint.post("/<int:task_id>/retry")
def retry(task_id: int) -> AnyResponse:
    """Begin one again that failed or was cancelled."""
    session, staff = current_session(), current_staff()
    found = rules.find(session, task_id, staff)
    rules.retry(session, found)
    _write_down(found, staff, "task.retry", "重新开始后台任务")
    flash("已重新排队。", "success")
    return redirect(url_for("admin_tasks.task", task_id=task_id), 303)


def _write_down(found: BackgroundTask, staff: Staff, action: str, verb: str) -> None:
    audit.record(
        current_session(),
        staff,
        action=action,
        subject_kind="task",
        subject=str(found.id),
        words=f"{verb}「{found.title}」",
        now=now(),
    )


def _shown(template: str, task_id: int) -> str:
    session, staff = current_session(), current_staff()
    found = rules.find(session, task_id, staff)
    return render_template(
        template,
        task=found,
        before=rules.waiting_before(session, found) if found.state is TaskState.WAITING else 0,
        looks_again=found.state in rules.UNFINISHED,
        may_cancel=rules.may_cancel(found),
        may_retry=rules.may_retry(found),
        is_own=found.staff_id == staff.id,
        task_days=parts().settings.task_days,
    )
