"""Making the files to print codes from (打印二维码): PDF sheets, or a zip of pictures."""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import qrcode
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain.errors import Invalid
from domain.qr_codes import links_for
from domain.qr_drawings import modules, png
from domain.sheet_drawing import SLOGAN, Piece, code_side, draw_code, draw_page
from domain.sheet_layouts import Layout
from domain.sheet_surface import Area
from domain.sheet_svg import SvgSheet
from models.enums import Word
from models.service_point import ServicePoint

# Any phone reads modules of this size in mm from a hand's length away.
SMALLEST_MODULE = 0.4
# Between two batches the work can be cancelled.
_BATCH = 20
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST_NAME = 80


class Form(Word):
    """What the file is."""

    PDF = "pdf", "PDF（直接打印）"
    PNG = "png", "PNG 图片（压缩包）"
    SVG = "svg", "SVG 矢量图（压缩包）"
    MINI = "mini", "小程序码（压缩包）"


@dataclass(frozen=True)
class Drawn:
    """One place with the text its code holds."""

    place_id: int
    above: str
    name: str
    number: str
    link: str


@dataclass
class Report:
    """What to tell about a file when it is done.

    Attributes:
        made: how many codes it holds.
        plain: how many of them lead to our page, because WeChat has made no code for them yet.
        missing: letters that the typeface lacks, with the places they are in.
    """

    made: int = 0
    plain: int = 0
    missing: dict[str, list[str]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Say it in words."""
        told = [f"共 {self.made} 个二维码。"]
        if self.plain:
            told.append(
                f"其中 {self.plain} 个是网页链接：微信还没有为它们生成公众号二维码。扫码同样能反映问题；"
                "想要扫码进入公众号的，请等生成后重新打印。"
            )
        for letter, names in self.missing.items():
            others = f"等 {len(names)} 处" if len(names) > 1 else ""
            told.append(f"字体里没有「{letter}」字，印成了方框，请手写补上：{names[0]}{others}。")
        return told


def drawn(session: Session, ids: Sequence[int], *, app_id: str, base_url: str) -> list[Drawn]:
    """Give what is printed for some places, in the order of the ids; those gone meanwhile are left out."""
    found = session.scalars(select(ServicePoint).where(ServicePoint.id.in_(ids), ServicePoint.active)).all()
    links = links_for(session, found, app_id=app_id, base_url=base_url)
    by_id = {place.id: drawn_of(place, links[place.id]) for place in found}
    return [by_id[place_id] for place_id in ids if place_id in by_id]


def drawn_of(place: ServicePoint, link: str) -> Drawn:
    """Give what is printed for a place whose code holds this text."""
    above = place.full_name.removesuffix(place.name).strip()
    return Drawn(place.id, above, place.name, place.label_number or place.code, link)


def piece_of(one: Drawn, *, side: float) -> Piece:
    """Give a place as it is drawn on a sheet.

    Args:
        side: of its code with the quiet zone, in mm.

    Raises:
        Invalid: the text of the code is so long that its modules would be too fine.
    """
    words = catalogue()
    owner = f"{words.account_name} · {words.university}{words.office}"
    for level in (qrcode.ERROR_CORRECT_H, qrcode.ERROR_CORRECT_Q):
        rows = modules(one.link, level=level)
        if side / len(rows) >= SMALLEST_MODULE:
            return Piece(one.above, one.name, one.number, rows, owner)
    raise Invalid("网址太长，这种版式的二维码会太密、扫不出来。请换大一些的版式，或联系系统管理员缩短网址。")


Source = Callable[[Sequence[int]], list[Drawn]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """A file to make.

    Attributes:
        ids: of the places.
        source: gives what is printed for some of them; called with few at a time.
        progress: is told how many are done, and of how many.
        mark: the mark of the office.
        plain_prefix: how the text of a code begins that leads to our own page.
    """

    ids: Sequence[int]
    source: Source
    progress: Progress
    mark: Image.Image
    plain_prefix: str

    def pieces(self, report: Report, size: int) -> Iterator[list[Drawn]]:
        """Give the places some at a time, and count them."""
        for first in range(0, len(self.ids), size):
            self.progress(first, len(self.ids))
            some = self.source(self.ids[first : first + size])
            for one in some:
                report.made += 1
                report.plain += one.link.startswith(self.plain_prefix)
            yield some


def make_pdf(path: Path, layout: Layout, order: Order) -> Report:
    """Write a PDF of sheets; `sheet_pdf.load_typeface` comes before.

    Raises:
        Invalid: the codes would be too fine to be read, because they hold too long an address.
    """
    from domain.sheet_pdf import PdfSheets, unprintable

    report = Report()
    side = code_side(Area(0, 0, *layout.face))
    sheets = PdfSheets(path, page=layout.page, title=SLOGAN, mark=order.mark)
    for number, some in enumerate(_pages(order.pieces(report, _BATCH), layout.per_page)):
        if number:
            sheets.next_page()
        for one in some:
            for letter in unprintable(one.above + one.name + one.number):
                report.missing.setdefault(letter, []).append(one.above + one.name)
        draw_page(sheets, layout, [piece_of(one, side=side) for one in some])
    sheets.save()
    return report


def make_zip(path: Path, form: Form, order: Order) -> Report:
    """Write a zip with one picture for each place, named as the place is."""
    report = Report()
    number = 0
    with zipfile.ZipFile(
        path, "w", zipfile.ZIP_DEFLATED if form is Form.SVG else zipfile.ZIP_STORED
    ) as archive:
        for some in order.pieces(report, _BATCH):
            for one in some:
                number += 1
                name = f"{number:04} {file_name(one.above + one.name)} {file_name(one.number)}.{form.value}"
                archive.writestr(name, picture_of(one, form, mark=order.mark))
    return report


def picture_of(one: Drawn, form: Form, *, mark: Image.Image) -> bytes:
    """Draw the code of one place by itself, with the mark in its middle."""
    if form is Form.PNG:
        return png(one.link, module_pixels=20, logo=mark)
    area = Area(0, 0, 50, 50)
    sheet = SvgSheet((area.width, area.height), mark=mark)
    draw_code(sheet, modules(one.link), area)
    return sheet.svg().encode()


def file_name(words: str) -> str:
    """Give words as a part of a file's name, on every system."""
    return _UNSAFE.sub("_", words).strip(" ._")[:_LONGEST_NAME]


def _pages(batches: Iterable[list[Drawn]], size: int) -> Iterator[list[Drawn]]:
    page: list[Drawn] = []
    for batch in batches:
        for one in batch:
            page.append(one)
            if len(page) == size:
                yield page
                page = []
    if page:
        yield page
