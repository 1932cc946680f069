"""The results of a survey as a workbook: what was added up, and at the end what each sheet says."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from domain.survey_audience import Coverage
from domain.survey_results import Results, Stars
from models.enums import QuestionKind
from models.survey import Survey, SurveyQuestion
from web.filters import exact_text

Cell = str | int | float | None


def workbook_of(
    survey: Survey, results: Results, covered: Coverage, sheets: Sequence[Mapping[int, Sequence[int]]]
) -> bytes:
    """Make the workbook.

    Args:
        sheets: what each sheet says, in an order that tells nothing; empty: none are to be in it.
    """
    import xlsxwriter

    output = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(output, options)
    head = book.add_format({"bold": True, "bg_color": "#E7F1EC", "bottom": 1})

    def add(name: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        page = book.add_worksheet(name)
        page.set_column(0, 0, 32)
        page.set_column(1, max(1, len(titles) - 1), 14)
        for at, title in enumerate(titles):
            page.write_string(0, at, title, head)
        for line, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(line, at, cell)
                elif cell is not None:
                    page.write_number(line, at, cell)
        page.freeze_panes(1, 1)

    add("概况", ("项目", "内容"), _summary(survey, results, covered))
    add("各部分", ("部分或单位", "答的人数", "平均分", "满意（4–5 星）%"), _groups(results))
    add("各题", ("题目", "部分", "题型", "选项", "人数", "占比 %", "平均分", "回答人数"), _questions(results))
    add("公开的文字", ("文字意见", "题目"), _texts(results))
    if sheets:
        questions = [
            question
            for section in survey.sections
            for question in section.questions
            if question.kind is not QuestionKind.TEXT
        ]
        rows = [[_said(question, sheet) for question in questions] for sheet in sheets]
        add("答卷（随机排列）", [question.title for question in questions], rows)
    book.close()
    return output.getvalue()


def _summary(survey: Survey, results: Results, covered: Coverage) -> list[Sequence[Cell]]:
    return [
        ("测评", survey.title),
        ("开放", exact_text(survey.opened_at)),
        ("结束", exact_text(survey.closed_at) or "还在进行"),
        ("对象", survey.audience.label),
        ("对象人数", covered.invited),
        ("对象中已参与", covered.took_part),
        ("收到答卷", covered.came_in),
        ("计入结果", results.counted),
        ("说明", "答的人数太少的题目、部分和单位不写结果；逐份答卷在测评结束以后才有，不含文字，随机排列。"),
    ]


def _groups(results: Results) -> list[Sequence[Cell]]:
    rows = [(part.section.title, part.stars) for part in results.sections]
    rows += [(team.name, team.stars) for team in results.teams]
    return [(name, stars.n, *_shown(stars)) for name, stars in rows]


def _shown(stars: Stars | None) -> tuple[Cell, Cell]:
    if stars is None or not stars.enough:
        return None, None
    return round(stars.mean, 2), stars.percent_good


def _questions(results: Results) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = []
    for part in results.sections:
        for result in part.questions:
            question = result.question
            about = (question.title, part.section.title, question.kind.label)
            mean = _shown(result.stars)[0]
            if not result.bars:
                rows.append((*about, None, None, None, None, result.n))
            rows += [(*about, bar.label, bar.count, bar.percent, mean, result.n) for bar in result.bars]
    return rows


def _texts(results: Results) -> list[Sequence[Cell]]:
    return [
        (words, result.question.title)
        for part in results.sections
        for result in part.questions
        for words in result.texts
    ]


def _said(question: SurveyQuestion, sheet: Mapping[int, Sequence[int]]) -> Cell:
    chosen = sheet.get(question.id, ())
    if question.kind is QuestionKind.STARS:
        return chosen[0] if chosen else None
    return "、".join(question.options[choice - 1] for choice in chosen) or None
