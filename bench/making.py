"""How long it takes to make things, beside the bare library making the same: workbooks, sheets, documents.

    python -m bench.making                     (all of them, in a SQLite database)
    python -m bench.making ledger sheets

Each is made in a process of its own, ours and the peer in turn; two kinds at a time where two cores are,
as each keeps one of them busy. How much memory it takes is told by the most that a process ever had, with ten
times as much to make beside once as much.
"""

import json
import os
import pickle  # nosec B403 (what the first process hands to the others of the same run)
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.comparison import Comparison, say, say_all

LINES, CODES, PLACES = 100_000, 1_000, 10_000
_GROWN = 2_000
_AT_A_TIME = min(2, os.cpu_count() or 1)
_ROUNDS = {"ledger": 2, "sheets": 2, "bulletin": 7, "registry": 3}
_TIME_OUT = 600.0
_AIM, _MEMORY_AIM = 1.5, 1.3
_BULLETINS = 10
_WHAT = {
    "ledger": (f"xlsx of {LINES:,} complaints", "XlsxWriter, one statement"),
    "sheets": (f"PDF of {CODES:,} QR codes", "reportlab and qrcode"),
    "bulletin": (f"{_BULLETINS} bulletins in Word", "python-docx"),
    "registry": (f"import of {PLACES:,} service points", "openpyxl, two inserts"),
}
_NOTES = {
    "ledger": "Time. The peer reads all by one statement of Core, and writes the same cells. "
    "Ours asks anew who may see what for each slice, and notes whose telephone is in it.",
    "sheets": "Time. The peer is told each stroke beforehand; ours reads the places and fits the words.",
    "bulletin": "Time. The peer is told each paragraph beforehand; ours reads the figures and cases.",
    "registry": "Time, from the file to the last commit. The peer writes the same rows, and entries of "
    "the audit log in one transaction, unchecked and unsealed; ours refuses unsound rows, commits by the "
    "thousand, and seals each entry.",
}
Made = Mapping[str, Any]


def measure(kinds: tuple[str, ...] = tuple(_WHAT)) -> list[Comparison]:
    """Make each of them a few times, and compare."""
    from bench import making_ground

    with TemporaryDirectory(prefix="banshishi-bench-") as name, ThreadPoolExecutor(_AT_A_TIME) as pool:
        folder, began = Path(name), time.monotonic()
        making_ground.lay(folder, lines=LINES, grown=_GROWN, codes=CODES, places=PLACES, kinds=kinds)
        say(f"prepared in {time.monotonic() - began:.0f} s")
        return [one for found in pool.map(partial(_measured, folder), kinds) for one in found]


def _measured(folder: Path, kind: str) -> list[Comparison]:
    """Make one of them a few times."""
    whole = _child(folder, "times", kind)
    found = [_compared(kind, whole["rounds"])]
    if kind in {"ledger", "registry"}:
        found.append(_memory(kind, [whole, _child(folder, "memory", kind, "tenth")]))
    return found


def _compared(kind: str, rounds: list[Made]) -> Comparison:
    def told(side: str) -> str:
        return (
            f"{median(one[side]['seconds'] for one in rounds):.1f} s "
            f"({median(one[side]['processor'] for one in rounds):.1f} s of the processor), "
            f"{rounds[-1][side]['bytes'] / 1024:.0f} kB"
        )

    what, peer = _WHAT[kind]
    processor = median(one["ours"]["processor"] / one["bare"]["processor"] for one in rounds)
    return Comparison(
        what=what,
        peer=peer,
        ratios=tuple(one["ours"]["seconds"] / one["bare"]["seconds"] for one in rounds),
        aim=_AIM,
        least_is_best=True,
        ours=told("ours"),
        peers=told("bare"),
        note=f"{_NOTES[kind]} Of the processor's time: {processor:.2f}.",
    )


def _memory(kind: str, sizes: list[Made]) -> Comparison:
    whole, tenth = sizes
    return Comparison(
        what=f"memory of {_WHAT[kind][0]}",
        peer="a tenth of it",
        ratios=(whole["peak"] / tenth["peak"],),
        aim=_MEMORY_AIM,
        least_is_best=True,
        ours=f"{whole['peak']:.0f} MB at most",
        peers=f"{tenth['peak']:.0f} MB",
    )


def _child(folder: Path, *words: str) -> Made:
    """Run this module in a process of its own, and give what it tells."""
    command = [sys.executable, "-m", "bench.making", "child", str(folder), *words]
    environment = os.environ | {"ENV_FILE": os.devnull}
    done = subprocess.run(  # noqa: S603 (our own)
        command,
        env=environment,
        capture_output=True,
        timeout=_TIME_OUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-3000:])
    told: Made = json.loads(done.stdout.splitlines()[-1])
    return told


def _child_main(folder: Path, what: str, kind: str, size: str = "whole") -> Made:
    """Make things, and tell how long it took or how much memory."""
    from bench import making_sides

    ground: Made = pickle.loads((folder / "ground.pickle").read_bytes())  # noqa: S301 # nosec B301
    if what == "memory":
        making_sides.SIDES[kind]["ours"](_fresh(folder / kind), ground, size == "tenth")
        return {"peak": _peak()}
    rounds = [
        {side: _timed(_fresh(folder / kind), ground, make) for side, make in making_sides.SIDES[kind].items()}
        for _ in range(_ROUNDS[kind])
    ]
    # Ours is the first that this process ever made; what the peer took afterwards is left out.
    return {"rounds": rounds, "peak": rounds[0]["ours"]["peak"]}


def _fresh(place: Path) -> Path:
    """Empty a folder, and put what is written into there."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copyfile(place.parent / "empty.db", place / "empty.db")
    return place


def _timed(place: Path, ground: Made, make: Callable[[Path, Made, bool], int]) -> Made:
    began, processor = time.perf_counter(), time.process_time()
    made = make(place, ground, False)
    return {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - processor,
        "bytes": made,
        "peak": _peak(),
    }


def _peak() -> float:
    """Give the most memory this process ever had, in MB; what getrusage says counts its parent's as well."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> int:
    """Measure what the arguments name, or be the process that makes it."""
    os.environ.setdefault("ENV_FILE", os.devnull)
    if sys.argv[1:2] == ["child"]:
        sys.stdout.write(json.dumps(_child_main(Path(sys.argv[2]), *sys.argv[3:])) + "\n")
        return 0
    say_all(measure(tuple(sys.argv[1:]) or tuple(_WHAT)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
