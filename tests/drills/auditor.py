"""Holds a database, its files and the platform's memory against what a drill did and was answered.

    python -m tests.drills.auditor --database URL --files FOLDER --ledger FILE --platform FILE [--final]

Prints what was looked at, and every fault; the exit status is 1 when there is one. With --final, files
without a row are faults too.
"""

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.database import Database
from tests.drills import audit_messages, audit_notices, audit_rows
from tests.drills.findings import Findings
from tests.drills.ledger import read_ledger

DIGEST_TEMPLATE = "SIMSUB_DIGEST"
MOST_SHOWN = 40


@dataclass(frozen=True)
class Evidence:
    """Where everything is.

    Attributes:
        database: its URL.
        files: the folder of the file store.
        ledger: what the drill wrote down.
        platform: the state file of the simulator.
    """

    database: str
    files: Path
    ledger: Path
    platform: Path


def audit(evidence: Evidence, *, final: bool = False) -> Findings:
    """Look at everything, once all is calm.

    Args:
        final: whether the day of grace of files without a row is over.
    """
    findings = Findings()
    entries = read_ledger(evidence.ledger)
    taken = audit_notices.read_platform(evidence.platform)
    with closing(Database(evidence.database)) as database, database.reading() as session:
        audit_messages.check_messages(session, entries, findings)
        audit_messages.check_effects(session, entries, findings)
        audit_messages.check_receipts(session, entries, findings)
        audit_messages.check_photos(session, entries, findings)
        audit_notices.check_notices(session, taken, findings, template=DIGEST_TEMPLATE)
        audit_notices.check_pushes(session, entries, findings)
        audit_rows.check_statuses(session, findings)
        audit_rows.check_nothing_stuck(session, findings, now=datetime.now(UTC))
        audit_rows.check_database(session, findings)
        audit_rows.check_files(session, evidence.files, entries, findings, orphans_too=final)
        audit_rows.check_audit_log(session, findings)
    return findings


def report(findings: Findings) -> str:
    """Say what was looked at and what was found."""
    lines = [f"  {times:7}  {what}" for what, times in sorted(findings.counts.items())]
    lines += [f"  FAULT  {check}: {words}" for check, words in findings.faults[:MOST_SHOWN]]
    if len(findings.faults) > MOST_SHOWN:
        lines.append(f"  … and {len(findings.faults) - MOST_SHOWN} faults more")
    return "\n".join(lines)


def main() -> int:
    """Audit what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills.auditor", description=__doc__)
    parser.add_argument("--database", required=True, help="URL of the database")
    parser.add_argument("--files", type=Path, required=True, help="folder of the file store")
    parser.add_argument("--ledger", type=Path, required=True, help="what the drill wrote down")
    parser.add_argument("--platform", type=Path, required=True, help="state file of the simulator")
    parser.add_argument("--final", action="store_true", help="files without a row are faults")
    given = parser.parse_args()
    evidence = Evidence(given.database, given.files, given.ledger, given.platform)
    findings = audit(evidence, final=given.final)
    sys.stdout.write(f"{report(findings)}\n{len(findings.faults)} faults\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
