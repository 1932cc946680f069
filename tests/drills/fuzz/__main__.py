"""Feed the product what nobody would send, target by target, for as long as it is given.

    python -m tests.drills.fuzz [--minutes 60] [--only TARGET] [--seed N] [--folder DIR]
    python -m tests.drills.fuzz --replay FILE

Each target runs in a process of its own with its share of the time, at most 3 GB of memory, and ten seconds
for one input; longer is a crash. What was learnt (inputs that reach new lines, examples that failed) is kept
in the folder for the next run. Each crash is written down with its exact input and shown; the exit status is
1 when there was one.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.drills.fuzz.catalogue import TARGETS, Target
from tests.drills.fuzz.crashes import ROOT, Crash

FOLDER = ROOT / "var" / "fuzz"
# Starting up, shrinking what was found, and ending.
_GRACE = 240
_COVERED = re.compile(r"cov: (\d+) ft: (\d+)")
_UNITS = re.compile(r"number_of_executed_units: (\d+)")


@dataclass
class Outcome:
    """What came of one target."""

    target: Target
    seconds: float = 0
    runs: int = 0
    learnt: str = ""
    crashes: list[Path] | None = None


def main() -> int:
    """Read the command line, and do it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="targets:\n" + "\n".join(f"  {one.name:14} {one.words}" for one in TARGETS.values()),
    )
    parser.add_argument("--minutes", type=float, default=60, help="for all targets together (60)")
    parser.add_argument("--short", action="store_true", help="two seconds for each target")
    parser.add_argument("--only", action="append", choices=list(TARGETS), metavar="TARGET", default=[])
    parser.add_argument("--seed", type=int, default=None, help="the same seed makes the same examples")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"({FOLDER.relative_to(ROOT)})")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try one crash again")
    given = parser.parse_args()
    if given.replay:
        return replay(given.replay)
    seed = given.seed if given.seed is not None else int(time.time()) % 1_000_000
    chosen = [TARGETS[name] for name in given.only] or list(TARGETS.values())
    shares = sum(target.share for target in chosen)
    say(f"seed {seed}, {len(chosen)} targets, kept in {given.folder}")
    outcomes = []
    for target in chosen:
        seconds = 2.0 if given.short else given.minutes * 60 * target.share / shares
        outcomes.append(run(target, seconds=seconds, seed=seed, folder=given.folder.resolve()))
        show([outcomes[-1]], head=len(outcomes) == 1)
    say("\nall of it:")
    show(outcomes, head=True)
    return 1 if any(outcome.crashes for outcome in outcomes) else 0


def run(target: Target, *, seconds: float, seed: int, folder: Path) -> Outcome:
    """Try one target in a process of its own, and read what it left behind."""
    begun, own = time.time(), folder / target.name
    own.mkdir(parents=True, exist_ok=True)
    for left in (own / "result.json", own / "running"):
        left.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.drills.fuzz.one_target", target.name]
    command += ["--seconds", str(seconds), "--seed", str(seed), "--folder", str(folder)]
    with (own / "log").open("w+", encoding="utf-8", errors="replace") as log:
        try:
            process = subprocess.run(
                command, stdout=log, stderr=log, timeout=seconds + _GRACE, cwd=ROOT, check=False
            )
            status = process.returncode
        except subprocess.TimeoutExpired:
            status = -1
        log.seek(0)
        said = log.read()
    outcome = Outcome(target, time.time() - begun)
    _count(outcome, own, said)
    if status != 0:
        _keep_last_input(target, own, said, status)
    outcome.crashes = sorted(
        path for path in (own / "crashes").glob("*.json") if path.stat().st_mtime >= begun
    )
    return outcome


def _count(outcome: Outcome, own: Path, said: str) -> None:
    covered = _COVERED.findall(said)
    if covered:
        outcome.runs = int((_UNITS.findall(said) or ["0"])[-1])
        outcome.learnt = (
            f"cov {covered[0][0]} → {covered[-1][0]}, features {covered[0][1]} → {covered[-1][1]}"
        )
    elif (own / "result.json").exists():
        told = json.loads((own / "result.json").read_text(encoding="utf-8"))
        outcome.runs = told["runs"]
        outcome.learnt = f"{told['distinct']} different"


def _keep_last_input(target: Target, own: Path, said: str, status: int) -> None:
    """Make a crash of what the process was at when it ended: it hung, or ran out of memory."""
    raw = sorted(own.glob("raw-*"))
    for path in raw:
        place = f"{path.name.split('-')[1]}: {path.name}"
        Crash(target.name, "bytes", path.read_bytes().hex(), place, said[-8_000:]).keep(own / "crashes")
        path.unlink()
    if not raw:
        running = own / "running"
        value = running.read_text(encoding="utf-8") if running.exists() else "()"
        form = "machine" if value.startswith("('seed'") else "example"
        place = f"the process ended with status {status}: {said.strip().splitlines()[-1:]}"
        Crash(target.name, form, value, place, said[-8_000:]).keep(own / "crashes")


def replay(path: Path) -> int:
    """Try a crash again: ends with its traceback and status 1 as long as it is there."""
    from tests.drills.fuzz.replaying import try_again

    crash = Crash.read(path)
    say(f"{crash.target}: {crash.place}\n{crash.value[:2_000]}\n")
    try_again(crash)
    say("all is well with it now")
    return 0


def show(outcomes: list[Outcome], *, head: bool) -> None:
    """Print the table, and each crash with how to try it again."""
    if head:
        say(f"{'target':14} {'seconds':>8} {'runs':>10}  {'crashes':>7}  learnt")
    for outcome in outcomes:
        crashes = outcome.crashes or []
        name = outcome.target.name
        say(f"{name:14} {outcome.seconds:8.0f} {outcome.runs:10}  {len(crashes):7}  {outcome.learnt}")
        for path in crashes:
            crash = Crash.read(path)
            say(f"    {crash.place}\n    input: {crash.value[:600]}")
            say(f"    again: python -m tests.drills.fuzz --replay {path}")


def say(words: str) -> None:
    """Print at once, also into a file."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
