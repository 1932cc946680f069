"""For tests in which one person files more than one person may."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.limits import limits, use_limits


@contextmanager
def many_filings() -> Iterator[None]:
    """Let everybody file as much as they like; the limits have tests of their own."""
    before = limits()
    use_limits(replace(before, filed_per_hour=1000, filed_per_day=1000))
    try:
        yield
    finally:
        use_limits(before)
