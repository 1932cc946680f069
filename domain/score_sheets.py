"""Score sheets (考核评分表) of all teams in a term: worked out while it is open, frozen when it is closed.

Remarks of leaders and peer review stand on the sheet and count for nothing: only the four parts have
weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import appraisals, office_settings, peer_review, scoreboard
from domain.appraisal_entries import signed
from domain.errors import NotAllowed, NotFound
from domain.scoreboard import (
    FULL,
    WEIGHTS,
    Criterion,
    Line,
    Score,
    SurveyStars,
    Weights,
    points,
    ranks_of,
    score_of,
    weighted,
)
from models.appraisal import AnnualScore, AppraisalTerm, Inspection
from models.appraisal_words import AppraisalPart, PeerState, TermState
from models.staff import Staff

P = AppraisalPart
_MOST_STARS = 5


@dataclass(frozen=True)
class PartScore:
    """One part of a sheet.

    Attributes:
        tenths: what it is worth; None while there is nothing to go by.
        words: how it came about, or what is missing.
    """

    part: AppraisalPart
    weight: int
    tenths: int | None
    words: str


@dataclass(frozen=True)
class Piece:
    """One figure that the daily part is made of; `tenths` is None where too few are counted."""

    criterion: Criterion
    good: int
    of: int
    weight: int
    tenths: int | None


@dataclass(frozen=True)
class Sheet:
    """What a team reached in a term.

    Attributes:
        surveys: id and title of those that counted.
        words: the calculation of the total.
    """

    team_id: int
    team_name: str
    parts: Sequence[PartScore]
    pieces: Sequence[Piece]
    surveys: Sequence[tuple[int, str]]
    total: int | None
    words: str
    left_out: Sequence[str]
    rank: int | None

    def part(self, wanted: AppraisalPart) -> PartScore:
        """Give one part."""
        return next(one for one in self.parts if one.part is wanted)


def sheets(session: Session, term: AppraisalTerm, *, now: datetime) -> list[Sheet]:
    """Give the sheets of all teams, the best total first; of a closed term as they were frozen."""
    if term.state is TermState.CLOSED:
        return [_from_json(kept) for kept in term.sheets]
    weights = office_settings.read(session, WEIGHTS)
    # The survey is a part of its own.
    daily = {one: 0 if one is Criterion.SURVEY else weight for one, weight in weights.items()}
    lines = scoreboard.lines(session, appraisals.period_of_term(term), daily, now=now)
    annual = {row.team_id: row for row in session.scalars(select(AnnualScore).filter_by(term_id=term.id))}
    inspected = _inspected(session, term)
    scored = []
    for line in lines:
        parts = _parts(term, line, daily, annual.get(line.team.id), inspected.get(line.team.id, []))
        total = weighted([(one.part.label, one.tenths, one.weight) for one in parts])
        scored.append((line, parts, total))
    ranks = ranks_of([total for _, _, total in scored])
    found = [_sheet(*each, daily, rank) for each, rank in zip(scored, ranks, strict=True)]
    return sorted(found, key=lambda sheet: (sheet.rank is None, sheet.rank or 0, sheet.team_id))


def sheet_of(session: Session, term: AppraisalTerm, team_id: int, *, now: datetime) -> Sheet:
    """Give the sheet of one team, or raise NotFound."""
    found = next((one for one in sheets(session, term, now=now) if one.team_id == team_id), None)
    if found is None:
        raise NotFound(f"{term.name}里没有这个单位的评分表。")
    return found


def close(session: Session, term: AppraisalTerm, *, staff: Staff, now: datetime) -> None:
    """Close a term for good: its rounds of peer review end, and all sheets stay as they are now.

    Args:
        term: from `appraisals.hold`.

    Raises:
        NotAllowed: this is not for them to do, nobody has asked for it, or only they have.
    """
    appraisals.only_managers(staff)
    if not appraisals.may_close(term, staff):
        raise NotAllowed("归档不能撤销，须一个人申请、另一个人确认。")
    for one in peer_review.listed(session):
        if one.term_id == term.id and one.state is PeerState.OPEN:
            peer_review.close(session, one, staff=staff, now=now)
    found = sheets(session, term, now=now)
    term.sheets = [asdict(sheet) for sheet in found]
    term.state, term.closed_at, term.closed_by = TermState.CLOSED, now, staff
    session.flush()
    totals = {sheet.team_name: points(sheet.total) for sheet in found}
    words = f"归档考核周期「{term.name}」，{len(found)} 个单位的评分表不再变动"
    appraisals.note(session, term, "close", words, staff=staff, now=now, totals=totals)


def _inspected(session: Session, term: AppraisalTerm) -> dict[int, list[int]]:
    query = select(Inspection.team_id, func.sum(Inspection.points), func.count())
    query = query.where(Inspection.term_id == term.id, Inspection.void_reason == "")
    return {
        team_id: [int(points), count]
        for team_id, points, count in session.execute(query.group_by(Inspection.team_id))
    }


def _parts(
    term: AppraisalTerm, line: Line, daily: Weights, annual: AnnualScore | None, inspected: Sequence[int]
) -> list[PartScore]:
    done = score_of(line.measured, daily)
    judged, judged_words = _judged(line.stars)
    seen, seen_words = _seen(inspected)
    worth: dict[AppraisalPart, tuple[int | None, str]] = {
        P.DAILY: (done.tenths, done.words if done.tenths is not None else "件数不足，不计分。"),
        P.ANNUAL: (annual.tenths, annual.reason) if annual else (None, "还没有录入。"),
        P.SURVEY: (judged, judged_words),
        P.INSPECTION: (seen, seen_words),
    }
    return [PartScore(part, term.weights.get(part.value, 0), *worth[part]) for part in AppraisalPart]


def _judged(stars: SurveyStars) -> tuple[int | None, str]:
    if not stars.given:
        return None, "这段时间没有测评评到这个单位，或人数不足。"
    tenths = FULL * stars.total // (_MOST_STARS * stars.given)
    return tenths, (
        f"{stars.n} 份答卷打了 {stars.given} 个星级，共 {stars.total} 星，"
        f"占满分 {_MOST_STARS * stars.given} 星的 {points(tenths)}%。"
    )


def _seen(inspected: Sequence[int]) -> tuple[int | None, str]:
    if not inspected:
        return None, "还没有督查记录。"
    added, count = inspected
    tenths = max(0, min(FULL, FULL + 10 * added))
    return (
        tenths,
        f"从 100 分起，{count} 次督查合计 {signed(added)} 分，得 {points(tenths)}（不低于 0，不高于 100）。",
    )


def _sheet(line: Line, parts: Sequence[PartScore], total: Score, daily: Weights, rank: int | None) -> Sheet:
    pieces = [
        Piece(one, found.rate.good, found.rate.of, daily[one], found.tenths if found.enough else None)
        for one, found in line.measured.items()
        if one is not Criterion.SURVEY
    ]
    return Sheet(
        team_id=line.team.id,
        team_name=line.team.name,
        parts=parts,
        pieces=pieces,
        surveys=list(line.stars.surveys),
        total=total.tenths,
        words=total.words,
        left_out=list(total.left_out),
        rank=rank,
    )


def _from_json(kept: Mapping[str, Any]) -> Sheet:
    parts = [PartScore(**{**one, "part": AppraisalPart(one["part"])}) for one in kept["parts"]]
    pieces = [Piece(**{**one, "criterion": Criterion(one["criterion"])}) for one in kept["pieces"]]
    surveys = [(number, title) for number, title in kept["surveys"]]
    return Sheet(**{**kept, "parts": parts, "pieces": pieces, "surveys": surveys})
