"""One target in a process of its own: `python -m tests.drills.fuzz.one_target NAME …`, started by the drill.

What reads bytes is led by coverage (atheris) where that can be imported; all else, and everywhere else, is
done by hypothesis. A crash is written down and passed over from then on; only a process that hangs or runs
out of memory ends early, and then its last input is left behind.
"""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.drills.fuzz.catalogue import TARGETS, Target
from tests.drills.fuzz.crashes import Crash, place_of, said_of
from tests.drills.fuzz.pieces import Bytes, Examples, Machine

HANGS_AFTER = 10
LONGEST_INPUT = 6_000
_MEGABYTE = 1024 * 1024
MOST_MEMORY = 3_000 * _MEGABYTE


@dataclass
class Trial:
    """One target for some time.

    Attributes:
        folder: of this target; what was learnt stays there for the next run.
        runs, distinct: inputs tried, and how many of them were different ones.
    """

    target: Target
    seconds: float
    seed: int
    folder: Path
    known: set[str] = field(default_factory=set)
    runs: int = 0
    distinct: set[bytes] = field(default_factory=set)
    until: float = 0

    def begin(self) -> None:
        """Start the clock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.until = perf_counter() + self.seconds

    @property
    def over(self) -> bool:
        """Whether the time is used up."""
        return perf_counter() > self.until

    def note(self, crash: Crash) -> None:
        """Write a crash down."""
        self.known.add(crash.place)
        crash.keep(self.folder / "crashes")

    def count(self, value: object) -> None:
        """Count an input, and leave it behind in case the process does not survive it."""
        self.runs += 1
        written = repr(value).encode("utf-8", "backslashreplace")
        self.distinct.add(sha256(written).digest()[:8])
        (self.folder / "running").write_bytes(written)

    def end(self) -> None:
        """Tell the drill what was done."""
        told = {"runs": self.runs, "distinct": len(self.distinct)}
        (self.folder / "result.json").write_text(json.dumps(told), encoding="utf-8")
        (self.folder / "running").unlink(missing_ok=True)


def main() -> None:
    """Try it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=list(TARGETS))
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    limit_memory()
    target = TARGETS[given.name]
    is_led = target.reads_bytes and find_spec("atheris") is not None
    with _instrumented() if is_led else nullcontext():
        pieces = target.load()
    trial = Trial(target, given.seconds, given.seed, given.folder / given.name)
    trial.begin()
    if isinstance(pieces, Bytes) and is_led:
        _led_by_coverage(trial, pieces)
        return
    # Not before it is known to be needed: atheris wants to see what it imports.
    from tests.drills.fuzz import by_hypothesis

    if isinstance(pieces, Bytes):
        by_hypothesis.try_bytes(trial, pieces)
    elif isinstance(pieces, Examples):
        by_hypothesis.try_examples(trial, pieces)
    elif isinstance(pieces, Machine):
        by_hypothesis.try_machine(trial, pieces)
    trial.end()


def limit_memory() -> None:
    """Let what eats memory without end fail with a MemoryError, and not the machine."""
    try:
        import resource
    except ImportError:  # no such thing on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _instrumented() -> Any:
    import atheris

    return atheris.instrument_imports(include=["domain", "wechat"])


def _led_by_coverage(trial: Trial, pieces: Bytes) -> None:
    """Give it to libFuzzer, which ends the process when the time is over."""
    import atheris

    corpus = trial.folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for seed in pieces.seeds:
        (corpus / sha256(seed).hexdigest()[:20]).write_bytes(seed)
    arguments = [
        str(corpus),
        f"-max_total_time={max(1, round(trial.seconds))}",
        f"-timeout={HANGS_AFTER}",
        f"-rss_limit_mb={MOST_MEMORY // _MEGABYTE}",
        f"-seed={trial.seed}",
        f"-artifact_prefix={trial.folder}/raw-",
        f"-max_len={max([LONGEST_INPUT, *map(len, pieces.seeds)])}",
        "-print_final_stats=1",
    ]
    if pieces.words:
        words = trial.folder / "words.dict"
        words.write_text("".join(f'"{_quoted(word)}"\n' for word in pieces.words), encoding="ascii")
        arguments.append(f"-dict={words}")
    atheris.Setup([sys.argv[0], *arguments], passing_over(trial, pieces.check))
    atheris.Fuzz()


def passing_over(trial: Trial, check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Write each crash down and go on, so that one does not hide the others."""

    def one(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what is looked for)
            place = place_of(error)
            if place not in trial.known:
                trial.note(Crash(trial.target.name, "bytes", data.hex(), place, said_of(error)))

    return one


def _quoted(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    main()
