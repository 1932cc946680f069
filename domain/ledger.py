"""The ledger of complaints (诉求台账): one line each, in the columns that offices keep, written in slices.

However many there are, one slice is in memory at a time. Who raised it is told to nobody: of what was raised
anonymously neither name nor telephone is written, and of the rest only for those who may see them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, lazyload, load_only
from xlsxwriter.worksheet import Worksheet

from domain import background_tasks
from domain.errors import NotAllowed
from domain.figure_rules import Figure
from domain.filters import Filters, conditions_of
from domain.hiding import in_place_of
from domain.permissions import may_export_ledger, may_see_contact, may_see_contacts, visible_to
from domain.working_time import local_time
from models.background_task import BackgroundTask
from models.category import Category
from models.complaint import Complaint, ComplaintEvent
from models.complaint_round import ComplaintRound
from models.enums import ActorKind, Channel, ComplaintKind, ComplaintStatus, StepName
from models.rating import Rating
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

KIND = "ledger_export"
SLICE = 500
# A sheet of a workbook has no more lines.
MOST_ROWS = 1_048_000
_LONGEST_CELL = 32_000
_RISKY = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Mapping[str, int] = {
    "序号": 6, "编号": 17, "提出时间": 16, "渠道": 8, "类型": 8, "紧急": 6, "类别": 12, "地点": 28,
    "诉求内容": 50, "责任单位": 16, "经办人": 10, "状态": 12, "首次答复时间": 16, "办结时限": 16,
    "办结时间": 16, "办理结果": 18, "答复内容": 50, "是否超期": 9, "是否解决": 9, "满意度": 8, "评价": 30,
    "退回次数": 9, "转办次数": 9, "挂账至": 12, "销号时间": 16,
}  # fmt: skip
CONTACT_COLUMNS: Mapping[str, int] = {"联系人": 10, "联系电话": 14}
_WORDS: Mapping[str, type[Enum]] = {"kind": ComplaintKind, "channel": Channel, "figure": Figure}


def ask(session: Session, staff: Staff, filters: Filters, *, title: str, now: datetime) -> BackgroundTask:
    """Have the worker write what these filters find into a workbook.

    Raises:
        NotAllowed: this member of staff may not, or has too much waiting already.
    """
    if not may_export_ledger(staff):
        raise NotAllowed("诉求台账由单位负责人、受理员、分管领导、督导组或系统管理员导出。")
    return background_tasks.ask(
        session, staff, kind=KIND, title=title[:100], now=now, parameters=to_json(filters)
    )


def to_json(filters: Filters) -> dict[str, Any]:
    """Give filters as JSON, without what narrows nothing."""
    given = {name: value for name, value in asdict(filters).items() if value not in (None, "", (), [], False)}
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple | set | frozenset) else value


def from_json(given: Mapping[str, Any]) -> Filters:
    """Read what `to_json` wrote."""
    values: dict[str, Any] = {}
    for field in fields(Filters):
        value = given.get(field.name)
        if value is None:
            continue
        if field.name in _WORDS:
            value = _WORDS[field.name](value)
        elif field.name == "statuses":
            value = [ComplaintStatus(one) for one in value]
        elif field.name.endswith(("_from", "_to")):
            value = datetime.fromisoformat(value)
        values[field.name] = value
    return Filters(**values)


def count(session: Session, staff: Staff, filters: Filters, *, now: datetime) -> int:
    """Count the lines there will be."""
    conditions = [visible_to(staff), *conditions_of(session, filters, now=now)]
    return session.scalar(select(func.count(Complaint.id)).where(*conditions)) or 0


class LedgerBook:
    """A workbook that is being written, line by line; nothing but the current line is kept.

    Args:
        target: the file.
        columns: their names and widths; the first is the number of the line.
        sheet: the name of the sheet.
    """

    def __init__(self, target: Path, *, columns: Mapping[str, int], sheet: str) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book: Any = xlsxwriter.Workbook(str(target), options)
        self._plain = self._book.add_format({"num_format": "@", "valign": "top"})
        self._quoted = self._book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True})
        self._number = self._book.add_format({"valign": "top"})
        self._sheet: Worksheet = self._book.add_worksheet(sheet)
        self.lines = 0
        self._columns = columns
        self._head()

    def _head(self) -> None:
        head = self._book.add_format({"bold": True, "bg_color": "#E7F1EC", "bottom": 1, "valign": "vcenter"})
        for at, (name, width) in enumerate(self._columns.items()):
            self._sheet.set_column(at, at, width)
            self._sheet.write_string(0, at, name, head)
        self._sheet.freeze_panes(1, 2)

    def write(self, cells: Sequence[str | int]) -> None:
        """Write one line; what people wrote stays text, whatever it begins with."""
        self.lines += 1
        for at, cell in enumerate((self.lines, *cells)):
            if isinstance(cell, int):
                self._sheet.write_number(self.lines, at, cell, self._number)
            elif cell:
                look = self._quoted if cell.startswith(_RISKY) else self._plain
                self._sheet.write_string(self.lines, at, cell[:_LONGEST_CELL], look)

    def close(self) -> None:
        """Finish the file."""
        if self.lines:
            self._sheet.autofilter(0, 0, self.lines, len(self._columns) - 1)
        self._book.close()


def write_ledger(
    target: Path,
    *,
    staff_id: int,
    filters: Filters,
    reading: Callable[[], Any],
    progress: Callable[[int, int], None],
    contacts_of: Callable[[Sequence[int]], None],
    now: datetime,
) -> int:
    """Write what the filters find, as far as this member of staff may see it, the newest first.

    Args:
        reading: gives a session for reading, one for each slice, so that none stays open for minutes.
        progress: is told how many lines of how many are written.
        contacts_of: is told of which complaints, by id, name or telephone were written.

    Returns:
        How many lines there are.
    """
    with reading() as session:
        staff = session.get_one(Staff, staff_id)
        if not may_export_ledger(staff):
            raise NotAllowed("您现在没有导出台账的权限。")
        contacts = may_see_contacts(staff)
        lines = min(count(session, staff, filters, now=now), MOST_ROWS)
    columns = {**COLUMNS, **(CONTACT_COLUMNS if contacts else {})}
    book = LedgerBook(target, columns=columns, sheet="诉求台账")
    last: tuple[datetime, int] | None = None
    try:
        while book.lines < MOST_ROWS:
            with reading() as session:
                staff = session.get_one(Staff, staff_id)
                complaints = _slice(session, staff, filters, after=last, now=now)
                for cells in _lines(session, staff, complaints, contacts=contacts, now=now):
                    book.write(cells)
                named = [one.id for one in complaints if contacts and _names_somebody(one, staff)]
                last = (complaints[-1].filed_at, complaints[-1].id) if complaints else None
            contacts_of(named)
            if last is None:
                break
            progress(book.lines, max(lines, book.lines))
    finally:
        book.close()
    return book.lines


def _slice(
    session: Session, staff: Staff, filters: Filters, *, after: tuple[datetime, int] | None, now: datetime
) -> Sequence[Complaint]:
    """Give the next few by when they were filed; what comes in meanwhile is newer, and left for next time."""
    query = select(Complaint).where(visible_to(staff), *conditions_of(session, filters, now=now))
    if after is not None:
        filed_at, last_id = after
        query = query.where(
            Complaint.filed_at <= filed_at,
            (Complaint.filed_at < filed_at) | (Complaint.id < last_id),
        )
    query = query.options(
        joinedload(Complaint.category, innerjoin=True).load_only(Category.name),
        joinedload(Complaint.service_point).load_only(ServicePoint.full_name),
        joinedload(Complaint.team).load_only(Team.name),
        joinedload(Complaint.handler).options(
            load_only(Staff.name), lazyload(Staff.team), lazyload(Staff.role_rows)
        ),
    )
    return session.scalars(query.order_by(Complaint.filed_at.desc(), Complaint.id.desc()).limit(SLICE)).all()


def _lines(
    session: Session, staff: Staff, complaints: Sequence[Complaint], *, contacts: bool, now: datetime
) -> Iterator[list[str | int]]:
    ids = [complaint.id for complaint in complaints]
    answered = _first_answers(session, ids)
    results = _results(session, ids)
    ratings = {
        row.complaint_id: row
        for row in session.scalars(select(Rating).where(Rating.complaint_id.in_(ids)).order_by(Rating.round))
    }
    said = _hidden_ratings(session, ids)
    for one in complaints:
        rating = ratings.get(one.id)
        cells: list[str | int] = [
            one.number,
            _moment(one.filed_at),
            one.channel.label,
            one.kind.label,
            "是" if one.urgent else "",
            one.category.name,
            one.service_point.full_name if one.service_point else one.place_text,
            one.text,
            one.team.name if one.team else "",
            one.handler.name if one.handler else "",
            one.status.label,
            _moment(answered.get(one.id)),
            _moment(one.done_due_at),
            _moment(one.resolved_at),
            one.outcome.label if one.outcome else one.rejection_reason,
            results.get(one.id, ""),
            _overdue(one, now),
            "" if rating is None else ("已解决" if rating.solved else "未解决"),
            f"{rating.stars} 星" if rating else (one.closing.label if one.closing else ""),
            said.get((one.id, rating.round), rating.words) if rating else "",
            one.reopen_count,
            one.transfer_count,
            f"{local_time(one.deferred_until):%Y-%m-%d}"
            if one.deferred_until and one.status is ComplaintStatus.DEFERRED
            else "",
            _moment(one.closed_at),
        ]
        if contacts:
            seen = _names_somebody(one, staff)
            cells += [one.contact_name, one.contact_phone] if seen else ["", ""]
        yield cells


def _names_somebody(complaint: Complaint, staff: Staff) -> bool:
    left = bool(complaint.contact_name or complaint.contact_phone)
    return left and may_see_contact(complaint, staff)


def _first_answers(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Give the first answer by a human to each, in whichever round."""
    query = select(ComplaintRound.complaint_id, func.min(ComplaintRound.first_answered_at))
    rows = session.execute(
        query.where(
            ComplaintRound.complaint_id.in_(ids), ComplaintRound.first_answered_at.is_not(None)
        ).group_by(ComplaintRound.complaint_id)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _results(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Give what the last result of each told the person."""
    columns = ComplaintEvent.complaint_id, ComplaintEvent.words, ComplaintEvent.hidden_reason
    query = select(*columns).where(
        ComplaintEvent.complaint_id.in_(ids),
        ComplaintEvent.step == StepName.RESOLVE,
        ComplaintEvent.actor_kind == ActorKind.STAFF,
    )
    rows = session.execute(query.order_by(ComplaintEvent.id))
    return {row[0]: in_place_of(row[2]) if row[2] else row[1] for row in rows}


def _hidden_ratings(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], str]:
    """Give what stands in the place of hidden words of ratings, by complaint and round."""
    columns = ComplaintEvent.complaint_id, ComplaintEvent.round, ComplaintEvent.step
    rated = select(*columns, ComplaintEvent.hidden_reason).where(
        ComplaintEvent.complaint_id.in_(ids),
        ComplaintEvent.step.in_((StepName.RATE, StepName.RATE_UNSOLVED)),
        ComplaintEvent.hidden_reason != "",
    )
    # What sends it back stands at the beginning of the round that follows.
    return {
        (row[0], row[1] - (row[2] is StepName.RATE_UNSOLVED)): in_place_of(row[3])
        for row in session.execute(rated)
    }


def _overdue(complaint: Complaint, now: datetime) -> str:
    if complaint.done_due_at is None or complaint.status in {
        ComplaintStatus.REJECTED,
        ComplaintStatus.WITHDRAWN,
        ComplaintStatus.MERGED,
    }:
        return ""
    if complaint.resolved_at is None and complaint.status is ComplaintStatus.WAITING:
        return "否"
    return "是" if (complaint.resolved_at or now) > complaint.done_due_at else "否"


def _moment(moment: datetime | None) -> str:
    return f"{local_time(moment):%Y-%m-%d %H:%M}" if moment else ""
