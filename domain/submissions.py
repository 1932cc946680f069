"""Filing a complaint: its number, kind and category, and the team that a rule names at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import categories, lifecycle, notices
from domain.actors import CLOCK, Actor
from domain.acts import cleaned
from domain.errors import Invalid
from domain.safety_words import safety_word_in
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint, ComplaintEvent, NumberCounter
from models.connected_system import ConnectedSystem
from models.enums import Channel, ComplaintKind, StepName
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from models.upsert import insert_into

MAX_TEXT = 10_000

_THANKS = re.compile(r"表扬|点赞|好评|锦旗|感谢|谢谢|辛苦")
# Most people thank at the end of a request. Praise has no clock, so in doubt it is none.
_WANTS = re.compile(
    r"但|可是|不过|希望|建议|投诉|反映|问题|麻烦|尽快|解决|处理|能不能|能否|可以|请(问|帮|派|安排|核实|联系|给)"
    r"|为什么|怎么|什么|吗|[?？]|修|坏|漏|堵|脏|差|停水|停电|跳闸|没(?!得说)|太|不(?!错|愧|厌|怕|辞)"
)
# First match wins; what matches nothing is a complaint.
_KIND_WORDS: tuple[tuple[ComplaintKind, re.Pattern[str]], ...] = (
    (
        ComplaintKind.REPAIR,
        re.compile(r"报修|维修|修一下|坏了|漏水|堵了|不亮|打不开|跳闸|断电|停电|停水|不制冷|不制热"),
    ),
    (ComplaintKind.SUGGESTION, re.compile(r"建议|希望能|能不能增加|可否增加|最好能")),
    (
        ComplaintKind.QUESTION,
        re.compile(r"请问|咨询|怎么(办|申请|充值|缴)|几点|什么时候(开|关|上班)|在哪(里|儿)"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a person files, or staff file for somebody.

    Attributes:
        kind: None to guess it from the words.
        category: None to take it from the place, then from the words.
        submission_key: the same key files one complaint however often it is sent.
        urgent: set by the person or staff; safety words set it anyway.
        earlier: the closed complaint of the same person that this one takes up again.
        system: the connected system that files it, for somebody whom only that one knows.
    """

    text: str
    channel: Channel
    kind: ComplaintKind | None = None
    reporter: Person | None = None
    service_point: ServicePoint | None = None
    place_text: str = ""
    category: Category | None = None
    anonymous: bool = False
    contact_name: str = ""
    contact_phone: str = ""
    recorded_by: Staff | None = None
    submission_key: str | None = None
    urgent: bool = False
    earlier: Complaint | None = None
    attachments: Sequence[Attachment] = ()
    system: ConnectedSystem | None = None


def submit(session: Session, submission: Submission, *, now: datetime) -> Complaint:
    """File a complaint; where the place names a team, it is assigned at once.

    Returns:
        The new complaint, or the one that was filed with the same submission key before.

    Raises:
        Invalid: there are no words and no attachment, or too many words.
    """
    text = cleaned(submission.text)
    if not text and not submission.attachments:
        raise Invalid("请写几句话说明情况，或附上照片、语音。", "text")
    if len(text) > MAX_TEXT:
        raise Invalid(f"文字太长，最多 {MAX_TEXT} 字，请分几件反映。", "text")
    actor = _actor_of(submission)
    filed_before = _filed_before(session, submission)
    if filed_before is not None:
        return filed_before
    try:
        with session.begin_nested():
            complaint = _new_complaint(session, submission, text, now)
            event = lifecycle.begin(session, complaint, actor=actor, words=text, now=now)
    except IntegrityError:
        # The same was sent twice at once, and the other transaction came first.
        filed_before = _filed_before(session, submission)
        if filed_before is None:
            raise
        return filed_before
    attach(session, complaint, event, submission.attachments)
    _tell_and_assign(session, complaint, event, submission, now)
    return complaint


def _filed_before(session: Session, submission: Submission) -> Complaint | None:
    if submission.submission_key is None:
        return None
    return session.scalar(select(Complaint).where(Complaint.submission_key == submission.submission_key))


def _new_complaint(session: Session, submission: Submission, text: str, now: datetime) -> Complaint:
    point = submission.service_point
    category = submission.category or category_of_place(session, point) or guess_category(session, text)
    urgent = submission.urgent or safety_word_in(session, text) is not None
    earlier = submission.earlier
    if earlier is not None and (submission.reporter is None or earlier.reporter_id != submission.reporter.id):
        raise Invalid("只能与自己以前的诉求关联。", "earlier")
    return Complaint(
        number=next_number(session, now),
        kind=submission.kind or (ComplaintKind.COMPLAINT if urgent else guess_kind(text)),
        channel=submission.channel,
        text=text,
        category=category,
        service_point=point,
        place_text=cleaned(submission.place_text)[:200],
        urgent=urgent,
        reporter=submission.reporter,
        anonymous=submission.anonymous,
        contact_name=cleaned(submission.contact_name)[:40],
        contact_phone=cleaned(submission.contact_phone)[:40],
        recorded_by=submission.recorded_by,
        submission_key=submission.submission_key,
        earlier_id=earlier.id if earlier is not None else None,
        filed_at=now,
    )


def _actor_of(submission: Submission) -> Actor:
    if submission.recorded_by is not None:
        return Actor.of_staff(submission.recorded_by)
    if submission.reporter is not None:
        return Actor.of_person(submission.reporter)
    if submission.system is not None:
        return Actor.of_system(submission.system)
    raise ValueError("a complaint is filed by a person, or by staff or a system on behalf")


def _tell_and_assign(
    session: Session, complaint: Complaint, event: ComplaintEvent, submission: Submission, now: datetime
) -> None:
    notices.acknowledge(session, complaint, event, now=now)
    team, rule = team_by_rule(session, submission.service_point), "服务点"
    if team is None:
        # A category that somebody chose is a decision; one guessed from words only a suggestion.
        chosen = submission.category or category_of_place(session, submission.service_point)
        team, rule = (chosen.team if chosen is not None else None), "类别"
    if team is not None and team.active:
        lifecycle.advance(
            session,
            complaint,
            StepName.ASSIGN,
            actor=CLOCK,
            now=now,
            words=f"按{rule}归属自动派单：{team.name}",
            changes={"team_id": team.id, "handler_id": None},
            details={"team_id": team.id},
            quiet_for_reporter=complaint.channel is Channel.WECHAT,
        )
    notices.announce(session, complaint, event, now=now)


def team_by_rule(session: Session, point: ServicePoint | None) -> Team | None:
    """Give the team of the place, or of the nearest place above it that names one."""
    while point is not None:
        if point.team is not None:
            return point.team
        point = session.get(ServicePoint, point.parent_id) if point.parent_id is not None else None
    return None


def category_of_place(session: Session, point: ServicePoint | None) -> Category | None:
    """Give the category of the place, or of the nearest place above it that names one in use."""
    while point is not None:
        if point.category is not None and point.category.active:
            return point.category
        point = session.get(ServicePoint, point.parent_id) if point.parent_id is not None else None
    return None


def guess_category(session: Session, text: str) -> Category:
    """Give the category whose words stand most often in the text; 其他 where none does."""
    return categories.guess(session, text)


def guess_kind(text: str) -> ComplaintKind:
    """Guess from the words what a person wants; staff can correct it."""
    if _THANKS.search(text) and not _WANTS.search(text):
        return ComplaintKind.PRAISE
    return next((kind for kind, words in _KIND_WORDS if words.search(text)), ComplaintKind.COMPLAINT)


def next_number(session: Session, now: datetime) -> str:
    """Give the next public number of the day, such as 2026-1121-0007."""
    day = now.astimezone(LOCAL).strftime("%Y-%m%d")
    counter = insert_into(session, NumberCounter).values(day=day, last=1)
    counter = counter.on_conflict_do_update(index_elements=["day"], set_={"last": NumberCounter.last + 1})
    last = session.scalar(counter.returning(NumberCounter.last))
    return f"{day}-{last:04d}"


def attach(
    session: Session, complaint: Complaint, event: ComplaintEvent, attachments: Sequence[Attachment]
) -> None:
    """Put attachments to a complaint and the event that brought them."""
    for attachment in attachments:
        attachment.complaint_id = complaint.id
        attachment.event_id = event.id
        attachment.public = event.public
        session.add(attachment)
    session.flush()
