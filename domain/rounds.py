"""One round of work on a complaint, as its events tell it: what the clocks are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from domain.clocks import Pause
from domain.steps import step_from
from models.complaint import Complaint, ComplaintEvent
from models.enums import ComplaintStatus, StepName


@dataclass(frozen=True)
class Promise:
    """A date that takes the place of the computed one.

    Attributes:
        until: the promised or ordered date.
        made_at: when it was promised or ordered.
        text: what it is called on the page.
    """

    until: datetime
    made_at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of work.

    Attributes:
        start: when the person filed, or sent it back.
        goes_to_desk: whether it has to be dispatched; a redo goes straight back to its team.
        dispatched_at: when it was first given to a team, in this round.
        urgent_since: when somebody made it urgent; None when it was so from the start, or is not.
        pauses: when it waited for the person.
        promise: the date promised or ordered last.
        last_words_at: when the person last heard from staff, or the work last began.
    """

    start: datetime
    goes_to_desk: bool
    dispatched_at: datetime | None
    urgent_since: datetime | None
    pauses: tuple[Pause, ...]
    promise: Promise | None
    last_words_at: datetime


def read_round(complaint: Complaint, events: Sequence[ComplaintEvent]) -> Round:
    """Read the present round from the events, oldest first."""
    of_round = [event for event in events if event.round == complaint.round]
    start = of_round[0].at
    heard = [event.at for event in of_round if _is_word_to_person(event) or _begins_work(event)]
    return Round(
        start=start,
        goes_to_desk=of_round[0].to_status is ComplaintStatus.SUBMITTED,
        dispatched_at=next((event.at for event in of_round if event.step is StepName.ASSIGN), None),
        urgent_since=_urgent_since(complaint, events, start),
        pauses=_pauses(of_round),
        promise=_promise(of_round),
        last_words_at=max([start, *heard]),
    )


def _pauses(events: Sequence[ComplaintEvent]) -> tuple[Pause, ...]:
    # A note, or a leader's word, does not end a pause; only a change of status does.
    changes = [event for event in events if event.from_status is not event.to_status]
    return tuple(
        Pause(one.at, following.at if following else None, "等待诉求人补充")
        for one, following in pairwise([*changes, None])
        if one is not None and one.to_status is ComplaintStatus.WAITING
    )


def _promise(events: Sequence[ComplaintEvent]) -> Promise | None:
    """Give the date promised or ordered last; the later decision stands."""
    for event in reversed(events):
        until = event.details.get("until")
        if until and event.step in {StepName.APPROVE_DEFERRAL, StepName.SUPERVISE}:
            text = "督办要求" if event.step is StepName.SUPERVISE else "挂账承诺"
            return Promise(datetime.fromisoformat(until), event.at, text)
    return None


def _urgent_since(complaint: Complaint, events: Sequence[ComplaintEvent], start: datetime) -> datetime | None:
    """Tell when somebody made it urgent in this round: nobody is late for what was not yet urgent."""
    if not complaint.urgent:
        return None
    made = [event.at for event in events if event.details.get("urgent") == str(True)]
    return made[-1] if made and made[-1] > start else None


def _is_word_to_person(event: ComplaintEvent) -> bool:
    step = step_from(event.step, event.from_status) if event.from_status is not None else None
    return event.staff_id is not None and step is not None and step.answers


def _begins_work(event: ComplaintEvent) -> bool:
    return event.to_status is ComplaintStatus.IN_PROGRESS and event.from_status is not event.to_status
