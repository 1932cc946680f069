"""The inbox's address: tab, filters, order, columns and page, read from the URL and written back to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar, TypeVar

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from domain.figure_rules import Figure
from domain.filters import Filters, Order
from domain.queries import Tab
from domain.service_points import search
from domain.working_time import LOCAL
from models.enums import Channel, ComplaintKind, ComplaintStatus, Role
from models.service_point import ServicePoint
from models.staff import Staff
from web.admin.inbox_columns import Column, columns_named

T = TypeVar("T")
# Of these several values may be given, of the others one.
SEVERAL = ("status", "category", "stars")
YES_ONLY = ("urgent", "overdue", "reopened", "supervised", "photos", "unrated")
RANGES = ("from", "to", "closed_from", "closed_to", "deferred_from", "deferred_to")
NARROWING = (
    "q",
    *SEVERAL,
    "kind",
    "channel",
    "team",
    "handler",
    "place",
    *YES_ONLY,
    "reason",
    "figure",
    *RANGES,
)
_MOST_VALUES = 30
Given = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class InboxQuery:
    """What the address asks for.

    Attributes:
        given: the narrowing parameters as written, without empty ones; links carry them on.
        order: None for the usual one.
        columns: None for those of the view, or the person's own.
        view_id: the saved view that was opened; the filters are those of the address all the same.
        place: the place that the words under `place` were taken for.
        unknown_place: whether those words name no place, so that nothing can be found.
    """

    tab: Tab
    page: int
    filters: Filters
    given: Given = field(default_factory=dict)
    order: Order | None = None
    columns: Sequence[Column] | None = None
    view_id: int | None = None
    place: ServicePoint | None = None
    unknown_place: bool = False
    view_parameter: ClassVar[str] = "view"

    def one(self, name: str) -> str:
        """Give the single value of a parameter, or nothing."""
        return next(iter(self.given.get(name, ())), "")

    @property
    def narrowing(self) -> list[str]:
        """The names of the filters in use, but for the words searched."""
        return [name for name in self.given if name != "q"]

    def saved(self) -> dict[str, list[str]]:
        """Give what a saved view keeps of this address."""
        kept = {"tab": [self.tab.value], **{name: list(values) for name, values in self.given.items()}}
        return kept | ({"sort": [self.order.value]} if self.order else {})

    def address(self, **changes: object) -> str:
        """Give the address of this list, its first page, with some parameters other; None leaves one out."""
        parameters: dict[str, object] = {**self.saved()}
        if self.columns is not None:
            parameters["columns"] = [column.value for column in self.columns]
        if self.view_id is not None:
            parameters["view"] = self.view_id
        parameters |= changes
        kept = {name: value for name, value in parameters.items() if value not in (None, "", [])}
        return url_for("admin_inbox.inbox", **kept)  # type: ignore[arg-type]

    def without(self, name: str, value: str | None = None) -> str:
        """Give the address without a filter, or without one of its values."""
        left = [one for one in self.given.get(name, ()) if value is not None and one != value]
        return self.address(**{name: left})


def default_tab(staff: Staff) -> Tab:
    """Give the tab that a member of staff starts the day with."""
    if Role.DISPATCHER in staff.roles:
        return Tab.TO_DISPATCH
    return Tab.OVERDUE if staff.roles <= {Role.INSPECTOR, Role.ADMIN} else Tab.MINE


def read_query(session: Session, staff: Staff, arguments: MultiDict[str, str]) -> InboxQuery:
    """Read the address; what makes no sense in it is left out rather than refused."""
    given = given_in(arguments)
    words = {name: values[0] for name, values in given.items()}
    found = search(session, words["place"], 1) if "place" in words else []
    place = found[0] if found else None
    columns = columns_named(arguments.getlist("columns"))
    return InboxQuery(
        tab=_parsed(arguments.get("tab"), Tab) or default_tab(staff),
        page=max(1, min(_parsed(arguments.get("page"), int) or 1, 100_000)),
        filters=_filters(given, words, place),
        given=given,
        order=_parsed(arguments.get("sort"), Order),
        columns=columns or None,
        view_id=_parsed(arguments.get("view"), _row_id),
        place=place,
        unknown_place="place" in words and place is None,
    )


def given_in(arguments: MultiDict[str, str]) -> dict[str, list[str]]:
    """Pick the narrowing parameters out of an address or a form, without empty ones and doubles."""
    given: dict[str, list[str]] = {}
    for name in NARROWING:
        values = [value.strip()[:100] for value in arguments.getlist(name)[:_MOST_VALUES]]
        values = list(dict.fromkeys(filter(None, values)))
        if values:
            given[name] = values if name in SEVERAL else values[:1]
    return given


def _filters(given: Given, words: Mapping[str, str], place: ServicePoint | None) -> Filters:
    return Filters(
        words=words.get("q", ""),
        statuses=_all_parsed(given.get("status", ()), ComplaintStatus),
        kind=_parsed(words.get("kind"), ComplaintKind),
        channel=_parsed(words.get("channel"), Channel),
        category_ids=_all_parsed(given.get("category", ()), _row_id),
        team_id=_parsed(words.get("team"), _row_id),
        handler_id=_parsed(words.get("handler"), _row_id),
        service_point_id=place.id if place else None,
        urgent=True if words.get("urgent") == "1" else None,
        overdue=words.get("overdue") == "1",
        reopened=words.get("reopened") == "1",
        supervised=words.get("supervised") == "1",
        with_photos=words.get("photos") == "1",
        unrated=words.get("unrated") == "1",
        stars=[count for count in _all_parsed(given.get("stars", ()), _row_id) if count <= 5],
        rejection_reason=words.get("reason", ""),
        figure=_parsed(words.get("figure"), Figure),
        filed_from=_start_of(words.get("from")),
        filed_to=_end_of(words.get("to")),
        closed_from=_start_of(words.get("closed_from")),
        closed_to=_end_of(words.get("closed_to")),
        deferred_from=_start_of(words.get("deferred_from")),
        deferred_to=_end_of(words.get("deferred_to")),
    )


def _parsed(text: str | None, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None


def _all_parsed(texts: Sequence[str], parse: Callable[[str], T]) -> list[T]:
    return [value for value in (_parsed(text, parse) for text in texts) if value is not None]


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


def _start_of(text: str | None) -> datetime | None:
    day = _parsed(text, _day)
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL) if day else None


def _end_of(text: str | None) -> datetime | None:
    start = _start_of(text)
    return start + timedelta(days=1) if start else None
