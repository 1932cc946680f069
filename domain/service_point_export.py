"""Writing service points into a workbook: the registry in the columns of the import, its template, a report.

Whatever a cell says is written as text, never as a formula, and marked so that it stays text when edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.service_point_columns import COLUMNS, SHEET, Column
from domain.service_point_import import ImportPlan
from domain.uploaded_tables import MOST_ROWS, UploadedTable
from models.category import Category
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from models.team import Team

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_WIDTHS: Mapping[Column, int] = {
    Column.NUMBER: 14, Column.PARENT_NUMBER: 14, Column.PARENT_PATH: 30, Column.NAME: 20, Column.KIND: 10,
    Column.TEAM: 18, Column.CATEGORY: 12, Column.IN_CHARGE: 20, Column.PARTY_MEMBER: 12, Column.STANDARD: 40,
    Column.PLEDGE: 40,
}  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_EXAMPLE: Sequence[Sequence[str]] = (
    ("XQ-01", "", "", "东校区", "校区", "", "", "", "", "", ""),
    ("ST-01", "XQ-01", "", "第一食堂", "食堂", "{team}", "{category}", "王建国（食堂经理）", "是",
     "早 6:30、午 10:40、晚 16:40 准时开餐；餐具一餐一消毒。", "饭菜有问题当面换；意见当天看。"),
    ("", "", "东校区/第一食堂", "一楼", "楼层", "{team}", "{category}", "", "", "", ""),
    ("", "", "东校区/第一食堂/一楼", "3号窗口", "窗口", "{team}", "{category}", "", "", "", ""),
)  # fmt: skip
_HELP = (
    "怎么填这张表",
    "一行一个服务点。「名称」「类型」每行必填，其他可以空着。",
    "「上级」写编号或全称都行：全称从最上一级写起，用斜线隔开，例如：东校区/第一食堂/一楼。两列都空着就是最上一级。",
    "有编号的按编号找服务点，没有编号的按上级和名称找。找到就修改，找不到就新增；不会删除任何服务点。",
    "没有编号的服务点改了名称，会被当成新的。要改名请先给它编号，或在页面上改。",
    "表里有这一列而单元格空着，表示清空这一项；不想改某一项，把整列删掉。编号空着不会清空编号。",
    "「类型」只能填：" + "、".join(kind.label for kind in ServicePointKind) + "。",
    "「责任单位」「类别」要和系统里的名称一样，可以从下拉列表里选。「中共党员」说的是负责人，填是或否。",
    "不要用公式；名称、编号不要用合并单元格。",
    f"一次最多 {MOST_ROWS} 行。上传后先看预览，确认了才会写入。",
)


def write_registry(session: Session, target: Path, *, places: Sequence[int] | None) -> int:
    """Write the places in use into a workbook, each below the one it belongs to.

    Args:
        target: the file to write.
        places: ids of those wanted; None for all.

    Returns:
        How many were written.
    """
    wanted = None if places is None else frozenset(places)
    count = 0
    with _workbook(target) as book:
        sheet = _sheet(book)
        lines = _Texts(book, sheet)
        for place_id, texts in _registry_rows(session):
            if wanted is None or place_id in wanted:
                count += 1
                lines.write(count, texts)
        _add_choices(session, book, sheet)
    return count


def template(session: Session) -> bytes:
    """Make the workbook to fill in: the columns, an example, lists to choose from, and how to."""
    output = BytesIO()
    team = session.scalar(select(Team.name).where(Team.active).order_by(Team.id).limit(1)) or ""
    category = session.scalar(_CATEGORY_NAMES.limit(1)) or ""
    with _workbook(output) as book:
        sheet = _sheet(book)
        lines = _Texts(book, sheet)
        for at, example in enumerate(_EXAMPLE, start=1):
            lines.write(at, [text.format(team=team, category=category) for text in example])
        _add_choices(session, book, sheet)
        words = book.add_worksheet("填写说明")
        words.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
        for at, line in enumerate(_HELP):
            words.write_string(
                at, 0, line, book.add_format({"bold": True, "font_size": 14}) if not at else None
            )
    return output.getvalue()


def write_report(table: UploadedTable, plan: ImportPlan, target: Path) -> None:
    """Write what was uploaded again, with the fate of each row and the reasons beside it."""
    header = [row for row in table.rows if not plan.rows or row.number < plan.rows[0].row][-1]
    fates = {row.row: row for row in plan.rows}
    with _workbook(target) as book:
        sheet = book.add_worksheet("预览结果")
        sheet.set_column(0, 1, 8)
        sheet.set_column(2, 2, 60)
        sheet.freeze_panes(1, 0)
        lines = _Texts(book, sheet)
        at = 0
        for row in table.rows:
            fate = fates.get(row.number)
            if fate is None and row.number != header.number:
                continue
            said = ["行号", "结果", "说明"]
            if fate is not None:
                reasons = [f"{one.column}：{one.words}" for one in fate.troubles]
                reasons += [
                    f"{one.column}：{one.before or '（空）'} → {one.after or '（空）'}"
                    for one in fate.changes
                ]
                said = [str(row.number), fate.fate.label, "\n".join(reasons)]
            lines.write(at, [*said, *(cell.text for cell in row.cells)])
            at += 1


_CATEGORY_NAMES = select(Category.name).where(Category.active).order_by(Category.position, Category.id)


def _workbook(target: Path | BytesIO) -> Any:  # noqa: ANN401 (XlsxWriter is typed in part)
    import xlsxwriter

    name = target if isinstance(target, BytesIO) else str(target)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(name, options)


def _sheet(book: Any) -> "Worksheet":  # noqa: ANN401
    sheet: Worksheet = book.add_worksheet(SHEET)
    head = book.add_format({"bold": True, "bg_color": "#E7F1EC", "bottom": 1, "valign": "vcenter"})
    # As text, so that 001 stays 001 and 3-1 becomes no date.
    text = book.add_format({"num_format": "@", "valign": "top"})
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, _WIDTHS[column], text)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, column, head)
    sheet.freeze_panes(1, 0)
    return sheet


class _Texts:
    """Writes rows of texts into a sheet."""

    def __init__(self, book: Any, sheet: "Worksheet") -> None:  # noqa: ANN401
        look = {"num_format": "@", "valign": "top"}
        self._sheet = sheet
        self._plain = book.add_format(look)
        self._quoted = book.add_format(look | {"quote_prefix": True})

    def write(self, at: int, texts: Sequence[str]) -> None:
        """Write one row, from 0; empty cells stay empty."""
        for column, text in enumerate(texts):
            if text:
                look = self._quoted if text.startswith(_RISKY) else self._plain
                self._sheet.write_string(at, column, text, look)


def _add_choices(session: Session, book: Any, sheet: "Worksheet") -> None:  # noqa: ANN401
    """Offer the names there are in lists to choose from; they stand on a sheet of their own, out of sight."""
    teams = session.scalars(select(Team.name).where(Team.active).order_by(Team.id)).all()
    choices: dict[Column, Sequence[str]] = {
        Column.KIND: [kind.label for kind in ServicePointKind],
        Column.TEAM: teams,
        Column.CATEGORY: session.scalars(_CATEGORY_NAMES).all(),
        Column.PARTY_MEMBER: ["是", "否"],
    }
    lists = book.add_worksheet("选项")
    lists.hide()
    for row in range(max(len(names) for names in choices.values())):
        for at, names in enumerate(choices.values()):
            if row < len(names):
                lists.write_string(row, at, names[row])
    for at, (column, names) in enumerate(choices.items()):
        place, letter = COLUMNS.index(column), "ABCD"[at]
        if names:
            source = f"=选项!${letter}$1:${letter}${len(names)}"
            words = {"error_title": column.value, "error_message": "请从列表里选。", "error_type": "stop"}
            sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source, **words})


def _registry_rows(session: Session) -> Iterator[tuple[int, Sequence[str]]]:
    """Give id and texts of each place in use, in the order of the tree."""
    query = select(ServicePoint).where(ServicePoint.active)
    places = session.scalars(query.order_by(ServicePoint.position, ServicePoint.id)).all()
    teams = {row.id: row.name for row in session.execute(select(Team.id, Team.name))}
    categories = {row.id: row.name for row in session.execute(select(Category.id, Category.name))}
    by_id = {place.id: place for place in places}
    below: dict[int | None, list[ServicePoint]] = {}
    for place in places:
        below.setdefault(place.parent_id, []).append(place)
    waiting = [(place, "") for place in reversed(below.get(None, []))]
    while waiting:
        place, above = waiting.pop()
        path = f"{above}/{place.name}".lstrip("/")
        parent = by_id.get(place.parent_id or 0)
        texts = (
            place.label_number or "",
            (parent.label_number or "") if parent else "",
            above,
            place.name,
            place.kind.label,
            teams.get(place.team_id or 0, ""),
            categories.get(place.category_id or 0, ""),
            place.in_charge,
            "是" if place.party_member else "",
            place.standard,
            place.pledge,
        )
        yield place.id, texts
        waiting += [(child, path) for child in reversed(below.get(place.id, []))]
