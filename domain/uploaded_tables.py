"""A table that somebody uploaded, as text; see `reading_tables` for how it is read.

A cell that cannot be taken as text says why, so that only its row has to be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import Invalid

MOST_ROWS = 50_000
MOST_COLUMNS = 40
FORMULA = "这一格是公式，系统不计算公式。请复制后「选择性粘贴 → 数值」。"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text.

    Attributes:
        trouble: why it cannot be used, in one sentence; empty when it can.
        merged: whether it is covered by a merged cell and shows that one's text.
    """

    text: str = ""
    trouble: str = ""
    merged: bool = False


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row that is not empty; numbered as the program that made it numbers rows, from 1."""

    number: int
    cells: Sequence[Cell]

    def cell(self, at: int) -> Cell:
        """Give the cell of a column; empty where the row is shorter."""
        return self.cells[at] if at < len(self.cells) else EMPTY


@dataclass(frozen=True)
class UploadedTable:
    """The rows of a table, without the empty ones.

    Attributes:
        sheet: the name of the sheet they were read from; empty for CSV.
    """

    rows: Sequence[TableRow]
    sheet: str = ""


def too_many_rows() -> Invalid:
    """Say how many rows a file may have."""
    return Invalid(f"一次最多导入 {MOST_ROWS} 行。请拆成几个文件，分次导入。")
