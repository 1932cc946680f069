"""Long work on the registry of service points: previews of imports, imports, exports."""

from typing import Any

from domain import audit
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_manage_places
from domain.reading_tables import read_table
from domain.service_point_checks import SUBJECT as SUBJECT_KIND
from domain.service_point_columns import SHEET
from domain.service_point_export import write_registry, write_report
from domain.service_point_import import Fate, ImportPlan, RowFate, plan_import
from domain.service_point_import_apply import apply_import
from domain.service_point_tree import PlaceFilters, place_ids
from domain.uploaded_tables import UploadedTable
from jobs.task_run import TaskRun
from models.background_task import BackgroundTask
from models.staff import Staff

# The page shows so many rows of each fate; the workbook that can be downloaded has them all.
SHOWN = 500
_LINES = 20


def preview(run: TaskRun) -> None:
    """Tell what an uploaded table would do; writes nothing into the registry."""
    table, plan = _plan(run)
    report = run.folder / "report.xlsx"
    write_report(table, plan, report)
    run.store(report, "导入预览.xlsx")
    run.result = {
        "lines": ["；".join(f"{fate.label} {plan.count(fate)} 行" for fate in Fate)],
        "next": {"words": "查看导入预览", "path": run.parameters["page"]},
        "counts": {fate.value: plan.count(fate) for fate in Fate},
        "unused": list(plan.unused),
        "missing": list(plan.missing),
        "rows": {fate.value: [_shown(row) for row in _some(plan, fate)] for fate in Fate},
        "marks": {str(row.row): row.mark for row in plan.rows if row.fate in {Fate.NEW, Fate.CHANGED}},
    }


def _some(plan: ImportPlan, fate: Fate) -> list[RowFate]:
    return [row for row in plan.rows if row.fate is fate][:SHOWN]


def _shown(row: RowFate) -> dict[str, Any]:
    return {
        "row": row.row,
        "path": row.path,
        "changes": [[one.column, one.before, one.after] for one in row.changes],
        "troubles": [[one.column, one.words] for one in row.troubles],
    }


def import_places(run: TaskRun) -> None:
    """Do what a preview showed; a row that would do something else by now is left and told."""
    with run.reading() as session:
        seen = session.get(BackgroundTask, run.parameters["preview"])
        marks = dict(seen.result.get("marks", {})) if seen is not None else {}
        staff = session.get_one(Staff, run.staff_id)
        if not may_manage_places(staff):
            raise NotAllowed("服务点由受理员或系统管理员管理。")
    if not marks:
        raise Invalid("找不到这次导入的预览，请重新上传。")
    _, plan = _plan(run)
    outcome = apply_import(
        plan,
        marks,
        staff_id=run.staff_id,
        transaction=run.transaction,
        clock=run.now,
        progress=run.progress,
    )
    said = f"新增 {outcome.added} 个，修改 {outcome.changed} 个"
    with run.transaction() as session:
        audit.record(
            session,
            session.get_one(Staff, run.staff_id),
            action=f"{SUBJECT_KIND}.import",
            subject_kind="background_task",
            subject=str(run.parameters["preview"]),
            words=f"导入服务点「{run.source_name}」：{said}",
            details={"added": outcome.added, "changed": outcome.changed, "left": len(outcome.left)},
            now=run.now(),
        )
    left = [f"第 {row} 行：{words}" for row, words in outcome.left[:_LINES]]
    more = [f"……共 {len(outcome.left)} 行没有导入。"] if len(outcome.left) > _LINES else []
    run.result = {
        "lines": [f"{said}。", *left, *more],
        "next": {"words": "查看服务点", "path": run.parameters["page"]},
    }


def export_places(run: TaskRun) -> None:
    """Write the registry, or what was searched for in it, into a workbook that can be imported again."""
    target = run.folder / "places.xlsx"
    with run.reading() as session:
        ids = place_ids(session, PlaceFilters.of_json(run.parameters)) if run.parameters else None
        count = write_registry(session, target, places=ids)
    run.store(target, "服务点.xlsx")
    run.result = {"lines": [f"共 {count} 个服务点。改好以后可以从「导入」传回来。"]}


def _plan(run: TaskRun) -> tuple[UploadedTable, ImportPlan]:
    run.progress(0, 0)
    with run.open_source() as file:
        table = read_table(file.read(), sheet=SHEET)
    run.progress(0, len(table.rows))
    with run.reading() as session:
        return table, plan_import(session, table)
