"""The columns of a plan as departments name them, and where they stand in a table."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.uploaded_tables import TableRow, UploadedTable


class PlanColumn(StrEnum):
    """What a column of a plan says, as a person is asked for it."""

    PHASE = "阶段"
    ITEM = "序号"
    TITLE = "工作内容"
    PROBLEM = "问题"
    GOAL = "目标"
    MEASURES = "措施"
    UNITS = "责任单位"
    SUPPORT = "配合单位"
    PERSON = "牵头领导"
    TIME = "完成时限"
    REMARK = "备注"


# The first pattern that a heading meets decides, so what is narrower stands first.
_HEADINGS: Sequence[tuple[PlanColumn, str]] = (
    (PlanColumn.SUPPORT, "(配合|协办|协助|参与|支持)(单位|部门|科室|中心|处室)"),
    (
        PlanColumn.PERSON,
        "(牵头|分管|责任|包保|主管|联系)(校|处|院)?(领导|负责人|人|同志)|负责人|责任领导|领导",
    ),
    (PlanColumn.UNITS, "(责任|牵头|主责|承办|实施|负责|主办|整改|落实)?(单位|部门|科室|中心|处室)|责任主体"),
    (PlanColumn.TIME, "时限|时间|期限|日期|进度安排|时间节点|完成节点"),
    (PlanColumn.PHASE, "阶段|步骤|环节|板块|类别|分类|方面"),
    (PlanColumn.ITEM, "序号|编号|项次|号$|^no$"),
    (PlanColumn.GOAL, "目标|预期|成效|标准|完成标志|要求$"),
    (PlanColumn.MEASURES, "措施|举措|做法|路径|方法"),
    (PlanColumn.PROBLEM, "问题|难点|堵点|短板|不足"),
    (PlanColumn.TITLE, "内容|任务|事项|项目|工作|清单|名称|举措"),
    (PlanColumn.REMARK, "备注|说明|附注"),
)
_HEADER_WITHIN = 15
_LONGEST_HEADING = 14


@dataclass(frozen=True)
class PlanHeader:
    """Where the columns stand.

    Attributes:
        row: the index of the first row below the headings.
        headings: what stands above each column, from left to right; empty where nothing does.
        places: what is read from which column, from 0.
    """

    row: int
    headings: Sequence[str]
    places: Mapping[PlanColumn, int]


def column_for(heading: str) -> PlanColumn | None:
    """Give what a heading promises; None for one that is not known."""
    plain = re.sub(r"\s+|\(.*?\)|[::*]", "", unicodedata.normalize("NFKC", heading)).lower()
    if not plain or len(plain) > _LONGEST_HEADING:
        return None
    return next((column for column, pattern in _HEADINGS if re.search(pattern, plain)), None)


def find_header(table: UploadedTable) -> PlanHeader | None:
    """Find the row that names the columns, one or two rows high; None where no row does."""
    best: PlanHeader | None = None
    for at, row in enumerate(table.rows[:_HEADER_WITHIN]):
        below = table.rows[at + 1] if at + 1 < len(table.rows) else None
        headings = _headings(row, below)
        places = _places(headings)
        high = 2 if below is not None and headings != _texts(row) else 1
        if _is_header(places) and (best is None or len(places) > len(best.places)):
            best = PlanHeader(at + high, headings, places)
    return best


def _is_header(places: Mapping[PlanColumn, int]) -> bool:
    says_what = {PlanColumn.TITLE, PlanColumn.PROBLEM, PlanColumn.MEASURES} & places.keys()
    return bool(says_what) and len(places) >= 2


def _headings(row: TableRow, below: TableRow | None) -> list[str]:
    """Give the headings; below one that spans columns (责任分工) stand narrower ones (牵头、配合)."""
    headings = _texts(row)
    if below is None:
        return headings
    lower = _texts(below)
    pairs = list(zip(headings, lower, strict=False))
    spans = any(below.cell(at).merged and upper == under for at, (upper, under) in enumerate(pairs) if upper)
    if not spans or any(len(under) > _LONGEST_HEADING for under in lower):
        return headings
    narrowed = [_narrowed(upper, under) for upper, under in pairs]
    return [*narrowed, *headings[len(pairs) :]]


def _narrowed(upper: str, under: str) -> str:
    if not under or under == upper:
        return upper
    ways = (under, f"{under}{upper}", f"{under}单位")
    return next((way for way in ways if column_for(way)), under)


def _texts(row: TableRow) -> list[str]:
    return ["".join(cell.text.split()) for cell in row.cells]


def _places(headings: Sequence[str]) -> dict[PlanColumn, int]:
    """Read each column once; a second column of the same sort is left to the person."""
    places: dict[PlanColumn, int] = {}
    for at, heading in enumerate(headings):
        column = column_for(heading)
        if column is not None:
            places.setdefault(column, at)
    return places
