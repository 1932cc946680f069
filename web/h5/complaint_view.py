"""Everything one complaint's page shows, gathered before it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain import board, lifecycle, permissions, queries
from domain.actors import Actor
from domain.board import Item
from domain.disclosure import Closeness, Publicity, closeness_of, publicity_of
from domain.notice_texts import place_of
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import ActorKind, AttachmentPurpose, ComplaintStatus, StepName
from models.person import Person
from web.h5.happenings import Happening, happenings, is_photo
from web.h5.sharing import ShareCard, share_card
from web.h5.status_look import Tone, status_words, tone_of
from web.h5.step_bar import BarStep, step_bar
from web.h5.whats_next import Next, whats_next

S = ComplaintStatus
_REPLIES = frozenset({StepName.REPLY, StepName.PROGRESS})
# What stands out on the page: what came of it, or why nothing did; before that, the newest reply.
_TOLD_BY = {
    S.RESOLVED: (frozenset({StepName.RESOLVE}), "办理结果"),
    S.CLOSED: (frozenset({StepName.RESOLVE}), "办理结果"),
    S.DEFERRED: (frozenset({StepName.APPROVE_DEFERRAL}), "为什么暂时办不了"),
    S.REJECTED: (frozenset({StepName.CONFIRM_REJECTION}), "为什么不受理"),
}
_NEWEST_REPLY = (_REPLIES, "最新答复")


@dataclass(frozen=True)
class ComplaintView:
    """One complaint as one of its people reads it.

    Attributes:
        closeness: how near they are to it, and so how much they read.
        released: what everybody reads of it, for who did not raise it; None when that is nothing.
        acts: what they may do now, by the steps table.
        answer: what staff said last in this round, under `answer_title`.
        asked: what staff want to know, while they wait for it.
        main_is_open: whether the person may open the complaint it was merged into.
        share: what may be passed on to others; None when there is nothing to.
    """

    complaint: Complaint
    closeness: Closeness
    released: Item | None
    place: str
    status: str
    tone: Tone
    bar: Sequence[BarStep]
    next: Next
    acts: frozenset[StepName]
    happenings: Sequence[Happening]
    answer: Happening | None
    answer_title: str
    asked: Happening | None
    before: Sequence[Attachment]
    after: Sequence[Attachment]
    sent: Sequence[Attachment]
    main_is_open: bool
    share: ShareCard | None

    @property
    def own(self) -> bool:
        """Whether they raised it; else they follow it."""
        return self.closeness is Closeness.REPORTER

    @property
    def merged(self) -> bool:
        """Whether a complaint of theirs was merged into it."""
        return self.closeness is Closeness.MERGED

    @property
    def checking(self) -> str:
        """What to say while only the check of its content keeps it from being public; else nothing."""
        publicity = publicity_of(self.complaint)
        return publicity.label if publicity is Publicity.CHECKING else ""

    @property
    def may_act(self) -> bool:
        """Whether anything is offered below the complaint; judging it and what was asked stand above."""
        above = {StepName.RATE, StepName.RATE_UNSOLVED, *([StepName.SUPPLEMENT] if self.asked else [])}
        return bool(self.acts - above)


def view_of(session: Session, complaint: Complaint, person: Person, *, now: datetime) -> ComplaintView:
    """Gather what the page of this complaint shows this person; a fixed number of queries."""
    closeness = closeness_of(session, complaint, person)
    own = closeness is Closeness.REPORTER
    actor = Actor.of_person(person)
    entries = queries.timeline(session, complaint, for_public=True)
    record = happenings(session, entries, closeness)
    answer = _answer(complaint, record)
    filed = record[-1] if record else None
    after = [p for p in answer.photos if p.purpose is AttachmentPurpose.AFTER] if answer else []
    steps = lifecycle.open_steps(session, complaint, actor, now=now)
    main = complaint.merged_into
    return ComplaintView(
        complaint=complaint,
        closeness=closeness,
        released=None if own else board.as_released(session, complaint),
        place=place_of(complaint, closeness),
        status=status_words(complaint.status, own=own),
        tone=tone_of(complaint.status, own=own),
        bar=step_bar(complaint, [entry.event for entry in entries]),
        next=whats_next(complaint, own=own, now=now),
        acts=frozenset(step.name for step in steps),
        happenings=record,
        answer=answer,
        answer_title=_TOLD_BY.get(complaint.status, _NEWEST_REPLY)[1],
        asked=_asked(complaint, record) if own else None,
        before=[photo for photo in filed.photos if is_photo(photo)] if filed else [],
        after=after,
        sent=[*filed.photos, *filed.others] if filed else [],
        main_is_open=main is not None and permissions.may_see(session, main, actor),
        share=share_card(complaint),
    )


def _answer(complaint: Complaint, record: Sequence[Happening]) -> Happening | None:
    wanted, _ = _TOLD_BY.get(complaint.status, _NEWEST_REPLY)
    return next(
        (
            each
            for each in record
            if each.event.step in wanted
            and each.event.actor_kind is ActorKind.STAFF
            # What an earlier round said did not help, or there would be no later one.
            and each.event.round == complaint.round
            and each.words
        ),
        None,
    )


def _asked(complaint: Complaint, record: Sequence[Happening]) -> Happening | None:
    if complaint.status is not S.WAITING:
        return None
    return next((each for each in record if each.event.step is StepName.ASK), None)
