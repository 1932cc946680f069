"""Drawing sheets as PDF, with the typeface inside, so that every printer sets the same letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from domain.errors import NotFound
from domain.sheet_surface import Area, Modules, dark_runs

REGULAR, BOLD = "NotoSansSC-Regular", "NotoSansSC-Bold"
_HAIR_LINE = 0.4


def load_typeface(folder: Path) -> None:
    """Make the typeface known to this process; a second time costs nothing.

    Args:
        folder: where `python -m web.vendor` puts the two files.

    Raises:
        NotFound: they are not there.
    """
    for name in (REGULAR, BOLD):
        if name in pdfmetrics.getRegisteredFontNames():
            continue
        path = folder / f"{name}.ttf"
        if not path.is_file():
            raise NotFound("缺少打印用的字体，请系统管理员在服务器上运行 make setup 后再试。")
        pdfmetrics.registerFont(TTFont(name, str(path)))


def unprintable(words: str) -> list[str]:
    """Give the letters that the typeface lacks, each once; they would be printed as empty boxes."""
    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return [letter for letter in dict.fromkeys(words) if not letter.isspace() and ord(letter) not in known]


class PdfSheets:
    """A PDF that is drawn page by page; a `Surface` of sheet_drawing.

    Args:
        path: of the file to write.
        page: width and height in mm.
        title: for the window of whoever opens it.
        mark: the mark of the office.
    """

    def __init__(self, path: Path, *, page: tuple[float, float], title: str, mark: Image.Image) -> None:
        self._height = page[1]
        self._mark = ImageReader(mark)
        self._canvas = Canvas(str(path), pagesize=(page[0] * mm, page[1] * mm), pageCompression=1)
        self._canvas.setTitle(title)
        # To be printed in the size it was drawn: scaled to fit, it would miss the labels.
        self._canvas.setViewerPreference("PrintScaling", "None")
        self._canvas.setLineWidth(_HAIR_LINE)

    def next_page(self) -> None:
        """End this page; what is drawn next comes on the next one."""
        self._canvas.showPage()
        self._canvas.setLineWidth(_HAIR_LINE)

    def save(self) -> None:
        """Write the file."""
        self._canvas.save()

    def width_of(self, words: str, *, bold: bool = False) -> float:
        """Give the width of words in type of size 1."""
        return float(pdfmetrics.stringWidth(words, BOLD if bold else REGULAR, 1))

    def box(self, area: Area, *, fill: str = "", line: str = "", radius: float = 0) -> None:
        """Draw a box."""
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        if line:
            self._canvas.setStrokeColor(HexColor(line))
        corner = area.x * mm, (self._height - area.bottom) * mm
        size = area.width * mm, area.height * mm
        self._canvas.roundRect(*corner, *size, radius * mm, stroke=int(bool(line)), fill=int(bool(fill)))

    def line(self, x: float, y: float, to_x: float, to_y: float, *, dashed: bool = False) -> None:
        """Draw a thin line."""
        self._canvas.setStrokeColor(HexColor("#8a958f"))
        self._canvas.setDash([2, 2] if dashed else [])
        self._canvas.line(x * mm, (self._height - y) * mm, to_x * mm, (self._height - to_y) * mm)
        self._canvas.setDash([])

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
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.setFont(BOLD if bold else REGULAR, size * mm)
        draw = self._canvas.drawCentredString if centred else self._canvas.drawString
        draw(x * mm, (self._height - y) * mm, words)

    def code(self, area: Area, rows: Modules) -> None:
        """Draw the dark modules of a code as one shape, so that no hair lines show between them."""
        module = area.width / len(rows) * mm
        left, top = area.x * mm, (self._height - area.y) * mm
        path = self._canvas.beginPath()
        for number, row in enumerate(rows, start=1):
            for first, length in dark_runs(row):
                path.rect(left + first * module, top - number * module, length * module, module)
        self._canvas.setFillColor(HexColor("#000000"))
        self._canvas.drawPath(path, stroke=0, fill=1)

    def mark(self, area: Area) -> None:
        """Draw the mark of the office."""
        corner = area.x * mm, (self._height - area.bottom) * mm
        self._canvas.drawImage(self._mark, *corner, area.width * mm, area.height * mm, mask="auto")

    @contextmanager
    def turned(self, x: float, y: float) -> Iterator[None]:
        """Turn what is drawn meanwhile upside down, around this point."""
        self._canvas.saveState()
        self._canvas.translate(2 * x * mm, 2 * (self._height - y) * mm)
        self._canvas.rotate(180)
        yield
        self._canvas.restoreState()
