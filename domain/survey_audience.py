"""Whom a survey is meant for, and who of them has not answered yet; never who answered what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.secret_box import SecretBox
from domain.service_points import tree_ids
from domain.survey_sheets import hash_of
from domain.working_time import local_time
from models.complaint import Complaint, ComplaintFollower
from models.enums import SurveyAudience, SurveyState
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.survey import Survey, SurveyEnvelope, SurveyParticipation, SurveySheet


@dataclass(frozen=True)
class Coverage:
    """How many were meant, and how many came.

    Attributes:
        invited: people of the audience.
        took_part: of these.
        came_in: sheets in all, also from people who were given the link by others.
        today: sheets of today, while the survey runs.
    """

    invited: int
    took_part: int
    came_in: int
    today: int = 0

    @property
    def percent(self) -> int | None:
        """The share of the audience that took part; None when there is no audience."""
        return round(100 * self.took_part / self.invited) if self.invited else None


def audience_of(session: Session, survey: Survey) -> frozenset[int]:
    """Give the ids of the people a survey is meant for, who can be written to."""
    reachable = select(Person.id).where(Person.following, Person.openid.is_not(None))
    if survey.audience is SurveyAudience.STAFF:
        reachable = reachable.where(Person.id.in_(select(Staff.person_id).where(Staff.active)))
    elif survey.audience is SurveyAudience.PLACES:
        tops = session.scalars(select(ServicePoint).where(ServicePoint.id.in_(survey.place_ids))).all()
        places = {below for top in tops for below in tree_ids(session, top)}
        raised = select(Complaint.reporter_id).where(Complaint.service_point_id.in_(places))
        followed = (
            select(ComplaintFollower.person_id)
            .join(Complaint, Complaint.id == ComplaintFollower.complaint_id)
            .where(Complaint.service_point_id.in_(places))
        )
        reachable = reachable.where(Person.id.in_(raised) | Person.id.in_(followed))
    return frozenset(session.scalars(reachable))


def is_for(session: Session, survey: Survey, person: Person) -> bool:
    """Tell whether a survey stands in the list of this person; who has its link may always answer."""
    if survey.audience is SurveyAudience.FOLLOWERS:
        return True
    return person.id in audience_of(session, survey)


def running_for(session: Session, person: Person) -> Sequence[Survey]:
    """Give the surveys that run and are meant for this person, those first that end first."""
    running = select(Survey).where(Survey.state == SurveyState.OPEN)
    running = running.order_by(Survey.closes_at.is_(None), Survey.closes_at, Survey.id)
    return [survey for survey in session.scalars(running) if is_for(session, survey, person)]


def published(session: Session, *, most: int = 20) -> Sequence[Survey]:
    """Give the surveys that are over and whose results everybody may read, the newest first."""
    over = select(Survey).where(Survey.state == SurveyState.CLOSED, Survey.results_public)
    return session.scalars(over.order_by(Survey.closed_at.desc(), Survey.id.desc()).limit(most)).all()


def not_yet_answered(session: Session, survey: Survey, *, box: SecretBox) -> frozenset[int]:
    """Give the ids of the audience's people who have handed in nothing; nobody is left once it is over."""
    if survey.state is not SurveyState.OPEN:
        return frozenset()
    hashes = select(SurveyParticipation.person_hash).where(SurveyParticipation.survey_id == survey.id)
    answered = frozenset(session.scalars(hashes))
    people = audience_of(session, survey)
    return frozenset(one for one in people if hash_of(survey, one, box=box) not in answered)


def coverage(session: Session, survey: Survey, *, box: SecretBox, now: datetime) -> Coverage:
    """Count the audience and who of it took part; once the survey is over, as it was at the end."""
    if survey.state is SurveyState.CLOSED:
        return Coverage(survey.invited or 0, survey.took_part or 0, _came_in(session, survey))
    people = audience_of(session, survey)
    left = not_yet_answered(session, survey, box=box) if survey.state is SurveyState.OPEN else people
    return Coverage(len(people), len(people - left), _came_in(session, survey), _today(session, survey, now))


def _came_in(session: Session, survey: Survey) -> int:
    counted = (
        select(func.count()).select_from(table).where(table.survey_id == survey.id)
        for table in (SurveySheet, SurveyEnvelope)
    )
    return sum(session.scalar(query) or 0 for query in counted)


def _today(session: Session, survey: Survey, now: datetime) -> int:
    query = select(func.count()).select_from(SurveyParticipation)
    of_today = SurveyParticipation.day == f"{local_time(now):%Y-%m-%d}"
    return session.scalar(query.where(SurveyParticipation.survey_id == survey.id, of_today)) or 0
