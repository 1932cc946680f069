"""The stream of a complaint: what the person said, what was answered, what stayed inside, and mere steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.hiding import words_shown
from models.attachment import Attachment
from models.complaint import ComplaintEvent
from models.enums import ActorKind, StepName, Word
from web.admin.event_texts import NAMES_STAFF


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
# More of them in a row push what people said out of sight.
MOST_REMINDERS = 2
_OF_PERSONS = frozenset({ActorKind.REPORTER, ActorKind.FOLLOWER})


@dataclass(frozen=True)
class EntryView:
    """One entry of the stream, with what it set in words."""

    event: ComplaintEvent
    attachments: Sequence[Attachment]
    facts: Sequence[str]
    sees_hidden: bool = False

    @property
    def words(self) -> str:
        """What it says to this reader."""
        return words_shown(self.event, sees_hidden=self.sees_hidden)

    @property
    def may_be_hidden(self) -> bool:
        """Whether its words are such as can be hidden: neither the complaint itself nor the system's own."""
        by_somebody = self.event.actor_kind is not ActorKind.CLOCK
        return bool(self.event.words) and by_somebody and self.event.step is not StepName.SUBMIT

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
    def outward_facts(self) -> Sequence[str]:
        """What it set, without the names of colleagues."""
        return [fact for fact in self.facts if not fact.startswith(NAMES_STAFF)]

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


@dataclass(frozen=True)
class StreamItem:
    """An entry as the page shows it.

    Attributes:
        folded: one of several reminders in a row, shown only when asked for.
        hides: how many reminders are folded below this one.
    """

    view: EntryView
    folded: bool = False
    hides: int = 0


def newest_first(entries: Sequence[EntryView]) -> list[StreamItem]:
    """Turn the record around, and fold reminders in a row behind the newest of them."""
    items: list[StreamItem] = []
    for is_reminder, run in groupby(reversed(entries), key=_is_reminder):
        views = list(run)
        folds = is_reminder and len(views) > MOST_REMINDERS
        items.append(StreamItem(views[0], hides=len(views) - 1 if folds else 0))
        items += [StreamItem(view, folded=folds) for view in views[1:]]
    return items


def _is_reminder(view: EntryView) -> bool:
    return view.event.step is StepName.REMIND
