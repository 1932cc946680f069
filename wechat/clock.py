"""Where calls to the platform take the time from; tests hand in another."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the present moment, aware and in UTC."""
    return datetime.now(UTC)
