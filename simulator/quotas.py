"""Counts of calls by path: per minute, per day in Shanghai, and the monthly right to clear them."""

from collections import defaultdict

from simulator.clock import VirtualClock, shanghai_day
from simulator.errors import ApiError

DEFAULT_DAY_LIMIT = 1_000_000
DEFAULT_MINUTE_LIMIT = 60_000
CLEARS_PER_MONTH = 10
PATH_CLEARS_PER_MONTH = 50

# Orders of magnitude from the published tables; a test lowers them with `limits` in the settings.
DAY_LIMITS: dict[str, int] = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/media/upload": 5_000,
    "/cgi-bin/media/get": 10_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/message/mass/sendall": 100,
    "/cgi-bin/message/mass/send": 100,
    "/cgi-bin/message/mass/preview": 100,
    "/cgi-bin/menu/addconditional": 2_000,
    "/cgi-bin/menu/delconditional": 2_000,
    "/cgi-bin/menu/trymatch": 20_000,
    "/wxa/msg_sec_check": 2_000_000,
    "/wxa/media_check_async": 200_000,
}
MINUTE_LIMITS: dict[str, int] = {
    "/cgi-bin/stable_token": 10_000,
    "/sns/oauth2/access_token": 50_000,
    "/cgi-bin/message/mass/sendall": 60,
    "/cgi-bin/message/mass/send": 60,
    "/wxa/getwxacodeunlimit": 5_000,
    "/wxa/msg_sec_check": 4_000,
    "/wxa/media_check_async": 2_000,
}


class Quotas:
    """Counters on the virtual clock."""

    def __init__(self, clock: VirtualClock, limits: dict[str, int]) -> None:
        self._clock = clock
        self._limits = limits
        self._day: dict[tuple[str, str], int] = defaultdict(int)
        self._minute: dict[tuple[str, int], int] = defaultdict(int)
        self._clears: dict[str, int] = defaultdict(int)

    def count(self, path: str) -> None:
        """Count one call.

        Raises:
            ApiError: 45011 over the minute's limit, 45009 over the day's.
        """
        now = self._clock.now()
        minute = (path, int(now // 60))
        if self._minute[minute] >= self.minute_limit(path):
            raise ApiError(45011)
        day = (path, shanghai_day(now))
        if self._day[day] >= self.day_limit(path):
            raise ApiError(45009)
        self._minute[minute] += 1
        self._day[day] += 1

    def day_limit(self, path: str) -> int:
        """Return the daily limit; the settings' `limits` may lower it per path."""
        return self._limits.get(path, DAY_LIMITS.get(path, DEFAULT_DAY_LIMIT))

    def minute_limit(self, path: str) -> int:
        """Return the limit per minute; the settings' `limits` take it under ``<path>/minute``."""
        return self._limits.get(f"{path}/minute", MINUTE_LIMITS.get(path, DEFAULT_MINUTE_LIMIT))

    def used_today(self, path: str) -> int:
        """Return how many calls were counted today."""
        return self._day[(path, shanghai_day(self._clock.now()))]

    def clear(self) -> None:
        """Set the day's counters to zero, as an account may do ten times a month.

        Raises:
            ApiError: 48006 from the eleventh time on.
        """
        self._count_clearing("all", CLEARS_PER_MONTH)
        self._day.clear()

    def clear_path(self, path: str) -> None:
        """Set the day's counter of one path to zero, as an account may do fifty times a month.

        Raises:
            ApiError: 48006 from the fifty-first time on.
        """
        self._count_clearing("one", PATH_CLEARS_PER_MONTH)
        self._day.pop((path, shanghai_day(self._clock.now())), None)

    def _count_clearing(self, kind: str, limit: int) -> None:
        month = f"{kind} {shanghai_day(self._clock.now())[:7]}"
        if self._clears[month] >= limit:
            raise ApiError(48006)
        self._clears[month] += 1

    def reset(self) -> None:
        """Forget all counts."""
        self._day.clear()
        self._minute.clear()
        self._clears.clear()
