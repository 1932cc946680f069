"""Where the web takes the time from; the domain is handed it."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present moment, aware and in UTC."""
    return datetime.now(UTC)
