"""How long the ledger of complaints takes to write, and how much memory that needs at most.

    python -m bench.ledger 100000 sqlite postgresql

Printed are the lines, seconds, lines a second, the size of the workbook, and the peak of the process's memory
before and after, in MB: what the export itself needs is the difference, and it must not grow with the lines.
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench.databases import grown
from domain.filters import Filters
from domain.ledger import write_ledger
from models.database import Database
from models.staff import Staff

_MEGABYTE = 1024 * 1024


def _peak() -> float:
    """Give the most memory this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(url: str) -> str:
    """Write the whole ledger once, and say what it took."""
    database = Database(url)
    with database.reading() as session:
        staff_id = session.scalars(select(Staff.id).where(Staff.username == "desk")).one()
    before, begun = _peak(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "ledger.xlsx"
        lines = write_ledger(
            target,
            staff_id=staff_id,
            filters=Filters(),
            reading=database.reading,
            progress=lambda _done, _total: None,
            now=datetime.now(UTC),
        )
        seconds, size = time.perf_counter() - begun, target.stat().st_size / _MEGABYTE
    database.close()
    return (
        f"{lines} lines in {seconds:.1f} s ({lines / seconds:.0f} a second), {size:.1f} MB; "
        f"memory {before:.0f} MB before, {_peak():.0f} MB at most"
    )


def main() -> int:
    """Measure in each kind of database that is named; both of them if none is."""
    os.environ.setdefault("ENV_FILE", os.devnull)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for kind in sys.argv[2:] or ("sqlite", "postgresql"):
        with grown(kind, count) as url:
            sys.stdout.write(f"{kind}: {measure(url)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
