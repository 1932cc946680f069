"""One message's turn in the chat with one person: who, what, when, and what is on offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from domain.actors import Actor
from domain.drafts import Content
from models.complaint import Complaint
from models.conversation import Conversation, Draft
from models.enums import ConversationState, DraftState
from models.person import Person
from models.upsert import insert_into
from wechat.inbound import Inbound

# What was offered beside a draft, or after submitting, is meant for the moment.
FLEETING_FOR = timedelta(minutes=10)
_FLEETING = frozenset({ConversationState.IDLE, ConversationState.FOLLOWING_UP})

# Nobody reads an answer and sends the next message faster than this.
READING_TIME = timedelta(seconds=2)

# What one number on offer stands for: {"key": "1", "do": "submit", …arguments}.
Option = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What one person has said lately, the message at hand counted, and which limits hold for them.

    Attributes:
        over: which number is exceeded: "day", "minute", or none.
    """

    over: str
    is_limited: bool
    is_blocked: bool


@dataclass
class Chat:
    """One turn.

    Attributes:
        row: what the next message is taken for; held until the transaction ends, so that two messages of
            one person are handled one after the other.
        is_blocked: whether staff keep this person from submitting for a while.
        said: what the person has said lately, where it was asked for already.
        content: what was in the open draft when the turn began, where it was counted already.
    """

    session: Session
    person: Person
    row: Conversation
    inbound: Inbound
    now: datetime
    is_blocked: bool = False
    said: Said | None = None
    content: Content | None = None

    @property
    def state(self) -> ConversationState:
        """What this message is taken for."""
        return self.row.state

    @property
    def draft(self) -> Draft | None:
        """The open draft, if there is one."""
        draft = self.row.draft
        return draft if draft is not None and draft.state is DraftState.OPEN else None

    @property
    def complaint(self) -> Complaint | None:
        """The complaint that is followed up."""
        return self.session.get(Complaint, self.row.complaint_id) if self.row.complaint_id else None

    @property
    def actor(self) -> Actor:
        """The person, as the one who acts."""
        return Actor.of_person(self.person)

    def option(self, key: str) -> Option | None:
        """Give what a number on offer stands for."""
        return next((option for option in self.row.options if option["key"] == key), None)

    def is_double_tap(self, digit: str) -> bool:
        """Tell whether this number is the last one again, sent before anybody could read what came of it."""
        soon = self.inbound.sent_at < self.row.updated_at + READING_TIME
        return soon and any(option.get("answered") == digit for option in self.row.options)

    def note_digit(self, digit: str) -> None:
        """Remember which number led to what is on offer now."""
        if self.row.options:
            self.row.options = [*self.row.options, {"key": "", "answered": digit}]

    def expect(
        self,
        state: ConversationState,
        options: Sequence[Option] = (),
        *,
        draft: Draft | None = None,
        complaint: Complaint | None = None,
    ) -> None:
        """Say what the next message is taken for, and what numbers in it stand for."""
        self.row.state = state
        self.row.options = list(options)
        self.row.draft = draft
        self.row.complaint_id = complaint.id if complaint else None
        self.row.updated_at = self.now

    def offer(self, options: Sequence[Option]) -> None:
        """Put other numbers on offer; all else stays."""
        self.row.options = list(options)
        self.row.updated_at = self.now

    def rest(self) -> None:
        """Expect nothing in particular."""
        self.expect(ConversationState.IDLE)


def open_chat(session: Session, person: Person, inbound: Inbound, *, now: datetime) -> Chat:
    """Take the turn: wait until nobody else handles a message of this person."""
    row = _locked(session, person)
    if row is None:
        new = insert_into(session, Conversation).values(
            person_id=person.id, state=ConversationState.IDLE, options=[], updated_at=now
        )
        session.execute(new.on_conflict_do_nothing(index_elements=["person_id"]))
        row = _locked(session, person)
    if row is None:
        raise RuntimeError("the conversation just written is gone")
    _load_draft(session, row)
    return begin_turn(session, person, row, inbound, now=now)


def begin_turn(
    session: Session, person: Person, row: Conversation, inbound: Inbound, *, now: datetime
) -> Chat:
    """Begin the turn of whose conversation is held; what was offered for the moment is over by itself."""
    if row.state in _FLEETING and row.updated_at < now - FLEETING_FOR:
        row.state, row.options = ConversationState.IDLE, []
    return Chat(session, person, row, inbound, now)


def _load_draft(session: Session, row: Conversation) -> None:
    """Load the draft of a conversation, with its place, once it is held.

    Read along with the conversation a draft would be as it was before who held it until now was done.
    """
    if row.draft_id is not None:
        asked, anew = {"draft_id": row.draft_id}, {"populate_existing": True}
        set_committed_value(row, "draft", session.scalar(_drafts(), asked, execution_options=anew))


@cache
def _drafts() -> Select[Draft]:
    """Make the query once: with each message it is asked, and making it costs more than asking it."""
    chosen = select(Draft).where(Draft.id == bindparam("draft_id"))
    return chosen.options(joinedload(Draft.service_point))


def _locked(session: Session, person: Person) -> Conversation | None:
    query = select(Conversation).where(Conversation.person_id == person.id)
    return session.scalar(query.with_for_update())
