"""Forks worker processes on demand, so that starting one takes milliseconds; run by test_kill_worker.py.

Each line on standard input asks for one more; its process id is the answer.
"""

import os
import signal
import sys

from config.logs import configure_logging
from config.settings import load_settings
from jobs.worker import run_worker


def main() -> None:
    settings = load_settings()
    configure_logging("ERROR", "text", process="worker")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            run_worker(settings)
            os._exit(0)
        print(child, flush=True)  # noqa: T201 (this is how it answers)


if __name__ == "__main__":
    main()
