"""Surveys by the clock: opened, their envelopes opened when there are enough, closed."""

from datetime import timedelta

from sqlalchemy import func, select

from domain import surveys
from jobs.context import JobContext
from jobs.surveys import run_surveys
from models.enums import SurveyState
from models.survey import Survey, SurveySheet
from tests.jobs.conftest import HandClock
from tests.support.factories import Factory, Office
from tests.support.surveys import answer_many, write_survey


def test_worker_opens_counts_and_closes_a_survey(
    context: JobContext, factory: Factory, office: Office, clock: HandClock
) -> None:
    with context.database.transaction() as session:
        survey = write_survey(
            session, office.admin, team=office.team, other_team=office.other_team, now=clock()
        )
        start, end = clock() + timedelta(hours=1), clock() + timedelta(days=1)
        surveys.plan(session, survey, opens_at=start, closes_at=end, staff=office.admin, now=clock())

    def state() -> tuple[SurveyState, int]:
        run_surveys(context)
        with context.database.reading() as session:
            sheets = session.scalar(select(func.count()).select_from(SurveySheet)) or 0
            return session.get_one(Survey, survey.id).state, sheets

    assert state() == (SurveyState.DRAFT, 0)
    clock.advance(hours=1)
    assert state() == (SurveyState.OPEN, 0)
    with context.database.transaction() as session:
        kept = context.settings.secret_key.get_secret_value()
        answer_many(session, session.get_one(Survey, survey.id), factory, 11, secret_key=kept)
    assert state() == (SurveyState.OPEN, 11)
    clock.advance(days=1)
    assert state() == (SurveyState.CLOSED, 11)
