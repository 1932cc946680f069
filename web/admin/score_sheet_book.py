"""The score sheets of a term as a workbook: the order, what each is made of, and what was entered."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import appraisal_entries, peer_review
from domain.score_sheets import Sheet
from models.appraisal import AppraisalTerm, Inspection
from models.appraisal_words import AppraisalPart
from web.admin.figures_book import Book, Cell
from web.admin.scoreboard_book import as_points
from web.filters import exact_text


def workbook(session: Session, term: AppraisalTerm, sheets: Sequence[Sheet]) -> bytes:
    """Make the workbook."""
    book = Book()
    names = [part.label for part in AppraisalPart]
    rows: list[Sequence[Cell]] = [
        (
            sheet.team_name,
            sheet.rank,
            as_points(sheet.total),
            *(as_points(sheet.part(part).tenths) for part in AppraisalPart),
            sheet.words,
        )
        for sheet in sheets
    ]
    book.sheet("排名", ("单位", "名次", "总分", *names, "算法"), rows)
    book.sheet("各部分", ("单位", "部分", "权重", "得分", "依据"), _parts(sheets))
    book.sheet("日常履职", ("单位", "项目", "权重", "得分", "分子", "分母"), _pieces(sheets))
    head = ("单位", "日期", "加减分", "地点", "情况", "录入人", "作废原因")
    book.sheet("一线督查", head, _inspections(session, term))
    book.sheet("领导点评", ("单位", "点评", "点评人", "时间"), _remarks(session, term, sheets))
    book.sheet("党员互评", ("单位", "互评", "平均分", "人次"), _peers(session, term, sheets))
    about: list[Sequence[Cell]] = [
        ("考核周期", term.name),
        ("起止", f"{term.first_day} 至 {term.last_day}"),
        ("状态", f"{term.state.label} {exact_text(term.closed_at)}".strip()),
    ]
    book.sheet("说明", ("项目", "内容"), about)
    return book.close()


def _parts(sheets: Sequence[Sheet]) -> list[Sequence[Cell]]:
    return [
        (sheet.team_name, one.part.label, one.weight, as_points(one.tenths), one.words)
        for sheet in sheets
        for one in sheet.parts
    ]


def _pieces(sheets: Sequence[Sheet]) -> list[Sequence[Cell]]:
    return [
        (sheet.team_name, one.criterion.label, one.weight, as_points(one.tenths), one.good, one.of)
        for sheet in sheets
        for one in sheet.pieces
    ]


def _inspections(session: Session, term: AppraisalTerm) -> list[Sequence[Cell]]:
    query = select(Inspection).where(Inspection.term_id == term.id)
    return [
        (
            found.team.name,
            found.day.isoformat(),
            found.points,
            found.service_point.full_name if found.service_point else "",
            found.words,
            found.entered_by.name,
            found.void_reason,
        )
        for found in session.scalars(query.order_by(Inspection.team_id, Inspection.day, Inspection.id))
    ]


def _remarks(session: Session, term: AppraisalTerm, sheets: Sequence[Sheet]) -> list[Sequence[Cell]]:
    return [
        (sheet.team_name, one.words, f"{one.staff.name}（{one.staff.post}）", exact_text(one.at))
        for sheet in sheets
        for one in appraisal_entries.remarks(session, term, sheet.team_id)
    ]


def _peers(session: Session, term: AppraisalTerm, sheets: Sequence[Sheet]) -> list[Sequence[Cell]]:
    return [
        (sheet.team_name, found.title, as_points(outcome.tenths), outcome.n)
        for sheet in sheets
        for found, outcome in peer_review.of_team(session, term, sheet.team_id)
    ]
