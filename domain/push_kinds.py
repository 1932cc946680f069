"""The table of what can be pushed: what each kind says, to whom, and what has to be chosen for it.

A new kind is a row here, a word in `models/push_words.py`, and a function that composes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from domain import bulletins, personal_settings, survey_audience
from domain.matter_notices import people_behind
from domain.matters import public_by_number
from domain.notices import staff_with
from domain.push_contents import (
    Occasion,
    PushContent,
    closed_matter,
    digest,
    published_bulletin,
    running_survey,
    survey_opening,
    survey_reminder,
)
from domain.push_lists import overdue, supervision
from domain.secret_box import SecretBox
from domain.working_time import describe_moment
from models.enums import NoticeKind, Role, SurveyState
from models.matter import Matter
from models.matter_words import MatterStatus
from models.push_words import PushKind
from models.survey import Survey

_LATELY = timedelta(days=60)
_MOST_OFFERED = 30

Compose = Callable[[Session, Occasion], PushContent | None]
Audience = Callable[[Session, str, SecretBox], Sequence[int]]
# What may be chosen: its key, and its words.
Choices = Callable[[Session, datetime], Sequence[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class PushType:
    """One kind of push.

    Attributes:
        notice: what its notices are called in the outbox and in people's settings.
        words: what it is and who gets it, for who plans it.
        audience: ids of people, or of staff where it is for them, each once; asked again for each batch.
        choices: what it may be about; None where it is about a time.
        for_staff: it goes to colleagues, who need not have asked for it.
    """

    kind: PushKind
    notice: NoticeKind
    words: str
    compose: Compose
    audience: Audience
    choices: Choices | None = None
    for_staff: bool = False


def _opted_in(session: Session, subject: str, box: SecretBox) -> Sequence[int]:  # noqa: ARG001 (one form for all)
    return session.scalars(personal_settings.wanting_digest()).all()


def _opted_in_and_untold(session: Session, subject: str, box: SecretBox) -> Sequence[int]:
    """Give who asked for pushes, without those who heard of the matter as their own."""
    told = set(people_behind(session, public_by_number(session, subject)))
    return [one for one in _opted_in(session, subject, box) if one not in told]


def _asked(session: Session, subject: str, box: SecretBox) -> Sequence[int]:  # noqa: ARG001 (one form for all)
    return list(survey_audience.audience_of(session, running_survey(session, subject)))


def _not_answered(session: Session, subject: str, box: SecretBox) -> Sequence[int]:
    return list(survey_audience.not_yet_answered(session, running_survey(session, subject), box=box))


def _with_role(role: Role) -> Audience:
    return lambda session, subject, box: staff_with(session, role)  # noqa: ARG005 (one form for all)


def _matters(session: Session, now: datetime) -> Sequence[tuple[str, str]]:
    """Give the public matters that were closed lately, the newest first."""
    lately = Matter.public, Matter.status == MatterStatus.CLOSED, Matter.closed_at > now - _LATELY
    query = select(Matter.number, Matter.title).where(*lately).order_by(Matter.closed_at.desc())
    return [(number, f"{number} {title}") for number, title in session.execute(query.limit(_MOST_OFFERED))]


def _surveys(session: Session, now: datetime) -> Sequence[tuple[str, str]]:
    """Give the surveys that run, and those that the clock will open, the newest first."""
    planned = and_(Survey.state == SurveyState.DRAFT, Survey.opens_at.is_not(None))
    query = select(Survey).where(or_(Survey.state == SurveyState.OPEN, planned)).order_by(Survey.id.desc())
    found = session.scalars(query.limit(_MOST_OFFERED))
    return [(str(one.id), f"{one.title}{_opening(one, now)}") for one in found]


def _opening(survey: Survey, now: datetime) -> str:
    if survey.state is SurveyState.OPEN or survey.opens_at is None:
        return ""
    return f"（{describe_moment(survey.opens_at, now=now)} 开放）"


def _bulletins(session: Session, now: datetime) -> Sequence[tuple[str, str]]:  # noqa: ARG001 (one form for all)
    newest = bulletins.published(session, per_page=_MOST_OFFERED).items
    return [(one.code, one.title) for one in newest if one.code is not None]


_TYPES = (
    PushType(
        kind=PushKind.DIGEST,
        notice=NoticeKind.PUSH_DIGEST,
        words="公开的办实事里新列入、有进展、办结的，发给订阅了推送的师生。没有变化的一期不发。",
        compose=digest,
        audience=_opted_in,
    ),
    PushType(
        kind=PushKind.MATTER,
        notice=NoticeKind.PUSH_MATTER,
        words="一件公开事项销号了，发给订阅了推送的师生；反映过、关注着它的人已经另外通知，不再重复。",
        compose=closed_matter,
        audience=_opted_in_and_untold,
        choices=_matters,
    ),
    PushType(
        kind=PushKind.SURVEY,
        notice=NoticeKind.PUSH_SURVEY,
        words="请测评对象来填。微信里只发给订阅了推送的人，其他人在「消息」页看到。",
        compose=survey_opening,
        audience=_asked,
        choices=_surveys,
    ),
    PushType(
        kind=PushKind.SURVEY_REMINDER,
        notice=NoticeKind.PUSH_SURVEY,
        words="提醒还没有填的人，一份测评只提醒一次。",
        compose=survey_reminder,
        audience=_not_answered,
        choices=_surveys,
    ),
    PushType(
        kind=PushKind.BULLETIN,
        notice=NoticeKind.PUSH_BULLETIN,
        words="一期已发布的通报，发给订阅了推送的师生。",
        compose=published_bulletin,
        audience=_opted_in,
        choices=_bulletins,
    ),
    PushType(
        kind=PushKind.OVERDUE,
        notice=NoticeKind.STAFF_LIST,
        words="已超期的诉求和事项，按单位列出，发给分管领导。没有超期的这次不发。",
        compose=overdue,
        audience=_with_role(Role.LEADER),
        for_staff=True,
    ),
    PushType(
        kind=PushKind.SUPERVISION,
        notice=NoticeKind.STAFF_LIST,
        words="一周的三率、超期、疑似反弹和督办，发给督导组。",
        compose=supervision,
        audience=_with_role(Role.INSPECTOR),
        for_staff=True,
    ),
)
TYPES = {one.kind: one for one in _TYPES}


def type_of(kind: PushKind) -> PushType:
    """Give the row of a kind."""
    return TYPES[kind]
