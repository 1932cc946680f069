"""The fuzzer finds what is there to find, keeps it with its input, and can try it again."""

from pathlib import Path

import pytest

from tests.drills.fuzz import by_hypothesis
from tests.drills.fuzz.catalogue import TARGETS
from tests.drills.fuzz.crashes import Crash
from tests.drills.fuzz.one_target import Trial, passing_over
from tests.drills.fuzz.pieces import Bytes


def _fragile(data: bytes) -> None:
    if b"[" in data:
        raise ValueError("an opened bracket")
    assert b"(" not in data, "an opened parenthesis"


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A second of trying."""
    trial = Trial(TARGETS["search"], seconds=1, seed=7, folder=tmp_path)
    trial.begin()
    return trial


def _kept(trial: Trial) -> list[Crash]:
    return sorted(map(Crash.read, (trial.folder / "crashes").glob("*.json")), key=lambda crash: crash.place)


def test_each_crash_is_kept_once_with_the_smallest_input(trial: Trial) -> None:
    by_hypothesis.try_bytes(trial, Bytes(_fragile, [b"f(x)", b"a[0]"]))
    trial.end()

    found = _kept(trial)
    assert [(crash.place.split()[0], crash.input()) for crash in found] == [
        ("AssertionError", b"("),
        ("ValueError", b"["),
    ]
    with pytest.raises(ValueError, match="an opened bracket"):
        _fragile(found[1].input())


def test_what_is_led_by_coverage_goes_on_behind_a_crash(trial: Trial) -> None:
    one = passing_over(trial, _fragile)
    for data in (b"[", b"[[", b"well", b"("):
        one(data)

    assert [crash.input() for crash in _kept(trial)] == [b"(", b"["]


def test_what_parsers_begin_with_is_sound() -> None:
    for target in TARGETS.values():
        pieces = target.load()
        if isinstance(pieces, Bytes):
            for seed in pieces.seeds:
                pieces.check(seed)
