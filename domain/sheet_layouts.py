"""The sheets that codes are printed on: how many to a page, how large, where to cut. Lengths in mm."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import Invalid

A4 = (210.0, 297.0)
A4_LYING = (297.0, 210.0)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One kind of sheet.

    Attributes:
        key: stored with the task.
        label: what people call it.
        hint: size, number on a page, and what paper to use.
        page: width and height.
        cell: width and height of one piece, after cutting.
        columns, rows: pieces on a page.
        gap: between two columns; rows touch.
        is_folded: a piece folds in its middle into two faces that stand like a tent.
        is_cut: whether marks show where to cut; labels are cut already.
    """

    key: str
    label: str
    hint: str
    page: tuple[float, float]
    cell: tuple[float, float]
    columns: int
    rows: int
    gap: float = 0.0
    is_folded: bool = False
    is_cut: bool = True

    @property
    def per_page(self) -> int:
        """How many pieces fit on a page."""
        return self.columns * self.rows

    @property
    def origin(self) -> tuple[float, float]:
        """Where the upper left piece begins, so that all stand in the middle of the page."""
        width = self.columns * self.cell[0] + (self.columns - 1) * self.gap
        return (self.page[0] - width) / 2, (self.page[1] - self.rows * self.cell[1]) / 2

    @property
    def face(self) -> tuple[float, float]:
        """Width and height of what is drawn: a piece, or half of one that folds."""
        return self.cell[0], self.cell[1] / 2 if self.is_folded else self.cell[1]

    def corner(self, index: int) -> tuple[float, float]:
        """Give the upper left corner of a piece, by its number on the page from 0, row by row."""
        row, column = divmod(index, self.columns)
        left, top = self.origin
        return left + column * (self.cell[0] + self.gap), top + row * self.cell[1]

    def columns_of_cuts(self) -> Iterator[float]:
        """Give the distances from the left where to cut from top to bottom; the edge of the page is none."""
        for column in range(self.columns + 1):
            yield self.origin[0] + column * self.cell[0]

    def rows_of_cuts(self) -> Iterator[float]:
        """Give the distances from the top where to cut across."""
        for row in range(self.rows + 1):
            yield self.origin[1] + row * self.cell[1]


LAYOUTS = (
    Layout(
        key="sticker",
        label="小贴纸",
        hint="60 × 80 毫米，A4 每页 9 张，用不干胶纸打印后沿线裁开",
        page=A4,
        cell=(60, 80),
        columns=3,
        rows=3,
    ),
    Layout(
        key="poster",
        label="大贴纸",
        hint="90 × 130 毫米，A4 每页 4 张，贴在窗口、走廊等远一些看的地方",
        page=A4,
        cell=(90, 130),
        columns=2,
        rows=2,
    ),
    Layout(
        key="label",
        label="标签纸",
        hint="99.1 × 67.7 毫米，A4 每页 8 张，对应预切的 8 格标签纸，不用裁",
        page=A4,
        cell=(99.1, 67.7),
        columns=2,
        rows=4,
        gap=2.5,
        is_cut=False,
    ),
    Layout(
        key="table_a6",
        label="桌牌 A6",
        hint="对折后 148 × 105 毫米，A4 横放每页 2 张，中间裁开、各自对折立在桌上",
        page=A4_LYING,
        cell=(148.5, 210),
        columns=2,
        rows=1,
        is_folded=True,
    ),
    Layout(
        key="table_a5",
        label="桌牌 A5",
        hint="对折后 210 × 148 毫米，A4 每页 1 张，对折立在桌上，或插进亚克力桌牌",
        page=A4,
        cell=(210, 297),
        columns=1,
        rows=1,
        is_folded=True,
    ),
    Layout(
        key="door",
        label="门牌",
        hint="190 × 85 毫米，A4 每页 3 张，名称印得大，贴在门上",
        page=A4,
        cell=(190, 85),
        columns=1,
        rows=3,
    ),
)
_BY_KEY = {layout.key: layout for layout in LAYOUTS}


def layout_named(key: str) -> Layout:
    """Give a kind of sheet.

    Raises:
        Invalid: there is none of this name.
    """
    if key not in _BY_KEY:
        raise Invalid("请选一种版式。", "layout")
    return _BY_KEY[key]
