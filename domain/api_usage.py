"""How much of each day's quota has been used: our own count, and the platform's word."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, or_, select, update
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


def to_ask(session: Session, *, now: datetime) -> Sequence[str]:
    """List the paths used today whose quota was not asked for within an hour."""
    query = select(ApiUsage.path).where(
        ApiUsage.day == quota_day(now),
        or_(ApiUsage.asked_at.is_(None), ApiUsage.asked_at <= now - ASK_AGAIN_AFTER),
    )
    return session.scalars(query.order_by(ApiUsage.path)).all()


def note_quota(
    session: Session, path: str, *, daily_limit: int | None, used: int | None, now: datetime
) -> None:
    """Keep what the platform told of a path's quota; administrators hear from 80 % on.

    Args:
        daily_limit, used: None when the platform tells nothing of this path.
    """
    session.execute(
        update(ApiUsage)
        .where(ApiUsage.day == quota_day(now), ApiUsage.path == path)
        .values(daily_limit=daily_limit, used=used, asked_at=now)
        .execution_options(synchronize_session=False)
    )
    subject = platform_alerts.quota(path)
    if daily_limit and used is not None and used >= daily_limit * ALERT_FROM:
        words = f"今天已用 {used} 次，上限 {daily_limit} 次"
        platform_alerts.raise_alert(session, subject, code=None, words=words, now=now)
    else:
        platform_alerts.clear_alerts(session, [subject], now=now)


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
