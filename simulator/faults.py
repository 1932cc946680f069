"""Faults of the API side: what goes wrong with a call, how often, and at which address."""

import threading
from dataclasses import dataclass
from typing import Any

from simulator.errors import ControlError

FAULT_KINDS = frozenset(
    {"errcode", "latency", "http_502", "truncated_json", "reset", "slow_body", "lost_response"}
)
# The call takes effect although the client cannot know it: what proves that a sender is idempotent.
AFTER_EFFECT = frozenset({"truncated_json", "slow_body", "lost_response"})
_DEFAULT_SECONDS = {"latency": 1.0, "slow_body": 2.0, "lost_response": 10.0}


@dataclass
class Fault:
    """One fault waiting for calls; `times` counts down, -1 stays."""

    path: str
    kind: str
    errcode: int
    seconds: float
    times: int

    def describe(self) -> dict[str, Any]:
        """Return the fault as the control API shows it."""
        return dict(vars(self))


class FaultBoard:
    """Faults by path, the oldest first; `*` stands for every path."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self, *, path: str, kind: str, errcode: int = -1, seconds: float | None = None, times: int = 1
    ) -> Fault:
        """Set a fault.

        Raises:
            ControlError: unknown kind, or times is 0.
        """
        if kind not in FAULT_KINDS:
            raise ControlError(f"kind must be one of {', '.join(sorted(FAULT_KINDS))}")
        if times == 0 or times < -1:
            raise ControlError("times must be 1 or more, or -1 for until cleared")
        if path != "*" and not path.startswith("/"):
            raise ControlError("path must be * or start with /")
        wait = _DEFAULT_SECONDS.get(kind, 0.0) if seconds is None else seconds
        fault = Fault(path, kind, errcode, wait, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, path: str) -> Fault | None:
        """Return the fault for this call and count it down, or None."""
        with self._lock:
            for fault in self._faults:
                if fault.path in {"*", path}:
                    if fault.times > 0:
                        fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def list(self) -> list[dict[str, Any]]:
        """Return the faults still waiting."""
        with self._lock:
            return [fault.describe() for fault in self._faults]

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()
