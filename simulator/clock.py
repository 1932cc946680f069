"""The platform's clock: real, shifted or frozen, so that a test can wait three days in no time."""

import datetime as dt
import time

_SHANGHAI = dt.timezone(dt.timedelta(hours=8))


class VirtualClock:
    """Seconds since 1970, used for everything that runs out."""

    def __init__(self) -> None:
        self._shift = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Return the platform's present time in unix seconds."""
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time() + self._shift

    def stamp(self, which: str) -> float:
        """Return the time for a packet: ``real`` (the app checks it against its own clock) or ``virtual``."""
        return time.time() if which == "real" else self.now()

    def freeze(self, moment: float) -> None:
        """Stop at `moment` (unix seconds)."""
        self._frozen_at = moment

    def advance(self, seconds: float) -> None:
        """Move forward, frozen or running."""
        if self._frozen_at is not None:
            self._frozen_at += seconds
        else:
            self._shift += seconds

    def reset(self) -> None:
        """Run with real time again."""
        self._shift = 0.0
        self._frozen_at = None

    def describe(self) -> dict[str, object]:
        """Return the clock as the control API shows it."""
        now = self.now()
        moment = dt.datetime.fromtimestamp(now, tz=dt.UTC)
        return {
            "now": now,
            "iso": moment.isoformat(),
            "frozen": self._frozen_at is not None,
            "shift_seconds": self._shift,
        }


def parse_moment(value: object) -> float:
    """Read a unix number or an ISO time (without a zone: UTC).

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"neither unix seconds nor an ISO time: {value}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.timestamp()


def shanghai_day(moment: float) -> str:
    """Return the day by which the platform counts its daily limits, e.g. ``2026-11-21``."""
    return dt.datetime.fromtimestamp(moment, tz=_SHANGHAI).strftime("%Y-%m-%d")
