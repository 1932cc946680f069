"""What an auditor finds: faults in words, and counts of what was looked at."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Findings:
    """The result of an audit.

    Attributes:
        faults: by the check that found them, each in one sentence.
        counts: how many of what were looked at, and what is allowed to happen and did.
    """

    faults: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def fault(self, check: str, words: str) -> None:
        """Note a fault."""
        self.faults.append((check, words))

    def count(self, what: str, times: int = 1) -> None:
        """Count something that was looked at."""
        self.counts[what] += times

    def judge(self, kind: str, name: str, times: int, *, answered: bool, possible: bool) -> None:
        """Judge how often something had its effect.

        Args:
            answered: whoever did it was told so: it must be there once.
            possible: some try may have been received; where nobody answered, it may be there or not.
        """
        self.counts[f"{kind}s"] += 1
        if times > 1:
            self.fault(kind, f"{name} had its effect {times} times")
        elif answered and not times:
            self.fault(kind, f"{name} was answered and had no effect")
        elif times and not possible:
            self.fault(kind, f"{name} was refused or reached nobody, and had an effect")
        elif not answered:
            self.counts[f"{kind}s unanswered, {'done' if times else 'not done'}"] += 1
