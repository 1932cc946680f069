"""What a target of the fuzzer is made of: what to try, and what must hold whatever comes."""

import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.strategies import SearchStrategy

# Tells whether all is well with one input: returns, or raises what is wrong.
Check = Callable[[Any], None]


@dataclass(frozen=True)
class Bytes:
    """Something that reads bytes, such as a parser; led by coverage where atheris is to be had.

    Attributes:
        seeds: inputs to begin with.
        words: what the format is made of, for the mutator.
    """

    check: Check
    seeds: Sequence[bytes]
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Examples:
    """Something that takes values with a form of their own, made by a strategy of hypothesis.

    Attributes:
        strategy: makes inputs out of nothing but literals, so that each can be written down and read again.
        opened: sets up what the check needs, and gives the check.
    """

    strategy: SearchStrategy[Any]
    opened: Callable[[], AbstractContextManager[Check]]


@dataclass(frozen=True)
class Machine:
    """Something with a state, and rules by which it moves on.

    Attributes:
        opened: sets up what it plays in, and gives what makes one at its beginning.
        steps: how many rules are tried in a row.
    """

    opened: Callable[[], AbstractContextManager[Callable[[], RuleBasedStateMachine]]]
    steps: int = 40


Pieces = Bytes | Examples | Machine


@cache
def _written() -> dict[str, dict[str, list[str]]]:
    with Path(__file__).with_name("seeds.toml").open("rb") as file:
        return tomllib.load(file)


def words_for(name: str) -> list[str]:
    """Give what the format of a target is made of."""
    return _written()[name]["words"]


def from_seeds(check: Check, name: str) -> Bytes:
    """Make a target of a check, whose seeds are written down as text."""
    return Bytes(check, [seed.encode() for seed in _written()[name]["seeds"]], words_for(name))


def damaged(seeds: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Make bytes: anything at all, or a seed with pieces cut out, put in, doubled or changed."""
    edit = st.tuples(
        st.sampled_from(["cut", "put", "double", "set"]),
        st.integers(0, 1 << 20),
        st.integers(1, 64),
        st.binary(max_size=16),
    )

    def mend(seed: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
        for what, place, length, piece in edits:
            at = place % (len(seed) + 1)
            if what == "cut":
                seed = seed[:at] + seed[at + length :]
            elif what == "put":
                seed = seed[:at] + piece + seed[at:]
            elif what == "double":
                seed = seed[: at + length] + seed[at:]
            else:
                seed = seed[:at] + piece + seed[at + len(piece) :]
        return seed

    changed = st.builds(mend, st.sampled_from(list(seeds) or [b""]), st.lists(edit, max_size=6))
    return st.one_of(st.binary(max_size=200), changed)
