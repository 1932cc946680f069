"""Answering after the same time whatever the reason, so that a watch does not tell what the words conceal.

A name that nobody has, an account that is locked, and a wrong password that has to be counted take us
differently long, by some thousandths of a second; whoever asks often enough could tell them apart.
"""

import math
import time
from collections.abc import Callable

# Longer than comparing a password takes on a slow machine.
SECONDS = 0.4

moment: Callable[[], float] = time.perf_counter
sleep: Callable[[float], None] = time.sleep


def even_out(began: float) -> None:
    """Wait until a whole number of steps has passed since `began`, a `moment()`."""
    passed = moment() - began
    sleep(math.ceil(passed / SECONDS) * SECONDS - passed)
