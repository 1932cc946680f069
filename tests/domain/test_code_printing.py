"""Files to print codes from: every code is read back from the drawn page, every name stands there in full."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from config.catalogue import catalogue
from domain import sheet_pdf
from domain.code_printing import Drawn, Form, Order, Report, file_name, make_pdf, make_zip, piece_of
from domain.errors import Invalid, NotFound
from domain.print_mark import own_mark
from domain.sheet_drawing import SLOGAN, draw_page
from domain.sheet_layouts import LAYOUTS, Layout, layout_named
from domain.sheet_pdf import load_typeface
from domain.sheet_svg import SvgSheet
from tests.support.reading_codes import codes_in, pages_of, words_of_pages
from web import vendor

LONG = "国际交流与继续教育学院实训基地综合服务楼（原留学生活动中心）"
LONGER = "三层东侧多功能报告厅、同声传译室及公共卫生间（含母婴室、无障碍设施）"
PLACES = (
    ("东校区第二食堂", "3号窗口", "EC-2-03"),
    ("", "图书馆", "TSG"),
    (LONG, LONGER, "GJ-3-E-0017"),
    ("东校区", "龘㛃靐鿍食堂", "R-1"),
    ("西区12号楼", "Sino-German College Room 302", "place-0123456789abcdef0123456789abcdef01"),
)
PREFIX = "https://bss.example.edu.cn/h5/p/"


def drawn(number: int, *, link: str = "") -> Drawn:
    above, name, label = PLACES[number % len(PLACES)]
    wechats = f"http://weixin.qq.com/q/02AbCdEfGhIjKlMnOp{number:04}"
    return Drawn(number, above, name, label, link or (wechats if number % 2 else f"{PREFIX}Code{number:06}"))


def order(count: int, told: list[tuple[int, int]] | None = None, mark: Image.Image | None = None) -> Order:
    def source(ids: Sequence[int]) -> list[Drawn]:
        return [drawn(number) for number in ids]

    def progress(done: int, total: int) -> None:
        if told is not None:
            told.append((done, total))

    return Order(
        ids=range(count), source=source, progress=progress, mark=mark or own_mark(), plain_prefix=PREFIX
    )


@pytest.fixture(scope="module", autouse=True)
def _typeface() -> None:
    load_typeface(vendor.TARGET / "fonts")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.key)
def test_every_code_on_paper_says_what_it_should(layout: Layout, tmp_path: Path) -> None:
    count, told = layout.per_page + 1, []
    path = tmp_path / "codes.pdf"
    report = make_pdf(path, layout, order(count, told))
    pages = list(pages_of(path))
    assert len(pages) == 2
    seen = [code for page in pages for code in codes_in(page)]
    faces = 2 if layout.is_folded else 1
    assert sorted(code.text for code in seen) == sorted(
        [drawn(number).link for number in range(count)] * faces
    )
    assert {code.level for code in seen} == {"H"}
    assert min(code.module for code in seen) >= 0.4
    assert [code.text for code in seen if not code.is_quiet] == []
    words = words_of_pages(path)
    for number in range(count):
        one = drawn(number)
        for part in (one.above, one.name, one.number):
            assert "".join(part.split()) in "".join(words.split())
    assert words.count(SLOGAN) == count * faces
    assert words.count(catalogue().account_name) == count * faces
    assert (report.made, report.plain, report.missing) == (count, (count + 1) // 2, {})
    assert Report(made=2).lines() == ["共 2 个二维码。"]
    assert told == [(0, count)]


def test_page_has_the_size_of_the_paper_and_is_printed_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "codes.pdf"
    make_pdf(path, layout_named("table_a6"), order(1))
    page = next(pages_of(path, dpi=254))
    assert [round(side / 10) for side in page.size] == [297, 210]  # at 254 dots an inch, 10 are a millimetre
    assert b"/PrintScaling /None" in path.read_bytes()
    assert path.stat().st_size < 120_000  # the typeface is there with the letters used, not with all of them


def test_letters_that_the_typeface_lacks_are_told(tmp_path: Path) -> None:
    strange = [replace(drawn(0), name=name) for name in ("𠮷野家", "大𠮷", "𠮷😀")]
    asked = replace(order(3), source=lambda ids: [strange[number] for number in ids])
    report = make_pdf(tmp_path / "codes.pdf", layout_named("sticker"), asked)
    assert report.lines() == [
        "共 3 个二维码。",
        (
            "其中 3 个是网页链接：微信还没有为它们生成公众号二维码。扫码同样能反映问题；"
            "想要扫码进入公众号的，请等生成后重新打印。"
        ),
        "字体里没有「𠮷」字，印成了方框，请手写补上：东校区第二食堂𠮷野家等 3 处。",
        "字体里没有「😀」字，印成了方框，请手写补上：东校区第二食堂𠮷😀。",
    ]


def test_longer_addresses_make_finer_codes_until_none_could_read_them(tmp_path: Path) -> None:
    path = tmp_path / "codes.pdf"

    def with_address(length: int) -> Order:
        link = PREFIX + "a" * (length - len(PREFIX))
        return replace(order(1), source=lambda ids: [drawn(number, link=link) for number in ids])

    make_pdf(path, layout_named("sticker"), with_address(330))
    [seen] = codes_in(next(pages_of(path, dpi=300)), dpi=300)
    assert (seen.level, seen.module >= 0.4, len(seen.text)) == ("Q", True, 330)
    with pytest.raises(Invalid, match="网址太长"):
        make_pdf(path, layout_named("sticker"), with_address(700))


@pytest.mark.parametrize("form", [Form.PNG, Form.SVG])
def test_zip_holds_a_readable_picture_for_each_place(form: Form, tmp_path: Path) -> None:
    path, told = tmp_path / "codes.zip", []
    report = make_zip(path, form, order(52, told))
    assert (report.made, told) == (52, [(0, 52), (20, 52), (40, 52)])
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        data = archive.read(names[1])
    assert names[1] == f"0002 图书馆 TSG.{form.value}"
    assert len(set(names)) == 52
    if form is Form.PNG:
        picture = Image.open(BytesIO(data))
        found = zxingcpp.read_barcodes(picture)
        assert (picture.size[0] >= 600, [code.text for code in found]) == (True, [drawn(1).link])
    else:
        assert data.startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 50"')


def test_names_of_files_suit_every_system() -> None:
    assert file_name('一食堂/二楼: "A"\r\n?') == "一食堂_二楼_ _A"
    assert len(file_name("长" * 300)) == 80


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.key)
def test_preview_shows_the_same_as_the_paper(layout: Layout) -> None:
    sheet = SvgSheet(layout.page, mark=own_mark())
    draw_page(sheet, layout, [piece_of(replace(drawn(0), name="<甲&乙>"), side=40)] * layout.per_page)
    svg = sheet.svg()
    assert svg.count("&lt;甲&amp;乙&gt;") == layout.per_page * (2 if layout.is_folded else 1)
    assert "style" not in svg


def test_missing_typeface_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_pdf, "REGULAR", "Away")
    with pytest.raises(NotFound, match="缺少打印用的字体"):
        load_typeface(tmp_path)


def test_unknown_layout_is_refused() -> None:
    with pytest.raises(Invalid, match="请选一种版式"):
        layout_named("poster_a0")
