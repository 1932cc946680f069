"""Workbooks by the bare libraries: the cells of the ledger by XlsxWriter, a registry taken in by openpyxl.

What the product does beside it is left out here: who may see what, filters, slices that can be stopped and
begun again, checks of what was uploaded, the fate of each row, and the seals of the audit log.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from sqlalchemy import Row, create_engine, func, insert, select

from domain.ledger import COLUMNS, CONTACT_COLUMNS
from domain.working_time import LOCAL
from models.audit import AuditEntry
from models.category import Category
from models.complaint import Complaint, ComplaintEvent
from models.complaint_round import ComplaintRound
from models.enums import ServicePointKind, StepName
from models.rating import Rating
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

_READ = (
    Complaint.number, Complaint.filed_at, Complaint.channel, Complaint.kind, Complaint.urgent,
    Complaint.place_text, Complaint.text, Complaint.status, Complaint.done_due_at, Complaint.resolved_at,
    Complaint.outcome, Complaint.rejection_reason, Complaint.closing, Complaint.reopen_count,
    Complaint.transfer_count, Complaint.deferred_until, Complaint.closed_at, Complaint.anonymous,
    Complaint.contact_name, Complaint.contact_phone, Category.name.label("category"),
    ServicePoint.full_name.label("place"), Team.name.label("team"), Staff.name.label("handler"),
    Rating.solved, Rating.stars, Rating.words.label("comment"),
)  # fmt: skip
_OUT = {"rejected", "withdrawn", "merged"}
_KINDS = {kind.label: kind for kind in ServicePointKind}


def write_ledger(url: str, target: Path, *, now: datetime, filed_from: datetime | None = None) -> int:
    """Write the same cells in the same formats, as one statement gives them; give the number of lines."""
    book = xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    words = book.add_format({"num_format": "@", "valign": "top"})
    number = book.add_format({"valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#E7F1EC", "bottom": 1, "valign": "vcenter"})
    sheet = book.add_worksheet("诉求台账")
    columns = {**COLUMNS, **CONTACT_COLUMNS}
    for at, (name, width) in enumerate(columns.items()):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    sheet.freeze_panes(1, 2)
    line = 0
    for line, cells in enumerate(_ledger_lines(url, now, filed_from), start=1):
        sheet.write_number(line, 0, line, number)
        for at, cell in enumerate(cells, start=1):
            if isinstance(cell, int):
                sheet.write_number(line, at, cell, number)
            elif cell:
                sheet.write_string(line, at, cell, words)
    sheet.autofilter(0, 0, line, len(columns) - 1)
    book.close()
    return line


def _ledger_lines(url: str, now: datetime, filed_from: datetime | None) -> Iterator[Sequence[str | int]]:
    one, event, rating = Complaint, ComplaintEvent, Rating
    answered = select(func.min(ComplaintRound.first_answered_at)).where(ComplaintRound.complaint_id == one.id)
    result = (
        select(event.words)
        .where(event.complaint_id == one.id, event.step == StepName.RESOLVE)
        .order_by(event.id.desc())
        .limit(1)
    )
    query = (
        select(*_READ, answered.scalar_subquery().label("answered"), result.scalar_subquery().label("result"))
        .join(Category, Category.id == one.category_id)
        .outerjoin(ServicePoint, ServicePoint.id == one.service_point_id)
        .outerjoin(Team, Team.id == one.team_id)
        .outerjoin(Staff, Staff.id == one.handler_id)
        .outerjoin(rating, (rating.complaint_id == one.id) & (rating.round == one.round))
        .order_by(one.filed_at.desc(), one.id.desc())
    )
    if filed_from is not None:
        query = query.where(one.filed_at >= filed_from)
    engine = create_engine(url)
    with engine.connect().execution_options(yield_per=1000) as connection:
        for row in connection.execute(query):
            yield _cells(row, now)
    engine.dispose()


def _cells(one: Row[*tuple[Any, ...]], now: datetime) -> Sequence[str | int]:
    return (
        one.number,
        _moment(one.filed_at),
        one.channel.label,
        one.kind.label,
        "是" if one.urgent else "",
        one.category,
        one.place or one.place_text,
        one.text,
        one.team,
        one.handler,
        one.status.label,
        _moment(one.answered),
        _moment(one.done_due_at),
        _moment(one.resolved_at),
        one.outcome.label if one.outcome else one.rejection_reason,
        one.result,
        _overdue(one, now),
        "" if one.solved is None else ("已解决" if one.solved else "未解决"),
        f"{one.stars} 星" if one.stars else (one.closing.label if one.closing else ""),
        one.comment,
        one.reopen_count,
        one.transfer_count,
        _moment(one.deferred_until)[:10] if one.status == "deferred" else "",
        _moment(one.closed_at),
        "" if one.anonymous else one.contact_name,
        "" if one.anonymous else one.contact_phone,
    )


def _overdue(one: Row[*tuple[Any, ...]], now: datetime) -> str:
    if one.done_due_at is None or one.status in _OUT:
        return ""
    if one.resolved_at is None and one.status == "waiting":
        return "否"
    return "是" if (one.resolved_at or now) > one.done_due_at else "否"


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(LOCAL).isoformat(" ")[:16] if moment else ""


def take_in(url: str, source: Path, *, staff: Staff, now: datetime) -> int:
    """Read the workbook, and write the same places with an entry of the audit log each.

    It takes for granted that every row is new and right, and that whoever stands above comes first.
    """
    book = openpyxl.load_workbook(source, read_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    head = next(rows)
    engine = create_engine(url)
    with engine.begin() as connection:
        teams = {row.name: row.id for row in connection.execute(select(Team.name, Team.id))}
        categories = {row.name: row.id for row in connection.execute(select(Category.name, Category.id))}
        ids: dict[str, int] = {}
        names: dict[int, str] = {}
        made: list[Mapping[str, Any]] = []
        for place_id, cells in enumerate(rows, start=1):
            row = dict(zip(head, cells, strict=True))
            above = ids.get(row["上级编号"])
            names[place_id] = names.get(above or 0, "") + row["名称"]
            ids[row["编号"]] = place_id
            made.append(
                {
                    "id": place_id,
                    "parent_id": above,
                    "code": f"p{place_id:012x}",
                    "full_name": names[place_id],
                    "position": place_id,
                    "name": row["名称"],
                    "kind": _KINDS[row["类型"]],
                    "label_number": row["编号"],
                    "team_id": teams.get(row["责任单位"]),
                    "category_id": categories.get(row["类别"]),
                    "in_charge": row["负责人"] or "",
                    "party_member": row["中共党员"] == "是",
                    "standard": row["服务标准"] or "",
                    "pledge": row["服务承诺"] or "",
                }
            )
        connection.execute(insert(ServicePoint), made)
        connection.execute(insert(AuditEntry), [_entry(row, staff, now) for row in made])
    engine.dispose()
    book.close()
    return len(made)


def _entry(row: Mapping[str, Any], staff: Staff, now: datetime) -> Mapping[str, Any]:
    return {
        "position": row["id"],
        "at": now,
        "staff_id": staff.id,
        "actor_label": staff.name,
        "action": "service_point.add",
        "subject_kind": "service_point",
        "subject": str(row["id"]),
        "words": f"导入：新增服务点「{row['full_name']}」",
        "details": {},
        "seal": "0" * 64,
    }
