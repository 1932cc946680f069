"""What somebody who only follows a complaint may read of it.

The reporter wrote to the office, not to whoever met the same: a room, a name, a telephone number in the
words, the faces in a photo are none of a follower's business. What staff answered is.
"""

import re

from domain.hiding import in_place_of
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.enums import ActorKind, AttachmentPurpose, StepName

# Dates and complaint numbers stay; telephone, student, identity and QQ numbers go. A room is shorter.
_NUMBER = re.compile(
    r"(?P<kept>(?<!\d)20\d\d-(?:\d{4}-\d{4,}|\d{1,2}-\d{1,2})(?!\d))|\d(?:[- ]?\d){5,}[Xx]?", re.ASCII
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
MASK = "＊＊＊"


def masked(text: str) -> str:
    """Give the text without what could reach or name a person: long numbers and mail addresses."""
    return _NUMBER.sub(lambda found: found["kept"] or MASK, _ADDRESS.sub(MASK, text))


def text_for_follower(complaint: Complaint) -> str:
    """Give what a follower reads as the complaint itself: the text edited for the public, if there is one."""
    return complaint.public_text if complaint.published_at else masked(complaint.text)


def words_for_follower(event: ComplaintEvent) -> str:
    """Give the words of an event as a follower reads them; none of the reporter's later ones."""
    if event.actor_kind is ActorKind.REPORTER or event.step is StepName.SUBMIT:
        return ""
    return in_place_of(event.hidden_reason) if event.hidden_reason else masked(event.words)


def follower_may_open(attachment: Attachment) -> bool:
    """Tell whether a follower may open it: staff's photos of the work, not what the reporter sent."""
    if attachment.hidden_reason:
        return False
    return attachment.public and attachment.purpose is not AttachmentPurpose.REPORT
