"""What the office sets in its pages rather than in files: read and written by name, typed.

    hours = office_settings.read(session, WORKING_HOURS)

While nobody has set a value, the catalogue's holds. Nothing is kept beyond a session, so a change holds at
once, in all processes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from config.catalogue import catalogue
from domain.working_time import Span
from models.enums import Role
from models.office_setting import OfficeSetting
from models.staff import Staff

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting.

    Attributes:
        name: of its row.
        default: gives what holds while there is no row.
        load: makes the value from JSON.
        dump: makes JSON from the value.
    """

    name: str
    default: Callable[[], T]
    load: Callable[[Any], T]
    dump: Callable[[T], Any]


def _load_spans(value: Any) -> tuple[Span, ...]:  # noqa: ANN401 (JSON)
    return tuple(Span(time.fromisoformat(start), time.fromisoformat(end)) for start, end in value)


def _dump_spans(spans: tuple[Span, ...]) -> list[list[str]]:
    return [[f"{span.start:%H:%M}", f"{span.end:%H:%M}"] for span in spans]


WORKING_HOURS: Setting[tuple[Span, ...]] = Setting(
    "working_hours",
    default=lambda: tuple(Span(start, end) for start, end in catalogue().working_hours.spans),
    load=_load_spans,
    dump=_dump_spans,
)

# Whoever holds one of these has to set up the second factor before anything else.
SECOND_FACTOR_ROLES: Setting[frozenset[Role]] = Setting(
    "second_factor_roles",
    default=frozenset,
    load=lambda value: frozenset(role for role in Role if role.value in value),
    dump=lambda roles: [role.value for role in Role if role in roles],
)

# Whether signing in by one's own bound WeChat needs no code beside it; docs/decisions/0011 says why not.
WECHAT_IS_ENOUGH: Setting[bool] = Setting("wechat_is_enough", default=lambda: False, load=bool, dump=bool)


def read(session: Session, setting: Setting[T]) -> T:
    """Give the value that holds."""
    row = session.get(OfficeSetting, setting.name)
    return setting.default() if row is None else setting.load(row.value)


def is_set(session: Session, setting: Setting[Any]) -> bool:
    """Tell whether the office has set this itself."""
    return session.get(OfficeSetting, setting.name) is not None


def write(session: Session, setting: Setting[T], value: T, *, staff: Staff | None, now: datetime) -> None:
    """Set a value; it holds from the end of this transaction."""
    session.merge(
        OfficeSetting(
            name=setting.name,
            value=setting.dump(value),
            changed_at=now,
            changed_by_id=staff.id if staff is not None else None,
        )
    )
    session.flush()


def reset(session: Session, setting: Setting[Any]) -> None:
    """Let the catalogue's value hold again."""
    row = session.get(OfficeSetting, setting.name)
    if row is not None:
        session.delete(row)
        session.flush()
