"""The papers of a joint meeting as a Word document; `meeting_papers` puts in order what stands in them."""

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from domain.difficulties import said_day
from domain.meeting_papers import NUMBERS, MeetingPaper, chinese
from models.joint_meeting import JointMeetingDecision

# As official papers are set (GB/T 9704): these fonts, sizes in points, and 28 points from line to line.
_TITLE, _HEADING, _SUBHEADING, _BODY = "方正小标宋简体", "黑体", "楷体", "仿宋"
_SIZE, _LINE, _INDENT = Pt(16), Pt(28), Pt(32)
_WIDTHS = (1.6, 7.2, 3.4, 3.4)


def as_document(paper: MeetingPaper) -> bytes:
    """Write the papers as a Word document, set as official papers are."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    _set_font(document.styles["Normal"], _BODY)
    document.styles["Normal"].font.size = _SIZE
    # Else a machine may set the signs and commas of another country.
    language = OxmlElement("w:lang")
    language.set(qn("w:eastAsia"), "zh-CN")
    document.styles["Normal"].element.get_or_add_rPr().append(language)
    _number_pages(section.footer.paragraphs[0])
    title = _line(document, paper.title, _TITLE, size=Pt(22), centred=True)
    title.paragraph_format.space_after = Pt(6)
    _line(document, f"（{paper.office}，{paper.held_on}）", _SUBHEADING, centred=True)
    _line(document, f"汇报期间：{paper.period}", _BODY)
    for unit in paper.units:
        _line(document, f"{unit.number}、{unit.name}", _HEADING, keeps=True)
        for at, (part, written) in enumerate(unit.sections.items()):
            _line(document, f"（{NUMBERS[at]}）{part.label}", _SUBHEADING, keeps=True)
            for text in (written.text or "（没有填写）").splitlines():
                if text.strip():
                    _line(document, text.strip(), _BODY)
    if paper.decisions:
        _line(document, f"{chinese(len(paper.units) + 1)}、议定事项", _HEADING, keeps=True)
        _decisions(document, paper.decisions)
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def _set_font(style: object, name: str) -> None:
    """Give a style or a run its font; Word takes Chinese signs from a font of their own."""
    style.font.name = name  # type: ignore[attr-defined]
    properties = style.element.get_or_add_rPr()  # type: ignore[attr-defined]
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _line(
    document: Document,
    text: str,
    font: str,
    *,
    size: Pt = _SIZE,
    centred: bool = False,
    keeps: bool = False,
) -> Paragraph:
    """Add a paragraph; `keeps` holds a heading on the page of what follows it."""
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    layout.keep_with_next = keeps
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        layout.first_line_indent = _INDENT
    run = paragraph.add_run(text)
    _set_font(run, font)
    run.font.size = size
    return paragraph


def _number_pages(paragraph: Paragraph) -> None:
    """Write the page's number at its foot: — 1 —."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, kind in (("— ", ""), ("", "begin"), ("PAGE", "code"), ("", "end"), (" —", "")):
        run = paragraph.add_run("" if kind else text)
        run.font.size = Pt(14)
        if kind == "code":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _decisions(document: Document, decisions: Sequence[JointMeetingDecision]) -> None:
    table = document.add_table(rows=1 + len(decisions), cols=len(_WIDTHS), style="Table Grid")
    table.autofit = False
    rows = [("序号", "议定内容", "责任单位", "时限"), *(_row(at, one) for at, one in enumerate(decisions, 1))]
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Cm(width)
    for number, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, text, width in zip(row.cells, texts, _WIDTHS, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            _set_font(run, _BODY if number else _HEADING)
            run.font.size = Pt(12)
        properties = row._tr.get_or_add_trPr()
        # The headings stand on every page, and no row is torn apart.
        properties.append(properties.makeelement(qn("w:cantSplit" if number else "w:tblHeader"), {}))


def _row(number: int, decision: JointMeetingDecision) -> tuple[str, str, str, str]:
    about = f"{decision.matter.title}（{decision.matter.number}）：" if decision.matter else ""
    until = said_day(decision.until) if decision.until else ""
    return str(number), f"{about}{decision.words}", decision.team.name if decision.team else "", until
