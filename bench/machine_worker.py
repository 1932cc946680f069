"""A worker whose schedule has one job more: it writes down that it was done, and when.

    python -m bench.machine_worker FILE

It is written to a file of the worker's own, not to the database: also who is cut off from everything would
be seen to go on.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

from commands.with_settings import begin_process
from config.settings import load_settings
from jobs import schedule, worker
from jobs.context import JobContext

EVERY_SECONDS = 1.0


def main() -> None:
    """Work until told to stop."""
    file = Path(sys.argv[1])

    def tick(_context: JobContext) -> None:
        with file.open("a") as out:
            out.write(f"{time.time():.3f}\n")

    entry = schedule.ScheduleEntry("bench_tick", timedelta(seconds=EVERY_SECONDS), tick)
    setattr(worker, "SCHEDULE", (*schedule.SCHEDULE, entry))  # noqa: B010 (known to be another's)
    settings = load_settings()
    begin_process(settings, "worker")
    worker.run_worker(settings)


if __name__ == "__main__":
    main()
