"""统计: the three rates and what stands beside them; each number leads to the list behind it."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import audit, daily_figures, figure_groups, ledger
from domain.categories import choosable
from domain.errors import NotAllowed
from domain.figure_periods import Span, Step
from domain.figure_rules import Counts, Figure, total
from domain.figure_times import Times
from domain.figures import By
from domain.hot_words import hot_words
from domain.permissions import may_export_ledger, may_see_figures, may_see_rates
from models.category import Category
from models.enums import Channel, ComplaintKind
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from web.admin import figures_book
from web.admin import figures_view as view
from web.admin.figures_query import FiguresQuery, View, read_query
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_figures", __name__, url_prefix="/admin/figures")
blueprint.before_request(staff_only)

Shown = dict[str, Any]
_MOST_PLACES = 40
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.before_request
def _who_may() -> None:
    if not may_see_figures(current_user.staff):
        raise NotAllowed("您还没有责任单位，看不到统计。请联系系统管理员。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show one part of the figures for the period of the address."""
    session, staff = current_session(), current_staff()
    query = read_query(session, staff, request.args, now=now())
    builders: dict[View, Callable[[Session, FiguresQuery], Shown]] = {
        View.OVERVIEW: _overview if may_see_rates(staff) else _counts_only,
        View.WHERE: _where,
        View.WHEN: _when,
        View.WORDS: _words,
    }
    return render_template(
        "admin/figures.html",
        query=query,
        view=view,
        views=list(View),
        spans=list(Span),
        steps=list(Step),
        kinds=list(ComplaintKind),
        channels=list(Channel),
        teams=_teams(session) if query.fixed_team is None else (),
        categories=_categories(session, query),
        own_team=session.get(Team, query.fixed_team) if query.fixed_team else None,
        sees_rates=may_see_rates(staff),
        may_export=may_export_ledger(staff),
        F=Figure,
        **builders[query.view](session, query),
    )


@blueprint.get("/workbook")
def workbook() -> Response:
    """Give all tables of the period as a workbook, and write down who took it."""
    if not may_export_ledger(current_user.staff):
        raise NotAllowed("经办人可以看本单位的数量，导出请找单位负责人。")
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        query = read_query(session, staff, request.args, now=now())
        shown = _overview(session, query) | _where(session, query)
        tables = [("走势", shown["trend"])]
        if "team_rows" in shown:
            tables.append(("各单位", shown["team_rows"]))
        tables += [(name, rows) for name, _, rows, _ in shown["tables"]]
        content = figures_book.workbook(query, shown["counts"], shown["times"], tables)
        audit.record(
            session,
            staff,
            action="figures.export",
            subject_kind="task",
            subject="figures",
            words=f"导出统计：{query.period.words}",
            details={"address": query.address()},
            now=now(),
        )
    name = f"统计 {query.period.first:%Y%m%d}-{query.period.last:%Y%m%d}.xlsx"
    return send_file(BytesIO(content), mimetype=_WORKBOOK, as_attachment=True, download_name=name, etag=False)


@blueprint.post("/ledger")
def export_ledger() -> Response:
    """Have the complaints behind these figures written into a workbook (诉求台账)."""
    session = current_session()
    staff = session.get_one(Staff, current_staff().id)
    query = read_query(session, staff, request.args, now=now())
    period = query.period
    task = ledger.ask(session, staff, query.filters(), title=f"诉求台账 {period.words}", now=now())
    return redirect(url_for("admin_tasks.task", task_id=task.id), 303)


def _teams(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).order_by(Team.id)))


def _categories(session: Session, query: FiguresQuery) -> list[Category]:
    """Give the categories in use in the order of their tree, and the one asked for if it is out of use."""
    found = choosable(session)
    asked = session.get(Category, int(query.given["category"])) if "category" in query.given else None
    return found if asked is None or asked in found else [*found, asked]


def _overview(session: Session, query: FiguresQuery) -> Shown:
    filters, moment = query.filters(), now()
    with_teams = "team" not in query.given and query.fixed_team is None
    ways = [By.DAY, By.TEAM] if with_teams else [By.DAY]
    found = daily_figures.count_ways(session, filters, ways, now=moment)
    by_day = found[By.DAY]
    counts = total(list(by_day.values()))
    before = daily_figures.count_all(session, query.filters(query.period.before()), now=moment)
    last_year = daily_figures.count_all(session, query.filters(query.period.last_year()), now=moment)
    lasted = daily_figures.times_ways(session, filters, [By.ALL, By.TEAM], now=moment)
    trend = _trend(query, by_day)
    shown = {
        "counts": counts,
        "before": before,
        "last_year": last_year,
        "cards": view.rate_cards(query, counts, before, last_year),
        "flags": view.flags(query, counts),
        "times": lasted[By.ALL].get(1, Times()),
        "trend": trend,
        "trend_chart": view.trend_chart(trend),
    }
    if with_teams:
        shown["team_rows"] = _team_rows(session, query, found[By.TEAM], lasted[By.TEAM])
    return shown


def _counts_only(session: Session, query: FiguresQuery) -> Shown:
    by_day = daily_figures.count_by(session, query.filters(), By.DAY, now=now())
    trend = _trend(query, by_day)
    chart = view.trend_chart(trend) | {"lines": []}
    return {"counts": total(list(by_day.values())), "trend": trend, "trend_chart": chart}


def _trend(query: FiguresQuery, by_day: Mapping[str, Counts]) -> list[view.Group]:
    return [
        view.group(
            query,
            view.step_name(part),
            counts,
            within={"from": part.first.isoformat(), "to": part.last.isoformat()},
        )
        for part, counts in figure_groups.trend(by_day, query.period, query.step)
    ]


def _team_rows(
    session: Session, query: FiguresQuery, counts: Mapping[Any, Counts], times: Mapping[Any, Times]
) -> list[view.Group]:
    rows = [
        view.group(
            query,
            team.name,
            counts[team.id],
            times=times.get(team.id),
            address=query.address(team=team.id),
            within={"team": team.id},
        )
        for team in _teams(session)
        if team.id in counts
    ]
    if None in counts:
        rows.append(view.group(query, "还没有派单", counts[None], linked=False))
    return rows


def _where(session: Session, query: FiguresQuery) -> Shown:
    ways = [By.CATEGORY, By.PLACE, By.KIND, By.CHANNEL]
    found = daily_figures.count_ways(session, query.filters(), ways, now=now())
    categories = [
        view.group(
            query,
            branch.name,
            branch.counts,
            depth=branch.depth,
            address=query.address(category=branch.id),
            within={"category": branch.id},
        )
        for branch in figure_groups.branches(session, Category, found[By.CATEGORY])
    ]
    places = _place_rows(session, query, found[By.PLACE])
    kinds = _word_rows(query, ComplaintKind, "kind", found[By.KIND])
    channels = _word_rows(query, Channel, "channel", found[By.CHANNEL])
    return {
        "tables": [
            ("类别", "categories", categories, view.bar_chart([one for one in categories if not one.depth])),
            ("地点", "places", places[:_MOST_PLACES], view.bar_chart(places)),
            ("类型", "kinds", kinds, view.bar_chart(kinds)),
            ("渠道", "channels", channels, view.bar_chart(channels)),
        ],
        "more_places": max(0, len(places) - _MOST_PLACES),
    }


def _place_rows(session: Session, query: FiguresQuery, counts: Mapping[Any, Counts]) -> list[view.Group]:
    """List the places one level below the one asked for, each with all below it; the fullest first."""
    laid = figure_groups.branches(session, ServicePoint, {key: one for key, one in counts.items() if key})
    depth = 0
    if query.place is not None:
        depth = next((one.depth for one in laid if one.id == query.place.id), -1) + 1
    rows = []
    for branch in laid:
        if branch.depth == depth:
            place = session.get_one(ServicePoint, branch.id)
            rows.append(
                view.group(
                    query,
                    branch.name,
                    branch.counts,
                    address=query.address(place=branch.id),
                    linked=branch.active,
                    note="" if branch.active else "已停用",
                    within={"place": place.full_name},
                )
            )
    if None in counts and query.place is None:
        rows.append(view.group(query, "没有选地点", counts[None], linked=False))
    return rows


def _word_rows(
    query: FiguresQuery, words: type[ComplaintKind | Channel], name: str, counts: Mapping[Any, Counts]
) -> list[view.Group]:
    rows = [
        view.group(
            query,
            word.label,
            counts[word],
            address=query.address(**{name: word.value}),
            within={name: word.value},
        )
        for word in words
        if word in counts
    ]
    return sorted(rows, key=lambda row: -row.numbers[Figure.FILED].value)


def _when(session: Session, query: FiguresQuery) -> Shown:
    grid = figure_groups.hours_of_week(daily_figures.count_by(session, query.filters(), By.HOUR, now=now()))
    return {
        "grid": grid,
        "filed": sum(map(sum, grid)),
        "grid_chart": {
            "kind": "hours",
            "values": [[hour, day, grid[day][hour]] for day in range(7) for hour in range(24)],
            "most": max(map(max, grid)),
        },
    }


def _words(session: Session, query: FiguresQuery) -> Shown:
    return {"hot": hot_words(session, query.filters(), now=now())}
