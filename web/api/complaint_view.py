"""A complaint as the API shows it: what the phone pages gather, in members instead of boxes."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from domain.complaints import rating_of
from domain.disclosure import Closeness, publicity_of, text_for_follower
from domain.notice_texts import place_of
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import ServicePointKind, StepName
from models.person import Person
from models.rating import Rating
from models.service_point import ServicePoint
from web.api.catalogue import category_short, place_short
from web.api.complaint_shapes import (
    Act,
    AttachmentOut,
    ComplaintOut,
    ComplaintRow,
    Happening,
    NextOut,
    RatingOut,
    ShareOut,
)
from web.api.targets import target_of
from web.clock import now
from web.file_answers import has_file
from web.h5.complaint_view import ComplaintView, view_of
from web.h5.happenings import Happening as Entry
from web.h5.happenings import is_photo
from web.h5.sharing import ShareCard
from web.h5.status_look import status_words, tone_of

_SUBJECT = 60
_NO_WORDS = "（照片或语音）"
_NOT_RELEASED = "（内容没有公开）"
_AT_HOME = frozenset({ServicePointKind.ROOM})
_ACTS = {
    StepName.SUPPLEMENT: Act.SUPPLEMENT,
    StepName.URGE: Act.URGE,
    StepName.RATE: Act.RATE,
    StepName.REOPEN: Act.REOPEN,
    StepName.APPEAL: Act.APPEAL,
    StepName.WITHDRAW: Act.WITHDRAW,
}


def row_of(complaint: Complaint, person: Person, *, has_news: bool) -> ComplaintRow:
    """Show a complaint in a list."""
    own = complaint.reporter_id == person.id
    text = complaint.text if own else text_for_follower(complaint)
    subject = " ".join(text.split()) or (_NO_WORDS if own else _NOT_RELEASED)
    return ComplaintRow(
        number=complaint.number,
        kind=complaint.kind,
        kind_label=complaint.kind.label,
        status=complaint.status,
        status_label=status_words(complaint.status, own=own),
        tone=tone_of(complaint.status, own=own),
        subject=subject if len(subject) <= _SUBJECT else subject[: _SUBJECT - 1] + "…",
        place=place_of(complaint, Closeness.REPORTER if own else Closeness.JOINED),
        own=own,
        has_news=has_news,
        filed_at=complaint.filed_at,
    )


def shown(session: Session, complaint: Complaint, person: Person, *, has_news: bool = False) -> ComplaintOut:
    """Show one complaint whole, to the one who raised it or to a follower."""
    view = view_of(session, complaint, person, now=now())
    row = row_of(complaint, person, has_news=has_news)
    return ComplaintOut(
        **row.model_dump(),
        revision=complaint.revision,
        text=complaint.text if view.own else text_for_follower(complaint),
        service_point=place_short(_place_for(view)),
        category=category_short(complaint.category),
        team=complaint.team.name if complaint.team is not None else None,
        urgent=complaint.urgent,
        anonymous=complaint.anonymous,
        due_at=complaint.done_due_at,
        outcome=complaint.outcome,
        publicity=publicity_of(complaint),
        publicity_label=publicity_of(complaint).label,
        next=NextOut(
            title=view.next.title, detail=view.next.detail, late=view.next.late, call=view.next.call
        ),
        acts=_acts(view),
        asked=_entry(view.asked) if view.asked else None,
        answer=_entry(view.answer) if view.answer else None,
        rating=_rating(rating_of(session, complaint), person),
        merged_into=complaint.merged_into.number if view.main_is_open and complaint.merged_into else None,
        share=_share(view.share),
        timeline=[_entry(each) for each in view.happenings],
    )


def _share(card: ShareCard | None) -> ShareOut | None:
    opens = target_of(card.path) if card is not None else None
    if card is None or opens is None:
        return None
    return ShareOut(title=card.title, words=card.words, what=card.what, opens=opens)


def _place_for(view: ComplaintView) -> ServicePoint | None:
    """Give the place, of a room only what it lies in to who did not raise it."""
    place = view.complaint.service_point
    return place.parent if place is not None and not view.own and place.kind in _AT_HOME else place


def _acts(view: ComplaintView) -> list[Act]:
    offered = [act for step, act in _ACTS.items() if step in view.acts]
    return offered if view.own else [*offered, Act.UNFOLLOW]


def _rating(rating: Rating | None, person: Person) -> RatingOut | None:
    if rating is None or rating.person_id != person.id:
        return None
    return RatingOut(solved=rating.solved, stars=rating.stars, words=rating.words, rated_at=rating.rated_at)


def _entry(entry: Entry) -> Happening:
    return Happening(
        step=entry.event.step,
        title=entry.title,
        who=entry.who,
        words=entry.words,
        at=entry.at,
        attachments=_attachments([*entry.photos, *entry.others]),
    )


def _attachments(found: Sequence[Attachment]) -> list[AttachmentOut]:
    return [
        AttachmentOut(
            kind=each.kind,
            path=_path(each, "attachment") if has_file(each) else None,
            small_path=_path(each, "small") if is_photo(each) else None,
            seconds=each.seconds,
            label=each.label,
            latitude=each.latitude,
            longitude=each.longitude,
        )
        for each in found
    ]


def _path(attachment: Attachment, name: str) -> str:
    return url_for(f"api_attachments.{name}", attachment_id=attachment.id)
