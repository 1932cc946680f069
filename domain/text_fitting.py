"""Fitting words into a box for print: as large as they go, broken where Chinese may be, never cut off."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# What may not begin a line stays with what is before it, what may not end one with what follows; words and
# numbers of other scripts stay whole, and a number keeps its unit.
_UNIT = re.compile(
    r"[（「『【《〈“‘(\[]*(?:[A-Za-z0-9#&'’.\-]+[号楼层室栋座幢区]?|\S)[，。、；：！？）」』】》〉”’)\]…·]*|\s+"
)
LINE = 1.28
_SMALLER = 0.95
_STEPS = 12

Measure = Callable[[str], float]


@dataclass(frozen=True)
class Fitted:
    """Words broken into lines.

    Attributes:
        lines: without blanks at their ends.
        size: of the type, in the unit of the box.
    """

    lines: Sequence[str]
    size: float

    @property
    def height(self) -> float:
        """The height of all lines."""
        return len(self.lines) * self.size * LINE


def fit(words: str, *, width: float, height: float, largest: float, measure: Measure) -> Fitted:
    """Break words into lines that fill a box, in the largest type that fits.

    Args:
        words: on one line or several; all of them are kept.
        width, height: of the box.
        largest: size of the type to begin with.
        measure: gives the width of a text in type of size 1.
    """
    units = _UNIT.findall(" ".join(words.split()))
    size = largest
    while True:
        lines = _broken(units, width / size, measure)
        if len(lines) * size * LINE <= height and all(measure(line) * size <= width for line in lines):
            return Fitted(_balanced(units, lines, width / size, measure), size)
        size *= _SMALLER


def _broken(units: Sequence[str], width: float, measure: Measure) -> list[str]:
    lines = [""]
    for unit in units:
        if measure((lines[-1] + unit).rstrip()) <= width:
            lines[-1] += unit
        elif measure(unit) <= width:
            lines.append(unit.lstrip())
        else:
            _break_up(unit, lines, width, measure)
    return [line.strip() for line in lines if line.strip()]


def _break_up(unit: str, lines: list[str], width: float, measure: Measure) -> None:
    """Break what is too long for a line by itself wherever the line is full."""
    for letter in unit:
        if lines[-1] and measure(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter


def _balanced(units: Sequence[str], lines: list[str], width: float, measure: Measure) -> list[str]:
    """Make the lines about equally long, as many as they were: no single letter stands alone below."""
    narrow, best = width / max(1, len(lines)), lines
    for _ in range(_STEPS if len(lines) > 1 else 0):
        tried = (narrow + width) / 2
        found = _broken(units, tried, measure)
        if len(found) <= len(lines):
            width, best = tried, found
        else:
            narrow = tried
    return best
