"""Drawing sheets, the same on paper and on the screen: what each place has on its piece, and where to cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.qr_drawings import QUIET_ZONE
from domain.sheet_layouts import Layout
from domain.sheet_surface import Area, Modules, Surface
from domain.text_fitting import LINE, Fitted, fit

SLOGAN = "扫码反映 立行立改"
GREEN, INK, SOFT, HAIR, WHITE = "#0b6e4f", "#16211c", "#5f6b65", "#c9d3ce", "#ffffff"
# The mark and the white around it, of the side of the code without its quiet zone: 5 % of its area are
# hidden, where level H makes good 30 %.
_MARK_SHARE, _WHITE_SHARE = 0.2, 0.23
_MARK_LENGTH, _MARK_GAP, _TICK = 5.0, 2.0, 8.0


@dataclass(frozen=True)
class Piece:
    """What is printed for one place.

    Attributes:
        above: the places it is in, as people say them; may be empty.
        name: its own name.
        number: the office's own number of it.
        rows: the modules of its code, with the quiet zone.
        owner: whose code it is: the account and the office.
    """

    above: str
    name: str
    number: str
    rows: Modules
    owner: str


def draw_page(surface: Surface, layout: Layout, pieces: Sequence[Piece]) -> None:
    """Draw a page with as many pieces as fit, and the marks for cutting and folding."""
    for index, piece in enumerate(pieces):
        face = Area(*layout.corner(index), *layout.face)
        if layout.is_folded:
            with surface.turned(face.x + face.width / 2, face.y + face.height / 2):
                draw_piece(surface, piece, face)
            face = Area(face.x, face.bottom, face.width, face.height)
        draw_piece(surface, piece, face)
    if layout.is_folded:
        _draw_ticks(surface, layout)
    elif layout.is_cut:
        _draw_cutting_marks(surface, layout)


def draw_piece(surface: Surface, piece: Piece, face: Area) -> None:
    """Draw what one place has on its piece, or on one face of it."""
    if face.height > face.width:
        _draw_standing(surface, piece, face)
    else:
        _draw_lying(surface, piece, face)


def draw_code(surface: Surface, rows: Modules, area: Area) -> None:
    """Draw a code with the mark in its middle; the area holds its quiet zone too."""
    surface.box(area, fill=WHITE)
    surface.code(area, rows)
    symbol = area.width * (len(rows) - 2 * QUIET_ZONE) / len(rows)
    white = area.middle(_WHITE_SHARE * symbol)
    surface.box(white, fill=WHITE, radius=0.12 * white.width)
    surface.mark(area.middle(_MARK_SHARE * symbol))


def code_side(face: Area) -> float:
    """Give the side of the code on a piece, its quiet zone included, in mm."""
    if face.height > face.width:
        return min(0.7 * face.width, 0.5 * face.height)
    frame = _frame_of_lying(face)
    return min(0.8 * frame.height, 0.46 * frame.width)


def _frame_of_lying(face: Area) -> Area:
    return face.inside(max(0.055 * face.height, 3.0))


def _draw_standing(surface: Surface, piece: Piece, face: Area) -> None:
    """The code in the middle, what to do above it, which place it is below."""
    frame = face.inside(0.05 * face.width)
    band = Area(frame.x, frame.y, frame.width, 0.15 * face.height)
    radius = 0.04 * face.width
    surface.box(frame, line=HAIR, radius=radius)
    surface.box(band, fill=GREEN, radius=radius)
    surface.box(Area(band.x, band.bottom - radius, band.width, radius), fill=GREEN)
    _write_line(surface, SLOGAN, band.inside(0.04 * band.width), 0.46 * band.height, WHITE, bold=True)
    side = code_side(face)
    code = Area(face.x + (face.width - side) / 2, band.bottom + 0.006 * face.height, side, side)
    draw_code(surface, piece.rows, code)
    foot_height = 0.085 * face.height
    inner = frame.inside(0.05 * face.width)
    name_height = frame.bottom - foot_height - code.bottom
    _draw_name(surface, piece, Area(inner.x, code.bottom, inner.width, name_height), centred=True)
    foot = Area(inner.x, frame.bottom - foot_height, inner.width, foot_height)
    surface.line(foot.x, foot.y, foot.right, foot.y)
    _write_line(surface, f"编号 {piece.number}　{piece.owner}", foot, 0.42 * foot.height, SOFT)


def _draw_lying(surface: Surface, piece: Piece, face: Area) -> None:
    """The code on the left, everything else beside it."""
    frame = _frame_of_lying(face)
    unit = frame.height / 100
    surface.box(frame, line=HAIR, radius=4 * unit)
    side = code_side(face)
    caption = 7.5 * unit
    code = Area(frame.x + 3 * unit, frame.y + (frame.height - side - caption) / 2, side, side)
    draw_code(surface, piece.rows, code)
    quiet = side * QUIET_ZONE / len(piece.rows)
    below = Area(code.x + quiet, code.bottom, side - 2 * quiet, caption)
    _write_line(surface, "微信扫一扫 · 反映问题 · 查看进度", below, 5.4 * unit, SOFT)
    left = code.right + 2 * unit
    column = Area(left, frame.y + 8 * unit, frame.right - 7 * unit - left, frame.height - 16 * unit)
    band = Area(column.x, column.y, column.width, 20 * unit)
    surface.box(band, fill=GREEN, radius=3 * unit)
    _write_line(surface, SLOGAN, band.inside(2.5 * unit), 9.5 * unit, WHITE, bold=True)
    foot = Area(column.x, column.bottom - 18 * unit, column.width, 9 * unit)
    _draw_name(
        surface,
        piece,
        Area(column.x, band.bottom, column.width, foot.y - band.bottom - 2 * unit),
        centred=False,
    )
    surface.line(foot.x, foot.y - 1.5 * unit, foot.right, foot.y - 1.5 * unit)
    _write_line(surface, f"编号 {piece.number}", foot, 6.2 * unit, INK, centred=False)
    owner = Area(foot.x, foot.bottom, foot.width, foot.height)
    _write_line(surface, piece.owner, owner, 5.4 * unit, SOFT, centred=False)


def _draw_name(surface: Surface, piece: Piece, area: Area, *, centred: bool) -> None:
    """Write the name as large as it goes, and above it, smaller, where the place is; all of both."""
    gap = 0.05 * area.height
    small = Fitted((), 0)
    if piece.above:
        # What is twice as long takes the same room in smaller type.
        weight = 0.6 * len(piece.above)
        share = min(0.45, max(0.26, weight / (weight + len(piece.name))))
        largest = min(0.2 * area.height, 0.09 * area.width)
        small = fit(
            piece.above,
            width=area.width,
            height=share * area.height,
            largest=largest,
            measure=surface.width_of,
        )
    large = fit(
        piece.name,
        width=area.width,
        height=area.height - small.height - 2 * gap,
        largest=min(0.42 * area.height, 0.2 * area.width),
        measure=lambda words: surface.width_of(words, bold=True),
    )
    top = area.y + (area.height - small.height - large.height - gap) / 2
    _write_lines(surface, small, Area(area.x, top, area.width, small.height), SOFT, centred=centred)
    top += small.height + (gap if small.lines else 0)
    _write_lines(surface, large, Area(area.x, top, area.width, large.height), INK, bold=True, centred=centred)


def _write_lines(
    surface: Surface, fitted: Fitted, area: Area, colour: str, *, centred: bool, bold: bool = False
) -> None:
    x = area.x + area.width / 2 if centred else area.x
    for number, words in enumerate(fitted.lines):
        base = area.y + (number * LINE + 1.0) * fitted.size
        surface.words(x, base, words, size=fitted.size, colour=colour, bold=bold, centred=centred)


def _write_line(
    surface: Surface,
    words: str,
    area: Area,
    largest: float,
    colour: str,
    *,
    bold: bool = False,
    centred: bool = True,
) -> None:
    """Write words on one line half way down an area, smaller if they are long."""
    size = min(largest, area.width / surface.width_of(words, bold=bold))
    x = area.x + area.width / 2 if centred else area.x
    base = area.y + area.height / 2 + 0.36 * size
    surface.words(x, base, words, size=size, colour=colour, bold=bold, centred=centred)


def _draw_cutting_marks(surface: Surface, layout: Layout) -> None:
    width, height = layout.page
    left, top = layout.origin
    for x in layout.columns_of_cuts():
        for y in (top - _MARK_GAP, height - top + _MARK_GAP + _MARK_LENGTH):
            surface.line(x, y - _MARK_LENGTH, x, y)
    for y in layout.rows_of_cuts():
        for x in (left - _MARK_GAP, width - left + _MARK_GAP + _MARK_LENGTH):
            surface.line(x - _MARK_LENGTH, y, x, y)


def _draw_ticks(surface: Surface, layout: Layout) -> None:
    """Mark the fold at both sides of each piece, and the cut between two pieces, at the edges of the page."""
    width, height = layout.page
    for index in range(layout.per_page):
        left, top = layout.corner(index)
        right, fold = left + layout.cell[0], top + layout.face[1]
        surface.line(left, fold, left + _TICK, fold, dashed=True)
        surface.line(right - _TICK, fold, right, fold, dashed=True)
    for x in layout.columns_of_cuts():
        if 0 < x < width:
            surface.line(x, 0, x, _TICK)
            surface.line(x, height - _TICK, x, height)
