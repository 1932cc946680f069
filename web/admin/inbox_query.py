"""The inbox's address: its tab, filters and page, read from the URL and written back to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from domain.queries import Filters, Tab
from domain.service_points import search
from domain.working_time import LOCAL
from models.enums import ComplaintKind, ComplaintStatus, Role
from models.service_point import ServicePoint
from models.staff import Staff

T = TypeVar("T")
NARROWING = ("q", "status", "category", "team", "kind", "urgent", "place", "from", "to")


@dataclass(frozen=True)
class InboxQuery:
    """What the address asks for.

    Attributes:
        given: the narrowing parameters as written, without empty ones; links carry them on.
        place: the place that the words under `place` were taken for.
        unknown_place: whether those words name no place, so that nothing can be found.
    """

    tab: Tab
    page: int
    filters: Filters
    given: Mapping[str, str] = field(default_factory=dict)
    place: ServicePoint | None = None
    unknown_place: bool = False


def default_tab(staff: Staff) -> Tab:
    """Give the tab that a member of staff starts the day with."""
    if Role.DISPATCHER in staff.roles:
        return Tab.TO_DISPATCH
    return Tab.OVERDUE if staff.roles <= {Role.INSPECTOR, Role.ADMIN} else Tab.MINE


def read_query(session: Session, staff: Staff, arguments: Mapping[str, str]) -> InboxQuery:
    """Read the address; what makes no sense in it is left out rather than refused."""
    given = {name: arguments[name].strip()[:100] for name in NARROWING if arguments.get(name, "").strip()}
    place_words = given.get("place", "")
    found = search(session, place_words, 1) if place_words else []
    place = found[0] if found else None
    last_day = _parsed(given.get("to"), _day)
    filters = Filters(
        words=given.get("q", ""),
        status=_parsed(given.get("status"), ComplaintStatus),
        kind=_parsed(given.get("kind"), ComplaintKind),
        category_id=_parsed(given.get("category"), _row_id),
        team_id=_parsed(given.get("team"), _row_id),
        service_point_id=place.id if place else None,
        urgent=True if given.get("urgent") == "1" else None,
        filed_from=_start_of(_parsed(given.get("from"), _day)),
        filed_to=_start_of(last_day + timedelta(days=1) if last_day else None),
    )
    return InboxQuery(
        tab=_parsed(arguments.get("tab"), Tab) or default_tab(staff),
        page=max(1, min(_parsed(arguments.get("page"), int) or 1, 100_000)),
        filters=filters,
        given=given,
        place=place,
        unknown_place=bool(place_words) and place is None,
    )


def _parsed(text: str | None, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def _row_id(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2100:
        raise ValueError(text)
    return day


def _start_of(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL) if day else None
