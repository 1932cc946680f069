"""What came of an attack."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Result:
    """How much was tried, and what was found.

    Attributes:
        tried: how many requests were sent.
        faults: what was found, by the request that met it; nothing when all held.
        notes: what else is worth telling.
    """

    name: str
    tried: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, request: str, faults: Iterable[str]) -> None:
        """Count a request, with what was found in its answer."""
        self.tried += 1
        if found := list(faults):
            self.faults.setdefault(request, []).extend(found)
