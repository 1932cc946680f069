"""导入工作安排: a plan goes in, is looked at line by line and settled, and only then written."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import background_tasks
from domain.errors import Invalid, NotAllowed, NotFound
from domain.file_names import safe_name
from domain.matter_permissions import may_list_matters
from domain.permissions import may_manage_settings
from domain.plan_columns import PlanColumn
from domain.plan_import import Fate
from domain.plan_tables import MOST_LINES, check_plan_file
from domain.reading_tables import MOST_BYTES
from models.background_task import BackgroundTask
from models.enums import TaskState
from models.matter_words import MatterKind
from models.staff import Staff
from models.team import Team
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter

blueprint = Blueprint("admin_plan_import", __name__, url_prefix="/admin/matters/import")
blueprint.before_request(staff_only)

PREVIEW, IMPORT = "plan_preview", "plan_import"
NEW_UNIT = "new"
_YEARS = range(2000, 2101)
_LONGEST_TIME = 40


@blueprint.before_request
def _who_imports() -> None:
    if not may_list_matters(current_user.staff):
        raise NotAllowed("工作安排由受理员、分管领导或系统管理员导入。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Say how it goes, and ask for the file."""
    return _page()


@blueprint.post("")
@limiter.limit("30 per minute")
def upload() -> Response | tuple[str, int]:
    """Take in a file, and have its preview made."""
    try:
        name, data = _uploaded()
        parameters = {"kind": _kind().value, "year": _year()}
    except Invalid as refusal:
        return _page(refusal), 422
    key = parts().file_store.save(data, "bin")
    return redirect(_look(current_session(), key, name, parameters), 303)


@blueprint.get("/<int:task_id>")
def preview(task_id: int) -> str:
    """Show what would become of each line, and ask what is not clear."""
    session, staff = current_session(), current_staff()
    task = _preview_task(session, task_id, staff)
    return render_template(
        "admin/plan_preview.html",
        task=task,
        result=task.result,
        fates={fate.name.lower(): fate.value for fate in Fate},
        settled=task.parameters.get("units", {}),
        said=task.parameters.get("times", {}),
        columns=[(column.name.lower(), column.value) for column in PlanColumn],
        teams=session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        may_add=may_manage_settings(staff),
        begun=_import_of(session, task),
        before=background_tasks.waiting_before(session, task) if task.state is TaskState.WAITING else 0,
        looks_again=task.state in background_tasks.UNFINISHED,
    )


@blueprint.post("/<int:task_id>/settle")
@limiter.limit("60 per minute")
def settle(task_id: int) -> Response:
    """Look again, with what a person said of columns, units and the year."""
    session = current_session()
    task = _preview_task(session, task_id, current_staff())
    try:
        parameters = {
            "kind": task.parameters.get("kind", MatterKind.WORKPLAN.value),
            "year": _year(),
            "columns": _columns(task.result),
            "units": _units(session, task.result),
            "times": _times(task.result),
        }
    except Invalid as refusal:
        flash(refusal.message, "danger")
        return redirect(url_for("admin_plan_import.preview", task_id=task_id), 303)
    return redirect(_look(session, task.source_file_key, task.source_name, parameters), 303)


@blueprint.post("/<int:task_id>")
def confirm(task_id: int) -> Response:
    """Have done what the preview shows."""
    session, staff = current_session(), current_staff()
    task = _preview_task(session, task_id, staff)
    begun = _import_of(session, task)
    if begun is not None:  # twice clicked is once meant
        return redirect(url_for("admin_tasks.task", task_id=begun.id), 303)
    counts = task.result.get("counts", {})
    if task.state is not TaskState.DONE or counts.get("blocked") or not _todo(counts):
        flash("这份预览里还有没处理好的行，或者没有可以导入的行。", "warning")
        return redirect(url_for("admin_plan_import.preview", task_id=task_id), 303)
    begun = background_tasks.ask(
        session,
        staff,
        kind=IMPORT,
        title=f"导入工作安排：{task.source_name}",
        parameters={"preview": task.id, "page": url_for("admin_matters.ledger")},
        source_file_key=task.source_file_key,
        source_name=task.source_name,
        now=now(),
    )
    return redirect(url_for("admin_tasks.task", task_id=begun.id), 303)


def _todo(counts: Mapping[str, int]) -> int:
    return counts.get("new", 0) + counts.get("changed", 0)


def _look(session: Session, key: str, name: str, parameters: Mapping[str, Any]) -> str:
    """Have a preview made; give its address."""
    task = background_tasks.ask(
        session,
        current_staff(),
        kind=PREVIEW,
        title=f"导入预览：{name}",
        source_file_key=key,
        source_name=name,
        now=now(),
    )
    address = url_for("admin_plan_import.preview", task_id=task.id)
    task.parameters = {**parameters, "page": address}
    return address


def _uploaded() -> tuple[str, bytes]:
    file = request.files.get("file")
    name = safe_name((file.filename or "") if file else "", longest=100)
    if file is None or not name:
        raise Invalid("请先选择文件。")
    data = file.stream.read(MOST_BYTES + 1)
    check_plan_file(data)
    return name, data


def _kind() -> MatterKind:
    wanted = request.form.get("kind", MatterKind.WORKPLAN.value)
    if wanted not in set(MatterKind):
        raise Invalid("请从列表中选择类型。")
    return MatterKind(wanted)


def _year() -> int | None:
    wanted = request.form.get("year", "").strip()
    if not wanted:
        return None
    if not wanted.isdecimal() or int(wanted) not in _YEARS:
        raise Invalid("年份请填四位数字，例如 2026。")
    return int(wanted)


def _columns(result: Mapping[str, Any]) -> dict[str, int]:
    """Read what each column says; a thing can be said by one column only."""
    found: dict[str, int] = {}
    for at in range(len(result.get("headings", []))):
        wanted = request.form.get(f"column-{at}", "")
        if wanted.upper() not in PlanColumn.__members__:
            continue
        if wanted in found:
            raise Invalid(f"有两列都选了「{PlanColumn[wanted.upper()]}」，请只留一列。")
        found[wanted] = at
    if not {"title", "problem", "measures"} & found.keys():
        raise Invalid("请选择哪一列是工作内容。")
    return found


def _units(session: Session, result: Mapping[str, Any]) -> dict[str, int | str]:
    """Read which unit is meant by each way of writing; what is left open stays open."""
    there = {str(team): team for team in session.scalars(select(Team.id).where(Team.active))}
    found: dict[str, int | str] = {}
    for at, unit in enumerate(result.get("units", [])):
        wanted = request.form.get(f"unit-{at}", "")
        if wanted == NEW_UNIT and may_manage_settings(current_staff()):
            found[unit["words"]] = NEW_UNIT
        elif wanted in there:
            found[unit["words"]] = there[wanted]
    return found


def _times(result: Mapping[str, Any]) -> dict[str, str]:
    """Read what was said of the times that name no day; what is left open stays open."""
    written = result.get("times", [])
    said = [request.form.get(f"time-{at}", "").strip()[:_LONGEST_TIME] for at in range(len(written))]
    return {words: typed for words, typed in zip(written, said, strict=True) if typed}


def _page(refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/plan_import.html",
        refusal=refusal,
        kinds=list(MatterKind),
        kind=request.form.get("kind", MatterKind.WORKPLAN.value),
        year=request.form.get("year", ""),
        most_lines=MOST_LINES,
        most_megabytes=MOST_BYTES // 1024 // 1024,
    )


def _preview_task(session: Session, task_id: int, staff: Staff) -> BackgroundTask:
    task = background_tasks.find(session, task_id, staff)
    if task.kind != PREVIEW:
        raise NotFound("没有找到这份预览，可能已过保留期限。")
    return task


def _import_of(session: Session, task: BackgroundTask) -> BackgroundTask | None:
    """Find the import that was begun from this preview; one that failed may be begun again."""
    query = select(BackgroundTask).where(
        BackgroundTask.kind == IMPORT,
        BackgroundTask.source_file_key == task.source_file_key,
        BackgroundTask.state.not_in([TaskState.FAILED, TaskState.CANCELLED]),
    )
    begun = session.scalars(query.order_by(BackgroundTask.id.desc())).all()
    return next((one for one in begun if one.parameters.get("preview") == task.id), None)
