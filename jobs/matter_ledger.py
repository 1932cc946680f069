"""Writes the ledger of matters (事项台账), as asked for on its page."""

from domain import audit
from domain.matter_ledger import write_matter_ledger
from domain.working_time import local_time
from jobs.task_run import TaskRun
from models.staff import Staff


def export_matter_ledger(run: TaskRun) -> None:
    """Write what the parameters find into a workbook, and note who took it out.

    Raises:
        NotAllowed: who asked for it may not any more.
    """
    target = run.folder / "matters.xlsx"
    run.progress(0, 0)
    with run.reading() as session:
        lines = write_matter_ledger(
            session, target, staff_id=run.staff_id, parameters=run.parameters, now=run.now()
        )
    with run.transaction() as session:
        audit.record(
            session,
            session.get_one(Staff, run.staff_id),
            action="matter.export",
            subject_kind="task",
            subject=str(run.task_id),
            words=f"导出事项台账 {lines} 件",
            details={**run.parameters, "lines": lines},
            now=run.now(),
        )
    run.store(target, f"事项台账 {local_time(run.now()):%Y%m%d} {lines}件.xlsx")
    run.result = {"lines": [f"共 {lines} 件。" if lines else "没有符合条件的事项，台账里只有表头。"]}
