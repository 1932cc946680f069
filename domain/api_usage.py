"""How much of each day's quota has been used: our own count, and the platform's word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from domain import platform_alerts
from domain.working_time import LOCAL, local_time
from models.api_usage import ApiUsage
from models.upsert import insert_into

ASK_AGAIN_AFTER = timedelta(hours=1)
ALERT_FROM = 0.8
# The platform's limits are not renewed on the very second.
LIMIT_MARGIN = timedelta(seconds=5)
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Quota:
    """What the platform tells of one path.

    Attributes:
        daily_limit, used: calls in a day, and those made today by everybody who uses the account.
        burst_calls, burst_seconds: so many calls in so many seconds; None where it sets no such limit.
    """

    daily_limit: int
    used: int
    burst_calls: int | None = None
    burst_seconds: int | None = None


@dataclass(frozen=True)
class Allowance:
    """What is left of a path's limits, as far as we know.

    Attributes:
        left_today: calls; None while the platform has not told.
        burst_calls, burst_seconds: as in `Quota`.
    """

    left_today: int | None
    burst_calls: int | None
    burst_seconds: int | None


def quota_day(now: datetime) -> date:
    """Give the day the platform counts by: Shanghai's."""
    return local_time(now).date()


def quota_day_ends(now: datetime) -> datetime:
    """Give the moment from which the platform counts anew."""
    return datetime.combine(quota_day(now) + timedelta(days=1), time(), tzinfo=LOCAL) + LIMIT_MARGIN


def add_calls(session: Session, counts: Mapping[tuple[date, str], int]) -> None:
    """Add calls that were made, by day and path, to what all processes have counted."""
    # In one order, so that two processes never wait for each other.
    for (day, path), calls in sorted(counts.items()):
        row = insert_into(session, ApiUsage).values(day=day, path=path[:100], calls=calls)
        session.execute(
            row.on_conflict_do_update(
                index_elements=["day", "path"], set_={"calls": ApiUsage.calls + row.excluded.calls}
            )
        )


def usage_on(session: Session, day: date) -> Sequence[ApiUsage]:
    """List the paths that were called on a day, the most called first."""
    query = select(ApiUsage).where(ApiUsage.day == day).order_by(ApiUsage.calls.desc(), ApiUsage.path)
    return session.scalars(query).all()


def allowances_on(session: Session, day: date) -> dict[str, Allowance]:
    """Tell what is left of each path's limits: what the platform told, less what we have called since."""
    return {
        row.path: Allowance(
            None
            if not row.daily_limit or row.used is None
            else max(0, row.daily_limit - row.used - (row.calls - row.calls_when_asked)),
            row.burst_calls,
            row.burst_seconds,
        )
        for row in usage_on(session, day)
    }


def to_ask(session: Session, *, now: datetime) -> Sequence[str]:
    """List the paths used today whose quota was not asked for within an hour, or seems to be used up."""
    used_up = and_(
        ApiUsage.daily_limit > 0,
        ApiUsage.used + ApiUsage.calls - ApiUsage.calls_when_asked >= ApiUsage.daily_limit,
    )
    query = select(ApiUsage.path).where(
        ApiUsage.day == quota_day(now),
        or_(ApiUsage.asked_at.is_(None), ApiUsage.asked_at <= now - ASK_AGAIN_AFTER, used_up),
    )
    return session.scalars(query.order_by(ApiUsage.path)).all()


def note_quota(session: Session, path: str, quota: Quota | None, *, now: datetime) -> None:
    """Keep what the platform told of a path's quota, None for nothing; administrators hear from 80 % on."""
    session.execute(
        update(ApiUsage)
        .where(ApiUsage.day == quota_day(now), ApiUsage.path == path)
        .values(
            daily_limit=quota.daily_limit if quota else None,
            used=quota.used if quota else None,
            burst_calls=quota.burst_calls if quota else None,
            burst_seconds=quota.burst_seconds if quota else None,
            calls_when_asked=ApiUsage.calls,
            asked_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    subject = platform_alerts.quota(path)
    if quota and quota.daily_limit and quota.used >= quota.daily_limit * ALERT_FROM:
        words = f"今天已用 {quota.used} 次，上限 {quota.daily_limit} 次"
        platform_alerts.raise_alert(session, subject, code=None, words=words, now=now)
    else:
        platform_alerts.clear_alerts(session, [subject], now=now)


def forget_told(session: Session, *, now: datetime) -> None:
    """Forget what the platform told today, for somebody has cleared its counters; it is asked anew soon."""
    session.execute(
        update(ApiUsage)
        .where(ApiUsage.day == quota_day(now))
        .values(used=None, asked_at=None)
        .execution_options(synchronize_session=False)
    )


def clear_yesterdays_alerts(session: Session, *, now: datetime) -> None:
    """Drop the alerts about quotas of days that are over."""
    today = quota_day(now)
    alerts = platform_alerts.open_alerts(session)
    over = [
        alert.subject
        for alert in alerts
        if alert.subject.startswith("quota:") and quota_day(alert.last_at) < today
    ]
    if over:
        platform_alerts.clear_alerts(session, over, now=now)


def drop_old(session: Session, *, now: datetime) -> int:
    """Forget counts of long ago.

    Returns:
        How many were deleted.
    """
    done = session.execute(delete(ApiUsage).where(ApiUsage.day < quota_day(now - KEPT)))
    return int(done.rowcount)  # type: ignore[attr-defined]
