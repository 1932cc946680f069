"""A plan as a Word document; what stands in it is put together by `plan_export`."""

import io

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table

from domain.plan_export import CENTRED, WIDTHS, PlanTable

_PAGE_WIDTH = 26.7
_FONT = "宋体"


def written(table: PlanTable) -> bytes:
    """Write it as a Word document, on A4 laid across."""
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(1.8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(10.5)
    # Word takes Chinese signs from a font of their own, and their shapes from the language.
    properties = style.element.rPr
    properties.rFonts.set(qn("w:eastAsia"), _FONT)
    language = {qn("w:val"): "zh-CN", qn("w:eastAsia"): "zh-CN"}
    properties.append(properties.makeelement(qn("w:lang"), language))
    for words, size in ((table.title, 16), (table.year, 10.5)):
        line = document.add_paragraph() if words else None
        if line is not None:
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = line.add_run(words)
            run.bold, run.font.size = size > 11, Pt(size)
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.headings), style="Table Grid")
    _fill(made, table)
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def _fill(made: Table, table: PlanTable) -> None:
    made.autofit = False
    scale = _PAGE_WIDTH / sum(WIDTHS[name] for name in table.headings)
    widths = [Cm(WIDTHS[name] * scale) for name in table.headings]
    # Word goes by the widths of cells, LibreOffice by those of columns.
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    merged = {row for first, last in table.phases for row in range(first + 1, last + 1)}
    at_phase = table.headings.index("阶段") if "阶段" in table.headings else -1
    # A table gives its cells anew each time it is asked: once a row, not once a cell.
    for number, (row, texts) in enumerate(zip(made.rows, [table.headings, *table.rows], strict=True)):
        for at, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = widths[at]
            cell.text = "" if at == at_phase and number - 1 in merged else text
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            line = cell.paragraphs[0]
            line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
            if not number or table.headings[at] in CENTRED:
                line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if not number:
                line.runs[0].bold = True
        properties = row._tr.get_or_add_trPr()
        # The headings stand on every page, and no row is torn apart.
        properties.append(properties.makeelement(qn("w:cantSplit" if number else "w:tblHeader"), {}))
    for first, last in table.phases:
        whole = made.cell(first + 1, at_phase).merge(made.cell(last + 1, at_phase))
        whole.text = table.rows[first][at_phase]
        whole.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
