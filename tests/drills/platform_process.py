"""The pretend platform as a process of its own, for drills: every answer takes a moment to arrive.

    python -m tests.drills.platform_process OPTIONS OF THE SIMULATOR

What the platform took and did not yet tell us of is where a kill hurts. And people who are pushed to again
and again would use up their five messages, so here a window holds any number.
"""

import sys

from simulator import __main__ as simulator
from simulator import windows
from simulator.faults import Fault, FaultBoard

# As long as a call to the real platform takes.
ANSWER_SECONDS = 0.06
SENDING = (
    "/cgi-bin/message/custom/send",
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/subscribe/bizsend",
)


_asked_for = FaultBoard.take


def take(board: FaultBoard, path: str) -> Fault | None:
    """Give a fault that was asked for; else let answers come late, after the call has had its effect."""
    asked_for = _asked_for(board, path)
    if asked_for is not None or path not in SENDING:
        return asked_for
    return Fault(path, "slow_body", -1, ANSWER_SECONDS, -1)


def main() -> int:
    """Run the simulator."""
    windows.WINDOW_RULES["message"] = windows.WindowRule(48 * 3600, 1_000_000)
    FaultBoard.take = take  # type: ignore[method-assign,assignment]
    return simulator.main()


if __name__ == "__main__":
    sys.exit(main())
