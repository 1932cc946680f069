"""Bulletins (通报) that are out: the list, and one with its figures, pictures and cases."""

from datetime import datetime

from flask import Blueprint, url_for

from domain import bulletins as rules
from domain.bulletin_cases import ShownCase
from domain.bulletin_contents import Chart, Contents, Section, contents_of
from domain.bulletin_figures import BulletinFigures, RateLine
from domain.figure_rules import Rate
from models.bulletin import Bulletin
from models.bulletin_words import BulletinPart, BulletinState
from web.api.bulletin_shapes import (
    AreaOut,
    BulletinOut,
    BulletinPage,
    BulletinRow,
    BulletinsQuery,
    CaseOut,
    ChartOut,
    ClosedMatter,
    FiguresOut,
    HotPlace,
    LastedOut,
    NumberOut,
    RateOut,
    SectionOut,
    TeamRates,
    TrendStep,
)
from web.api.cursors import read_cursor, write_cursor
from web.api.etags import tagged
from web.api.operations import OPEN_LIMIT, api_blueprint, operation
from web.database_session import current_session
from web.problems import ApiProblem

TAG = "通报和公示"
_LIST = "bulletins"
# Which figures stand in which part.
_OF_PART = {
    BulletinPart.FIGURES: ("numbers", "rates", "lasted", "trend"),
    BulletinPart.TEAMS: ("teams", "teams_left_out"),
    BulletinPart.AREAS: ("areas", "places"),
    BulletinPart.MATTERS: ("matters",),
}

opening: Blueprint = api_blueprint("api_bulletins", __name__, is_open=True)


@operation(
    opening,
    "GET",
    "/bulletins",
    tag=TAG,
    summary="通报",
    description="已发布的办理情况通报，最新的在前。不用登录。",
    tagged=True,
    limit=OPEN_LIMIT,
)
def list_bulletins(query: BulletinsQuery) -> BulletinPage:
    """List the bulletins that are out."""
    after = read_cursor(query.cursor, of=_LIST)
    found = rules.published_after(
        current_session(),
        after=(datetime.fromisoformat(after[0]), after[1]) if after else None,
        limit=query.limit + 1,
    )
    listed = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        last = listed[-1]
        cursor = write_cursor([_published_at(last).isoformat(), last.id], of=_LIST)
    return tagged(BulletinPage(items=[_row(each) for each in listed], next_cursor=cursor))  # type: ignore[return-value]


@operation(
    opening,
    "GET",
    "/bulletins/<bulletin>",
    tag=TAG,
    summary="一期通报",
    description="撤回的回答 410 withdrawn，detail 里写明原因。不用登录。",
    tagged=True,
    problems=("withdrawn",),
    limit=OPEN_LIMIT,
)
def read_bulletin(bulletin: str) -> BulletinOut:
    """Show one; of one that was withdrawn, that it was, and why."""
    database = current_session()
    found = rules.by_code(database, bulletin)
    if found.state is BulletinState.WITHDRAWN:
        why = f"，原因：{found.remark}" if found.remark else ""
        raise ApiProblem("withdrawn", f"「{found.title}」已撤回{why}。")
    contents = contents_of(database, found)
    shown = BulletinOut(
        **_row(found).model_dump(),
        issue=contents.issue,
        sections=[_section(found, each) for each in contents.sections],
        figures=_figures(contents),
    )
    return tagged(shown)  # type: ignore[return-value]


def _published_at(bulletin: Bulletin) -> datetime:
    return bulletin.published_at or bulletin.created_at  # only those that are out come here


def _row(bulletin: Bulletin) -> BulletinRow:
    card = rules.card_of(bulletin)
    return BulletinRow(
        code=bulletin.code or "",
        title=card.title,
        digest=card.digest,
        published_at=_published_at(bulletin),
    )


def _section(bulletin: Bulletin, section: Section) -> SectionOut:
    return SectionOut(
        part=section.part,
        title=section.title,
        words=section.words,
        chart=_chart(bulletin, section.chart) if section.chart is not None else None,
        cases=[_case(each) for each in section.cases],
    )


def _chart(bulletin: Bulletin, chart: Chart) -> ChartOut:
    def address(look: str) -> str:
        return url_for("h5_bulletins.chart", code=bulletin.code, look=look, chart=chart.name.value)

    return ChartOut(
        name=chart.name,
        label=chart.name.label,
        words=chart.words,
        path=address("light"),
        dark_path=address("dark"),
        width=chart.picture.width,
        height=chart.picture.height,
    )


def _case(shown: ShownCase) -> CaseOut:
    case = shown.case
    return CaseOut(
        number=shown.number,
        heading=shown.heading,
        is_shown=shown.is_shown,
        text=case.text if shown.is_shown else "",
        answer=case.answer if shown.is_shown else "",
        told=shown.told if shown.is_shown else "",
        comment=case.comment if shown.is_shown else "",
    )


def _rate(name: str, rate: Rate, *, change: str = "", meaning: str = "") -> RateOut:
    """Show a rate; of so few that one could tell who it was, nothing."""
    return RateOut(
        name=name,
        good=rate.good if rate.enough else None,
        of=rate.of if rate.enough else None,
        label=rate.words if rate.enough else "—",
        change=change if rate.enough else "",
        meaning=meaning,
    )


def _rate_line(figures: BulletinFigures, line: RateLine) -> RateOut:
    return _rate(line.name, line.rate, change=figures.compared_words(line.change), meaning=line.meaning)


def _figures(contents: Contents) -> FiguresOut:
    """Give the figures of the parts that are shown; what staff left out is not told here either."""
    figures = contents.figures
    whole = FiguresOut(
        first_day=figures.period.first,
        last_day=figures.period.last,
        compared=figures.compared_name,
        compared_first_day=figures.compared.first,
        compared_last_day=figures.compared.last,
        taken_at=figures.taken_at,
        smallest=figures.smallest,
        numbers=_numbers(figures),
        rates=[_rate_line(figures, line) for line in figures.rates],
        lasted=[LastedOut(name=name, now=now, before=before) for name, now, before in figures.lasted],
        trend=[TrendStep(name=name, filed=count) for name, count in figures.trend],
        teams=_teams(figures),
        teams_left_out=figures.teams_left_out,
        areas=[AreaOut(name=one.name, now=one.now, before=one.before) for one in figures.areas],
        places=[HotPlace(name=one.name, filed=one.filed) for one in figures.places],
        matters=_matters(contents),
    )
    shown = {section.part for section in contents.sections}
    left_out = [name for part, names in _OF_PART.items() if part not in shown for name in names]
    return whole.model_copy(update={name: [] for name in left_out})


def _numbers(figures: BulletinFigures) -> list[NumberOut]:
    return [
        NumberOut(
            figure=number.figure,
            name=number.name,
            now=number.now,
            before=number.before,
            change=figures.compared_words(number.change),
        )
        for number in figures.numbers
    ]


def _teams(figures: BulletinFigures) -> list[TeamRates]:
    names = [line.name for line in figures.rates]
    return [
        TeamRates(
            name=team.name,
            filed=team.filed,
            rates=[_rate(name, rate) for name, rate in zip(names, team.rates, strict=False)],
        )
        for team in figures.teams_shown
    ]


def _matters(contents: Contents) -> list[ClosedMatter]:
    return [
        ClosedMatter(
            number=one.number,
            title=one.title,
            goal=one.goal,
            team=one.team,
            closed_on=one.closed_on,
            is_public=one.number in contents.linked,
        )
        for one in contents.figures.matters
    ]
