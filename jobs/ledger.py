"""Writes the ledger of complaints (诉求台账), as asked for on the pages."""

from collections.abc import Sequence

from domain import audit, personal_data_access
from domain.ledger import from_json, write_ledger
from domain.personal_data_access import Look
from domain.working_time import local_time
from jobs.task_run import TaskRun
from models.access_words import Seen, SeenIn
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
        contacts_of=lambda ids: _note_contacts(run, ids),
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


def _note_contacts(run: TaskRun, complaint_ids: Sequence[int]) -> None:
    """Note whose name and telephone go into the workbook, before it can be had."""
    if not complaint_ids:
        return
    looks = [Look(complaint_id, Seen.CONTACT, SeenIn.EXPORT) for complaint_id in complaint_ids]
    with run.transaction() as session:
        staff = session.get_one(Staff, run.staff_id)
        personal_data_access.record(session, staff, looks, now=run.now())
