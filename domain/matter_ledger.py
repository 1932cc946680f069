"""The ledger of matters as a workbook (事项台账), in the columns that offices keep."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from domain import background_tasks
from domain.errors import NotAllowed
from domain.ledger import LedgerBook
from domain.matter_notices import deadline_text
from domain.matter_permissions import may_export_matters
from domain.matter_queries import (
    MatterFilters,
    MatterOrder,
    MatterView,
    complaints_of,
    is_overdue,
    latest_events,
    ledger,
)
from domain.matters import votes_of
from domain.working_time import local_time
from models.background_task import BackgroundTask
from models.matter import Matter, MatterEvent
from models.matter_words import MatterKind, MatterSource, MatterStatus
from models.staff import Staff

KIND = "matter_ledger"
SLICE = 200
COLUMNS: Mapping[str, int] = {
    "序号": 6, "编号": 14, "类型": 10, "事项": 30, "来源": 12, "来源说明": 18, "存在的问题": 40, "原因": 30,
    "目标": 40, "措施": 40, "牵头领导": 14, "责任单位": 16, "配合单位": 20, "开始": 12, "完成时限": 14,
    "节点": 30, "状态": 10, "是否超期": 9, "最新进展": 40, "立项时间": 12, "销号时间": 12, "公开": 6,
    "关联诉求": 9, "想办的人": 9, "服务点": 28,
}  # fmt: skip
_WORDS: Mapping[str, Any] = {
    "kind": MatterKind,
    "status": MatterStatus,
    "source": MatterSource,
    "team_id": int,
    "lead_staff_id": int,
    "due_from": date.fromisoformat,
    "due_to": date.fromisoformat,
}


def ask(
    session: Session,
    staff: Staff,
    filters: MatterFilters,
    *,
    view: MatterView,
    order: MatterOrder,
    now: datetime,
) -> BackgroundTask:
    """Have the worker write what these filters find into a workbook.

    Raises:
        NotAllowed: this member of staff may not, or has too much waiting already.
    """
    if not may_export_matters(staff):
        raise NotAllowed("事项台账由单位负责人、受理员、分管领导、督导组或系统管理员导出。")
    given = {name: str(value) for name, value in vars(filters).items() if value not in (None, "")}
    parameters = {"filters": given, "view": view.value, "order": order.value}
    return background_tasks.ask(
        session, staff, kind=KIND, title=f"导出事项台账（{view.label}）", now=now, parameters=parameters
    )


def _filters(given: Mapping[str, str]) -> MatterFilters:
    values: dict[str, Any] = {name: _WORDS.get(name, str)(value) for name, value in given.items()}
    return MatterFilters(**values)


def write_matter_ledger(
    session: Session, target: Path, *, staff_id: int, parameters: Mapping[str, Any], now: datetime
) -> int:
    """Write what the parameters of `ask` find, as far as this member of staff may see it.

    A ledger holds hundreds of lines, not millions, so one session reads it all, slice by slice.

    Returns:
        How many lines there are.

    Raises:
        NotAllowed: who asked for it may not any more.
    """
    staff = session.get_one(Staff, staff_id)
    if not may_export_matters(staff):
        raise NotAllowed("您现在没有导出台账的权限。")
    book = LedgerBook(target, columns=COLUMNS, sheet="事项台账")
    filters, page = _filters(parameters["filters"]), 1
    view, order = MatterView(parameters["view"]), MatterOrder(parameters["order"])
    try:
        while True:
            found = ledger(
                session, staff, filters, view=view, order=order, page=page, per_page=SLICE, now=now
            )
            latest = latest_events(session, found.items)
            votes = votes_of(session, [one.id for one in found.items])
            for matter in found.items:
                book.write(_cells(session, matter, latest.get(matter.id), votes.get(matter.id, 0), now))
            if page >= found.pages:
                return book.lines
            page += 1
    finally:
        book.close()


def _cells(
    session: Session, matter: Matter, latest: MatterEvent | None, votes: int, now: datetime
) -> list[str | int]:
    parts = [f"{one.title}（{'已验收' if one.accepted_at else '未验收'}）" for one in matter.milestones]
    return [
        matter.number,
        matter.kind.label,
        matter.title,
        matter.source.label,
        matter.source_words,
        matter.problem,
        matter.cause,
        matter.goal,
        matter.measures,
        matter.lead_staff.name if matter.lead_staff else "",
        matter.team.name if matter.team else "",
        "、".join(team.name for team in matter.supporting),
        matter.start.isoformat() if matter.start else "",
        deadline_text(matter),
        "\n".join(parts),
        matter.status.label,
        "是" if is_overdue(matter, now=now) else "否",
        f"{_day(latest.at)} {latest.words}" if latest else "",
        _day(matter.listed_at),
        _day(matter.closed_at),
        "是" if matter.public else "否",
        len(complaints_of(session, matter)),
        votes,
        "、".join(place.full_name for place in matter.places),
    ]


def _day(moment: datetime | None) -> str:
    return f"{local_time(moment):%Y-%m-%d}" if moment else ""
