"""A number of ours beside a peer's: what every measurement gives, and how it is printed.

A claim is a ratio out of one run, in which ours and the peer took turns; seconds of one machine say nothing
on another, and stand beside the ratio only to show what order of size was measured.
"""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Ours beside a peer.

    Attributes:
        what: what was measured, in a few words.
        peer: what it stands beside.
        ratios: one for each round; what is compared stands above, the peer below.
        aim: the middle ratio that we want at least, or at most where `least_is_best`.
        least_is_best: whether a small ratio is a good one (time over time).
        ours, peers: what was measured, with its unit, for orientation.
        note: what a reader must know to understand it.
    """

    what: str
    peer: str
    ratios: tuple[float, ...]
    aim: float | None = None
    least_is_best: bool = False
    ours: str = ""
    peers: str = ""
    note: str = ""

    @property
    def ratio(self) -> float:
        """The middle one of all rounds."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        """The least and the greatest; empty after one round."""
        return f"{min(self.ratios):.2f}–{max(self.ratios):.2f}" if len(self.ratios) > 1 else ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the aim is reached; None where there is none."""
        if self.aim is None:
            return None
        return self.ratio <= self.aim if self.least_is_best else self.ratio >= self.aim

    @property
    def verdict(self) -> str:
        """The aim, and whether it is reached."""
        if self.aim is None:
            return ""
        return f"{'≤' if self.least_is_best else '≥'} {self.aim:g} {'✓' if self.is_reached else '✗'}"


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def say_all(found: Sequence[Comparison]) -> None:
    """Print comparisons, a line each."""
    for one in found:
        say(
            f"{one.what:58} {one.ratio:8.2f}  {one.spread:>12}  {one.verdict:>10}  "
            f"{one.ours or '-'} | {one.peer}: {one.peers or '-'}"
        )
        if one.note:
            say(f"    {one.note}")
