"""What sheets are drawn on: paper (`sheet_pdf.PdfSheets`) or the screen (`sheet_svg.SvgSheet`)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

Modules = Sequence[Sequence[bool]]


@dataclass(frozen=True)
class Area:
    """A part of a page: its upper left corner and its size, in mm."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    def inside(self, edge: float) -> "Area":
        """Give what is left within an edge."""
        return Area(self.x + edge, self.y + edge, self.width - 2 * edge, self.height - 2 * edge)

    def middle(self, side: float) -> "Area":
        """Give the square in its middle."""
        return Area(self.x + (self.width - side) / 2, self.y + (self.height - side) / 2, side, side)


class Surface(Protocol):
    """Something to draw on: lengths in mm, from the upper left corner of the page."""

    def width_of(self, words: str, *, bold: bool = False) -> float:
        """Give the width of words in type of size 1."""

    def box(self, area: Area, *, fill: str = "", line: str = "", radius: float = 0) -> None:
        """Draw a box: filled, or with a thin line around it."""

    def line(self, x: float, y: float, to_x: float, to_y: float, *, dashed: bool = False) -> None:
        """Draw a thin line."""

    def words(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        colour: str,
        bold: bool = False,
        centred: bool = False,
    ) -> None:
        """Write words on a base line, which begins at this point or has it in its middle."""

    def code(self, area: Area, rows: Modules) -> None:
        """Draw the dark modules of a code; the area holds its quiet zone too."""

    def mark(self, area: Area) -> None:
        """Draw the mark of the office."""

    def turned(self, x: float, y: float) -> AbstractContextManager[None]:
        """Turn what is drawn meanwhile upside down, around this point."""


def dark_runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Give the dark modules of a row that stand side by side, as (first, how many)."""
    first = None
    for number, dark in enumerate([*row, False]):
        if dark and first is None:
            first = number
        elif not dark and first is not None:
            yield first, number - first
            first = None
