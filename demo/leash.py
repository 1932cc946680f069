"""Runs one command and ends it when the starter is gone, however that came about.

`python leash.py <command …>`. The starter keeps the other end of our standard input; when that closes, by
intention or because the starter was killed, the command is asked to end, and made to after some seconds.
Needs nothing but the standard library, so that it starts at once.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 7.0


def main(command: list[str]) -> int:
    """Run the command; return its exit status, or 0 when it was ended by us."""
    # A pipe, and no event: a signal may come while the lock of one is held.
    ended, end = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _say(end))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 (our own commands)
    threading.Thread(target=_wait_for_end_of_input, args=(end,), daemon=True).start()
    threading.Thread(target=_wait_for_child, args=(child, end), daemon=True).start()
    os.read(ended, 1)
    if child.poll() is not None:
        _end_the_rest()
        status = child.returncode
        return status if status >= 0 else 128 - status  # as a shell reports an end by a signal
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
    _end_the_rest()
    return 0


def _say(end: int) -> None:
    os.write(end, b".")


def _wait_for_end_of_input(end: int) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    _say(end)


def _wait_for_child(child: "subprocess.Popen[bytes]", end: int) -> None:
    child.wait()
    _say(end)


def _end_the_rest() -> None:
    """End what the command started and left: the others of our group, which the starter made for us alone."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
