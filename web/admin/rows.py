"""Complaints as rows of a list, with what a row shows besides the complaint itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.deadlines import calendar_for
from domain.time_left import TimeLeft, time_left
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintRequest
from models.enums import AttachmentKind, RequestKind, RequestState


@dataclass(frozen=True)
class Row:
    """One complaint in a list.

    Attributes:
        photos: how many photos the person sent or staff added.
        asked: what waits for a decision.
    """

    complaint: Complaint
    left: TimeLeft
    photos: int
    asked: Sequence[RequestKind]


def rows_of(session: Session, complaints: Sequence[Complaint], *, now: datetime) -> list[Row]:
    """Dress complaints as rows; three queries however many there are."""
    calendar = calendar_for(session)
    ids = [complaint.id for complaint in complaints]
    photos = dict(
        session.execute(
            select(Attachment.complaint_id, func.count())
            .where(Attachment.complaint_id.in_(ids), Attachment.kind == AttachmentKind.PHOTO)
            .group_by(Attachment.complaint_id)
        ).all()
    )
    asked: dict[int, list[RequestKind]] = {}
    requests = select(ComplaintRequest.complaint_id, ComplaintRequest.kind).where(
        ComplaintRequest.complaint_id.in_(ids), ComplaintRequest.state == RequestState.OPEN
    )
    for complaint_id, kind in session.execute(requests):
        asked.setdefault(complaint_id, []).append(kind)
    return [
        Row(
            complaint,
            time_left(complaint, calendar, now=now),
            photos.get(complaint.id, 0),
            asked.get(complaint.id, []),
        )
        for complaint in complaints
    ]
