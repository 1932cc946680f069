"""The auditor on what came in: every message, form and request that was answered had its one effect."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.conversation import Draft, DraftPiece
from models.enums import AttachmentState, DraftState, InboundState, StepName
from models.inbound import InboundMessage
from models.person import Person
from models.rating import Rating
from tests.drills.findings import Findings
from tests.drills.ledger import Entry, never_left, of_kind, was_answered

# What the platform tells by itself, and nobody of the drill said.
_OF_PLATFORM = ("event:templatesendjobfinish", "event:subscribe_msg_sent_event")
_NAME = re.compile(r"（([a-z]+\d{10,})）")
_SIMPLE = re.compile(
    r"<(MsgId|MsgID|FromUserName|CreateTime|Event|EventKey)>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</"
)


@dataclass(frozen=True)
class Effect:
    """Where a name from the ledger was found."""

    what: str
    complaint: str
    openid: str | None


def check_messages(session: Session, entries: dict[str, Entry], findings: Findings) -> None:
    """Hold the stored messages against those that were sent."""
    sent: dict[str, list[Entry]] = defaultdict(list)
    for entry in of_kind(entries, "message"):
        sent[_key_of({name: str(value) for name, value in entry["packet"].items()})].append(entry)
    stored: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for row in session.scalars(select(InboundMessage)):
        key = _key_of(dict(_SIMPLE.findall(row.body)))
        (own if row.kind in _OF_PLATFORM else stored)[key] += 1
        if row.state is not InboundState.HANDLED:
            findings.fault("message", f"{row.kind} {key} is {row.state.value}: {row.error}")
    for key, entries_of_key in sent.items():
        tries = [one for entry in entries_of_key for one in entry["tries"]]
        findings.judge(
            "message", key, stored[key], answered=was_answered(tries), possible=not never_left(tries)
        )
    for key, times in stored.items():
        if key not in sent:
            findings.fault("message", f"{key} is stored {times} times, and nobody sent it")
    for key, times in own.items():
        if times > 1 and key:
            findings.fault("message", f"the platform's own {key} is stored {times} times")


def _key_of(fields: dict[str, str]) -> str:
    number = fields.get("MsgId") or fields.get("MsgID")
    if number:
        return number
    return "|".join(fields.get(name, "") for name in ("FromUserName", "CreateTime", "Event", "EventKey"))


def check_effects(session: Session, entries: dict[str, Entry], findings: Findings) -> None:
    """Look for the name of every entry in what people and colleagues wrote."""
    effects: dict[str, list[Effect]] = defaultdict(list)
    for name, effect in _effects(session):
        effects[name].append(effect)
    for name, entry in entries.items():
        if entry["kind"] not in {"message", "act", "rating", "filed"} or not _stands_in_words(entry):
            continue
        tries = entry["tries"]
        status = entry.get("status", 200)
        answered = was_answered(tries) and (status is None or status < 400)
        # Who is refused at the first try did nothing; later, an earlier try may have been the one.
        possible = not never_left(tries) and (answered or len(tries) > 1 or not was_answered(tries))
        findings.judge(entry["kind"], name, len(effects[name]), answered=answered, possible=possible)
        for effect in effects[name]:
            if entry.get("openid") not in {None, effect.openid}:
                findings.fault("answer", f"{name} of {entry['openid']} stands with {effect.openid}")
            if entry.get("number") and entry["number"] != effect.complaint:
                findings.fault(
                    "answer", f"{name} was told {entry['number']}, and stands in {effect.complaint}"
                )
    for name in effects.keys() - entries.keys():
        findings.fault("effect", f"{name} stands in the database, and nobody wrote it")


def _stands_in_words(entry: Entry) -> bool:
    return entry["kind"] != "message" or str(entry["name"]).startswith("m")


def _effects(session: Session) -> Iterator[tuple[str, Effect]]:
    complaints = select(Complaint.number, Complaint.text, Person.openid).join(Complaint.reporter)
    for number, text, openid in session.execute(complaints):
        yield from ((name, Effect("text", number, openid)) for name in _NAME.findall(text))
    events = (
        select(ComplaintEvent.step, ComplaintEvent.words, Complaint.number, Person.openid)
        .join(ComplaintEvent.complaint)
        .join(Complaint.reporter)
        .where(ComplaintEvent.step.not_in([StepName.SUBMIT, StepName.RATE, StepName.RATE_UNSOLVED]))
    )
    for step, words, number, openid in session.execute(events):
        yield from ((name, Effect(step.value, number, openid)) for name in _NAME.findall(words))
    ratings = (
        select(Rating.words, Complaint.number, Person.openid)
        .join(Complaint, Complaint.id == Rating.complaint_id)
        .join(Complaint.reporter)
    )
    for words, number, openid in session.execute(ratings):
        yield from ((name, Effect("rating", number, openid)) for name in _NAME.findall(words))
    pieces = (
        select(DraftPiece.text, Person.openid)
        .join(DraftPiece.draft)
        .join(Person, Person.id == Draft.person_id)
        .where(Draft.state != DraftState.SUBMITTED)
    )
    for text, openid in session.execute(pieces):
        yield from ((name, Effect("draft", "", openid)) for name in _NAME.findall(text))


def check_receipts(session: Session, entries: dict[str, Entry], findings: Findings) -> None:
    """Compare the numbers people were told with the complaints there are."""
    whose: dict[str, str | None] = dict(
        session.execute(select(Complaint.number, Person.openid).join(Complaint.reporter)).all()
    )
    for entry in of_kind(entries, "receipt"):
        findings.count("receipts")
        if whose.get(entry["number"]) != entry["openid"]:
            findings.fault("answer", f"{entry['openid']} was told {entry['number']}, which is not theirs")
    for entry in of_kind(entries, "filed"):
        if entry.get("number") and entry["number"] not in whose:
            findings.fault("answer", f"{entry['name']} was told {entry['number']}, which is nobody's")


def check_photos(session: Session, entries: dict[str, Entry], findings: Findings) -> None:
    """Count the photos of the chat, each message's once; the files themselves are looked at elsewhere."""
    wanted: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for entry in of_kind(entries, "message"):
        media = entry["packet"].get("MediaId")
        if media:
            wanted[media] += was_answered(entry["tries"])
            possible[media] += not never_left(entry["tries"])
    kept = Counter(session.scalars(select(Attachment.media_id).where(Attachment.media_id != "")))
    for media in possible:
        findings.count("photos in the chat", kept[media])
        if not wanted[media] <= kept[media] <= possible[media]:
            findings.fault(
                "photo", f"{media[:12]}… was sent {wanted[media]} times and is there {kept[media]} times"
            )
    failed = session.scalars(select(Attachment).where(Attachment.state == AttachmentState.FAILED))
    for one in failed:
        findings.fault("photo", f"attachment {one.id} could not be had: {one.error}")
