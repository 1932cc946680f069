"""Files made to be more than they say: what is kept of them, and what reading them may cost."""

import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
import xlsxwriter
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

from domain.errors import Invalid
from domain.file_names import safe_name
from domain.photos import clean_photo
from domain.uploaded_documents import read_document
from domain.uploaded_workbooks import read_sheets

register_heif_opener()
SCRIPT = b"<html><script>alert('planted')</script></html>"
# 31°14'06"N, 121°28'15"E: what a phone writes of where it stood.
PLACE = {1: "N", 2: (31.0, 14.0, 6.0), 3: "E", 4: (121.0, 28.0, 15.0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>31,14.1planted</exif:GPSLatitude></x:xmpmeta>'


def saved(kind: str, **options: object) -> bytes:
    output = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(output, kind, **options)
    return output.getvalue()


def exif_with_place() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "planted camera", "planted comment"
    exif.get_ifd(0x8825).update(PLACE)
    return exif


def gif_and_script() -> bytes:
    """Make a GIF that is a script as well: its size reads as `/*`, closed in a comment behind the picture."""
    picture = bytearray(saved("GIF"))
    picture[6:8] = b"/*"
    return bytes(picture[:-1]) + b"\x21\xfe\x1f*/=1;alert('planted');/*planted*//" + b"\0;" + SCRIPT


def png_with_texts() -> bytes:
    texts = PngInfo()
    texts.add_text("Comment", "planted words")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return saved("PNG", pnginfo=texts, exif=exif_with_place())


@pytest.mark.parametrize(
    "make",
    [
        gif_and_script,
        lambda: saved("JPEG", comment=SCRIPT) + SCRIPT,
        lambda: saved("JPEG", exif=exif_with_place(), xmp=XMP),
        png_with_texts,
        lambda: png_with_texts() + b"PK\x03\x04" + SCRIPT,
        lambda: saved("WEBP", exif=exif_with_place(), xmp=XMP),
        lambda: saved("HEIF", exif=exif_with_place(), xmp=XMP),
        lambda: saved("BMP") + SCRIPT,
    ],
    ids=["GIF and script", "JPEG and page", "JPEG", "PNG", "PNG and archive", "WebP", "HEIC", "BMP and page"],
)
def test_of_a_photo_only_the_picture_is_kept(make: Callable[[], bytes]) -> None:
    data = make()
    assert b"planted" in data or b"\x88\x25" in data or b"\x25\x88" in data

    kept = clean_photo(data).data

    hidden = (b"planted", b"<script", b"GPS", b"Exif", b"xmp", b"PK\3\4")
    assert [word for word in hidden if word in kept] == []
    with Image.open(BytesIO(kept)) as photo:
        assert (photo.format, dict(photo.getexif())) == ("JPEG", {})
        assert not photo.getexif().get_ifd(0x8825)
    assert kept.endswith(b"\xff\xd9")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(*inside: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(inside) + chunk(b"IEND", b"")


def with_size(data: bytes, mark: bytes, at: int, form: str, *sizes: int) -> bytes:
    """Have a file claim another size, so many bytes behind a mark."""
    start = data.index(mark) + at
    return data[:start] + struct.pack(form, *sizes) + data[start + struct.calcsize(form) :]


BOMB = zlib.compress(bytes(100 * 1024 * 1024), 9)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png_of(chunk(b"iTXt", b"k\0\1\0\0\0" + BOMB), chunk(b"IDAT", zlib.compress(bytes(200)))), "损坏"),
        (png_of(chunk(b"zTXt", b"k\0\0" + BOMB), chunk(b"IDAT", zlib.compress(bytes(200)))), "损坏"),
        (png_of(chunk(b"iCCP", b"k\0\0" + BOMB), chunk(b"IDAT", zlib.compress(bytes(200)))), "损坏"),
        (with_size(saved("GIF"), b"GIF8", 6, "<HH", 65_535, 65_535), "尺寸太大"),
        (with_size(saved("HEIF"), b"ispe", 8, ">II", 50_000, 50_000), "损坏|尺寸太大"),
        (with_size(saved("BMP"), b"BM", 18, "<ii", 50_000, 50_000), "尺寸太大"),
        (with_size(saved("JPEG"), b"\xff\xc0", 5, ">HH", 65_500, 65_500), "尺寸太大"),
        (saved("HEIF")[:-20], "损坏"),
        (saved("WEBP")[:-20], "损坏"),
        (b"GIF89a" + SCRIPT, "尺寸太大|损坏|格式不支持"),
        (SCRIPT, "格式不支持"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "格式不支持"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "格式不支持"),
    ],
    ids=[
        *("iTXt", "zTXt", "iCCP", "GIF", "HEIC", "BMP", "JPEG"),
        *("HEIC cut", "WebP cut", "page as GIF", "page", "SVG", "EPS"),
    ],
)
def test_a_file_that_is_a_trap_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        clean_photo(data)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("方案.pdf", "方案.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\王\\方案.docx", "方案.docx"),
        ("方案\r\nSet-Cookie: a=b.pdf", "方案 Set-Cookie: a=b.pdf"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("a\0b\x1b[31m\u200b.pdf", "ab[31m.pdf"),
        ("..", ""),
        ("", ""),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_of_a_file_is_only_a_name(given: str, kept: str) -> None:
    assert safe_name(given, longest=120) == kept


def workbook(part: str, before: bytes, planted: bytes) -> bytes:
    """Make a workbook of two rows with something planted into one of its parts."""
    plain = BytesIO()
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编号", "名称"])
        sheet.write_row(1, 0, ["a", "b"])
    return planted_into(plain, part, before, planted)


def planted_into(plain: BytesIO, part: str, before: bytes, planted: bytes) -> bytes:
    output = BytesIO()
    with ZipFile(plain) as whole, ZipFile(output, "w", ZIP_DEFLATED) as made:
        for name in whole.namelist():
            data = whole.read(name)
            at = data.index(before) if name == part else len(data)
            made.writestr(name, data[:at] + (planted if name == part else b"") + data[at:])
    return output.getvalue()


def document() -> bytes:
    plain = BytesIO()
    docx.Document().save(plain)
    return planted_into(plain, "word/document.xml", b"<w:sectPr", b"<w:p/>" * 1_000_000)


SHEET = "xl/worksheets/sheet1.xml"
# Seconds of the processor, a slow one included; nothing like what reading it would take.
REFUSED_WITHIN = 6.0


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (lambda: workbook(SHEET, b"</row>", b"<c/>" * 1_500_000), read_sheets),
        (lambda: workbook(SHEET, b"</sheetData>", b"<row/>" * 2_500_000), read_sheets),
        (lambda: workbook(SHEET, b"</sheetData>", b"<row><c/><c/><c/></row>" * 2_000_000), read_sheets),
        (lambda: workbook("xl/sharedStrings.xml", b"</sst>", b"<si><t>a</t></si>" * 1_500_000), read_sheets),
        (lambda: workbook("xl/styles.xml", b"</cellXfs>", b"<xf/>" * 1_000_000), read_sheets),
        (document, read_document),
    ],
    ids=["cells in a row", "empty rows", "full rows", "texts", "styles", "paragraphs"],
)
def test_a_small_file_that_becomes_a_gigabyte_when_read_is_refused_before(
    make: Callable[[], bytes], read: Callable[[bytes], object]
) -> None:
    data = make()
    assert len(data) < 200_000
    began = time.process_time()

    with pytest.raises(Invalid, match="解压后太大"):
        read(data)

    assert time.process_time() - began < REFUSED_WITHIN


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(workbook(SHEET, b"</row>", b"<c/>" * 1_500_000))
    with ZipFile(BytesIO(data)) as archive:
        honest = archive.getinfo(SHEET).file_size
    told = struct.pack("<I", honest)
    assert data.count(told) >= 2
    lying = bytes(data).replace(told, struct.pack("<I", 1000))

    with pytest.raises(Invalid, match="损坏"):
        read_sheets(lying)
