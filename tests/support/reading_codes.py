"""Reads QR codes back from paper: a PDF is drawn as a printer would, and looked at with another decoder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps

_QUIET = 4
_MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Seen:
    """A code as it was read.

    Attributes:
        text: what it says.
        level: of error correction.
        module: the side of one module in mm.
        is_quiet: whether four modules around it are white.
    """

    text: str
    level: str
    module: float
    is_quiet: bool


def pages_of(path: Path, *, dpi: int = 200) -> Iterator[Image.Image]:
    """Draw the pages of a PDF, one after the other."""
    document = pypdfium2.PdfDocument(path)
    try:
        for page in document:
            yield page.render(scale=dpi / 72, grayscale=True).to_pil()
            page.close()
    finally:
        document.close()


def words_of_pages(path: Path) -> str:
    """Give the words of a PDF as a reader program copies them, without line ends."""
    document = pypdfium2.PdfDocument(path)
    try:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range())
            text.close()
            page.close()
        return "".join(found).replace("\r", "").replace("\n", "")
    finally:
        document.close()


def codes_in(picture: Image.Image, *, dpi: int = 200) -> list[Seen]:
    """Read all codes in a picture, whichever way up they stand."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [_seen(picture, each, dpi) for each in found]


def _seen(picture: Image.Image, barcode: zxingcpp.Barcode, dpi: int) -> Seen:
    place = barcode.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    left, right = min(each.x for each in corners), max(each.x for each in corners)
    top, bottom = min(each.y for each in corners), max(each.y for each in corners)
    pixels = (right - left) / (17 + 4 * int(barcode.extra["Version"]))
    around = round(_QUIET * pixels) - 1
    box = (left - around, top - around, right + around, bottom + around)
    ink = ImageOps.invert(picture.convert("L").crop(box))
    ink.paste(0, (around - 2, around - 2, ink.width - around + 2, ink.height - around + 2))
    level = barcode.extra["ECLevel"]
    return Seen(barcode.text, level, pixels / dpi * _MM_PER_INCH, is_quiet=ink.getextrema()[1] < 128)
