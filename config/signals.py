"""Being told by a signal to stop, whatever the process is at in that moment."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AT_ONCE = 16


@contextmanager
def set_by_signals(stopping: threading.Event, *numbers: int) -> Iterator[None]:
    """Have an event set by these signals as long as the block lasts; for the main thread.

    Python runs what a signal calls in the main thread, between any two of its steps. If it is inside
    `Event.wait` just then, it holds the lock of the event, and setting it there would wait for that lock for
    ever. So the number of the signal goes to another thread, which sets it.
    """
    hears, tells = socket.socketpair()
    tells.setblocking(False)
    hearing = threading.Thread(target=_hear, args=(hears, stopping), name="signals", daemon=True)
    hearing.start()
    told_before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _is_heard_elsewhere) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(told_before)
        tells.close()
        hearing.join()


def _hear(hears: socket.socket, stopping: threading.Event) -> None:
    with hears:
        while hears.recv(_AT_ONCE):
            stopping.set()


def _is_heard_elsewhere(_number: int, _frame: object) -> None:
    """Do nothing: only signals that Python handles are passed on."""
