"""The address of 「统计」: period and filters, read from the URL, written back, and turned into lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from domain.figure_periods import FIRST_YEAR, LONGEST, Period, Span, Step, period_of
from domain.figure_rules import Figure
from domain.filters import Filters
from domain.permissions import figures_of_team
from domain.working_time import local_time
from models.category import Category
from models.enums import Channel, ComplaintKind, Word
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

W = TypeVar("W", bound=Word)
# What narrows the figures, beside the period; the inbox knows them by the same names.
NARROWING = ("team", "category", "place", "kind", "channel")


class View(Word):
    """The parts of the page; each is asked for by itself, as each costs a few queries."""

    OVERVIEW = "overview", "总览"
    WHERE = "where", "分布"
    WHEN = "when", "时段"
    WORDS = "words", "热词"


@dataclass(frozen=True)
class FiguresQuery:
    """What the address asks for.

    Attributes:
        given: what narrows the figures, as written in the address.
        fixed_team: the team that this member of staff sees the figures of; None for all.
        refused: why the days asked for were not taken; empty when they were.
    """

    view: View
    span: Span
    period: Period
    step: Step
    given: Mapping[str, str]
    fixed_team: int | None
    place: ServicePoint | None = None
    refused: str = ""

    def filters(self, period: Period | None = None) -> Filters:
        """Give the filters that count what is asked for, in this period or another."""
        period = period or self.period
        return Filters(
            filed_from=period.start,
            filed_to=period.end,
            team_id=self.fixed_team or _number(self.given.get("team")),
            category_ids=[int(self.given["category"])] if "category" in self.given else (),
            service_point_id=self.place.id if self.place else None,
            kind=_word(ComplaintKind, self.given.get("kind")),
            channel=_word(Channel, self.given.get("channel")),
        )

    def address(self, **changes: object) -> str:
        """Give the address of this page with some parameters other; None leaves one out."""
        parameters: dict[str, object] = {"view": self.view.value, "span": self.span.value, **self.given}
        if self.span is Span.CUSTOM:
            parameters |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        parameters |= changes
        kept = {name: value for name, value in parameters.items() if value not in (None, "")}
        return url_for("admin_figures.page", **kept)  # type: ignore[arg-type]

    def list_of(self, figure: Figure, within: Mapping[str, object] | None = None) -> str:
        """Give the address of the list behind a number, in the inbox; `within` narrows it to a group."""
        parameters: dict[str, object] = {
            "tab": "all",
            **self.given,
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
        }
        if self.fixed_team is not None:
            parameters["team"] = self.fixed_team
        if self.place is not None:
            parameters["place"] = self.place.full_name
        if figure is not Figure.FILED:
            parameters["figure"] = figure.value
        return url_for("admin_inbox.inbox", **(parameters | dict(within or {})))  # type: ignore[arg-type]


def read_query(
    session: Session, staff: Staff, arguments: MultiDict[str, str], *, now: datetime
) -> FiguresQuery:
    """Read the address; what makes no sense in it is left out, and of days it is said why."""
    today = local_time(now).date()
    span = _word(Span, arguments.get("span")) or Span.MONTH
    period, refused = period_of(span, today=today), ""
    if span is Span.CUSTOM:
        period, refused = _own_days(arguments, period)
    fixed_team = figures_of_team(staff)
    given = _given(session, arguments, with_team=fixed_team is None)
    place = session.get(ServicePoint, int(given["place"])) if "place" in given else None
    return FiguresQuery(
        view=_word(View, arguments.get("view")) or View.OVERVIEW,
        span=span,
        period=period,
        step=_word(Step, arguments.get("step")) or period.usual_step,
        given=given,
        fixed_team=fixed_team,
        place=place,
        refused=refused,
    )


def _own_days(arguments: MultiDict[str, str], usual: Period) -> tuple[Period, str]:
    first, last = _day(arguments.get("from")), _day(arguments.get("to"))
    if first is None or last is None:
        return usual, "请填写开始和结束日期。" if arguments.get("from") or arguments.get("to") else ""
    if last < first:
        return usual, "结束日期早于开始日期，先显示本月。"
    if last - first > LONGEST:
        return usual, "一次最多统计五年，先显示本月。"
    return Period(first, last), ""


def _given(session: Session, arguments: MultiDict[str, str], *, with_team: bool) -> dict[str, str]:
    """Pick what narrows the figures out of the address; rows must be there, words be known."""
    given = {name: arguments.get(name, "").strip()[:40] for name in NARROWING}
    known = {
        "team": with_team and _is_row(session, Team, given["team"]),
        "category": _is_row(session, Category, given["category"]),
        "place": _is_row(session, ServicePoint, given["place"]),
        "kind": _word(ComplaintKind, given["kind"]) is not None,
        "channel": _word(Channel, given["channel"]) is not None,
    }
    return {name: given[name] for name in NARROWING if known[name]}


def _is_row(session: Session, table: type[Team | Category | ServicePoint], text: str) -> bool:
    number = _number(text)
    return number is not None and session.get(table, number) is not None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _word(words: type[W], text: str | None) -> W | None:
    return words(text) if text in set(words) else None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year < FIRST_YEAR + 100 else None
