"""The hours of the night in which nothing is sent that can wait."""

from datetime import UTC, datetime, timedelta

from config.catalogue import QuietHours, catalogue
from domain.working_time import local_time


def quiet_until(now: datetime, hours: QuietHours | None = None) -> datetime | None:
    """Give the end (UTC) of the quiet hours that `now` lies in, or None outside them.

    Args:
        hours: start (within) and end (no longer within); the catalogue's when None.
    """
    hours = hours or catalogue().quiet_hours
    local = local_time(now)
    time = local.time()
    over_midnight = hours.start > hours.end
    after_start, before_end = time >= hours.start, time < hours.end
    is_quiet = (after_start or before_end) if over_midnight else (after_start and before_end)
    if not is_quiet:
        return None
    end_day = local.date() + timedelta(days=1 if over_midnight and after_start else 0)
    return datetime.combine(end_day, hours.end, tzinfo=local.tzinfo).astimezone(UTC)
