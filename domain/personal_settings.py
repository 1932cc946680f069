"""What a person has chosen: what is sent to their WeChat, at which hours, and whether they want pushes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from config.catalogue import QuietHours, catalogue
from domain.errors import Invalid
from domain.notices import SORTS, Sort
from domain.quiet_hours import quiet_until
from models.enums import NoticeKind
from models.person import Person
from models.personal_settings import PersonalSettings


@dataclass(frozen=True)
class Choices:
    """What holds for a person.

    Attributes:
        muted: kinds of notices that stay on the inbox page.
        quiet_hours: when nothing comes that can wait.
        own_hours: whether the person set these hours themselves.
        wants_digest: whether they asked for pushes, such as the digest.
    """

    muted: frozenset[NoticeKind]
    quiet_hours: QuietHours
    own_hours: bool
    wants_digest: bool

    def hears(self, sort: Sort) -> bool:
        """Tell whether notices of this sort are sent to them."""
        return not sort.kinds <= self.muted


def read(session: Session, person: Person) -> Choices:
    """Give what holds for a person."""
    row = session.get(PersonalSettings, person.id)
    if row is None:
        return Choices(frozenset(), catalogue().quiet_hours, own_hours=False, wants_digest=False)
    hours, own = catalogue().quiet_hours, False
    if row.quiet_from is not None and row.quiet_until is not None:
        hours, own = QuietHours(start=row.quiet_from, end=row.quiet_until), True
    muted = frozenset(kind for kind in NoticeKind if kind.value in row.muted)
    return Choices(muted, hours, own_hours=own, wants_digest=row.wants_digest)


def save(
    session: Session,
    person: Person,
    *,
    heard: Iterable[str],
    quiet_from: str,
    quiet_to: str,
    wants_digest: bool,
    now: datetime,
) -> Choices:
    """Keep what a person chose; it holds for all that has not gone out yet.

    Args:
        heard: keys of the sorts they want to hear; all others that may be switched off are.
        quiet_from: local time such as 22:30.
        quiet_to: local time; the same as `quiet_from` for no quiet hours.

    Raises:
        Invalid: a time is none.
    """
    start, end = _time(quiet_from, "quiet_from"), _time(quiet_to, "quiet_to")
    wanted = set(heard)
    muted = {kind.value for sort in SORTS if sort.key not in wanted for kind in sort.kinds}
    usual = catalogue().quiet_hours
    # Who keeps the office's hours follows it when it changes them.
    own = (start, end) != (usual.start, usual.end)
    row = PersonalSettings(
        person_id=person.id,
        muted=sorted(muted),
        quiet_from=start if own else None,
        quiet_until=end if own else None,
        wants_digest=wants_digest,
        changed_at=now,
    )
    session.merge(row)
    session.flush()
    return read(session, person)


def _time(text: str, field: str) -> time:
    try:
        found = time.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("时间请写成 22:30 这样。", field) from None
    return found.replace(second=0, microsecond=0, tzinfo=None)


def keeping_own_hours() -> Select[int]:
    """Select the ids of people who set quiet hours of their own."""
    return select(PersonalSettings.person_id).where(PersonalSettings.quiet_from.is_not(None))


def rests_until(start: time | None, end: time | None, *, now: datetime) -> datetime | None:
    """Give the end (UTC) of a person's own quiet hours, if it is now within them; None without such hours."""
    if start is None or end is None:
        return None
    return quiet_until(now, QuietHours(start=start, end=end))


def wanting_digest() -> Select[int]:
    """Select the ids of people who asked for pushes."""
    return select(PersonalSettings.person_id).where(PersonalSettings.wants_digest)
