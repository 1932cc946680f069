"""How long the ledger of complaints takes to write, and how much memory that needs at most.

    python -m bench.ledger 100000 sqlite postgresql

Printed are the lines, seconds, lines a second, the size of the workbook, and the peak of the process's memory
before and after, in MB: what the export itself needs is the difference, and it must not grow with the lines.
Beside it stands what xlsxwriter, and openpyxl without keeping rows, need to write the cells of every fiftieth
line fifty times and nothing else: no export by them can be faster.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import openpyxl
import xlsxwriter
from sqlalchemy import select

from bench.databases import grown
from domain.filters import Filters
from domain.ledger import LedgerBook, write_ledger
from models.database import Database
from models.staff import Staff

_MEGABYTE = 1024 * 1024
_EVERY = 50
Cells = Sequence[str | int]


def _peak() -> float:
    """Give the most memory this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(url: str) -> str:
    """Write the whole ledger once, and say what it took."""
    database = Database(url)
    with database.reading() as session:
        staff_id = session.scalars(select(Staff.id).where(Staff.username == "desk")).one()
    kept: list[Cells] = []
    before, begun, cpu = _peak(), time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "ledger.xlsx"
        with _keeping(kept):
            lines = write_ledger(
                target,
                staff_id=staff_id,
                filters=Filters(),
                reading=database.reading,
                progress=lambda _done, _total: None,
                contacts_of=lambda _ids: None,
                now=datetime.now(UTC),
            )
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        size, peak = target.stat().st_size / _MEGABYTE, _peak()
        same = [cells for cells in kept for _ in range(_EVERY)]
        bare = [_processor_seconds(write, target, same) for write in (_by_xlsxwriter, _by_openpyxl)]
    database.close()
    return (
        f"{lines} lines in {seconds:.1f} s ({lines / seconds:.0f} a second), {size:.1f} MB; "
        f"memory {before:.0f} MB before, {peak:.0f} MB at most; of the processor {cpu:.1f} s, "
        f"{cpu / bare[0]:.1f} times xlsxwriter alone, {cpu / bare[1]:.1f} times openpyxl alone"
    )


@contextmanager
def _keeping(kept: list[Cells]) -> Iterator[None]:
    """Keep the cells of every fiftieth line that is written meanwhile."""
    write = LedgerBook.write

    def write_and_keep(book: LedgerBook, cells: Cells) -> None:
        write(book, cells)
        if book.lines % _EVERY == 0:
            kept.append(cells)

    with patch.object(LedgerBook, "write", write_and_keep):
        yield


def _processor_seconds(write: Callable[[Path, list[Cells]], None], target: Path, lines: list[Cells]) -> float:
    begun = time.process_time()
    write(target, lines)
    return time.process_time() - begun


def _by_xlsxwriter(target: Path, lines: list[Cells]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(target), options)
    sheet = book.add_worksheet()
    for line, cells in enumerate(lines):
        for at, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(line, at, cell)
            elif cell:
                sheet.write_string(line, at, cell)
    book.close()


def _by_openpyxl(target: Path, lines: list[Cells]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for cells in lines:
        sheet.append(cells)
    book.save(target)


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
