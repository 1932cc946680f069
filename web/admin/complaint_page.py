"""Everything the page of one complaint shows, gathered in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import act_drafts, clock_texts, complaints, lifecycle, queries
from domain.actors import Actor
from domain.clock_stops import ClockStop, stops_of
from domain.clock_texts import ClockText
from domain.deadlines import calendar_for
from domain.errors import NotFound
from domain.matter_permissions import may_see_matter
from domain.matter_queries import matters_with
from domain.permissions import may_hide, may_link, may_see, may_see_contact, may_see_hidden
from domain.related import Related, Relation, related_to
from domain.time_left import TimeLeft, time_left
from domain.who_sees import WhoSees, who_sees
from models.access_words import Seen, SeenIn
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintRequest
from models.enums import (
    AttachmentKind,
    AttachmentPurpose,
    AttachmentState,
    ComplaintStatus,
    RequestKind,
    StepName,
)
from models.matter import Matter
from models.notice import Notice
from models.rating import Rating
from models.staff import Staff
from web.access_notes import note
from web.admin.act_table import ACT_FORMS, ActForm
from web.admin.event_texts import Names, facts_of
from web.admin.file_offers import FileOffers, offers_for
from web.admin.stream import EntryView, Show, StreamItem, counts_of, newest_first

# Granting a transfer is assigning to the other team.
DECISIONS = {
    RequestKind.TRANSFER: (StepName.ASSIGN, StepName.REFUSE_TRANSFER),
    RequestKind.DEFERRAL: (StepName.APPROVE_DEFERRAL, StepName.REFUSE_DEFERRAL),
    RequestKind.REJECTION: (StepName.CONFIRM_REJECTION, StepName.REFUSE_REJECTION),
}
_ONLY_WITH_REQUEST = frozenset(step for pair in DECISIONS.values() for step in pair) - {StepName.ASSIGN}
# What people reach for many times a day stands in the bar; the rest under 更多.
_AT_HAND = frozenset(
    {
        StepName.ASSIGN,
        StepName.ACCEPT,
        StepName.PROGRESS,
        StepName.REPLY,
        StepName.RESOLVE,
        StepName.ASK,
        StepName.RESUME,
        StepName.NOTE,
        StepName.SUPERVISE,
        StepName.REOPEN,
    }
)
_RATINGS = frozenset({StepName.RATE, StepName.RATE_UNSOLVED})
# The step that takes a complaint on; it stands out among the buttons.
_NEXT = {
    ComplaintStatus.SUBMITTED: StepName.ASSIGN,
    ComplaintStatus.ASSIGNED: StepName.ACCEPT,
    ComplaintStatus.IN_PROGRESS: StepName.RESOLVE,
    ComplaintStatus.WAITING: StepName.RESUME,
    ComplaintStatus.DEFERRED: StepName.RESUME,
}


@dataclass(frozen=True)
class RequestView:
    """Something that waits for a decision, and what this member of staff may decide."""

    request: ComplaintRequest
    grant: ActForm | None
    refuse: ActForm | None
    own: bool


@dataclass(frozen=True, kw_only=True)
class ComplaintPage:
    """What the page of one complaint shows to one member of staff."""

    complaint: Complaint
    left: TimeLeft
    clocks: Sequence[ClockText]
    stops: Sequence[ClockStop]
    entries: Sequence[EntryView]
    stream: Sequence[StreamItem]
    counts: Mapping[Show, int]
    reported: Sequence[Attachment]
    before: Sequence[Attachment]
    after: Sequence[Attachment]
    requests: Sequence[RequestView]
    at_hand: Sequence[ActForm]
    more: Sequence[ActForm]
    next: ActForm | None
    begun: frozenset[StepName]
    related: Sequence[tuple[Relation, Sequence[Related]]]
    may_link: bool
    readers: WhoSees
    followers: int
    rating: Rating | None
    rating_words: str
    shows_contact: bool
    may_merge: bool
    unread: bool
    files: FileOffers
    matters: Sequence[tuple[Matter, bool]]
    may_hide: bool = False


def find_visible(session: Session, number: str, staff: Staff) -> Complaint:
    """Give the complaint of this number if this member of staff may see it.

    Raises:
        NotFound: there is none, or it is not theirs to see; both sound the same.
    """
    complaint = queries.by_number(session, number)
    if not may_see(session, complaint, Actor.of_staff(staff)):
        raise NotFound(f"没有找到编号为 {number[:20]} 的诉求，或者它不归您的单位办理。")
    return complaint


def open_forms(session: Session, complaint: Complaint, staff: Staff, *, now: datetime) -> list[ActForm]:
    """List the forms of exactly the steps that are open to this member of staff now."""
    steps = lifecycle.open_steps(session, complaint, Actor.of_staff(staff), now=now)
    names = {step.name for step in steps}
    return [form for name, form in ACT_FORMS.items() if name in names]


def gather(session: Session, complaint: Complaint, staff: Staff, *, now: datetime) -> ComplaintPage:
    """Gather the page; the number of queries does not grow with the length of the record."""
    forms = open_forms(session, complaint, staff, now=now)
    sees = may_see_hidden(staff)
    timeline = queries.timeline(session, complaint, for_public=False)
    names = Names.of(session, [entry.event for entry in timeline])
    entries = [
        EntryView(each.event, each.attachments, facts_of(each.event, names), sees) for each in timeline
    ]
    files = [attachment for entry in entries for attachment in entry.attachments]
    reported = [each for each in files if each.purpose is AttachmentPurpose.REPORT]
    in_bar = [form for form in forms if form.step not in _ONLY_WITH_REQUEST]
    at_hand = [form for form in in_bar if form.step in _AT_HAND]
    followers = complaints.followers_count(session, complaint)
    return ComplaintPage(
        complaint=complaint,
        left=time_left(complaint, calendar_for(session), now=now),
        clocks=clock_texts.explain(session, complaint, now=now),
        stops=stops_of(session, complaint, now=now),
        entries=entries,
        stream=newest_first(entries),
        counts=counts_of(entries),
        reported=reported,
        before=_photos(reported, sees_hidden=sees),
        after=_photos(_shown_at_the_end(entries), sees_hidden=sees),
        requests=_requests(session, complaint, staff, forms),
        at_hand=at_hand,
        more=[form for form in in_bar if form.step not in _AT_HAND],
        next=next((form for form in at_hand if form.step is _NEXT.get(complaint.status)), None),
        begun=act_drafts.steps_begun(session, staff, complaint),
        related=[
            (relation, list(group))
            for relation, group in groupby(related_to(session, complaint, staff), key=attrgetter("relation"))
        ],
        may_link=may_link(session, complaint, staff),
        readers=who_sees(session, complaint, followers=followers),
        followers=followers,
        rating=complaints.rating_of(session, complaint),
        rating_words=_words_of_rating(entries),
        shows_contact=may_see_contact(complaint, staff),
        may_merge=any(form.step is StepName.MERGE for form in forms),
        unread=_has_unread(session, complaint, staff),
        files=offers_for(session, complaint, files, staff, now=now),
        matters=[(one, may_see_matter(one, staff)) for one in matters_with(session, complaint)],
        may_hide=may_hide(staff),
    )


def note_name(page: ComplaintPage) -> None:
    """Note that the page tells this member of staff whose complaint it is."""
    if page.shows_contact and page.complaint.contact_name:
        note([page.complaint.id], Seen.NAME, SeenIn.PAGE)


def _words_of_rating(entries: Sequence[EntryView]) -> str:
    """Give what was said with the newest rating, as this reader may read it."""
    return next((entry.words for entry in reversed(entries) if entry.event.step in _RATINGS), "")


def _photos(attachments: Sequence[Attachment], *, sees_hidden: bool = True) -> list[Attachment]:
    return [
        each
        for each in attachments
        if each.kind is AttachmentKind.PHOTO
        and each.state is AttachmentState.STORED
        and (sees_hidden or not each.hidden_reason)
    ]


def _shown_at_the_end(entries: Sequence[EntryView]) -> Sequence[Attachment]:
    """Give the files of the newest result that came with any."""
    results = [
        entry for entry in entries if entry.event.step is StepName.RESOLVE and _photos(entry.attachments)
    ]
    return results[-1].attachments if results else []


def _has_unread(session: Session, complaint: Complaint, staff: Staff) -> bool:
    unread = select(Notice.id).where(
        Notice.staff_id == staff.id, Notice.complaint_id == complaint.id, Notice.read_at.is_(None)
    )
    return session.scalar(unread.limit(1)) is not None


def _requests(
    session: Session, complaint: Complaint, staff: Staff, forms: Sequence[ActForm]
) -> list[RequestView]:
    by_step = {form.step: form for form in forms}
    views = []
    for request in queries.open_requests(session, complaint):
        grant, refuse = (by_step.get(step) for step in DECISIONS[request.kind])
        own = request.requested_by_id == staff.id
        views.append(RequestView(request, None if own else grant, refuse, own))
    return views
