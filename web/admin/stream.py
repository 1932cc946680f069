"""The stream of a complaint: what the person said, what was answered, what stayed inside, and mere steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.attachment import Attachment
from models.complaint import ComplaintEvent
from models.enums import ActorKind, StepName, Word


class Side(Word):
    """Where an entry stands in the stream."""

    PERSON = "person", "诉求人"
    ANSWER = "answer", "答复"
    INTERNAL = "internal", "内部"
    SYSTEM = "system", "系统"


class Show(Word):
    """What of the stream is shown; each entry belongs to all and to one other."""

    ALL = "all", "全部"
    TALK = "talk", "对话"
    INTERNAL = "internal", "内部"
    SYSTEM = "system", "系统"


_SHOWN_AS = {
    Side.PERSON: Show.TALK,
    Side.ANSWER: Show.TALK,
    Side.INTERNAL: Show.INTERNAL,
    Side.SYSTEM: Show.SYSTEM,
}
_OF_PERSONS = frozenset({ActorKind.REPORTER, ActorKind.FOLLOWER})


@dataclass(frozen=True)
class EntryView:
    """One entry of the stream, with what it set in words."""

    event: ComplaintEvent
    attachments: Sequence[Attachment]
    facts: Sequence[str]

    @property
    def side(self) -> Side:
        """Where it stands."""
        event = self.event
        if event.step is StepName.SUBMIT or event.actor_kind is ActorKind.CLOCK:
            return Side.SYSTEM  # what was submitted stands above the stream
        if event.actor_kind in _OF_PERSONS:
            return Side.PERSON
        if not (event.words or self.attachments):
            return Side.SYSTEM
        return Side.ANSWER if event.public else Side.INTERNAL

    @property
    def shown_with(self) -> Show:
        """Which chip shows it."""
        return _SHOWN_AS[self.side]


def counts_of(entries: Sequence[EntryView]) -> Mapping[Show, int]:
    """Count what each chip shows."""
    counts = dict.fromkeys(Show, 0)
    for entry in entries:
        counts[entry.shown_with] += 1
        counts[Show.ALL] += 1
    return counts
