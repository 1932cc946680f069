"""Sheets of codes and a document by the bare libraries, told each stroke and each paragraph beforehand.

Where everything stands, how large words are set and where they break has been worked out by the product, and
is left out here: reportlab and qrcode only draw it, python-docx only writes it down.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import qrcode
from docx.shared import Emu
from docx.table import Table
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from domain.sheet_pdf import BOLD, REGULAR, PdfSheets
from domain.sheet_surface import Area, Modules

Stroke = tuple[str, tuple[Any, ...], dict[str, Any]]


class Recorder:
    """A `Surface` that keeps what is drawn on it; a code is kept as the text that it holds."""

    def __init__(self, sheets: PdfSheets, links: Sequence[str]) -> None:
        self._sheets, self._links = sheets, iter(links)
        self.strokes: list[Stroke] = []

    def width_of(self, words: str, *, bold: bool = False) -> float:
        """Give the width of words in type of size 1."""
        return self._sheets.width_of(words, bold=bold)

    def code(self, area: Area, _rows: Modules) -> None:
        """Keep a code."""
        self.strokes.append(("code", (area, next(self._links)), {}))

    def box(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 (whatever is drawn)
        """Keep a box."""
        self.strokes.append(("box", given, named))

    def line(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        """Keep a line."""
        self.strokes.append(("line", given, named))

    def words(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        """Keep words."""
        self.strokes.append(("words", given, named))

    def mark(self, *given: Any) -> None:  # noqa: ANN401
        """Keep the mark of the office."""
        self.strokes.append(("mark", given, {}))

    @contextmanager
    def turned(self, _x: float, _y: float) -> Iterator[None]:
        """Do nothing: the sheets that are measured have nothing turned."""
        yield


def draw_sheets(
    path: Path, pages: Sequence[Sequence[Stroke]], *, size: tuple[float, float], mark: Image.Image
) -> None:
    """Draw the pages, making each code on the way."""
    sheet = _Sheet(Canvas(str(path), pagesize=(size[0] * mm, size[1] * mm), pageCompression=1), size[1], mark)
    for page in pages:
        for what, given, named in page:
            getattr(sheet, what)(*given, **named)
        sheet.canvas.showPage()
    sheet.canvas.save()


class _Sheet:
    """Hands strokes on to reportlab."""

    def __init__(self, canvas: Canvas, height: float, mark: Image.Image) -> None:
        self.canvas, self._height, self._mark = canvas, height, ImageReader(mark)

    def box(self, area: Area, *, fill: str = "", line: str = "", radius: float = 0) -> None:
        if fill:
            self.canvas.setFillColor(HexColor(fill))
        if line:
            self.canvas.setStrokeColor(HexColor(line))
        x, y = area.x * mm, (self._height - area.bottom) * mm
        size = area.width * mm, area.height * mm
        self.canvas.roundRect(x, y, *size, radius * mm, stroke=int(bool(line)), fill=int(bool(fill)))

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.canvas.setStrokeColor(HexColor("#8a958f"))
        self.canvas.line(x * mm, (self._height - y) * mm, to_x * mm, (self._height - to_y) * mm)

    def words(
        self, x: float, y: float, words: str, *, size: float, colour: str, bold: bool = False, centred: bool
    ) -> None:
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.setFont(BOLD if bold else REGULAR, size * mm)
        draw = self.canvas.drawCentredString if centred else self.canvas.drawString
        draw(x * mm, (self._height - y) * mm, words)

    def code(self, area: Area, link: str) -> None:
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_H, border=4)
        code.add_data(link)
        code.make(fit=True)
        rows = code.get_matrix()
        module = area.width / len(rows) * mm
        left, top = area.x * mm, (self._height - area.y) * mm
        path = self.canvas.beginPath()
        for number, row in enumerate(rows, start=1):
            first = None
            for at, dark in enumerate([*row, False]):
                if dark and first is None:
                    first = at
                elif not dark and first is not None:
                    path.rect(left + first * module, top - number * module, (at - first) * module, module)
                    first = None
        self.canvas.setFillColor(HexColor("#000000"))
        self.canvas.drawPath(path, stroke=0, fill=1)

    def mark(self, area: Area) -> None:
        x, y = area.x * mm, (self._height - area.bottom) * mm
        self.canvas.drawImage(self._mark, x, y, area.width * mm, area.height * mm, mask="auto")


Block = tuple[str, Any]


def blocks_of(document: bytes) -> list[Block]:
    """Tell what stands in a document: paragraphs with their looks, tables with their texts, pictures."""
    source = docx.Document(BytesIO(document))
    pictures = iter(source.inline_shapes)
    blocks: list[Block] = []
    for block in source.iter_inner_content():
        if isinstance(block, Table):
            blocks.append(("table", [[cell.text for cell in row.cells] for row in block.rows]))
        elif block._p.xpath(".//pic:pic"):
            shape = next(pictures)
            key = shape._inline.graphic.graphicData.pic.blipFill.blip.embed
            blocks.append(("picture", (source.part.related_parts[key].blob, int(shape.width))))
        else:
            run = block.runs[0] if block.runs else None
            size = run.font.size if run is not None else None
            looks = (run.bold if run else None, run.font.name if run else None, size)
            layout = block.paragraph_format
            blocks.append(
                ("words", (block.text, looks, block.alignment, layout.line_spacing, layout.first_line_indent))
            )
    return blocks


def write_document(blocks: Sequence[Block]) -> bytes:
    """Write them down."""
    document = docx.Document()
    for kind, said in blocks:
        if kind == "table":
            table = document.add_table(rows=len(said), cols=len(said[0]), style="Table Grid")
            for row, texts in zip(table.rows, said, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.width = Emu(1_000_000)
                    run = cell.paragraphs[0].add_run(text)
                    run.font.size, run.bold = Emu(139_700), False
        elif kind == "picture":
            document.add_picture(BytesIO(said[0]), width=Emu(said[1]))
        else:
            text, (bold, font, size), alignment, spacing, indent = said
            paragraph = document.add_paragraph()
            run = paragraph.add_run(text)
            run.bold, run.font.size = bold, size
            if font:
                run.font.name = font
            paragraph.alignment = alignment
            layout = paragraph.paragraph_format
            layout.line_spacing, layout.first_line_indent = spacing, indent
    output = BytesIO()
    document.save(output)
    return output.getvalue()
