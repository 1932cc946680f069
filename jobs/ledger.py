"""Writes the ledger of complaints (诉求台账), as asked for on the pages."""

from domain import audit
from domain.ledger import from_json, write_ledger
from domain.working_time import local_time
from jobs.task_run import TaskRun
from models.staff import Staff


def export_ledger(run: TaskRun) -> None:
    """Write what the parameters (filters as JSON) find into a workbook, and note who took it out.

    Raises:
        NotAllowed: who asked for it may not any more.
    """
    target = run.folder / "ledger.xlsx"
    run.progress(0, 0)
    lines = write_ledger(
        target,
        staff_id=run.staff_id,
        filters=from_json(run.parameters),
        reading=run.reading,
        progress=run.progress,
        now=run.now(),
    )
    with run.transaction() as session:
        audit.record(
            session,
            session.get_one(Staff, run.staff_id),
            action="ledger.export",
            subject_kind="task",
            subject=str(run.task_id),
            words=f"导出诉求台账 {lines} 件",
            details={"filters": dict(run.parameters), "lines": lines},
            now=run.now(),
        )
    run.store(target, f"诉求台账 {local_time(run.now()):%Y%m%d} {lines}件.xlsx")
    said = f"共 {lines} 件。" if lines else "这段时间没有诉求，台账里只有表头。"
    run.result = {"lines": [said, "匿名诉求不写姓名和电话。"]}
