"""Long work on plans: the preview of an import, and the import."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import audit, plan_import, teams
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_manage_settings
from domain.plan_columns import PlanColumn
from domain.plan_import import Fate, LineFate, Preview
from domain.plan_tables import Plan, read_plan
from domain.plan_units import PlannedUnit
from domain.working_time import local_time
from jobs.task_run import TaskRun
from models.background_task import BackgroundTask
from models.matter_words import MatterKind
from models.staff import Staff
from models.team import Team

# Stands for a unit that the import is to add.
NEW_UNIT = "new"


def preview_plan(run: TaskRun) -> None:
    """Tell what an uploaded plan would do; writes nothing into the ledger."""
    run.progress(0, 0)
    plan = _read(run, run.parameters)
    with run.transaction() as session:
        # Units that are to be added are added for this look only.
        shown = _preview(session, run, plan, run.parameters)
        run.result = {
            "lines": ["；".join(f"{fate} {shown.count(fate)} 行" for fate in Fate if shown.count(fate))],
            "next": {"words": "查看导入预览", "path": run.parameters["page"]},
            "name": shown.name,
            "year": plan.year,
            "year_from": plan.year_from,
            "headings": list(plan.headings),
            "columns": {column.name.lower(): at for column, at in plan.columns.items()},
            "counts": {fate.name.lower(): shown.count(fate) for fate in Fate},
            "rows": [_shown(one) for one in shown.fates],
            "units": _units(plan),
            "times": _times(plan, run.parameters.get("times") or {}),
            "gone": [f"{matter.number} {matter.title}" for matter in shown.gone],
            "remarks": shown.remarks,
            "mark": _mark(shown),
        }
        session.rollback()


def take_in_plan(run: TaskRun) -> None:
    """Do what a preview showed, all of it or nothing.

    Raises:
        Invalid: the ledger has changed since, or some line has to be settled first.
        NotAllowed: this member of staff may not list matters, or add units.
    """
    run.progress(0, 0)
    with run.reading() as session:
        seen = session.get(BackgroundTask, run.parameters["preview"])
        mark = seen.result.get("mark") if seen is not None else None
        settled = dict(seen.parameters) if seen is not None else {}
    if not mark:
        raise Invalid("找不到这次导入的预览，请重新上传。")
    plan = _read(run, settled)
    with run.transaction() as session:
        shown = _preview(session, run, plan, settled)
        if _mark(shown) != mark:
            raise Invalid("预览以后台账有了变化，没有导入。请重新预览。")
        staff = session.get_one(Staff, run.staff_id)
        plan_import.confirm(session, shown, staff=staff, now=run.now())
        said = f"新增 {shown.count(Fate.NEW)} 项，更新 {shown.count(Fate.CHANGED)} 项"
        audit.record(
            session,
            staff,
            action="plan.import",
            subject_kind="background_task",
            subject=str(run.parameters["preview"]),
            words=f"导入「{shown.name}」：{said}",
            now=run.now(),
        )
    run.result = {
        "lines": [f"{said}。"],
        "next": {"words": "查看台账", "path": run.parameters["page"]},
    }


def _read(run: TaskRun, parameters: Mapping[str, Any]) -> Plan:
    """Read the file, which takes a while, before anything is held in the database."""
    with run.reading() as session:
        known = session.scalars(select(Team.name).where(Team.active).order_by(Team.id)).all()
    with run.open_source() as file:
        data = file.read()
    columns = {PlanColumn[name.upper()]: at for name, at in (parameters.get("columns") or {}).items()}
    return read_plan(
        data,
        units=known,
        today=local_time(run.now()).date(),
        year=parameters.get("year"),
        columns=columns or None,
        times=parameters.get("times"),
    )


def _preview(session: Session, run: TaskRun, plan: Plan, parameters: Mapping[str, Any]) -> Preview:
    kind = MatterKind(parameters.get("kind", MatterKind.WORKPLAN.value))
    units = _settled(session, run, parameters)
    name = PurePath(run.source_name).stem
    return plan_import.preview(session, plan, name=name, kind=kind, units=units)


def _settled(session: Session, run: TaskRun, parameters: Mapping[str, Any]) -> dict[str, int]:
    """Give the unit that each way of writing stands for; those that are new are added."""
    staff = session.get_one(Staff, run.staff_id)
    found: dict[str, int] = {}
    for words, team in parameters.get("units", {}).items():
        if team != NEW_UNIT:
            found[words] = team
        elif not may_manage_settings(staff):
            raise NotAllowed("责任单位由系统管理员新建。")
        else:
            found[words] = teams.add(session, name=words, phone="", staff=staff, now=run.now()).id
    return found


def _units(plan: Plan) -> list[dict[str, str]]:
    """List the ways units are written that are no unit's own name, each once."""
    asked: dict[str, PlannedUnit] = {}
    for unit in (unit for line in plan.lines for unit in line.units):
        if unit.guessed or not unit.name:
            asked.setdefault(unit.words, unit)
    return [{"words": unit.words, "name": unit.name} for unit in asked.values()]


def _times(plan: Plan, settled: Mapping[str, str]) -> list[str]:
    """List the times as written that name no day, each once, with those that a person has settled."""
    unread = [line.time_words for line in plan.lines if line.time is None or line.time_words in settled]
    return list(dict.fromkeys(unread))


def _shown(one: LineFate) -> dict[str, Any]:
    line, time = one.line, one.line.time
    return {
        "place": line.place,
        "phase": line.phase,
        "item": line.item,
        "title": line.title,
        "units": [[unit.words, unit.name, unit.leads] for unit in line.units],
        "start": time.start.isoformat() if time and time.start else "",
        "deadline": time.deadline.isoformat() if time and time.deadline else "",
        "words": time.words if time else line.time_words,
        "fate": one.fate.name.lower(),
        "why": list(one.why),
        "left": list(one.left),
        "matter": one.matter.number if one.matter else "",
    }


def _mark(shown: Preview) -> str:
    """Stand for what was shown: another result of the same file has another mark."""
    parts = [
        f"{one.fate.name}|{one.line}|{one.matter.id if one.matter else ''}|{one.why}" for one in shown.fates
    ]
    return sha256("\n".join(parts).encode()).hexdigest()
