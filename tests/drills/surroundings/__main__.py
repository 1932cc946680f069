"""Faults of what we stand on, done to real processes: `python -m tests.drills.surroundings [--only NAME]`."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence

from tests.drills.surroundings.cases import BOTH, POSTGRESQL, all_faults, try_fault
from tests.drills.surroundings.faults import Fault, PostgresqlServer
from tests.drills.surroundings.judging import HEAD

_SHORT = ("disk-full-uploads", "database-locked", "clock-back-hour", "database-restarted")


def main() -> int:
    """Try the faults that were asked for; the exit status is 1 when anything was not as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills.surroundings",
        description="Starts web processes, a worker, a platform and a database, has people use them, does a"
        " fault to what they stand on, undoes it, and compares what people were told with what is stored."
        " Disks are small ones that are mounted for it, so root is needed for those cases, not for others."
        " PostgreSQL is a server of its own from the pip package. Clocks are set inside our processes, see"
        " clock_seam.",
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="this fault only; may be repeated")
    parser.add_argument("--database", choices=BOTH, help="with this database only")
    parser.add_argument("--times", type=int, default=1, help="how often each is tried (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(_SHORT)}")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    asked = parser.parse_args()

    with contextlib.ExitStack() as ends:
        server = None
        if asked.database in (None, POSTGRESQL):
            server = PostgresqlServer()
            ends.callback(server.close)
        faults = all_faults(server)
        wanted = asked.only or (_SHORT if asked.short else [fault.name for fault in faults])
        if unknown := sorted(set(wanted) - {fault.name for fault in faults}):
            parser.error(f"no such fault: {', '.join(unknown)}")
        if asked.list:
            for fault in faults:
                _say(f"{fault.name:<24}{', '.join(fault.databases)}")
            return 0
        return _try_all([fault for fault in faults if fault.name in wanted], asked, server)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _try_all(faults: Sequence[Fault], asked: argparse.Namespace, server: PostgresqlServer | None) -> int:
    wrong = tried = 0
    began = time.monotonic()
    _say(HEAD)
    for fault in faults:
        for database in fault.databases:
            if asked.database not in (None, database):
                continue
            if fault.disk and os.geteuid() != 0:
                _say(f"{fault.name:<24}{database:<12}not tried: only root can mount a disk")
                continue
            for _ in range(asked.times):
                finding = try_fault(fault, database, server)
                tried += 1
                wrong += bool(finding.wrong)
                for line in (finding.row, *(f"      {words}" for words in finding.wrong)):
                    _say(line)
    _say(f"{tried} tried in {time.monotonic() - began:.0f} s, {wrong} not as they must be")
    return 1 if wrong or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
