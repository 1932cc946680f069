"""The two surveys of the demo: one whose results can be read, and one that can be answered."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.surveys import seed_surveys
from domain import survey_audience, survey_results, surveys
from models.enums import SurveyState
from models.person import Person
from tests.demo.conftest import NOW


def test_one_survey_is_over_with_results_and_one_can_be_answered(session: Session) -> None:
    seed_surveys(session, secret_key="for-tests-only-" + "0" * 32, now=NOW)

    running, over = surveys.listed(session)
    assert (running.state, over.state) == (SurveyState.OPEN, SurveyState.CLOSED)
    found = survey_results.results_of(session, over)
    assert found.enough
    assert {part.section.team is not None for part in found.sections[:3]} == {True}
    assert all(part.stars.enough and 3 < part.stars.mean < 5 for part in found.sections)
    assert any(result.texts for part in found.sections for result in part.questions)
    assert survey_results.results_of(session, running).enough
    visitor = session.scalars(select(Person).where(Person.openid.startswith("oSim"))).first()
    assert visitor is not None
    assert survey_audience.running_for(session, visitor) == [running]
