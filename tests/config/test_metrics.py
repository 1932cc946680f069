"""Counting together: processes of one machine, restarts, and crashes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Takes a seat, counts once under it, prints the seat and the sum of all, and dies or ends.
_PROCESS = """
import os, sys
from pathlib import Path
from config import metrics
from prometheus_client import generate_latest
seat = metrics.join(Path(sys.argv[1]))
metrics.JOB_FAILURES.labels("a").inc()
metrics.CONNECTIONS_IN_USE.labels("worker").set(7)
text = generate_latest(metrics.collected()).decode()
total = [line.split()[1] for line in text.splitlines() if line.startswith("banshishi_job_failures_total")]
in_use = [line.split()[1] for line in text.splitlines() if "connections_in_use{" in line]
print(seat, *total, *in_use, flush=True)
if sys.argv[2] == "stay":
    sys.stdin.readline()
os._exit(9)
"""


def _start(run_dir: Path, what: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROCESS, str(run_dir), what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ended(process: "subprocess.Popen[str]") -> str:
    return process.communicate("\n", timeout=30)[0].strip()


def test_a_restart_goes_on_counting_where_the_last_one_stopped(tmp_path: Path) -> None:
    first = _start(tmp_path, "stay")
    assert first.stdout is not None
    assert first.stdout.readline() == "0 1.0 7.0\n"
    second = _ended(_start(tmp_path, "end"))
    _ended(first)

    assert second == "1 2.0 7.0"
    # Both are dead now, and nobody said farewell: their seats are free, and their counts are kept.
    assert _ended(_start(tmp_path, "end")) == "0 3.0 7.0"
    assert len(list((tmp_path / "metrics").glob("*.seat"))) == 2
    assert sorted(path.name for path in (tmp_path / "metrics").glob("counter*")) == [
        "counter_0.db",
        "counter_1.db",
    ]


def test_files_that_a_crash_of_the_machine_spoilt_begin_anew(tmp_path: Path) -> None:
    assert _ended(_start(tmp_path, "end")) == "0 1.0 7.0"
    for path in (tmp_path / "metrics").glob("*_0.db"):
        path.write_bytes(b"\xff" * 100)

    assert _ended(_start(tmp_path, "end")) == "0 1.0 7.0"


def test_the_room_is_taken_before_anything_is_counted(tmp_path: Path) -> None:
    _ended(_start(tmp_path, "end"))
    taken = {path.name: path.stat().st_blocks * 512 for path in (tmp_path / "metrics").glob("*.db")}

    assert taken["counter_0.db"] >= 2 << 20
    assert taken["histogram_0.db"] >= 1 << 20
