"""When people of the demo do things: staff in office hours, everybody else when they are awake."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

from domain.working_time import LOCAL, WorkingTime

# How many complaints come in at each hour of the day, from 0 to 23: after meals and before bed.
_HOURLY = (1, 0, 0, 0, 0, 0, 2, 6, 8, 9, 8, 9, 16, 12, 7, 7, 8, 9, 14, 12, 11, 12, 10, 5)
_AWAKE = (time(7, 40), time(22, 50))


def some_time_between(chance: Random, first: datetime, last: datetime) -> datetime:
    """Pick a moment at which somebody may file: any day, at the hours at which people write."""
    for _ in range(50):
        day = first + (last - first) * chance.random()
        hour = chance.choices(range(24), weights=_HOURLY)[0]
        local = day.astimezone(LOCAL).replace(
            hour=hour, minute=chance.randrange(60), second=chance.randrange(60)
        )
        if first <= local <= last:
            return local.astimezone(first.tzinfo)
    return first + (last - first) * chance.random()


def working_time_before(calendar: WorkingTime, moment: datetime, minutes: float) -> datetime:
    """Give the moment since which so many working minutes have passed; to the minute."""
    wanted = timedelta(minutes=minutes)
    late, early = moment, moment - timedelta(days=1)
    while calendar.between(early, moment) < wanted:
        early -= timedelta(days=1)
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        if calendar.between(middle, moment) < wanted:
            late = middle
        else:
            early = middle
    return early


def when_awake(chance: Random, moment: datetime, spread: Sequence[float]) -> datetime:
    """Give a moment between so many hours after this one, moved to the next morning if it is night.

    Args:
        spread: the least and the most hours.
    """
    local = (moment + timedelta(hours=chance.uniform(*spread))).astimezone(LOCAL)
    if local.time() > _AWAKE[1]:
        local += timedelta(days=1)
    if not _AWAKE[0] <= local.time() <= _AWAKE[1]:
        local = local.replace(hour=_AWAKE[0].hour, minute=40 + chance.randrange(20))
    return local.astimezone(moment.tzinfo)
