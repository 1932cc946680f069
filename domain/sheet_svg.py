"""Drawing sheets as SVG, for the screen: with attributes only, as our pages allow no styles inside."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr  # nosec B406 # only writes

from PIL import Image

from domain.sheet_surface import Area, Modules, dark_runs

_TYPEFACES = "Noto Sans SC, Noto Sans CJK SC, PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, sans-serif"
# About what Chinese typefaces have; a preview needs no more.
_LATIN_WIDTH = 0.58
_MARK_PIXELS = 160


class SvgSheet:
    """A drawing of one page, or of one code; a `Surface`.

    Args:
        page: width and height in mm.
        mark: the mark of the office.
    """

    def __init__(self, page: tuple[float, float], *, mark: Image.Image) -> None:
        self._page = page
        self._parts: list[str] = []
        small = mark.copy()
        small.thumbnail((_MARK_PIXELS, _MARK_PIXELS))
        output = BytesIO()
        small.save(output, "PNG", optimize=True)
        self._mark = f"data:image/png;base64,{base64.b64encode(output.getvalue()).decode()}"

    def svg(self) -> str:
        """Give the drawing."""
        width, height = self._page
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}mm" height="{height:g}mm" font-family="{_TYPEFACES}">'
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>{"".join(self._parts)}</svg>'
        )

    def width_of(self, words: str, *, bold: bool = False) -> float:
        """Give about the width of words in type of size 1."""
        del bold
        return sum(_LATIN_WIDTH if letter.isascii() else 1 for letter in words)

    def box(self, area: Area, *, fill: str = "", line: str = "", radius: float = 0) -> None:
        """Draw a box."""
        stroke = f' stroke="{line}" stroke-width="0.15"' if line else ""
        self._parts.append(
            f'<rect x="{area.x:.3f}" y="{area.y:.3f}" width="{area.width:.3f}" height="{area.height:.3f}" '
            f'rx="{radius:.3f}" fill="{fill or "none"}"{stroke}/>'
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, *, dashed: bool = False) -> None:
        """Draw a thin line."""
        dashes = ' stroke-dasharray="0.7 0.7"' if dashed else ""
        self._parts.append(
            f'<path d="M{x:.3f} {y:.3f}L{to_x:.3f} {to_y:.3f}" stroke="#8a958f" stroke-width="0.15"{dashes}/>'
        )

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
        """Write words on a base line."""
        anchor = ' text-anchor="middle"' if centred else ""
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{x:.3f}" y="{y:.3f}" font-size="{size:.3f}" fill={quoteattr(colour)}{anchor}{weight}>'
            f"{escape(words)}</text>"
        )

    def code(self, area: Area, rows: Modules) -> None:
        """Draw the dark modules of a code as one shape."""
        path = "".join(
            f"M{first} {number}h{length}v1h-{length}z"
            for number, row in enumerate(rows)
            for first, length in dark_runs(row)
        )
        scale = area.width / len(rows)
        place = f"translate({area.x:.3f} {area.y:.3f}) scale({scale:.5f})"
        self._parts.append(f'<path transform="{place}" d="{path}" fill="#000000"/>')

    def mark(self, area: Area) -> None:
        """Draw the mark of the office."""
        self._parts.append(
            f'<image x="{area.x:.3f}" y="{area.y:.3f}" width="{area.width:.3f}" height="{area.height:.3f}" '
            f'href="{self._mark}"/>'
        )

    @contextmanager
    def turned(self, x: float, y: float) -> Iterator[None]:
        """Turn what is drawn meanwhile upside down, around this point."""
        self._parts.append(f'<g transform="rotate(180 {x:.3f} {y:.3f})">')
        yield
        self._parts.append("</g>")
