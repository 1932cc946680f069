"""What was answered against what is stored, and how it was said."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from domain import audit_check
from domain.errors import NotFound
from domain.file_store import LocalFileStore
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.conversation import DraftPiece
from models.database import Database
from models.enums import AttachmentState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from tests.drills.surroundings.installation import Installation
from tests.drills.surroundings.voices import Answer, Chat, Colleague, Phone, Program, Voice

SETTLE_SECONDS = 40.0
# The platform gives up after five seconds; pages may wait for a connection and for locks, one by one.
LONGEST_ANSWER = {Chat: 5.2, Phone: 12.0, Program: 12.0, Colleague: 12.0}


@dataclass
class Finding:
    """What one case came to.

    Attributes:
        wrong: a sentence for everything that is not as it must be.
    """

    case: str
    database: str
    said: int = 0
    refused: int = 0
    slowest: float = 0.0
    back_after: float = 0.0
    trouble: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """One line of the table."""
        verdict = "ok" if not self.wrong else "WRONG"
        return (
            f"{self.case:<24}{self.database:<12}{self.said:>6}{self.refused:>9}{self.slowest:>10.1f}"
            f"{self.back_after:>9.1f}  {verdict:<7}{self.trouble}"
        )


HEAD = (
    f"{'case':<24}{'database':<12}{'said':>6}{'refused':>9}{'slowest s':>10}{'back s':>9}  {'verdict':<7}"
    "what the log said"
)


def compare(installation: Installation, voices: Iterable[Voice], finding: Finding) -> None:
    """Hold what was told to people against the rows, the files and the audit log."""
    database = installation.database()
    try:
        for voice in voices:
            _compare_voice(database, voice, finding)
        _compare_notices(database, installation, finding)
        _compare_files(database, installation, finding)
        with database.reading() as session:
            if faults := audit_check.verify(session).faults:
                finding.wrong.append(f"the audit log is broken: {faults[:2]}")
            if database.is_sqlite and (said := session.scalar(text("PRAGMA integrity_check"))) != "ok":
                finding.wrong.append(f"the database file is damaged: {said}")
    finally:
        database.close()


def _stored(database: Database, voice: Voice, words: str) -> list[int]:
    """Count the places in which something must stand, each once."""
    with database.reading() as session:

        def count(column: object) -> int:
            query = select(func.count()).where(column.contains(words))  # type: ignore[attr-defined]
            return int(session.scalar(query) or 0)

        if isinstance(voice, Chat):
            return [count(InboundMessage.body), count(DraftPiece.text)]
        return [count(ComplaintEvent.words if isinstance(voice, Colleague) else Complaint.text)]


def _compare_voice(database: Database, voice: Voice, finding: Finding) -> None:
    lost = doubled = 0
    for said in voice.said:
        found = _stored(database, voice, said.words)
        lost += said.taken and 0 in found
        doubled += max(found) > 1
    finding.said += len(voice.said)
    never = sum(not said.taken for said in voice.said)
    if lost or doubled:
        finding.wrong.append(f"{voice.name}: {lost} lost though acknowledged, {doubled} doubled")
    if never:
        last = next(said.answers[-1] for said in voice.said if not said.taken)
        words = f"{last.status} “{last.words[:80]}”"
        finding.wrong.append(f"{voice.name}: {never} never got through, at last {words}")


def _compare_notices(database: Database, installation: Installation, finding: Finding) -> None:
    """Wait until the worker has sent all there is to send, and see that it sent nothing twice."""
    until = time.monotonic() + SETTLE_SECONDS
    open_states = (NoticeState.PENDING, NoticeState.SENDING)
    while True:
        with database.reading() as session:
            left = session.scalar(
                select(func.count(Notice.id)).where(
                    Notice.state.in_(open_states), Notice.due_at <= func.current_timestamp()
                )
            )
        if not left or time.monotonic() > until:
            break
        time.sleep(0.5)
    if left:
        finding.wrong.append(f"{left} notices were not sent")
    platform = installation.platform.simulator
    messages = [
        message for person in installation.people for message in platform.messages(person.openid or "")
    ]
    keys = [message["client_msg_id"] for message in messages if message.get("client_msg_id")]
    if len(keys) != len(set(keys)):
        finding.wrong.append(f"{len(keys) - len(set(keys))} notices came twice")


def _compare_files(database: Database, installation: Installation, finding: Finding) -> None:
    store = LocalFileStore(installation.settings.upload_dir)
    with database.reading() as session:
        rows = session.scalars(select(Attachment).where(Attachment.state == AttachmentState.STORED)).all()
    wrong = [row.id for row in rows if not _is_whole(store, row)]
    if wrong:
        finding.wrong.append(f"{len(wrong)} files are not whole")


def _is_whole(store: LocalFileStore, row: Attachment) -> bool:
    try:
        return store.size(row.file_key) == row.size
    except NotFound:
        return False


def judge_answers(
    voices: Iterable[Voice], finding: Finding, *, began: float, ended: float, words: dict[int, str]
) -> None:
    """Look at what was answered while the fault lasted.

    Args:
        began, ended: the fault, by the steady clock.
        words: what a page must say, by its status; others have to be answers as on any day.
    """
    for voice in voices:
        answers: list[Answer] = [answer for said in voice.said for answer in said.answers]
        if isinstance(voice, Chat):
            answers = voice.tries
        during = [answer for answer in answers if answer.at + answer.seconds >= began and answer.at <= ended]
        refused = [answer for answer in during if answer.status >= 500 or answer.status == 0]
        finding.refused += len(refused)
        slowest = max((answer.seconds for answer in during), default=0.0)
        finding.slowest = max(finding.slowest, slowest)
        if slowest > LONGEST_ANSWER[type(voice)]:
            finding.wrong.append(f"{voice.name}: waited {slowest:.1f} s")
        for answer in refused:
            wanted = words.get(answer.status)
            is_silent = isinstance(voice, Chat)
            if wanted is None or not (is_silent or wanted in answer.words):
                finding.wrong.append(f"{voice.name}: {answer.status} “{answer.words[:60]}”")
                break


def back_after(voices: Iterable[Voice], healed: float) -> float:
    """Give the seconds from the end of the fault until everybody was taken in again."""
    firsts = []
    for voice in voices:
        taken = [said.answers[-1] for said in voice.said if said.taken and said.answers]
        ends = [one.at + one.seconds for one in taken if one.at + one.seconds > healed]
        firsts.append(min(ends, default=healed + 999) - healed)
    return max(firsts, default=0.0)
