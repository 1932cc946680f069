"""A bulletin as a Word document, in the form that offices circulate."""

import io
from collections.abc import Callable, Sequence
from functools import cache

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

from config.catalogue import catalogue
from domain.bulletin_cases import GONE, ShownCase
from domain.bulletin_contents import Chart, Contents, Section
from domain.bulletin_figures import RATES
from domain.figure_rules import Rate
from domain.file_store import FileStore
from domain.working_time import local_time
from models.bulletin_words import BulletinPart

P = BulletinPart
_BODY, _HEADING, _TITLE = "仿宋", "黑体", "宋体"
_SIZE = 16
_WIDTH, _PICTURE = 15.6, 12
_NUMERALS = "一二三四五六七八"
# As a first line is set in official papers: two characters in.
_INDENT = Pt(32)
# Paragraph styles of what stands in tables, by whether it heads a column and whether it is centred. Whoever
# wants it larger changes them in one place.
_CELLS = {
    (True, False): "表头",
    (True, True): "表头居中",
    (False, False): "表格",
    (False, True): "表格居中",
}


def as_document(contents: Contents, files: FileStore) -> bytes:
    """Write it as a Word document on A4."""
    document = docx.Document(io.BytesIO(_blank()))
    _head(document, contents)
    numbered = 0
    for section in contents.sections:
        if section.part is not P.OPENING:
            heading = f"{_NUMERALS[numbered]}、{section.title}"
            _paragraph(document, heading, font=_HEADING, keep=True)
            numbered += 1
        _words(document, section.words)
        _FILLED.get(section.part, _nothing)(document, contents, section)
        if section.chart is not None:
            _picture(document, section.chart, files)
        for number, case in enumerate(section.cases, start=1):
            _case(document, number, case)
    _foot(document, contents)
    return _saved(document)


@cache
def _blank() -> bytes:
    """Write a document with nothing in it but our page and styles: setting up takes as long as a table."""
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.7)
    page.top_margin, page.bottom_margin = Cm(3), Cm(2.6)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _BODY, Pt(_SIZE)
    # Word takes Chinese signs from a font of their own.
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)
    style.paragraph_format.line_spacing = Pt(28)
    style.paragraph_format.space_after = Pt(0)
    for (heads, centred), name in _CELLS.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size, style.font.bold = Pt(11), heads
        style.paragraph_format.line_spacing = Pt(17)
        style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else None
    return _saved(document)


def _saved(document: Document) -> bytes:
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def _head(document: Document, contents: Contents) -> None:
    office = catalogue().office
    _paragraph(document, contents.bulletin.title, font=_TITLE, size=22, bold=True, centred=True)
    under = contents.issue or "草稿，未发布"
    _paragraph(document, f"{office}　{under}", size=14, centred=True)
    _paragraph(document, "", size=8)


def _foot(document: Document, contents: Contents) -> None:
    day = contents.bulletin.published_at or contents.figures.taken_at
    _paragraph(document, "", size=10)
    for words in (catalogue().office, f"{local_time(day):%Y年%-m月%-d日}"):
        _paragraph(document, words).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    taken = f"{local_time(contents.figures.taken_at):%Y年%-m月%-d日 %H:%M}"
    notes = [f"{name}＝{meaning}。" for name, _, meaning in RATES]
    rules = (
        f"说明：数字统计到 {taken}，按提出的日期归入本期；不予受理、撤回、并案的不计入三率；"
        f"每次重办另算一轮；不足 {contents.figures.smallest} 件的不显示比率。"
    )
    _paragraph(document, rules + "".join(notes), size=10.5)


def _paragraph(
    document: Document,
    words: str,
    *,
    font: str = "",
    size: float = _SIZE,
    bold: bool | None = None,
    centred: bool = False,
    keep: bool | None = None,
) -> Paragraph:
    """Add a paragraph; what it says nothing of is as in all of them."""
    paragraph = document.add_paragraph()
    run = paragraph.add_run(words)
    run.bold = bold
    if size != _SIZE:
        run.font.size = Pt(size)
    if font:
        run.font.name = font
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if size < _SIZE or size > 20:
        paragraph.paragraph_format.line_spacing = Pt(size * 1.5)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = keep
    return paragraph


def _words(document: Document, words: str) -> None:
    for line in words.splitlines():
        if line.strip():
            _paragraph(document, line.strip()).paragraph_format.first_line_indent = _INDENT


def _table(document: Document, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
    """Add a table; the first row is its heading."""
    _paragraph(document, "", size=4)
    made: Table = document.add_table(rows=len(rows), cols=len(widths), style="Table Grid")
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    scale = _WIDTH / sum(widths)
    # Word goes by the widths of cells, LibreOffice by those of columns.
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width * scale)
    for number, (row, texts) in enumerate(zip(made.rows, rows, strict=True)):
        for at, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = Cm(widths[at] * scale)
            paragraph = cell.paragraphs[0]
            # By its id, which is its name: to look a style up takes longer than all else of a cell.
            paragraph._p.style = _CELLS[not number, at > 0]
            paragraph.add_run(text)
        properties = row._tr.get_or_add_trPr()
        properties.append(properties.makeelement(qn("w:cantSplit" if number else "w:tblHeader"), {}))
    _paragraph(document, "", size=6)


def _nothing(_document: Document, _contents: Contents, _section: Section) -> None:
    pass


def _figures(document: Document, contents: Contents, _section: Section) -> None:
    figures = contents.figures
    rows = [["指标", "本期", figures.compared_name, "比较"]]
    rows += [
        [one.name, f"{one.now} 件", f"{one.before} 件", figures.compared_words(one.change)]
        for one in figures.numbers
    ]
    rows += [
        [one.name, _shown(one.rate), _shown(one.before), figures.compared_words(one.change) or "—"]
        for one in figures.rates
    ]
    rows += [[f"{name}用时（中位）", now, before or "—", "—"] for name, now, before in figures.lasted]
    _table(document, rows, (3.8, 3.6, 3.6, 5.2))


def _shown(rate: Rate) -> str:
    return f"{rate.words}（{rate.good}/{rate.of}）" if rate.enough else f"—（{rate.of} 件）"


def _below(rate: Rate) -> str:
    """Write what a rate divides below it."""
    return f"{rate.words}\n{rate.good}/{rate.of}" if rate.enough else f"—\n{rate.of} 件"


def _teams(document: Document, contents: Contents, _section: Section) -> None:
    figures = contents.figures
    if not figures.teams_shown:
        return
    rows = [["责任单位", "提出", *(name for name, _, _ in RATES)]]
    rows += [[team.name, str(team.filed), *map(_below, team.rates)] for team in figures.teams_shown]
    _table(document, rows, (4.6, 1.6, 2.6, 2.6, 2.6, 2.6))
    if figures.teams_left_out:
        left_out = f"{'、'.join(figures.teams_left_out)}：不足 {figures.smallest} 件，不作比较。"
        _paragraph(document, left_out, size=10.5)


def _matters(document: Document, contents: Contents, _section: Section) -> None:
    if contents.figures.matters:
        rows = [["事项", "目标", "责任单位", "销号日期"]]
        for one in contents.figures.matters:
            day = f"{one.closed_on.month}月{one.closed_on.day}日"
            rows.append([f"{one.title}（{one.number}）", one.goal, one.team or "—", day])
        _table(document, rows, (5, 5, 3.2, 2.4))


_FILLED: dict[BulletinPart, Callable[[Document, Contents, Section], None]] = {
    P.FIGURES: _figures,
    P.TEAMS: _teams,
    P.MATTERS: _matters,
}


def _picture(document: Document, chart: Chart, files: FileStore) -> None:
    document.add_picture(io.BytesIO(files.read(chart.picture.file_key)), width=Cm(_PICTURE))
    frame = document.paragraphs[-1]
    frame.alignment = WD_ALIGN_PARAGRAPH.CENTER
    frame.paragraph_format.line_spacing, frame.paragraph_format.keep_with_next = 1.0, True
    # Who cannot see it has it read out.
    properties = frame._p.xpath(".//wp:docPr")[0]
    properties.set("descr", chart.words)
    _paragraph(document, f"图：{chart.name.label}", size=10.5, centred=True)


def _case(document: Document, number: int, case: ShownCase) -> None:
    title = _paragraph(document, f"{number}. {case.heading}（{case.number}）", bold=True, keep=True)
    title.paragraph_format.first_line_indent = _INDENT
    if not case.is_shown:
        _words(document, GONE)
        return
    _words(document, f"诉求：{case.case.text}")
    if case.case.answer:
        _words(document, f"答复：{case.case.answer}")
    _words(document, f"办理：{case.told}。")
    if case.case.comment:
        _words(document, f"点评：{case.case.comment}")
