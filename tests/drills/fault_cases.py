"""The matrix of faults: each part alone and in pairs, each with each kind of fault."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from tests.drills.fault_components import Fault

PARTS = ("web", "worker", "platform", "database")
# What is around a fault, in seconds: what leads up to it, what comes after, and getting calm; measured.
AROUND_SECONDS = 30
# What is killed or slowed shows what it does then within so long; only who stands still is waited for.
ACTIVE_SECONDS = 20.0
# Each part with each fault at least once, each pair of parts once.
_SHORT = (
    "web:kill",
    "worker:kill",
    "platform:kill",
    "web:pause",
    "worker:pause+platform:slow",
    "web:slow+worker:kill",
    "web:kill+platform:pause",
    "database:kill",
    "web:kill+database:pause",
    "worker:kill+database:slow",
    "platform:kill+database:kill",
)


@dataclass(frozen=True)
class Case:
    """Faults that strike at the same time, by part."""

    faults: tuple[tuple[str, Fault], ...]

    @property
    def name(self) -> str:
        """Give its name, as `--only` takes it."""
        return "+".join(f"{part}:{fault.value}" for part, fault in self.faults)

    def seconds(self, pause: float) -> float:
        """Tell how long its faults last, where a stop lasts so long."""
        stands_still = any(fault is Fault.PAUSE for _, fault in self.faults)
        return pause if stands_still else min(pause, ACTIVE_SECONDS)


def case_named(name: str) -> Case:
    """Read a name such as `web:kill+worker:pause`.

    Raises:
        ValueError: there is no such part or fault.
    """
    faults = []
    for one in name.split("+"):
        part, _, fault = one.partition(":")
        if part not in PARTS:
            raise ValueError(f"{part!r} is none of {', '.join(PARTS)}")
        faults.append((part, Fault(fault)))
    return Case(tuple(faults))


def short_cases(parts: Sequence[str]) -> list[Case]:
    """Give about ten cases that stand for all."""
    cases = [case_named(name) for name in _SHORT]
    return [case for case in cases if all(part in parts for part, _ in case.faults)]


def all_cases(parts: Sequence[str]) -> list[Case]:
    """Give the whole matrix: those alone first, then pair by pair."""
    alone = [Case(((part, fault),)) for part in parts for fault in Fault]
    pairs = [
        Case(((first, one), (second, other)))
        for first, second in itertools.combinations(parts, 2)
        for one, other in itertools.product(Fault, Fault)
    ]
    return alone + pairs
