"""A plan as a table again, in the form it came in and with what was done: for Word and for Excel.

What comes out can be imported again, and finds its own matters.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import east_asian_width

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain.errors import Invalid, NotFound
from domain.matter_permissions import matters_visible_to
from domain.matter_queries import latest_events
from domain.plan_dates import read_time, year_named_in
from domain.plan_import import plan_key
from domain.working_time import local_time
from models.matter import Matter, MatterEvent
from models.matter_words import OPEN_MATTER_STATUSES, MatterStatus
from models.staff import Staff

# Heading and width in centimetres; those that nothing is written under are left out.
WIDTHS = {
    "阶段": 2.2,
    "序号": 1.3,
    "工作内容": 6.0,
    "问题": 4.0,
    "目标": 3.6,
    "措施": 4.4,
    "牵头领导": 2.0,
    "责任单位": 3.2,
    "完成时限": 2.8,
    "进展情况": 5.0,
    "状态": 2.4,
}
_ALWAYS = frozenset({"序号", "工作内容", "责任单位", "完成时限", "进展情况", "状态"})
CENTRED = frozenset({"阶段", "序号", "牵头领导", "完成时限", "状态"})
_YEARS = range(2000, 2101)
# In a workbook: half-width signs a centimetre, and the height of a line in points.
_SIGNS = 5
_LINE = 15
_HIGHEST_ROW = 409


@dataclass(frozen=True)
class PlanName:
    """A plan that was imported.

    Attributes:
        key: names it in an address.
        total, closed: how many of its matters somebody may see, and how many of these have ended.
    """

    key: str
    name: str
    total: int
    closed: int


@dataclass(frozen=True)
class PlanTable:
    """A plan as a table; cells that stand below each other and say the same phase are one.

    Attributes:
        year: the line below the title that says to which year the dates belong, where the title does not;
            without it the file would be another plan when it is imported in the next year.
    """

    title: str
    year: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def phases(self) -> list[tuple[int, int]]:
        """The first and last row, from 0, of each phase that has more than one."""
        if "阶段" not in self.headings:
            return []
        at = list(self.headings).index("阶段")
        names = [row[at] for row in self.rows]
        firsts = [row for row, name in enumerate(names) if not row or name != names[row - 1]]
        ends = [*(first - 1 for first in firsts[1:]), len(names) - 1]
        return [(first, last) for first, last in zip(firsts, ends, strict=True) if first != last]


def plans(session: Session, staff: Staff) -> list[PlanName]:
    """List the plans that were imported, the newest first."""
    key = func.substr(Matter.source_key, 1, len("plan:") + 16)
    closed = func.count().filter(Matter.status.not_in(OPEN_MATTER_STATUSES))
    query = (
        select(key, func.max(Matter.source_words), func.count(), closed)
        .where(Matter.source_key.startswith("plan:"), matters_visible_to(staff))
        .group_by(key)
        .order_by(func.max(Matter.id).desc())
    )
    return [PlanName(found.removeprefix("plan:"), *rest) for found, *rest in session.execute(query)]


def table_of(session: Session, key: str, staff: Staff) -> PlanTable:
    """Give a plan as a table, with what this member of staff may see.

    Raises:
        NotFound: there is no such plan, or nothing of it is for them.
    """
    query = (
        select(Matter)
        .where(
            Matter.source_key.startswith(f"plan:{key}:", autoescape=True),
            matters_visible_to(staff),
        )
        .options(
            joinedload(Matter.team),
            joinedload(Matter.lead_staff).lazyload(Staff.role_rows),
            selectinload(Matter.supporting),
        )
    )
    found = session.scalars(query).all()
    if not found:
        raise NotFound("没有找到这份工作安排。")
    newest = max(found, key=lambda one: one.id)
    last = latest_events(session, found)
    matters = _in_order(found)
    rows = [_row(one, last.get(one.id)) for one in matters]
    headings = [name for name in WIDTHS if name in _ALWAYS or any(row[name] for row in rows)]
    called = newest.source_words
    return PlanTable(called, _year(called, key), headings, [[row[name] for name in headings] for row in rows])


def _year(called: str, key: str) -> str:
    year = next((year for year in _YEARS if plan_key(called, year) == key), None)
    return f"（{year}年）" if year is not None and year_named_in([called]) != year else ""


def _in_order(matters: Sequence[Matter]) -> list[Matter]:
    """Order them as the plan did: phases as they came first, then by number."""
    phases: dict[str, int] = {}
    for one in sorted(matters, key=lambda one: one.id):
        phases.setdefault(one.phase, len(phases))
    return sorted(matters, key=lambda one: (phases[one.phase], _number(one.item), one.id))


def _number(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdecimal() else (10**6, item)


def _row(matter: Matter, last: MatterEvent | None) -> dict[str, str]:
    whole = matter.problem if matter.title.endswith("…") else matter.title
    units = [matter.team.name if matter.team else "", *(team.name for team in matter.supporting)]
    return {
        "阶段": matter.phase,
        "序号": matter.item,
        "工作内容": whole,
        "问题": "" if matter.problem in (whole, matter.title) else matter.problem,
        "目标": "" if matter.goal == matter.title else matter.goal,
        "措施": matter.measures,
        "牵头领导": matter.lead_staff.name if matter.lead_staff else "",
        "责任单位": "、".join(unit for unit in units if unit),
        "完成时限": _time(matter),
        "进展情况": f"{local_time(last.at):%-m月%-d日}：{last.words}" if last and last.words else "",
        "状态": _status(matter),
    }


def _time(matter: Matter) -> str:
    """Give the deadline in the words it came in, as long as these still say it."""
    words = matter.deadline_words
    year = (matter.deadline or matter.start or date.min).year
    try:
        for guess in (year, year - 1):
            read = read_time(words, year=max(guess, 1))
            if (read.start, read.deadline) == (matter.start, matter.deadline):
                return words
    except Invalid:
        pass
    if matter.deadline is None:
        return words or "长期"
    if matter.start is None:
        return f"{_day(matter.deadline)}前"
    if matter.start == matter.deadline:
        return _day(matter.deadline)
    return f"{_day(matter.start)}至{_day(matter.deadline)}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _status(matter: Matter) -> str:
    if matter.status is MatterStatus.CLOSED and matter.closed_at is not None:
        return f"{local_time(matter.closed_at):%-m月%-d日}销号"
    return matter.status.label


def as_document(table: PlanTable) -> bytes:
    """Write it as a Word document."""
    from domain.plan_document import written

    return written(table)


def as_workbook(table: PlanTable) -> bytes:
    """Write it as a workbook."""
    import xlsxwriter

    output = io.BytesIO()
    # What people wrote is text, also where it begins as a formula or an address does.
    book = xlsxwriter.Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("工作安排")
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "font_size": 16})
    bold = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter"})
    wrapped = {"border": 1, "text_wrap": True, "valign": "vcenter"}
    plain, middle = book.add_format(wrapped), book.add_format({**wrapped, "align": "center"})
    small = book.add_format({"align": "center"})
    above = [(words, form) for words, form in ((table.title, head), (table.year, small)) if words]
    for number, (words, form) in enumerate(above):
        sheet.set_row(number, _LINE * (1 if number else 2))
        sheet.merge_range(number, 0, number, len(table.headings) - 1, words, form)
    top = len(above)
    for at, name in enumerate(table.headings):
        sheet.set_column(at, at, WIDTHS[name] * _SIGNS)
        sheet.write_string(top, at, name, bold)
    for number, row in enumerate(table.rows, start=top + 1):
        # Not every program finds the height of wrapped words by itself.
        height = _LINE * max(map(_lines, table.headings, row)) + _LINE / 3
        sheet.set_row(number, min(height, _HIGHEST_ROW))
        for at, text in enumerate(row):
            sheet.write_string(number, at, text, middle if table.headings[at] in CENTRED else plain)
    for first, last in table.phases:
        at = list(table.headings).index("阶段")
        sheet.merge_range(first + top + 1, at, last + top + 1, at, table.rows[first][at], middle)
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    book.close()
    return output.getvalue()


def _lines(heading: str, text: str) -> int:
    """Count the lines that a text takes in its column of the workbook; Chinese signs are twice as wide."""
    signs = int(WIDTHS[heading] * _SIGNS) - 1
    wide = [sum(2 if east_asian_width(sign) in "FW" else 1 for sign in line) for line in text.split("\n")]
    return sum(max(1, -(-one // signs)) for one in wide)
