"""The columns of the workbook of service points: the same for the template, the import and the export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Invalid
from domain.service_point_fields import LABELS
from domain.uploaded_tables import UploadedTable

SHEET = "服务点"
# A title and a line about how to fill it in may stand above the names of the columns.
_HEADER_WITHIN = 10


class Column(StrEnum):
    """A column, as it is called in the workbook."""

    NUMBER = "编号"
    PARENT_NUMBER = "上级编号"
    PARENT_PATH = "上级全称"
    NAME = "名称"
    KIND = "类型"
    TEAM = "责任单位"
    CATEGORY = "类别"
    IN_CHARGE = "负责人"
    PARTY_MEMBER = "中共党员"
    STANDARD = "服务标准"
    PLEDGE = "服务承诺"


COLUMNS = tuple(Column)
# A merged cell says the same for all rows it covers only where that makes sense.
MAY_BE_MERGED = frozenset(
    {Column.PARENT_NUMBER, Column.PARENT_PATH, Column.KIND, Column.TEAM, Column.CATEGORY, Column.STANDARD,
     Column.PLEDGE}
)  # fmt: skip
# Where a place lies is picked on a map, one by one, so the workbook has no column for it.
FIELDS: Mapping[str, Column] = {
    field: Column(label) for field, label in LABELS.items() if label in tuple(Column)
}
_NEEDED = (Column.NAME, Column.KIND)


@dataclass(frozen=True)
class Header:
    """Where the columns stand.

    Attributes:
        row: the number of the row that names them.
        places: column → its place in the row, from 0.
        unused: names of columns that are not ours.
    """

    row: int
    places: Mapping[Column, int]
    unused: Sequence[str]


def read_header(table: UploadedTable) -> Header:
    """Find the row that names the columns.

    Raises:
        Invalid: there is none, a needed column is missing, or one is there twice; says which.
    """
    if not table.rows:
        raise Invalid("表里没有内容。请下载模板，按模板填写。")
    known = {str(column): column for column in COLUMNS}
    texts = [[_plain(cell.text) for cell in row.cells] for row in table.rows[:_HEADER_WITHIN]]
    at = max(range(len(texts)), key=lambda index: len(known.keys() & set(texts[index])))
    found = [known[text] for text in texts[at] if text in known]
    twice = sorted({column for column in found if found.count(column) > 1}, key=COLUMNS.index)
    if twice:
        raise Invalid(f"表头里「{twice[0]}」出现了不止一次，请只留一列。")
    has_place = {Column.NUMBER, Column.PARENT_NUMBER, Column.PARENT_PATH} & set(found)
    missing = [column for column in _NEEDED if column not in found] + (
        [] if has_place else [Column.PARENT_PATH]
    )
    if missing:
        there = "、".join(text for text in texts[at] if text)[:200] or "（空行）"
        lacking = "、".join(f"「{column}」" for column in missing)
        raise Invalid(
            f"表头缺少{lacking}。第 {table.rows[at].number} 行找到的列是：{there}。请下载模板对照。"
        )
    unused = [text for text in texts[at] if text and text not in known]
    return Header(
        table.rows[at].number,
        {known[text]: place for place, text in enumerate(texts[at]) if text in known},
        unused,
    )


def _plain(text: str) -> str:
    """Take away the marks people put beside a column's name: 名称*, 名称（必填）."""
    return "".join(text.replace("（必填）", "").replace("(必填)", "").strip("*＊ \n").split())
