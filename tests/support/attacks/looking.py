"""What no answer may hold, whatever was written: markup, live links, formulas, headers of somebody else."""

import json
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import lxml.etree
import lxml.html
import openpyxl
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from tests.support.attacks.marks import MARK

# Right behind a mark stand characters that have to be written differently in a page.
_RAW = re.compile(r"""zq\d+z["'/]*[<>]""")
_WORKED_OUT = re.compile(r"onerror=mk\(\)(?:&gt;|>)[^{]{0,60}?49")
# Where words of people may stand in a tag; anywhere else is looked at by a person first.
_WORDS = frozenset(
    {
        "alt",
        "aria-label",
        "content",
        "datetime",
        "for",
        "id",
        "label",
        "name",
        "placeholder",
        "title",
        "value",
    }
)
_ADDRESSES = frozenset(
    {
        "action",
        "cite",
        "data",
        "data-href",
        "formaction",
        "href",
        "hx-delete",
        "hx-get",
        "hx-patch",
        "hx-post",
        "hx-push-url",
        "hx-put",
        "poster",
        "src",
        "srcset",
        "xlink:href",
    }
)
_LIVE = re.compile(r"^(?:javascript|data|vbscript|blob|file):", re.IGNORECASE)
_SKIPPED = re.compile(r"[\x00-\x20]")
_NO_WORDS = ("script", "style", "template", "noscript", "iframe", "xmp", "object")
MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml"})
XML_TYPES = frozenset({"text/xml", "application/xml", "image/svg+xml"})


def faults(answer: TestResponse) -> Iterator[str]:
    """Name everything in an answer that is more than a text."""
    if "X-Mk" in answer.headers:
        yield "a header of somebody else"
    if answer.mimetype in MARKUP_TYPES:
        yield from in_page(answer.get_data(as_text=True))
    elif answer.mimetype in XML_TYPES:
        yield from in_xml(answer.data)
    elif answer.is_json:
        json.loads(answer.data)
    elif answer.data.startswith(b"PK"):
        yield from in_archive(answer.data)


def in_page(page: str) -> Iterator[str]:
    """Name what a page, or a part of one, holds that came out of a text."""
    if found := _RAW.search(page):
        yield f"not escaped: {page[max(0, found.start() - 80) : found.end() + 40]!r}"
    if _WORKED_OUT.search(page):
        yield "a text was worked out as a template"
    if not page.strip():
        return
    for node in lxml.html.fragments_fromstring(f"<div>{page}</div>")[0].iter():
        if not isinstance(node.tag, str):
            if MARK.search(node.text or ""):
                yield "a text inside a comment"
            continue
        if node.tag in _NO_WORDS and MARK.search(node.text or ""):
            yield f"a text inside <{node.tag}>: {node.text!r}"
        for name, value in node.attrib.items():
            yield from _in_attribute(str(node.tag), str(name).lower(), str(value))


def _in_attribute(tag: str, name: str, value: str) -> Iterator[str]:
    plain = _SKIPPED.sub("", unescape(value))
    if name.startswith("on") or name in {"srcdoc", "style"} or "mk()" in name or MARK.search(name):
        yield f"<{tag} {name}={value[:60]!r}>"
    if name in _ADDRESSES:
        own_picture = tag == "img" and plain.startswith("data:image/") and not MARK.search(plain)
        if _LIVE.match(plain) and not own_picture:
            yield f"a live address: <{tag} {name}={value[:60]!r}>"
        # `//host` and `/\host` are other hosts.
        if MARK.search(plain) and not re.match(r"/(?![/\\])|[?#]|https?://|tel:|mailto:", plain):
            yield f"an address made of a text: <{tag} {name}={value[:60]!r}>"
    elif MARK.search(value) and name not in _WORDS and not name.startswith(("data-", "aria-")):
        yield f"a text in <{tag} {name}={value[:60]!r}>"
    if name in {"hx-vals", "hx-headers"} and value.lstrip().startswith(("js:", "javascript:")):
        yield f"a script in {name}: {value[:60]!r}"


def in_xml(data: bytes) -> Iterator[str]:
    """Name what an XML document holds that came out of a text."""
    for node in lxml.etree.fromstring(data).iter(lxml.etree.Element):
        kind = str(node.tag).rpartition("}")[2].lower()
        for name, value in node.attrib.items():
            plain = _SKIPPED.sub("", value)
            drawn = kind == "image" and plain.startswith("data:image/png;base64,")
            if name.lower().startswith("on") or (name.endswith("href") and _LIVE.match(plain) and not drawn):
                yield f"<{kind} {name}={value[:60]!r}>"
        if kind in {"script", "foreignobject", "iframe", "img"} or MARK.search(str(node.tag)):
            yield f"<{kind}>"


def in_archive(data: bytes) -> Iterator[str]:
    """Name what a packed file holds that does something: formulas, links out, parts that lead elsewhere."""
    if not is_zipfile(BytesIO(data)):
        yield "a packed file that cannot be opened"
        return
    with ZipFile(BytesIO(data)) as packed:
        names = packed.namelist()
        for name in names:
            if name.startswith("/") or ".." in name.split("/") or "\\" in name or not name.isprintable():
                yield f"a part called {name!r}"
            if name.endswith((".html", ".htm")):
                yield from in_page(packed.read(name).decode())
            if name.endswith((".xml", ".rels", ".svg")):
                yield from in_xml(packed.read(name))
            if name.endswith(".rels") and b'TargetMode="External"' in packed.read(name):
                yield f"{name} leads out"
    if "xl/workbook.xml" in names:
        yield from _in_workbook(data)


def _in_workbook(data: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(BytesIO(data), read_only=False, keep_links=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" or cell.hyperlink is not None:
                    yield f"{sheet.title}!{cell.coordinate} does something: {str(cell.value)[:60]!r}"


def words_of(answer: TestResponse) -> str:
    """Give all that can be read in an answer, of packed files in all their parts."""
    if answer.data.startswith(b"PK") and is_zipfile(BytesIO(answer.data)):
        with ZipFile(BytesIO(answer.data)) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return answer.data.decode("utf-8", "replace") + answer.headers.get("Location", "")


def file_name(answer: TestResponse) -> str:
    """Give the name under which a browser keeps what it downloads."""
    given = parse_options_header(answer.headers.get("Content-Disposition", ""))[1]
    return str(given.get("filename", ""))
