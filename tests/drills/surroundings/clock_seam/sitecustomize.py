"""Sets the clock of a Python process by what a file says, while it runs; Python loads it at its start.

Chosen instead of libfaketime, which has to be installed by hand: everything of ours that reads the clock is
Python, and so are the libraries that count by it (schedule, sessions, rate limits). What only goes on
(`time.monotonic`) is left alone, as it is by whoever sets a real clock.
"""

import contextlib
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

LOOK_SECONDS = 0.05


def _follow(told: Path) -> None:
    import time_machine

    steady, began = time.monotonic(), time.time()
    set_by = 0.0
    traveller = time_machine.travel(datetime.fromtimestamp(began, UTC), tick=True)
    moved = traveller.start()
    while True:
        with contextlib.suppress(OSError, ValueError):
            wanted = float(told.read_text() or 0)
            if wanted != set_by:
                set_by = wanted
                moved.move_to(began + (time.monotonic() - steady) + wanted, tick=True)
        time.sleep(LOOK_SECONDS)


if "DRILL_CLOCK" in os.environ:
    threading.Thread(target=_follow, args=(Path(os.environ["DRILL_CLOCK"]),), daemon=True).start()
