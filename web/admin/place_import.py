"""导入服务点: a workbook goes in, its preview is looked at row by row, and only then is anything written."""

from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from domain import background_tasks
from domain.errors import Invalid, NotFound
from domain.file_names import safe_name
from domain.paging import page_within
from domain.qr_codes import MOST_CODES, count_made
from domain.reading_tables import MOST_BYTES, check_upload
from domain.service_point_checks import only_managers
from domain.service_point_columns import COLUMNS
from domain.service_point_export import template
from domain.service_point_import import Fate
from domain.uploaded_tables import MOST_ROWS
from models.background_task import BackgroundTask
from models.enums import TaskState
from models.staff import Staff
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter

blueprint = Blueprint("admin_place_import", __name__, url_prefix="/admin/places/import")
blueprint.before_request(staff_only)

PREVIEW, IMPORT = "service_point_preview", "service_point_import"
PER_PAGE = 50
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.before_request
def _who_imports() -> None:
    only_managers(current_user.staff)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Say how it goes, and ask for the file."""
    return _page()


@blueprint.get("/template.xlsx")
def template_file() -> Response:
    """Give the workbook to fill in."""
    data, name = BytesIO(template(current_session())), "服务点导入模板.xlsx"
    return send_file(data, mimetype=_WORKBOOK, as_attachment=True, download_name=name)


@blueprint.post("")
@limiter.limit("30 per minute")
def upload() -> AnyResponse | tuple[str, int]:
    """Take in a file, and have its preview made."""
    try:
        name, data = _uploaded()
    except Invalid as refusal:
        return _page(refusal), 422
    # The name tells nothing of what is in it; whatever it is, it is kept under a name of our own.
    key = parts().file_store.save(data, "bin")
    session, staff = current_session(), current_staff()
    task = background_tasks.ask(
        session,
        staff,
        kind=PREVIEW,
        title=f"导入预览：{name}",
        source_file_key=key,
        source_name=name,
        now=now(),
    )
    address = url_for("admin_place_import.preview", task_id=task.id)
    task.parameters = {"page": address}
    return redirect(address, 303)


@blueprint.get("/<int:task_id>")
def preview(task_id: int) -> str:
    """Show the fate of each row, as far as it is known."""
    session = current_session()
    task = _preview_task(session, task_id, current_staff())
    result = task.result
    fates = list(Fate)
    chosen = next((fate for fate in fates if fate.value == request.args.get("fate")), None)
    counts = {fate: int(result.get("counts", {}).get(fate.value, 0)) for fate in fates}
    if chosen is None:
        chosen = next((fate for fate in fates if counts[fate]), Fate.NEW)
    rows = result.get("rows", {}).get(chosen.value, [])
    number = page_within(request.args.get("page", 1, type=int), len(rows), PER_PAGE)
    app_id = parts().settings.wechat_app_id
    return render_template(
        "admin/place_preview.html",
        task=task,
        result=result,
        fates=fates,
        chosen=chosen,
        counts=counts,
        rows=rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        shown=len(rows),
        page=number,
        pages=-(-len(rows) // PER_PAGE) or 1,
        todo=counts[Fate.NEW] + counts[Fate.CHANGED],
        begun=_import_of(session, task),
        codes=count_made(session, app_id=app_id),
        most_codes=MOST_CODES,
        before=background_tasks.waiting_before(session, task) if task.state is TaskState.WAITING else 0,
        looks_again=task.state in background_tasks.UNFINISHED,
        may_cancel=background_tasks.may_cancel(task),
        may_retry=background_tasks.may_retry(task),
    )


@blueprint.post("/<int:task_id>")
def confirm(task_id: int) -> AnyResponse:
    """Have done what the preview shows."""
    session, staff = current_session(), current_staff()
    task = _preview_task(session, task_id, staff)
    begun = _import_of(session, task)
    if begun is not None:  # twice clicked is once meant
        return redirect(url_for("admin_tasks.task", task_id=begun.id), 303)
    if task.state is not TaskState.DONE or not task.result.get("marks"):
        flash("这份预览里没有可以导入的行。", "warning")
        return redirect(url_for("admin_place_import.preview", task_id=task_id), 303)
    begun = background_tasks.ask(
        session,
        staff,
        kind=IMPORT,
        title=f"导入服务点：{task.source_name}",
        parameters={"preview": task.id, "page": url_for("admin_place_tree.page")},
        source_file_key=task.source_file_key,
        source_name=task.source_name,
        now=now(),
    )
    return redirect(url_for("admin_tasks.task", task_id=begun.id), 303)


def _uploaded() -> tuple[str, bytes]:
    file = request.files.get("file")
    name = safe_name((file.filename or "") if file else "", longest=100)
    if file is None or not name:
        raise Invalid("请先选择文件。")
    # One byte more than is allowed tells a file that is too large; no need to hold the rest.
    data = file.stream.read(MOST_BYTES + 1)
    check_upload(data)
    return name, data


def _page(refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/place_import.html",
        refusal=refusal,
        columns=COLUMNS,
        most_rows=MOST_ROWS,
        most_megabytes=MOST_BYTES // 1024 // 1024,
    )


def _preview_task(session: Session, task_id: int, staff: Staff) -> BackgroundTask:
    task = background_tasks.find(session, task_id, staff)
    if task.kind != PREVIEW:
        raise NotFound("没有找到这份预览，可能已过保留期限。")
    return task


def _import_of(session: Session, task: BackgroundTask) -> BackgroundTask | None:
    """Find the import that was begun from a preview; a file is uploaded under a key of its own each time."""
    query = select(BackgroundTask).where(
        BackgroundTask.kind == IMPORT, BackgroundTask.source_file_key == task.source_file_key
    )
    return session.scalar(query.order_by(BackgroundTask.id.desc()).limit(1))
