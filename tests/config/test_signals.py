"""A process that is told to stop does so, also when it was just looking whether it should."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from config.signals import set_by_signals

# It looks all the time, so that nearly each signal comes in the midst of it.
_LOOKING = """
import signal, threading
from config.signals import set_by_signals
stopping = threading.Event()
with set_by_signals(stopping, signal.SIGTERM, signal.SIGINT):
    print("looks", flush=True)
    while not stopping.wait(0):
        pass
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] * 6)
def test_process_ends_whatever_it_is_at(number: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", _LOOKING], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"looks\n"
    time.sleep(0.02)
    process.send_signal(number)
    process.send_signal(number)
    try:
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_handlers_are_as_before_afterwards() -> None:
    stopping = threading.Event()
    before = signal.getsignal(signal.SIGTERM)
    with set_by_signals(stopping, signal.SIGTERM):
        signal.raise_signal(signal.SIGTERM)
        assert stopping.wait(5)
    assert signal.getsignal(signal.SIGTERM) is before
    told = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(told)
    assert told == -1
