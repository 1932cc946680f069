"""Waiting for what happens in its own time."""

import time
from collections.abc import Callable


def eventually(found: Callable[[], bool], *, seconds: float = 8) -> float:
    """Wait until something is so; give how long it took."""
    began = time.monotonic()
    while not found():
        assert time.monotonic() - began < seconds, "it never came about"
        time.sleep(0.02)
    return time.monotonic() - began
