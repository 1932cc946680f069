"""The fault matrix: the whole product under a mixed load, its parts killed, paused and slowed, then audited.

    python -m tests.drills.faults [--database sqlite|postgresql] [--short] [--pause SECONDS]
                                  [--only web:kill+worker:pause ...] [--keep FOLDER] [--patch FILE]

Web, worker, the pretend platform and a PostgreSQL server run as processes of their own and are started again
when they die, as a supervisor would. All cases share one running product: load, fault, load, calm, audit,
next case. The auditor (tests/drills/auditor.py) compares what people sent and were answered with what is
stored, sent out and kept. The exit status is 1 when it found a fault.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from config.catalogue import use_catalogue
from domain.file_store import SLICES, LocalFileStore
from jobs.context import JobContext
from jobs.orphan_files import remove_orphans
from jobs.uploads import sweep_uploads
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentState, InboundState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from models.push import PushRun
from models.push_words import PushState
from tests.drills.auditor import Evidence, audit, report
from tests.drills.fault_cases import AROUND_SECONDS, PARTS, Case, all_cases, case_named, short_cases
from tests.drills.fault_components import Fault, Part, strike
from tests.drills.fault_product import Product, running
from tests.drills.findings import Findings
from tests.drills.ledger import Ledger
from tests.drills.mixed_load import BREATH_SECONDS, MixedLoad
from wechat.client import build_client

LEAD_SECONDS, AFTER_SECONDS = 2.0, 3.0
PAUSE_SECONDS, SHORT_PAUSE_SECONDS = 60.0, 8.0
# Everybody is at it as a fault begins and as it ends. While a long one lasts there is time between what each
# does, so that the machine is not too busy with the load for anything else to show.
ACTS_IN_A_FAULT = 30
# A notice whose outcome could not be written down is taken up again after two minutes.
CALM_SECONDS = 240.0
LOOK_SECONDS = 0.5
PUSH_SECONDS = 15.0


@dataclass
class Result:
    """How one case went."""

    case: Case
    seconds: float
    findings: Findings
    calm_after: float


class Drill:
    """One running product, and the cases it goes through.

    Args:
        product: what is struck.
        pause: how long a stop lasts, in seconds.
    """

    def __init__(self, product: Product, *, pause: float) -> None:
        self._product, self._pause = product, pause
        ledger_file = product.folder / "ledger.jsonl"
        self.ledger = Ledger(ledger_file)
        self.load = MixedLoad(product, self.ledger)
        self._database = Database(product.settings.database_url)
        self.evidence = Evidence(
            product.settings.database_url, product.settings.upload_dir, ledger_file, product.platform_state
        )

    def run(self, case: Case) -> Result:
        """Strike once, and audit when all is calm."""
        began = time.monotonic()
        self.ledger.note(self.ledger.name("c"), kind="case", case=case.name)
        self.load.work()
        self.load.push()
        time.sleep(LEAD_SECONDS)
        self._wait_until_it_pushes()
        self.load.breath = max(BREATH_SECONDS, case.seconds(self._pause) / ACTS_IN_A_FAULT)
        failed = self._strike(case)
        self.load.breath = BREATH_SECONDS
        time.sleep(AFTER_SECONDS)
        calm_began = time.monotonic()
        rested = self.load.rest()
        left = self._become_calm()
        findings = audit(self.evidence)
        if findings.faults:
            # The schedule may have begun something just then, a reminder for instance: a real fault stays.
            left = left or self._become_calm()
            findings = audit(self.evidence)
        if not rested:
            findings.fault("load", "somebody was still waiting for an answer long after the fault")
        for words in (*failed, *self.load.troubles, *([f"not calm: {left}"] if left else [])):
            findings.fault("load", words)
        self.load.troubles.clear()
        return Result(case, time.monotonic() - began, findings, time.monotonic() - calm_began)

    def _wait_until_it_pushes(self) -> None:
        """Wait until a message is on its way: what strikes before or after meets nothing in mid-air."""
        on_its_way = select(func.count(Notice.id)).where(
            Notice.push_run_id.is_not(None), Notice.state.in_([NoticeState.PENDING, NoticeState.SENDING])
        )
        deadline = time.monotonic() + PUSH_SECONDS
        while time.monotonic() < deadline:
            with self._database.reading() as session:
                if session.scalar(on_its_way):
                    return
            time.sleep(0.05)

    def _strike(self, case: Case) -> list[str]:
        """Let all faults of a case strike at once; gives what did not come up again."""
        failed: list[str] = []

        def one(part: Part, fault: Fault) -> None:
            try:
                strike(part, fault, seconds=case.seconds(self._pause))
            except TimeoutError as trouble:
                failed.append(str(trouble))

        threads = [
            threading.Thread(target=one, args=(self._product.parts[name], fault))
            for name, fault in case.faults
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failed

    def _become_calm(self) -> str:
        """Wait until nothing is under way; what waits for its next try is tried at once.

        Returns:
            What is still under way after all patience; empty when nothing is.
        """
        for part in self._product.parts.values():
            part.wait_until_ready()
        deadline = time.monotonic() + CALM_SECONDS
        left = "unknown"
        while left and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            try:
                left = self._under_way()
            except SQLAlchemyError as error:
                left = str(error)
        return left

    def _under_way(self) -> str:
        now = datetime.now(UTC)
        with self._database.transaction() as session:
            waiting = update(Notice).where(Notice.state == NoticeState.PENDING, Notice.due_at > now)
            session.execute(waiting.values(due_at=now))
            unfetched = update(Attachment).where(
                Attachment.state == AttachmentState.PENDING, Attachment.next_attempt_at > now
            )
            session.execute(unfetched.values(next_attempt_at=now))
        unsettled = [NoticeState.PENDING, NoticeState.SENDING]
        questions = {
            "notices": select(func.count(Notice.id)).where(Notice.state.in_(unsettled)),
            "messages": select(func.count(InboundMessage.id)).where(
                InboundMessage.state == InboundState.DEFERRED
            ),
            "photos": select(func.count(Attachment.id)).where(Attachment.state == AttachmentState.PENDING),
            "pushes": select(func.count(PushRun.id)).where(PushRun.state == PushState.RUNNING),
        }
        with self._database.reading() as session:
            found = {what: session.scalar(query) for what, query in questions.items()}
        return ", ".join(f"{number} {what}" for what, number in found.items() if number)

    def end(self) -> Findings:
        """Send everybody home, let a day go by for files without a row, and audit for the last time."""
        self.load.end()
        for name in ("web", "worker", "platform"):
            self._product.parts[name].end()
        self._let_a_day_go_by()
        findings = audit(self.evidence, final=True)
        self.ledger.close()
        self._database.close()
        return findings

    def _let_a_day_go_by(self) -> None:
        settings = self._product.settings
        tomorrow = datetime.now(UTC) + timedelta(hours=26)
        for hour in range(SLICES):
            by_then = tomorrow + timedelta(hours=hour)
            context = JobContext(
                settings=settings,
                database=self._database,
                client=build_client(settings, self._database),
                files=LocalFileStore(settings.upload_dir),
                stopping=threading.Event(),
                clock=partial(datetime.astimezone, by_then, UTC),
            )
            if not hour:
                sweep_uploads(context)
            remove_orphans(context)


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def run_cases(cases: Sequence[Case], *, kind: str, pause: float, folder: Path) -> int:
    """Run cases one after the other; after one that found a fault, go on with a new product.

    Returns:
        The number of faults.
    """
    use_catalogue(None)
    faults = begun = 0
    while begun < len(cases):
        home = folder / f"from-{begun + 1}"
        home.mkdir()
        done, found = _run_on_one_product(cases, begun, kind=kind, pause=pause, folder=home)
        faults, begun = faults + found, begun + done
    return faults


def _run_on_one_product(
    cases: Sequence[Case], begun: int, *, kind: str, pause: float, folder: Path
) -> tuple[int, int]:
    """Run what is left of the cases until one finds a fault; give how many were run, and the faults."""
    faults = done = 0
    with running(folder, kind) as product:
        drill = Drill(product, pause=pause)
        drill.load.begin()
        for number, case in enumerate(cases[begun:], start=begun + 1):
            result = drill.run(case)
            done += 1
            faults += len(result.findings.faults)
            verdict = "ok" if not result.findings.faults else f"{len(result.findings.faults)} FAULTS"
            say(
                f"{number:3}/{len(cases)}  {case.name:34} {result.seconds:5.0f} s, calm in "
                f"{result.calm_after:3.0f} s  {verdict}"
            )
            if result.findings.faults:
                say(report(result.findings))
                break
        findings = drill.end()
        # What a case has found is found again.
        faults = faults or len(findings.faults)
        lived = ", ".join(f"{what} {times}" for what, times in sorted(drill.load.done.items()))
        kills = ", ".join(f"{part.name} {part.kills}" for part in product.parts.values())
        say(f"\nload: {lived}\nkilled: {kills}\naudit at the end, files without a row included:")
        say(report(findings))
    return done, faults


def length_of(cases: Sequence[Case], pause: float) -> str:
    """Say how long these cases take, about."""
    seconds = sum(case.seconds(pause) + AROUND_SECONDS for case in cases) + 30
    return f"{len(cases)} cases, about {seconds / 60:.0f} minutes"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--short", action="store_true", help="about ten cases that stand for all")
    parser.add_argument("--pause", type=float, help="seconds a stop lasts (60; 8 with --short and --only)")
    parser.add_argument(
        "--only", nargs="+", metavar="CASE", help="these cases, such as web:kill+worker:pause"
    )
    parser.add_argument("--keep", type=Path, help="folder for database, files and logs, which then stay")
    parser.add_argument("--patch", type=Path, help="run on a copy of the last commit with this patch applied")
    return parser


def main() -> int:
    """Run what the arguments say."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("stopped"))  # and end what was started
    given = _parser().parse_args()
    if given.patch is not None:
        from tests.drills.injected import run_patched

        rest = [word for word in sys.argv[1:] if word not in {"--patch", str(given.patch)}]
        return run_patched(given.patch, ["-m", "tests.drills.faults", *rest])
    parts = [part for part in PARTS if part != "database" or given.database == "postgresql"]
    if given.only:
        cases = [case_named(name) for name in given.only]
    else:
        cases = short_cases(parts) if given.short else all_cases(parts)
    pause = given.pause or (SHORT_PAUSE_SECONDS if given.short or given.only else PAUSE_SECONDS)
    say(f"{given.database}: {length_of(cases, pause)}")
    if given.keep:
        given.keep.mkdir(parents=True)
    place = (
        nullcontext(str(given.keep))
        if given.keep
        else tempfile.TemporaryDirectory(prefix="banshishi-faults-")
    )
    with place as folder:
        faults = run_cases(cases, kind=given.database, pause=pause, folder=Path(folder))
    say(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
