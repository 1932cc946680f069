"""What the page of a complaint says and offers about files that are still to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.actors import Actor
from domain.fetching import is_still_there, may_fetch_again
from domain.permissions import may_hide, may_see_hidden
from models.attachment import Attachment
from models.complaint import Complaint
from models.enums import AttachmentState
from models.staff import Staff

# The page looks again every three seconds, for two minutes.
MOST_LOOKS = 40
_LOOKED_FOR = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class FileOffers:
    """What may be done about files that are not there.

    Attributes:
        may_ask: whether this member of staff may have files fetched again.
        again: ids of files that can be.
        arriving: ids of files that may come while somebody looks at the page.
        looks: how often the page has looked for them.
        number: of the complaint.
        sees_hidden, may_hide: whether this member of staff sees what is hidden, and may hide more.
    """

    may_ask: bool
    again: frozenset[int]
    arriving: tuple[int, ...]
    looks: int = 0
    number: str = ""
    sees_hidden: bool = False
    may_hide: bool = False

    @property
    def looks_again(self) -> bool:
        """Whether the page is to go on looking."""
        return bool(self.arriving) and self.looks < MOST_LOOKS


def offers_for(
    session: Session,
    complaint: Complaint,
    attachments: Iterable[Attachment],
    staff: Staff,
    *,
    now: datetime,
    looks: int = 0,
) -> FileOffers:
    """Tell what is offered about these files of a complaint."""
    may_ask = may_fetch_again(session, complaint, Actor.of_staff(staff))
    ordered = sorted(attachments, key=lambda each: each.id)
    return FileOffers(
        may_ask=may_ask,
        again=frozenset(
            each.id
            for each in ordered
            if may_ask and each.state is AttachmentState.FAILED and is_still_there(each, now=now)
        ),
        arriving=tuple(each.id for each in ordered if _comes_soon(each, now)),
        looks=looks,
        number=complaint.number,
        sees_hidden=may_see_hidden(staff),
        may_hide=may_hide(staff),
    )


def _comes_soon(attachment: Attachment, now: datetime) -> bool:
    due = attachment.next_attempt_at
    return attachment.state is AttachmentState.PENDING and (due is None or due < now + _LOOKED_FOR)
