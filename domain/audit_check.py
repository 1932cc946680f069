"""Telling whether the audit log, or a step it speaks of, was changed behind our back (审计核对)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.audit import REDACTION, digest_of_event, seal_of
from models.audit import AuditChain, AuditEntry
from models.complaint import ComplaintEvent
from models.matter import MatterEvent

_AT_ONCE = 500
# By what an entry is about: where the events lie that it speaks of, and what people call it.
_EVENTS_OF: Mapping[str, tuple[type[Any], str]] = {
    "complaint": (ComplaintEvent, "诉求"),
    "matter": (MatterEvent, "事项"),
}


@dataclass(frozen=True)
class AuditReport:
    """What a check found.

    Attributes:
        length: entries that were read.
        seal: of the last one; who writes it down elsewhere can tell later that nobody shortened the log.
        faults: one Chinese sentence each, at most `most`; empty when all is well.
    """

    length: int
    seal: str
    faults: tuple[str, ...]


def verify(session: Session, *, most: int = 20) -> AuditReport:
    """Read the whole log in order and compare every seal, and every step of a complaint it speaks of."""
    length, seal, faults = 0, "", list[str]()
    redacted = _redacted(session)
    for entries in _slices(session):
        for entry in entries:
            faults += _faults_of(entry, length + 1, seal)
            length, seal = entry.position, entry.seal
        faults += _changed_events(session, entries, redacted)
        session.expunge_all()
        if len(faults) >= most:
            break
    else:
        faults += _faults_at_the_end(session, length, seal)
    return AuditReport(length, seal, tuple(faults[:most]))


def _slices(session: Session) -> Iterator[list[AuditEntry]]:
    last = 0
    while True:
        query = select(AuditEntry).where(AuditEntry.position > last).order_by(AuditEntry.position)
        entries = list(session.scalars(query.limit(_AT_ONCE)))
        if not entries:
            return
        last = entries[-1].position
        yield entries


def _faults_of(entry: AuditEntry, expected: int, seal_before: str) -> Iterator[str]:
    if entry.position > expected:
        missing = (
            f"第 {expected} 条"
            if entry.position == expected + 1
            else (f"第 {expected} 至 {entry.position - 1} 条")
        )
        yield f"{missing}不见了。"
    elif entry.seal != seal_of(entry, before=seal_before):
        yield f"第 {entry.position} 条与封存时不一样（{entry.actor_label}：{entry.words}）。"


def _faults_at_the_end(session: Session, length: int, seal: str) -> Iterator[str]:
    chain = session.get(AuditChain, 1)
    if chain is None:
        if length:
            yield "日志的末尾标记不见了。"
    elif chain.length > length:
        yield f"末尾少了 {chain.length - length} 条：应有 {chain.length} 条，只有 {length} 条。"
    elif (chain.length, chain.seal) != (length, seal):
        yield "末尾与标记对不上：有条目是绕过系统加进去的，或者标记被改过。"


def _redacted(session: Session) -> Mapping[int, str]:
    """Give the digests that hold since names were taken out of steps, the last one of each."""
    query = select(AuditEntry.details).where(AuditEntry.action == REDACTION).order_by(AuditEntry.position)
    return {details["event"]: details["digest"] for details in session.scalars(query)}


def _changed_events(
    session: Session, entries: list[AuditEntry], redacted: Mapping[int, str]
) -> Iterator[str]:
    """Compare the events that these entries speak of with what they were when they were written."""
    for kind, (table, name) in _EVENTS_OF.items():
        # Entries about matters were written without a digest at first.
        sealed = {
            entry.details["event"]: entry
            for entry in entries
            if entry.subject_kind == kind and "digest" in entry.details
        }
        events = {event.id: event for event in session.scalars(select(table).where(table.id.in_(sealed)))}
        for event_id, entry in sealed.items():
            event = events.get(event_id)
            if event is None:
                yield f"{name} {entry.subject} 的一条办理记录不见了（{entry.words}）。"
            elif digest_of_event(event) != _expected(kind, event_id, entry, redacted):
                yield f"{name} {entry.subject} 的一条办理记录被改过（{entry.words}）。"


def _expected(kind: str, event_id: int, entry: AuditEntry, redacted: Mapping[int, str]) -> str:
    digest: str = entry.details["digest"]
    return redacted.get(event_id, digest) if kind == "complaint" else digest
