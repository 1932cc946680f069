"""三比: all teams side by side for a period, and one score made of what is measured and its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import audit, office_settings, scoreboard
from domain.appraisals import only_managers
from domain.errors import Invalid, NotAllowed
from domain.figure_periods import Span
from domain.figure_rules import SMALLEST_GROUP, Figure
from domain.permissions import figures_of_team, may_manage_appraisal, may_read_surveys, may_see_scoreboard
from domain.scoreboard import FEWER_IS_BETTER, SHARES, WEIGHTS, Criterion, Line, Weights
from models.staff import Staff
from web.admin import scoreboard_book
from web.admin.appraisal_frame import appraisal_blueprint, appraisal_tabs
from web.admin.figures_query import FiguresQuery, read_query
from web.admin.figures_view import lasting_words
from web.admin.settings.entering import by
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

blueprint = appraisal_blueprint("admin_appraisal_scoreboard", __name__, "/scoreboard")
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(appraisal_tabs=appraisal_tabs))

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAMES = {one.value: one.label for one in Criterion}
_SORT_WORDS = {
    "rank": "综合分",
    "team": "单位",
    "filed": "提出件数",
    "answer": "首次答复快",
    "done": "办结快",
    **{one.value: f"{one.label}少" if one in FEWER_IS_BETTER else one.label for one in Criterion},
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    Attributes:
        weights: those to count with.
        tried: whether they are others than those that are set.
        refused: why the weights of the address could not be taken.
    """

    query: FiguresQuery
    sort: str
    weights: Weights
    tried: bool
    refused: str

    def address(self, endpoint: str = "page", **changes: object) -> str:
        """Give the address of this page with some parameters other; None leaves one out."""
        given: dict[str, object] = {"span": self.query.span.value, "sort": self.sort}
        if self.query.span is Span.CUSTOM:
            given |= {"from": self.query.period.first.isoformat(), "to": self.query.period.last.isoformat()}
        if self.tried:
            given |= {one.value: self.weights[one] for one in Criterion}
        kept = {name: value for name, value in (given | changes).items() if value not in (None, "rank")}
        return url_for(f"admin_appraisal_scoreboard.{endpoint}", **kept)  # type: ignore[arg-type]

    def list_of(self, figure: Figure, line: Line) -> str:
        """Give the address of the complaints behind a number; empty where the reader may not list them."""
        if self.query.fixed_team not in (None, line.team.id):
            return ""
        return self.query.list_of(figure, {"team": line.team.id})


@blueprint.before_request
def _who_may() -> None:
    if not may_see_scoreboard(current_user.staff):
        raise NotAllowed("三比由各单位负责人、受理员、分管领导和督导组查看。本单位的评分表在「考核评分」里。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the board for the period of the address."""
    session = current_session()
    return _page(session, _asked(session, current_staff(), request.args, now=now()))


def _page(session: Session, asked: Asked, *, refusal: Invalid | None = None) -> str:
    lines = _sorted(scoreboard.lines(session, asked.query.period, asked.weights, now=now()), asked.sort)
    staff = current_staff()
    return render_template(
        "admin/scoreboard.html",
        asked=asked,
        query=asked.query,
        lines=lines,
        refusal=refusal,
        spans=[one for one in Span if one is not Span.CUSTOM],
        sorts=_SORT_WORDS,
        criteria=list(Criterion),
        C=Criterion,
        F=Figure,
        shares=SHARES,
        fewer=FEWER_IS_BETTER,
        fewest=SMALLEST_GROUP,
        lasting_words=lasting_words,
        weight_names=[(one.value, one.label) for one in Criterion],
        weight_values={one.value: asked.weights[one] for one in Criterion},
        no_weights=dict.fromkeys(_NAMES),
        may_manage=may_manage_appraisal(staff),
        reads_surveys=may_read_surveys(staff),
        own_team=figures_of_team(staff),
    )


def _asked(session: Session, staff: Staff, arguments: MultiDict[str, str], *, now: datetime) -> Asked:
    set_weights = office_settings.read(session, WEIGHTS)
    # What narrows figures narrows nothing here: a board of one team, or of one category, is no comparison.
    days = MultiDict([(name, arguments[name]) for name in ("span", "from", "to") if name in arguments])
    query = read_query(session, staff, days, now=now)
    sort = arguments.get("sort", "rank")
    weights, refused = set_weights, ""
    if any(name in arguments for name in _NAMES):
        try:
            weights = _read_weights(arguments)
        except Invalid as refusal:
            refused = refusal.message
    return Asked(
        query, sort if sort in _SORT_WORDS else "rank", weights, dict(weights) != dict(set_weights), refused
    )


def _read_weights(given: Mapping[str, str]) -> Weights:
    found = scoreboard.checked_weights(given, _NAMES)
    return {one: found[one.value] for one in Criterion}


def _sorted(lines: Sequence[Line], sort: str) -> Sequence[Line]:
    """Order the teams; those of which too little is known come last."""
    keys: dict[str, Any] = {
        "team": lambda line: line.team.id,
        "filed": lambda line: -line.counts[Figure.FILED].rounds,
        "answer": lambda line: _soonest(line.times.answer.median if line.times.answer.enough else None),
        "done": lambda line: _soonest(line.times.done.median if line.times.done.enough else None),
    }
    if sort in _NAMES:
        one = Criterion(sort)
        return sorted(
            lines,
            key=lambda line: (
                not line.measured[one].enough,
                -line.measured[one].tenths if line.measured[one].enough else 0,
            ),
        )
    return sorted(lines, key=keys[sort]) if sort in keys else lines


def _soonest(minutes: int | None) -> tuple[bool, int]:
    return minutes is None, minutes or 0


@blueprint.post("/weights")
def set_weights() -> Response | tuple[str, int]:
    """Set the weights that hold for the board and the daily part of score sheets that are still open."""
    session = current_session()
    who = by()
    only_managers(who["staff"])
    before = office_settings.read(session, WEIGHTS)
    try:
        weights = _read_weights(request.form)
    except Invalid as refusal:
        asked = _asked(session, who["staff"], request.form, now=now())
        return _page(session, asked, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    office_settings.write(session, WEIGHTS, weights, **who)
    audit.record(
        session,
        who["staff"],
        action="appraisal.weights",
        subject_kind="appraisal",
        subject="三比",
        words="修改三比综合分的权重",
        details={"before": WEIGHTS.dump(before), "after": WEIGHTS.dump(weights)},
        now=who["now"],
    )
    flash("权重已保存，三比和还没归档的评分表都按新权重算。", "success")
    return redirect(url_for("admin_appraisal_scoreboard.page"), 303)


@blueprint.get("/workbook")
def workbook() -> Response:
    """Give the board as a workbook, and write down who took it."""
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        asked = _asked(session, staff, request.args, now=now())
        period = asked.query.period
        lines = scoreboard.lines(session, period, asked.weights, now=now())
        content = scoreboard_book.workbook(period, asked.weights, lines)
        audit.record(
            session,
            staff,
            action="appraisal.export",
            subject_kind="appraisal",
            subject="三比",
            words=f"导出三比：{period.words}",
            now=now(),
        )
    name = f"三比 {period.first:%Y%m%d}-{period.last:%Y%m%d}.xlsx"
    return send_file(BytesIO(content), mimetype=_WORKBOOK, as_attachment=True, download_name=name, etag=False)
