"""The scoreboard as a workbook: the table, how each score came about, and the weights."""

from collections.abc import Sequence
from decimal import Decimal

from domain.figure_periods import Period
from domain.figure_rules import SMALLEST_GROUP, Figure
from domain.figure_times import Lasting
from domain.scoreboard import FEWER_IS_BETTER, SHARES, Criterion, Line, Weights
from web.admin.figures_book import Book, Cell

_NOTE = (
    f"不足 {SMALLEST_GROUP} 件的不写比率和快慢，也不计分；每次重办另算一轮；没有评价的不算满意。"
    "满意度测评写的是得到的星占满分的比例。"
)


def workbook(period: Period, weights: Weights, lines: Sequence[Line]) -> bytes:
    """Make the workbook."""
    book = Book()
    head = ["单位", "名次", "综合分", "提出"]
    for one in Criterion:
        head += [one.label, f"{one.label}分子", f"{one.label}分母"]
    for name in ("首次答复", "办结"):
        head += [f"{name}中位数（工作分钟）", f"{name}九成不超过（工作分钟）"]
    book.sheet("三比", head, [_line(line) for line in lines])
    book.sheet("综合分的算法", ("单位", "综合分", "算法"), [_calculation(line) for line in lines])
    rows: list[Sequence[Cell]] = [
        (f"少{one.label}" if one in FEWER_IS_BETTER else one.label, weights[one]) for one in Criterion
    ]
    rows += [("提出日期", period.words), ("说明", _NOTE)]
    book.sheet("权重", ("项目", "权重"), rows)
    return book.close()


def as_points(tenths: int | None) -> Decimal | None:
    """Give a score as a number with one decimal."""
    return None if tenths is None else Decimal(tenths) / 10


def _calculation(line: Line) -> Sequence[Cell]:
    return line.team.name, as_points(line.score.tenths), line.score.words


def _line(line: Line) -> list[Cell]:
    score = as_points(line.score.tenths)
    cells: list[Cell] = [line.team.name, line.rank, score, line.counts[Figure.FILED].rounds]
    for one in Criterion:
        found = line.measured[one]
        share = found.rate.good / found.rate.of if found.enough else None
        hidden = one not in SHARES and not found.enough  # so few sheets would say whose they are
        cells += [share, None if hidden else found.rate.good, None if hidden else found.rate.of]
    return cells + _minutes(line.times.answer) + _minutes(line.times.done)


def _minutes(lasting: Lasting) -> list[Cell]:
    return [lasting.median, lasting.ninetieth] if lasting.enough else [None, None]
