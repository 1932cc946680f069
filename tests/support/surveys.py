"""A survey with one question of each kind, and people who answer it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain import survey_builder, survey_sheets, survey_texts, surveys
from domain.secret_box import SecretBox
from domain.survey_builder import QuestionEntry, SectionEntry
from domain.survey_sheets import Filled
from domain.surveys import SurveyEntry
from models.enums import QuestionKind, TextState
from models.staff import Staff
from models.survey import Survey
from models.team import Team
from tests.support.factories import Factory, Office

# Of the settings that tests run with.
BOX = SecretBox("for-tests-only-" + "0" * 32)


def write_survey(
    session: Session,
    staff: Staff,
    *,
    team: Team,
    other_team: Team,
    now: datetime,
    title: str = "秋季学期测评",
) -> Survey:
    """Write a survey: 食堂就餐 (one question of each kind), and 校园维修 (one star question, skippable)."""
    survey = surveys.create(session, SurveyEntry(title=title, words="大约两分钟。"), staff=staff, now=now)
    by: Any = {"staff": staff, "now": now}
    canteen = survey_builder.add_section(
        session, survey, SectionEntry(title="食堂就餐", team_id=team.id), **by
    )
    repair = survey_builder.add_section(
        session,
        survey,
        SectionEntry(title="校园维修", team_id=other_team.id, skippable=True),
        **by,
    )
    questions = (
        (canteen, QuestionEntry(kind=QuestionKind.STARS, title="饭菜的口味")),
        (canteen, QuestionEntry(kind=QuestionKind.SINGLE, title="排队多久", options=("很短", "很长"))),
        (
            canteen,
            QuestionEntry(
                kind=QuestionKind.MULTIPLE,
                title="要改进什么",
                options=("口味", "价格", "卫生"),
                required=False,
            ),
        ),
        (canteen, QuestionEntry(kind=QuestionKind.TEXT, title="还想说什么", required=False)),
        (repair, QuestionEntry(kind=QuestionKind.STARS, title="上门是否及时")),
    )
    for section, entry in questions:
        survey_builder.add_question(session, survey, section, entry, **by)
    return survey


def open_survey(session: Session, survey: Survey, staff: Staff, *, now: datetime) -> Survey:
    """Open it at once, until somebody closes it."""
    surveys.plan(session, survey, opens_at=None, closes_at=None, staff=staff, now=now)
    return survey


def filled(survey: Survey, *, stars: int = 5, words: str = "", repair: int | None = None) -> Filled:
    """Fill in a sheet; who gives no stars for repairs does not use them."""
    taste, queue, _wishes, more = survey.sections[0].questions
    in_time = survey.sections[1].questions[0]
    choices = {taste.id: (stars,), queue.id: (1,)}
    if repair is not None:
        choices[in_time.id] = (repair,)
    skipped = frozenset({survey.sections[1].id}) if repair is None else frozenset()
    return Filled(choices, {more.id: words} if words else {}, skipped)


def answer_many(
    session: Session,
    survey: Survey,
    factory: Factory,
    count: int,
    *,
    stars: int = 5,
    words: str = "",
    secret_key: str = "",
) -> None:
    """Let so many new people hand in a sheet each."""
    box = SecretBox(secret_key) if secret_key else BOX
    now = factory.now + timedelta(minutes=1)
    for _ in range(count):
        sheet = filled(survey, stars=stars, words=words)
        person = factory.person(session)
        assert survey_sheets.hand_in(session, survey.id, person, sheet, box=box, now=now)


def furnish_surveys(session: Session, factory: Factory, office: Office) -> dict[str, Any]:
    """Put up one survey that is being written and one that runs, and give what their URLs take."""
    places: Any = {"team": office.team, "other_team": office.other_team, "now": factory.now}
    draft = write_survey(session, office.admin, title="春季学期测评", **places)
    running = open_survey(
        session, write_survey(session, office.admin, **places), office.admin, now=factory.now
    )
    answer_many(session, running, factory, 10, words="菜有点咸")
    survey_sheets.open_waiting(session, running.id, box=BOX)
    text = survey_texts.texts_of(session, running, TextState.WAITING, page=1)[0]
    values: dict[str, Any] = {
        "survey_id": draft.id,
        "survey": running.code,
        "section_id": draft.sections[0].id,
        "question_id": draft.sections[0].questions[0].id,
        "sheet": text.sheet,
    }
    for view in ("results", "workbook", "texts", "decide"):
        values[f"admin_survey_results.{view}.survey_id"] = running.id
    for view in ("close", "set_end"):
        values[f"admin_surveys.{view}.survey_id"] = running.id
    for view in ("form", "hand_in", "thanks", "results"):
        values[f"h5_surveys.{view}.code"] = running.code
    return values
