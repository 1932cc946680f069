"""The figures of a page as a workbook: the rates with what they divide, the trend, and each table."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from domain.figure_rules import Counts, Figure, Rate, rate_of
from domain.figure_times import Times
from web.admin.figures_query import FiguresQuery
from web.admin.figures_view import FLAGS, RATES, SMALLEST, Group

F = Figure
Cell = str | int | float | Decimal | None


class Book:
    """A workbook with tables of texts and numbers; texts stay texts."""

    def __init__(self) -> None:
        import xlsxwriter

        self.output = BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book: Any = xlsxwriter.Workbook(self.output, options)
        self._head = self._book.add_format({"bold": True, "bg_color": "#E7F1EC", "bottom": 1})
        self._percent = self._book.add_format({"num_format": "0.0%"})
        self._points = self._book.add_format({"num_format": "0.0"})

    def sheet(self, name: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Add one sheet; floats are shares, decimals are points."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, len(head), 12)
        for at, words in enumerate(head):
            sheet.write_string(0, at, words, self._head)
        for line, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                if isinstance(cell, float):
                    sheet.write_number(line, at, cell, self._percent)
                elif isinstance(cell, Decimal):
                    sheet.write_number(line, at, float(cell), self._points)
                elif isinstance(cell, int):
                    sheet.write_number(line, at, cell)
                elif cell:
                    sheet.write_string(line, at, cell)
        sheet.freeze_panes(1, 1)

    def close(self) -> bytes:
        """Finish it, and give its bytes."""
        self._book.close()
        return self.output.getvalue()


def workbook(
    query: FiguresQuery, counts: Counts, times: Times, tables: Sequence[tuple[str, Sequence[Group]]]
) -> bytes:
    """Make the workbook.

    Args:
        tables: name and rows of each.
    """
    book = Book()
    book.sheet(f"合计 {query.period.first}", ("项目", "数值", "分子", "分母"), _summary(query, counts, times))
    head = ["", "提出", "计入统计", "还在办", "已办结", "已评价", "到期没有评价", "重办过"]
    for name, _, _ in RATES:
        head += [name, f"{name} n"]
    for name, rows in tables:
        book.sheet(name, [name, *head[1:]], [_line(row) for row in rows])
    return book.close()


def _summary(query: FiguresQuery, counts: Counts, times: Times) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [("提出日期", query.period.words)]
    for name, pair, _ in RATES:
        rate = rate_of(counts, pair)
        rows.append((name, _share(rate), rate.good, rate.of))
    rows += [
        (figure.label, counts[figure].rounds)
        for figure in Figure
        if figure not in {one for one, _, _ in FLAGS}
    ]
    for figure, of, _ in FLAGS:
        rate = Rate(counts[figure].rounds, counts[of].rounds)
        rows.append((figure.label, _share(rate), rate.good, rate.of))
    for name, lasting in (("首次答复", times.answer), ("办结", times.done)):
        median, ninetieth = (lasting.median, lasting.ninetieth) if lasting.enough else (None, None)
        rows.append((f"{name}中位数（工作分钟）", median, None, lasting.of))
        rows.append((f"{name}九成不超过（工作分钟）", ninetieth, None, lasting.of))
    rows.append(("说明", f"不足 {SMALLEST} 件的不写比率和快慢；每次重办另算一轮；没有评价的不算满意。"))
    return rows


def _share(rate: Rate) -> float | None:
    return rate.good / rate.of if rate.enough else None


def _line(row: Group) -> list[Cell]:
    shown = (F.FILED, F.COUNTED, F.OPEN, F.RESOLVED, F.RATED, F.UNRATED, F.REOPENED)
    cells: list[Cell] = ["　" * row.depth + row.name, *(row.numbers[figure].value for figure in shown)]
    for rate in row.rates:
        cells += [_share(rate), rate.of]
    return cells
