"""The auditor on what is stored: statuses, files, audit log, and nothing left half done."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain import steps
from domain.audit_check import verify
from domain.errors import NotFound
from domain.file_store import LocalFileStore
from domain.stored_files import naming_columns
from models.article import Article
from models.attachment import Attachment
from models.background_task import BackgroundTask
from models.complaint import Complaint, ComplaintEvent, NumberCounter
from models.connected_system import WebhookDelivery
from models.connected_words import DeliveryState
from models.enums import ArticleState, AttachmentKind, AttachmentState, StepName, TaskState
from models.rating import Rating
from models.timer import Timer
from tests.drills.findings import Findings
from tests.drills.ledger import Entry, of_kind

# As often as the worker looks, and some more.
OVERDUE = timedelta(seconds=45)


def check_statuses(session: Session, findings: Findings) -> None:
    """Follow each complaint from event to event, and compare where it ends with what it says."""
    events: dict[int, list[ComplaintEvent]] = defaultdict(list)
    for event in session.scalars(select(ComplaintEvent).order_by(ComplaintEvent.id)):
        events[event.complaint_id].append(event)
    judged = defaultdict(list)
    for rating in session.scalars(select(Rating)):
        judged[rating.complaint_id].append(rating.round)
    for complaint in session.scalars(select(Complaint)):
        findings.count("complaints")
        _follow(complaint, events[complaint.id], judged[complaint.id], findings)
    of_days = NumberCounter.day.like("____-____")  # matters and bulletins are counted by year
    for day, last in session.execute(select(NumberCounter.day, NumberCounter.last).where(of_days)):
        there = session.scalar(select(func.count(Complaint.id)).where(Complaint.number.startswith(day)))
        if there != last:
            findings.fault("number", f"{day}: {last} numbers were given out, {there} complaints bear one")


def _follow(
    complaint: Complaint, events: list[ComplaintEvent], judged: list[int], findings: Findings
) -> None:
    status, revision = None, 1
    for event in events:
        findings.count("events")
        if event.from_status is not status:
            findings.fault(
                "status", f"{complaint.number}: {event.step.value} starts from {event.from_status}"
            )
        if event.from_status is not None:
            step = steps.step_from(event.step, event.from_status)
            revision += step is not None and not step.adds_only
        status = event.to_status
    if status is not complaint.status:
        findings.fault("status", f"{complaint.number} is {complaint.status.value}, its events say {status}")
    if revision != complaint.revision:
        findings.fault(
            "status", f"{complaint.number}: revision {complaint.revision}, by its events {revision}"
        )
    # What was not solved begins another round, and its event belongs to that.
    rated = [event.round for event in events if event.step is StepName.RATE]
    rated += [event.round - 1 for event in events if event.step is StepName.RATE_UNSOLVED]
    if sorted(rated) != sorted(judged):
        findings.fault("status", f"{complaint.number}: ratings of rounds {judged}, events of {rated}")


def check_nothing_stuck(session: Session, findings: Findings, *, now: datetime) -> None:
    """Look for what somebody took in hand and nobody finished."""
    late = now - OVERDUE
    for what, query in {
        "task": select(BackgroundTask.id).where(
            BackgroundTask.state.in_([TaskState.WAITING, TaskState.RUNNING]), BackgroundTask.created_at < late
        ),
        "webhook": select(WebhookDelivery.id).where(WebhookDelivery.state == DeliveryState.SENDING),
        "timer": select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at < late),
        "attachment": select(Attachment.id).where(Attachment.state == AttachmentState.PENDING),
        "article": select(Article.id).where(Article.state == ArticleState.SUBMITTED),
    }.items():
        for row_id in session.scalars(query):
            findings.fault("stuck", f"{what} {row_id} is not finished")


def check_database(session: Session, findings: Findings) -> None:
    """Ask the database itself whether it is whole, and whether somebody left a transaction open."""
    if session.get_bind().dialect.name == "sqlite":
        for (word,) in session.execute(text("PRAGMA integrity_check")):
            if word != "ok":
                findings.fault("database", str(word))
        for row in session.execute(text("PRAGMA foreign_key_check")):
            findings.fault("database", f"a row without what it belongs to: {tuple(row)}")
        return
    idle = text(
        "SELECT pid, now() - xact_start, query FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%' AND now() - xact_start > interval '30 seconds'"
    )
    for row in session.execute(idle):
        findings.fault("stuck", f"a transaction is left open: {tuple(row)}")


def check_audit_log(session: Session, findings: Findings) -> None:
    """Verify the seals of the audit log."""
    report = verify(session)
    findings.count("audit entries", report.length)
    for fault in report.faults:
        findings.fault("audit", fault)


def check_files(
    session: Session, folder: Path, entries: Mapping[str, Entry], findings: Findings, *, orphans_too: bool
) -> None:
    """Hold rows against files and files against rows.

    Args:
        folder: of the file store.
        orphans_too: whether a file without a row is a fault: its day of grace is over.
    """
    named: Counter[str] = Counter()
    for column in naming_columns():
        named.update(session.scalars(select(column).where(column.is_not(None), column != "")))
    store = LocalFileStore(folder)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for key in named.keys() - there:
        findings.fault("file", f"{key} is named by a row and is not there")
    orphans = there - named.keys()
    findings.count("files", len(there))
    findings.count("files without a row", len(orphans))
    if orphans_too:
        for key in orphans:
            findings.fault("file", f"{key} is there and no row names it")
    _check_sums(session, store, entries, findings)


def _check_sums(
    session: Session, store: LocalFileStore, entries: Mapping[str, Entry], findings: Findings
) -> None:
    digests: dict[str, Any] = {
        one["media_id"]: one["digest"] for one in entries.values() if "media_id" in one
    }
    by_number = {one["number"]: one["digest"] for one in of_kind(dict(entries), "filed") if one.get("digest")}
    numbers: dict[int, str] = dict(session.execute(select(Complaint.id, Complaint.number)).all())
    of_complaint: Counter[str] = Counter()
    stored = select(Attachment).where(
        Attachment.state == AttachmentState.STORED, Attachment.kind == AttachmentKind.PHOTO
    )
    for one in session.scalars(stored):
        findings.count("photos whose sum was compared")
        try:
            data = store.read(one.file_key)
        except NotFound:
            continue  # told already
        number = numbers.get(one.complaint_id or 0, "")
        wanted = digests.get(one.media_id) if one.media_id else by_number.get(number)
        if len(data) != one.size or (wanted and sha256(data).hexdigest() != wanted):
            findings.fault("file", f"{one.file_key} of {number} is not what was sent")
        of_complaint[number] += not one.media_id
    for number in by_number.keys() - {""}:
        if of_complaint[number] != 1:
            findings.fault("file", f"{number} was sent with one photo and has {of_complaint[number]}")
