"""What the person does: add, urge, withdraw, judge, reopen, appeal; and who joins them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain import board_version, lifecycle
from domain.acts import MAX_WORDS, Act, cleaned, required
from domain.errors import Invalid, NotAllowed
from domain.limits import check_not_blocked
from domain.steps import Audience, Tell
from domain.submissions import attach
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower
from models.enums import ENDED_STATUSES, Closing, NoticeKind, StepName
from models.person import Person
from models.rating import Rating
from models.upsert import insert_into

GOOD_FROM_STARS = 3
# From this redo on the leader hears of each.
_REDO_THAT_CONCERNS_LEADER = 2


def supplement(
    session: Session,
    complaint: Complaint,
    *,
    words: str = "",
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Add words or photos; when staff had asked for more, the work and its clock go on."""
    words = cleaned(words)
    if not words and not attachments:
        raise Invalid("请写几句话，或附上照片。", "words")
    if len(words) > MAX_WORDS:
        raise Invalid(f"文字太长，最多 {MAX_WORDS} 字。", "words")
    person = act["actor"].person
    if person is not None and not complaint.urgent:
        check_not_blocked(session, person, now=act["now"])
    event = lifecycle.advance(session, complaint, StepName.SUPPLEMENT, words=words, **act)
    attach(session, complaint, event, attachments)
    return event


def urge(session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]) -> ComplaintEvent:
    """Ask the team to hurry, once in 24 hours."""
    changes = {"last_urged_at": act["now"]}
    return lifecycle.advance(session, complaint, StepName.URGE, words=cleaned(words), changes=changes, **act)


def withdraw(
    session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Take the complaint back."""
    changes = {"closed_at": act["now"]}
    return lifecycle.advance(
        session, complaint, StepName.WITHDRAW, words=cleaned(words), changes=changes, **act
    )


def appeal(session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]) -> ComplaintEvent:
    """Object to a refusal, once; the desk looks at it anew."""
    changes = {"appealed_at": act["now"], "rejection_reason": "", "team_id": None, "handler_id": None}
    words = required(words, "申诉理由")
    return lifecycle.advance(session, complaint, StepName.APPEAL, words=words, changes=changes, **act)


def rate(
    session: Session,
    complaint: Complaint,
    *,
    solved: bool,
    stars: int,
    words: str = "",
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> Rating:
    """Judge the result: closes the complaint, or sends it back for another round.

    "Not solved", or fewer than three stars, sends it back; from the second time the leaders are told.

    Raises:
        Invalid: the stars are not 1 to 5.
    """
    if not 1 <= stars <= 5:
        raise Invalid("请选 1 到 5 星。", "stars")
    person = act["actor"].person
    if person is None:
        raise NotAllowed("只有诉求人本人可以评价。")
    words = cleaned(words)[:MAX_WORDS]
    lifecycle.hold(session, complaint, act)
    judged_round = complaint.round
    good = solved and stars >= GOOD_FROM_STARS
    details: dict[str, Any] = {"solved": solved, "stars": stars}
    if good:
        closing = {"closed_at": act["now"], "closing": Closing.RATED, "last_stars": stars}
        event = lifecycle.advance(
            session, complaint, StepName.RATE, words=words, changes=closing, details=details, **act
        )
    else:
        event = _send_back(session, complaint, StepName.RATE_UNSOLVED, words, details, act)
        complaint.last_stars = stars
    attach(session, complaint, event, attachments)
    rating = Rating(
        complaint_id=complaint.id,
        round=judged_round,
        person_id=person.id,
        solved=solved,
        stars=stars,
        words=words,
        rated_at=act["now"],
    )
    session.add(rating)
    session.flush()
    return rating


def reopen(session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]) -> ComplaintEvent:
    """Open a closed complaint again: by the reporter within 15 days, or by those who oversee."""
    return _send_back(session, complaint, StepName.REOPEN, required(words, "重新打开的原因"), {}, act)


def _send_back(
    session: Session, complaint: Complaint, name: StepName, words: str, details: dict[str, Any], act: Act
) -> ComplaintEvent:
    lifecycle.hold(session, complaint, act)
    count = complaint.reopen_count + 1
    to_leaders: list[Tell] = [(Audience.LEADERS, NoticeKind.STAFF_ESCALATED)]
    return lifecycle.advance(
        session,
        complaint,
        name,
        words=words,
        changes={"reopen_count": count},
        details=details,
        also_tell=to_leaders if count >= _REDO_THAT_CONCERNS_LEADER else [],
        **act,
    )


def follow(
    session: Session, complaint: Complaint, *, person: Person, now: datetime, met: bool = True
) -> bool:
    """Join a complaint (我也遇到了): hear what its reporter hears.

    Args:
        met: False for who met nothing of the kind, and only wants to hear (关注).

    Returns:
        Whether the person joined now; False when they had joined before or raised it themselves.
    """
    if complaint.status in ENDED_STATUSES:
        raise NotAllowed("这件诉求已经结束，如又遇到，请提交新的诉求。")
    if complaint.reporter_id == person.id:
        return False
    check_not_blocked(session, person, now=now)
    row = insert_into(session, ComplaintFollower).values(
        complaint_id=complaint.id, person_id=person.id, since=now, met=met
    )
    board_version.touch_for(session, complaint)
    written = row.on_conflict_do_nothing().returning(ComplaintFollower.person_id)
    return session.scalar(written) is not None


def unfollow(session: Session, complaint: Complaint, *, person: Person) -> None:
    """Stop hearing of a complaint of others."""
    board_version.touch_for(session, complaint)
    session.execute(
        delete(ComplaintFollower).where(
            ComplaintFollower.complaint_id == complaint.id, ComplaintFollower.person_id == person.id
        )
    )


def rating_of(session: Session, complaint: Complaint) -> Rating | None:
    """Give the newest rating of a complaint, of whichever round."""
    query = select(Rating).where(Rating.complaint_id == complaint.id).order_by(Rating.round.desc())
    return session.scalar(query.limit(1))
