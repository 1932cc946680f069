"""The ledger of complaints (诉求台账): one line each, in the columns that offices keep, written in slices.

However many there are, one slice is in memory at a time. Who raised it is told to nobody: of what was raised
anonymously neither name nor telephone is written, and of the rest only for those who may see them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from domain import background_tasks
from domain.errors import NotAllowed
from domain.figure_rules import Figure
from domain.filters import Filters, conditions_of
from domain.hiding import in_place_of
from domain.permissions import contact_shown_to, may_export_ledger, may_see_contacts, visible_to
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

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

KIND = "ledger_export"
SLICE = 1000
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
# Rows of columns: making an object of each of a hundred thousand costs more than writing its line.
_COLUMNS_READ = (
    Complaint.id, Complaint.number, Complaint.filed_at, Complaint.channel, Complaint.kind, Complaint.urgent,
    Complaint.place_text, Complaint.text, Complaint.status, Complaint.done_due_at, Complaint.resolved_at,
    Complaint.outcome, Complaint.rejection_reason, Complaint.closing, Complaint.reopen_count,
    Complaint.transfer_count, Complaint.deferred_until, Complaint.closed_at, Category.name.label("category"),
    ServicePoint.full_name.label("place"), Team.name.label("team"), Staff.name.label("handler"),
)  # fmt: skip
_Read = Row[*tuple[Any, ...]]
_OUT = frozenset({ComplaintStatus.REJECTED, ComplaintStatus.WITHDRAWN, ComplaintStatus.MERGED})
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
        import xlsxwriter

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
        line, write_string = self.lines, self._sheet.write_string
        self._sheet.write_number(line, 0, line, self._number)
        for at, cell in enumerate(cells, start=1):
            if isinstance(cell, int):
                self._sheet.write_number(line, at, cell, self._number)
            elif cell:
                look = self._quoted if cell.startswith(_RISKY) else self._plain
                write_string(line, at, cell[:_LONGEST_CELL], look)

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
                for cells in _lines(session, complaints, contacts=contacts, now=now):
                    book.write(cells)
            named = [one.id for one in complaints if one.contact_name or one.contact_phone]
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
) -> Sequence[_Read]:
    """Give the next few by when they were filed; what comes in meanwhile is newer, and left for next time."""
    shown = contact_shown_to(staff)
    query = select(
        *_COLUMNS_READ,
        case((shown, Complaint.contact_name), else_="").label("contact_name"),
        case((shown, Complaint.contact_phone), else_="").label("contact_phone"),
    )
    query = (
        query.join(Category, Category.id == Complaint.category_id)
        .outerjoin(ServicePoint, ServicePoint.id == Complaint.service_point_id)
        .outerjoin(Team, Team.id == Complaint.team_id)
        .outerjoin(Staff, Staff.id == Complaint.handler_id)
        .where(visible_to(staff), *conditions_of(session, filters, now=now))
    )
    if after is not None:
        filed_at, last_id = after
        query = query.where(
            Complaint.filed_at <= filed_at,
            (Complaint.filed_at < filed_at) | (Complaint.id < last_id),
        )
    return session.execute(query.order_by(Complaint.filed_at.desc(), Complaint.id.desc()).limit(SLICE)).all()


def _lines(
    session: Session, complaints: Sequence[_Read], *, contacts: bool, now: datetime
) -> Iterator[list[str | int]]:
    ids = [complaint.id for complaint in complaints]
    answered = _first_answers(session, ids)
    results = _results(session, ids)
    ratings = _ratings(session, ids)
    said = _hidden_ratings(session, ids)
    for one in complaints:
        rating = ratings.get(one.id)
        cells: list[str | int] = [
            one.number,
            _moment(one.filed_at),
            one.channel.label,
            one.kind.label,
            "是" if one.urgent else "",
            one.category,
            one.place_text if one.place is None else one.place,
            one.text,
            one.team or "",
            one.handler or "",
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
            cells += [one.contact_name, one.contact_phone]
        yield cells


def _ratings(session: Session, ids: Sequence[int]) -> dict[int, _Read]:
    """Give the last rating of each."""
    columns = Rating.complaint_id, Rating.round, Rating.solved, Rating.stars, Rating.words
    query = select(*columns).where(Rating.complaint_id.in_(ids)).order_by(Rating.round)
    return {row.complaint_id: row for row in session.execute(query)}


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


def _overdue(complaint: _Read, now: datetime) -> str:
    if complaint.done_due_at is None or complaint.status in _OUT:
        return ""
    if complaint.resolved_at is None and complaint.status is ComplaintStatus.WAITING:
        return "否"
    return "是" if (complaint.resolved_at or now) > complaint.done_due_at else "否"


def _moment(moment: datetime | None) -> str:
    # A format of strftime takes three times as long.
    return local_time(moment).isoformat(" ")[:16] if moment else ""
