"""A worker that waits less, so that a test of silence need not last; run by test_slow_platform.py.

Arguments: seconds until a call counts as unanswered, seconds until it is tried again.
"""

import sys

from config.logs import configure_logging
from config.settings import load_settings
from domain import deliveries
from jobs.worker import run_worker
from wechat import transport


def main() -> None:
    unanswered, again = (float(given) for given in sys.argv[1:])
    transport.READ_SECONDS = unanswered  # type: ignore[assignment]  # whole seconds in real life
    deliveries.RETRY_DELAYS = (again,) * len(deliveries.RETRY_DELAYS)  # type: ignore[assignment]
    settings = load_settings()
    configure_logging("INFO", "text", process="worker")
    run_worker(settings)


if __name__ == "__main__":
    main()
