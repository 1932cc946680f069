"""工作安排: the plans that were imported, each as a Word document or a workbook again."""

from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file
from flask_login import current_user

from domain import audit, plan_export
from domain.errors import NotAllowed, NotFound
from domain.matter_permissions import may_export_matters, may_list_matters
from models.staff import Staff
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_plans", __name__, url_prefix="/admin/matters/plans")
blueprint.before_request(staff_only)

_FORMS = {
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        plan_export.as_document,
    ),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", plan_export.as_workbook),
}


@blueprint.before_request
def _who_exports() -> None:
    if not may_export_matters(current_user.staff):
        raise NotAllowed("台账由单位负责人、受理员、分管领导、督导组或系统管理员导出。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the plans."""
    staff = current_staff()
    return render_template(
        "admin/plans.html",
        plans=plan_export.plans(current_session(), staff),
        may_list=may_list_matters(staff),
    )


@blueprint.get("/<key>.<form>")
def file(key: str, form: str) -> Response:
    """Give one plan with what was done, and write down who took it.

    Raises:
        NotFound: there is no such plan, or nothing of it is for them.
    """
    if form not in _FORMS:
        raise NotFound("没有这种格式，可以下载 Word 或 Excel。")
    kind, written = _FORMS[form]
    # Before the answer begins, so that nothing leaves without a trace.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        table = plan_export.table_of(session, key, staff)
        if request.method != "HEAD":
            audit.record(
                session,
                staff,
                action="plan.export",
                subject_kind="plan",
                subject=key,
                words=f"导出工作安排「{table.title}」",
                now=now(),
            )
    return send_file(
        BytesIO(written(table)), mimetype=kind, as_attachment=True, download_name=f"{table.title}.{form}"
    )
